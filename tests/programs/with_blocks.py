"""`with` inside and around hot loops; managers that record, fail, or suppress."""

import contextlib


class Manager:
    def __init__(self, log, suppress=False):
        self.log = log
        self.suppress = suppress

    def __enter__(self):
        self.log.append("enter")
        return len(self.log)

    def __exit__(self, kind, value, traceback):
        self.log.append((
            kind and kind.__name__, value and value.args, traceback and traceback.tb_lineno
        ))
        return self.suppress


def case_every_iteration():
    log = []
    total = 0
    for i in range(60):
        with Manager(log) as n:
            total += n
    return total, log


def case_suppressing():
    log = []
    total = 0
    for i in range(60):
        with Manager(log, suppress=True):
            total += 100 // (i % 6)
    return total, log


def case_not_suppressing():
    log = []
    for i in range(60):
        with Manager(log):
            1 // (50 - i)


def case_around_the_loop_suppressing():
    log = []
    total = 0
    with Manager(log, suppress=True):
        for i in range(100):
            total += 100 // (64 - i)
    return total, i, log


def case_around_the_loop_not_suppressing():
    total = 0
    with Manager([]) as n:
        for i in range(100):
            total += n // (64 - i)


def case_break_continue_return():
    log = []

    def work():
        for i in range(100):
            with Manager(log):
                if i % 3 == 0:
                    continue
                if i == 70:
                    return i
                if i == 80:
                    break

    return work(), log


def case_break_only():
    log = []
    for i in range(100):
        with Manager(log):
            if i == 55:
                break
    return i, log


def case_exit_raises():
    class Bad(Manager):
        def __exit__(self, *details):
            super().__exit__(*details)
            if len(self.log) > 100:
                raise RuntimeError("exit failed")

    log = []
    for i in range(100):
        with Bad(log):
            x = 1 // (99 - i)


def case_enter_raises():
    class Refusing(Manager):
        def __enter__(self):
            if len(self.log) > 100:
                raise RuntimeError("no entry")
            return super().__enter__()

    log = []
    for i in range(100):
        with Refusing(log):
            pass


def case_not_a_manager():
    manager = Manager([])
    for i in range(60):
        if i == 50:
            manager = 5
        with manager:
            pass


def case_nested_managers():
    log = []
    for i in range(50):
        with Manager(log, suppress=i % 2 == 0) as a, Manager(log, suppress=i % 3 == 0) as b:
            if i % 4 == 0 and (i % 2 == 0 or i % 3 == 0):
                raise KeyError(i)
            log.append((a, b))
    return log


def case_contextlib():
    log = []

    @contextlib.contextmanager
    def noted(i):
        log.append(i)
        try:
            yield i * 2
        except ValueError as error:
            log.append(str(error))
        finally:
            log.append(-i)

    total = 0
    for i in range(50):
        with noted(i) as n:
            total += n
            if i % 5 == 0:
                raise ValueError(n)
    return total, log


def case_suppress():
    total = 0
    for i in range(100):
        with contextlib.suppress(ZeroDivisionError, KeyError):
            total += 100 // (i % 4)
            {}[i] if i % 3 else None
    return total


def case_exit_stack():
    log = []
    for i in range(50):
        with contextlib.ExitStack() as stack:
            for j in range(i % 4):
                stack.callback(log.append, (i, j))
            stack.enter_context(Manager(log))
    return log


def case_while_with():
    log = []
    i = 0
    while i < 60:
        with Manager(log):
            i += 1
            while i % 7:
                i += 1
    return i, len(log)


def case_numbers_inside():
    log = []
    x = 1.0
    n = 1
    for i in range(80):
        with Manager(log, suppress=True):
            x = x * 1.5
            n = n * 3
            if i % 10 == 9:
                n // (i - i)
    return x, n, len(log)

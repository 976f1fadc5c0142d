"""The recursion limit, reached from hot loops and with hot loops on the stack."""

import sys
import threading


def with_limit(extra, work):
    """Runs ``work`` with room for ``extra`` more frames than are there now."""
    depth = 0
    frame = sys._getframe()
    while frame:
        depth += 1
        frame = frame.f_back
    previous = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + extra)
    try:
        return work()
    finally:
        sys.setrecursionlimit(previous)


def dive(n):
    return 0 if n == 0 else 1 + dive(n - 1)


def dive_with_loop(n):
    total = 0
    for i in range(3):
        total += i
    if n == 0:
        return total
    return total + dive_with_loop(n - 1)


def case_deep_but_within():
    total = 0
    for i in range(60):
        total += dive(i)
    return total, dive_with_loop(120)


def case_error_from_a_hot_loop():
    def work():
        reached = 0
        for n in range(0, 400, 5):
            try:
                reached = dive(n)
            except RecursionError as error:
                return reached, str(error)

    reached, message = with_limit(200, work)
    return message, 150 < reached < 200


def case_error_with_loops_on_the_stack():
    def work():
        try:
            dive_with_loop(10**6)
        except RecursionError as error:
            return type(error).__name__, str(error)

    return with_limit(300, work)


def case_unhandled():
    def endless(n):
        for i in range(40):
            n += i
        return endless(n)

    def work():
        try:
            endless(0)
        except RecursionError as error:
            entry = error.__traceback__
            frames = 0
            lines = set()
            while entry:
                frames += 1
                lines.add(entry.tb_lineno)
                entry = entry.tb_next
            return frames > 150, sorted(lines)

    return with_limit(200, work)


def case_recovers_and_goes_on():
    def work():
        failures = 0
        total = 0
        for i in range(60):
            try:
                total += dive(10 if i % 2 else 10**6)
            except RecursionError:
                failures += 1
        return failures, total

    return with_limit(150, work)


def case_limit_lowered_in_the_loop():
    previous = sys.getrecursionlimit()
    failures = 0
    try:
        for i in range(60):
            if i == 40:
                sys.setrecursionlimit(80)
            try:
                dive(100)
            except RecursionError:
                failures += 1
    finally:
        sys.setrecursionlimit(previous)
    return failures


def case_recursion_through_operators():
    class Deep:
        def __add__(self, other):
            return self + other

    def work():
        deep = 1
        for i in range(60):
            if i == 50:
                deep = Deep()
            deep + 1

    try:
        with_limit(200, work)
    except RecursionError:
        return "too deep"


def case_recursion_in_finalizers():
    class Chain:
        def __init__(self, following):
            self.following = following

    chain = None
    for i in range(20000):
        chain = Chain(chain)
    length = 0
    while chain is not None:
        chain = chain.following
        length += 1
    return length


def case_ackermann():
    def ackermann(m, n):
        while m:
            if n == 0:
                n = 1
            else:
                n = ackermann(m, n - 1)
            m -= 1
        return n + 1

    return [ackermann(2, n) for n in range(8)]


def case_small_stack():
    def dive_from_a_loop(n):
        total = 0
        for i in range(12):
            total += i
            if i == 9:
                total += dive_from_a_loop(n + 1)
        return total

    def work():
        try:
            dive_from_a_loop(0)
        except RecursionError as error:
            found.append(str(error))

    found = []
    previous = threading.stack_size(512 * 1024)
    try:
        with_limit(900, lambda: run_in_thread(work))
    finally:
        threading.stack_size(previous)
    return found


def run_in_thread(work):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

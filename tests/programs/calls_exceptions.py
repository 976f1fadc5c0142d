"""Exceptions that pass through several functions: tracebacks, contexts, handlers and `finally` at every level, at
the first, a middle and the last round."""

import sys

ROUNDS = 70
MOMENTS = (0, 1, 35, ROUNDS - 1)


class Own(Exception):
    pass


def third(x, y):
    z = x * 2
    return z // y


def second(x, y):
    kept = x + 1
    result = third(
        kept,
        y,
    )
    return result + kept


def first(x, y):
    return second(x, y) - 1


def index(items, k):
    return items[k]


def trace(error):
    """An exception with everything that hangs on it."""
    if error is None:
        return None
    entries = []
    entry = error.__traceback__
    while entry:
        frame = entry.tb_frame
        values = {name: value for name, value in frame.f_locals.items() if isinstance(value, (int, float, str))}
        entries.append((frame.f_code.co_name, entry.tb_lineno, frame.f_lineno, values))
        entry = entry.tb_next
    others = trace(error.__cause__), trace(error.__context__), error.__suppress_context__
    return type(error).__name__, error.args, entries, others


def case_through_three():
    told = []
    for at in MOMENTS:
        total = 0
        try:
            for i in range(ROUNDS):
                total += first(i, 0 if i == at else 3)
        except ZeroDivisionError as error:
            told.append((i, total, trace(error)))
    return told


def case_uncaught():
    total = 0
    for i in range(ROUNDS):
        total += first(i, ROUNDS - 10 - i)
    return total


def case_caught_in_the_loop():
    told = []
    total = 0
    for i in range(ROUNDS):
        try:
            total += first(i, i % 5)
        except ZeroDivisionError as error:
            told.append(trace(error)[2][-1])
            total -= 1
        else:
            total += 100
    return total, told


def case_of_other_types():
    told = []
    for strange in (None, "x", [1], 2.5, 10**30):
        for at in MOMENTS:
            total = 0
            try:
                for i in range(ROUNDS):
                    total += first(i, strange if i == at else 3)
            except TypeError as error:
                told.append(trace(error))
            told.append(total)
    return told


def case_handler_in_the_middle():
    def bottom(i, at):
        if i == at:
            raise Own(i)
        return i

    def middle(i, at):
        try:
            return bottom(i, at) * 2
        except Own as error:
            return -error.args[0]

    def top(i, at):
        return middle(i, at) + 1

    return [[top(i, at) for i in range(ROUNDS)] for at in MOMENTS]


def case_replaced_on_the_way():
    def bottom(i, at):
        return 1 // (i - at)

    def middle(i, at, how):
        try:
            return bottom(i, at)
        except ZeroDivisionError as error:
            if how == 0:
                raise Own("replaced")
            if how == 1:
                raise Own("with cause") from error
            if how == 2:
                raise Own("alone") from None
            if how == 3:
                raise
            return bottom(at, at)

    told = []
    for how in range(5):
        for at in MOMENTS:
            total = 0
            try:
                for i in range(ROUNDS):
                    total += middle(i, at, how)
            except (Own, ZeroDivisionError) as error:
                told.append((i, total, trace(error)))
    return told


def case_context_of_the_caller():
    def fail(i):
        return index([1, 2, 3], i)

    told = []
    for at in MOMENTS:
        for i in range(ROUNDS):
            try:
                raise KeyError(i)
            except KeyError:
                try:
                    fail(i % 3 if i != at else 3)
                except IndexError as error:
                    told.append(trace(error))
    return told


def case_finally_at_each_level():
    log = []

    def bottom(i, at):
        try:
            return 10 // (i - at)
        finally:
            log.append(("bottom", i))

    def middle(i, at):
        try:
            return bottom(i, at)
        finally:
            log.append(("middle", i))

    told = []
    for at in MOMENTS:
        total = 0
        try:
            for i in range(ROUNDS):
                total += middle(i, at)
        except ZeroDivisionError as error:
            told.append((i, total, trace(error), log[-4:]))
    return told, len(log)


def case_finally_that_returns():
    def swallow(i, at):
        try:
            return 10 // (i - at)
        finally:
            if i == at:
                return "swallowed"

    return [[swallow(i, at) for i in range(ROUNDS)] for at in MOMENTS]


def case_after_effects():
    """What was done before the failure stays done, once."""
    told = []
    for at in MOMENTS:
        log, items = [], [0] * 5

        def step(i):
            items[i % 5] += 1
            log.append(i)
            return index(items, i % 5 if i != at else 7)

        total = 0
        try:
            for i in range(ROUNDS):
                items[4] += 10
                total += step(i)
                items[3] += 100
        except IndexError as error:
            told.append((i, total, items, len(log), trace(error)[2]))
    return told


def case_in_an_argument():
    def add(a, b, c):
        return a + b + c

    told = []
    for at in MOMENTS:
        log = []

        def note(x):
            log.append(x)
            return x

        try:
            for i in range(ROUNDS):
                add(note(1), third(note(i), 0 if i == at else 1), note(3))
        except ZeroDivisionError as error:
            told.append((log[-4:], len(log), trace(error)[2]))
    return told


def case_exc_info_seen_by_callees():
    def current():
        kind, value, entry = sys.exc_info()
        return kind and (kind.__name__, value.args, entry.tb_lineno)

    seen = []
    for i in range(ROUNDS):
        seen.append(current())
        try:
            first(i, i % 9)
        except ZeroDivisionError:
            seen.append(current())
            seen.append((lambda: current())())
    return seen


def case_raised_and_kept():
    kept = []

    def fail(i):
        local = i * 2
        raise Own(i, local)

    for i in range(ROUNDS):
        try:
            fail(i)
        except Own as error:
            kept.append(error)
    return [trace(error) for error in kept[::10]]


def case_same_exception_raised_again():
    told = []
    error = Own("one for all")

    def fail():
        raise error

    for i in range(ROUNDS):
        try:
            fail()
        except Own as caught:
            if i % 20 == 0:
                told.append(trace(caught)[2])
            if i % 30 == 29:
                caught.__traceback__ = None
    return told


def case_stop_iteration_from_a_callee():
    def feed(source):
        return next(source)

    told = []
    for size in (0, 1, 35, ROUNDS - 1):
        source = iter(list(range(size)))
        total = 0
        try:
            for i in range(ROUNDS):
                total += feed(source)
        except StopIteration as error:
            told.append((i, total, trace(error)[2]))
    return told


def case_exception_types_looked_up_late():
    def fail(i):
        raise (ValueError, KeyError, Own, IndexError)[i % 4](i)

    seen = []
    for i in range(ROUNDS):
        try:
            fail(i)
        except (ValueError, Own) as error:
            seen.append(("one", error.args))
        except LookupError as error:
            seen.append(("other", error.args))
    return seen


def case_assertions_and_notes():
    def check(i, at):
        assert i != at, f"at {i}"
        return i

    told = []
    for at in MOMENTS:
        try:
            for i in range(ROUNDS):
                check(i, at)
        except AssertionError as error:
            error.add_note(f"round {i}")
            told.append((trace(error), error.__notes__))
    return told


def case_generator_between():
    def numbers(at):
        for i in range(ROUNDS):
            yield third(i, 0 if i == at else 1)

    def total_of(source):
        total = 0
        for x in source:
            total += x
        return total

    told = []
    for at in MOMENTS:
        try:
            total_of(numbers(at))
        except ZeroDivisionError as error:
            told.append(trace(error))
    return told


def case_groups():
    def fail(i):
        raise ExceptionGroup("some", [ValueError(i), KeyError(i)])

    told = []
    for i in range(ROUNDS):
        try:
            fail(i)
        except* ValueError as group:
            told.append(group.exceptions[0].args)
        except* KeyError as group:
            told.append(len(group.exceptions))
    return told

"""Generators that `any`, `sum`, `list` and the like consume, in native code of the function that calls these."""

import gc
import sys
import traceback


def numbers(n):
    for i in range(n):
        yield i * 3 - 7


def several(n):
    for i in range(n):
        yield i
        if i % 3 == 1:
            yield -i


def all_of(n):
    return [
        any(x == 20 for x in range(n)),
        all(x < 20 for x in range(n)),
        sum(x * x for x in range(n) if x & 1),
        list(x + 1 for x in range(n)),
        tuple(x / 2 for x in range(n)),
        sorted(-x for x in range(n)),
        sorted(set(x % 7 for x in range(n))),
        sum(numbers(n)),
        list(several(n)),
        any(numbers(n)),
        all(several(n)),
        sum(x * x for x in numbers(n) if x & 2),
        any(x > y for x in range(n) for y in range(x, 5)),
    ]


def case_all_functions():
    return [all_of(n) for n in [0, 1, 5, 40, 3, 0, 21, 20, 19] * 8]


def case_kinds_change():
    def folded(values):
        return [
            any(x for x in values),
            all(x for x in values),
            list(x for x in values),
            len(set(x for x in values)),
            tuple(x for x in values),
        ]

    def summed(values):
        return sum(x + x for x in values)

    kinds = [[1, 2, 3], [0, 0], [1.5, 0.0], ["a", ""], [None, ()], [2**70, 1], [True, False], [[]][:0], [(1, 2), (3,)]]
    results = []
    for _ in range(9):
        for values in kinds:
            results.append(folded(values))
    for _ in range(9):
        for values in [[1, 2], [2**62, 5], [2**61] * 3, [0.1] * 7, [1, 0.1, 2], [True, True], [1e16, 1.0, -1e16]]:
            results.append(summed(values))
    return results


def case_unhashable():
    class Key:
        def __init__(self, number, log):
            self.number, self.log = number, log

        def __hash__(self):
            self.log.append("hash")
            return self.number % 3

        def __eq__(self, other):
            self.log.append("eq")
            return self.number == other.number

    def keys(values):
        return len(set(value for value in values))

    results, log = [], []
    for i in range(30):
        results.append(keys(range(i)))
        results.append(keys("some text"[: i % 9]))
        if i % 5 == 4:
            results.append(keys([Key(n, log) for n in range(i % 7)]))
            try:
                results.append(keys([1, [], 3]))
            except TypeError as error:
                results.append(str(error))
    return results, len(log)


def case_raises():
    def dividing(n, by):
        return sum(100 // (x - by) for x in range(n))

    def listing(n, by):
        return list(100 // (x - by) for x in range(n))

    results = []
    first = case_raises.__code__.co_firstlineno
    for n in [3, 8, 20, 5, 30, 9] * 6:
        for folded in [dividing, listing]:
            try:
                results.append(folded(n, 8))
            except ZeroDivisionError as error:
                frames = traceback.extract_tb(error.__traceback__)
                results.append([(frame.name, frame.lineno - first) for frame in frames])
    return results


def case_stops_early():
    def source(log, n):
        try:
            for i in range(n):
                yield i > 6
        finally:
            log.append(("finally", i))

    def asked(log, n):
        return any(source(log, n)), all(source(log, n))

    results = []
    for n in [3, 20, 7, 8] * 9:
        log = []
        results.append((asked(log, n), log))
    return results


def case_kept_by_others():
    def folded(n):
        made = numbers(n)
        first = next(made, None)
        found = any(x > 20 for x in made)
        return first, found, sum(made), list(made)

    def shared(made):
        return sum(made), next(made, "over")

    results = []
    for n in [0, 1, 12, 30] * 9:
        results.append(folded(n))
        results.append(shared(numbers(n)))
    return results


def case_objects_end():
    class Noted:
        def __init__(self, log, number):
            self.log, self.number = log, number

        def __del__(self):
            self.log.append(self.number)

    def passed(values):
        for value in values:
            yield value

    def folded(log, n):
        found = any(value.number == 4 for value in passed([Noted(log, i) for i in range(n)]))
        log.append("found" if found else "not found")
        return list(value.number for value in passed([Noted(log, i) for i in range(n)]))

    results = []
    for n in [2, 9, 5] * 8:
        log = []
        results.append((folded(log, n), log))
    gc.collect()
    return results


def case_looked_at():
    def shown():
        frame = sys._getframe(1)
        return frame.f_code.co_name, frame.f_back.f_code.co_name

    def folded(n):
        return [list(shown() for _ in range(n)), sum(len(shown()) for _ in range(n)), sum(x for x in range(n))]

    return [folded(n) for n in [1, 3, 2] * 10]


def case_rebound():
    global any_of
    results = []

    def folded(n):
        return any_of(x == 3 for x in range(n)), sum(x for x in range(n))

    for i in range(60):
        any_of = [any, all, list][i // 20]
        results.append(folded(i % 7))
    return results


any_of = any


def case_in_loops():
    def queens(n):
        found = 0
        for columns in permuted(range(n)):
            if n == len(set(columns[i] + i for i in range(n))) == len(set(columns[i] - i for i in range(n))):
                found += 1
        return found

    def permuted(values):
        values = tuple(values)
        if len(values) <= 1:
            yield values
            return
        for i in range(len(values)):
            for rest in permuted(values[:i] + values[i + 1 :]):
                yield (values[i], *rest)

    return [queens(n) for n in [1, 4, 5, 6]]


def case_loops_inside():
    def rows(table):
        total = 0
        for row in table:
            if any(x < 0 for x in row):
                continue
            total += sum(x for x in row if x % 2) - sum(1 for x in row if x > 10)
        return total

    table = [[(i * j) % 23 - (i == 17) for j in range(12)] for i in range(60)]
    return [rows(table) for _ in range(4)]


def case_wide_sums():
    def summed(n, by):
        return sum(x * by for x in range(n))

    return [summed(n, by) for n in [3, 40] for by in [1, 2**30, 2**59, 2**62, 2**70] * 4]

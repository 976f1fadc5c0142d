"""Functions and methods that generators call which are done in the native code of what consumes them."""

import sys
import traceback


def square(x):
    return x * x


def clamped(x, low=0, high=100):
    if x < low:
        return low
    if x > high:
        return high
    return x


def deep(n):
    return n if n < 2 else deep(n - 1) + deep(n - 2)


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def norm(self):
        return self.x * self.x + self.y * self.y

    def moved(self, by):
        return Point(self.x + by, self.y)

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def __getitem__(self, index):
        return self.x if index == 0 else self.y


class Heavy(Point):
    def norm(self):
        return 2 * self.x


def case_functions():
    results = []
    for n in [0, 1, 7, 60]:
        total = 0
        for x in (square(i) + clamped(i, high=30) for i in range(n)):
            total += x
        results.append(total)
        results.append(sum(clamped(i - 20) for i in range(n)))
        results.append(any(square(i) == 49 for i in range(n)))
        results.append(list(deep(i % 7) for i in range(n)))
        results.append(sorted(-square(i % 5) for i in range(n)))
    return results * 2


def case_methods():
    points = [Point(i, i + 1) for i in range(40)]
    results = []
    for _ in range(6):
        results.append(sum(point.norm() for point in points))
        results.append(any(point.norm() > 3000 for point in points))
        results.append(sum(point[0] - point[1] for point in points))
        results.append(any(point == points[7] for point in points))
        total = 0
        for other in (point.moved(3) for point in points):
            total += other.x
        for both in (point + points[3] for point in points):
            total += both.y
        results.append(total)
    return results


def case_classes_vary():
    points = [(Heavy if i % 3 == 0 else Point)(i, 2) for i in range(45)]
    results = []
    for k in range(8):
        results.append(sum(point.norm() for point in points[: 5 * k + 3]))
    return results


def case_kinds_change():
    def folded(values):
        return sum(square(x) for x in values), list(clamped(x) for x in values)

    kinds = [range(12), [1.5] * 9, [2**62, 5], ["a"], [True, 3], [2**70] * 2, [-5, 500]]
    results = []
    for values in kinds * 4:
        try:
            results.append(folded(values))
        except TypeError as error:
            results.append(str(error))
    return results


def inverse(x):
    return 100 // x


def outer_inverse(x):
    return inverse(x) + 1


def case_raises():
    def consumed(values, call):
        total = 0
        for x in (call(value) for value in values):
            total += x
        return total

    def by_name(values):
        total = 0
        for x in (outer_inverse(value) for value in values):
            total += x
        return total

    def caught(values):
        def careful():
            for value in values:
                try:
                    yield inverse(value)
                except ZeroDivisionError:
                    yield -1

        return list(careful())

    results = []
    first = case_raises.__code__.co_firstlineno
    for values in [range(1, 30), range(-20, 20), [5, 0, 5], range(1, 60)] * 4:
        runs = [
            lambda: consumed(values, inverse),
            lambda: by_name(values),
            lambda: sum(inverse(value) for value in values),
        ]
        for run in runs:
            try:
                results.append(run())
            except ZeroDivisionError as error:
                frames = traceback.extract_tb(error.__traceback__)[1:]
                results.append([(frame.name, frame.lineno - first) for frame in frames])
        results.append(caught(values))
    return results


def stack():
    frame, names = sys._getframe(1), []
    while frame is not None and len(names) < 5:
        names.append((frame.f_code.co_name, frame.f_lineno))
        frame = frame.f_back
    return names


LOOKS = False


def looking(x):
    if LOOKS and x % 9 == 4:
        SEEN.append(stack())
    return x + 1


SEEN = []


def case_looked_at_from_inside():
    global LOOKS
    results = []

    def consumed(n):
        total = 0
        for x in (looking(i) for i in range(n)):
            total += x
        return total + sum(looking(i) for i in range(n))

    for LOOKS in [False, True, False, True]:
        for n in [5, 30, 31]:
            results.append(consumed(n))
    LOOKS = False
    first = case_looked_at_from_inside.__code__.co_firstlineno
    seen = [[(name, line - first) for name, line in one[:4]] for one in SEEN]
    SEEN.clear()
    return results, seen


def case_rebound():
    global square
    before, results = square, []

    def folded(n):
        return sum(square(i) for i in range(n))

    try:
        for k in range(40):
            if k == 20:
                square = lambda x: -x
            results.append(folded(k))
    finally:
        square = before
    return results


def case_recursion_limit():
    def endless(n):
        return endless(n + 1) + 1

    def consumed(n):
        return sum(endless(i) if i == 30 else i for i in range(n))

    results = []
    for n in [5, 20, 25, 40]:
        try:
            results.append(consumed(n))
        except RecursionError:
            results.append("too deep")
    return results


def case_nested():
    def odd(source):
        for x in source:
            if clamped(x, 0, 50) & 1:
                yield square(x)

    def numbers(n):
        for i in range(n):
            yield clamped(i * 2 + i // 3, 3, 60)

    results = []
    for n in [0, 4, 50]:
        total = 0
        for x in odd(numbers(n)):
            total += x
        results.append((total, sum(x for x in odd(numbers(n)))))
    return results * 2

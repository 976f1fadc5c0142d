"""Instances compared by methods of their class: results of all kinds, changes under way, ways out."""

import functools
import sys
import traceback


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def __ne__(self, other):
        return self.x != other.x or self.y != other.y

    def __lt__(self, other):
        return self.x < other.x

    def __ge__(self, other):
        return self.x >= other.x

    __hash__ = None


def counted(points, wanted):
    equal = different = less = 0
    for point in points:
        if point == wanted:
            equal += 1
        if point != wanted:
            different += 1
        if point < wanted:
            less += 1
        less += point >= wanted
    return equal, different, less


def case_truths():
    points = [Point(i % 5, i % 3) for i in range(60)]
    return [counted(points, Point(i, i)) for i in range(5)]


def case_reflected_if_only_the_other_way_is_there():
    points = [Point(i % 5, 0) for i in range(40)]
    wanted = Point(2, 0)
    return sum(point > wanted for point in points), sum(point <= wanted for point in points)


class Careful:
    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        if self.value < 0:
            return NotImplemented
        return self.value == other.value

    def __lt__(self, other):
        if self.value < 0:
            return NotImplemented
        return self.value < other.value

    def __gt__(self, other):
        if self.value > 90:
            return NotImplemented
        return self.value > other.value

    __hash__ = None


def case_not_implemented_now_and_then():
    results = []
    fixed = Careful(5)
    for i in list(range(60)) + [-1, 3, -2] * 5:
        one = Careful(i)
        results.append((one == fixed, fixed == one, one < fixed, one == one))
    odd = Careful(-7)
    results.append((odd == Careful(-7), odd == odd, odd != odd))
    return results


def case_not_implemented_by_both():
    def compared(a, b):
        told = []
        for _ in range(30):
            try:
                told.append(a < b)
            except TypeError as error:
                told.append(str(error))
        return told

    return compared(Careful(1), Careful(2)), compared(Careful(-1), Careful(95)), compared(Careful(-1), Careful(3))


class Odd:
    """What comparing gives is no truth value, or is none at times."""

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return self.value == other.value if self.value < 40 else [self.value] * (self.value % 2)

    def __lt__(self, other):
        return Odd(self.value - other.value)

    def __bool__(self):
        Odd.asked += 1
        return self.value < 0

    asked = 0
    __hash__ = None


def case_results_that_are_no_truths():
    Odd.asked = 0
    results = []
    wanted = Odd(9)
    for i in range(60):
        one = Odd(i)
        found = one == wanted
        results.append(found)
        results.append("yes" if one == wanted else "no")
        results.append("less" if one < wanted else "more")
        results.append(type(one < wanted).__name__)
    return results, Odd.asked


class Failing:
    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        return 12 // (self.value - other.value) > 0


def case_raises():
    def least(items):
        found = items[0]
        for item in items[1:]:
            if item < found:
                found = item
        return found.value

    results = []
    for n in range(2, 40):
        try:
            results.append(least([Failing(n - i if i != 30 else n) for i in range(n)]))
        except ZeroDivisionError as error:
            lines = [entry.name for entry in traceback.extract_tb(error.__traceback__)]
            results.append((lines, [entry.line for entry in traceback.extract_tb(error.__traceback__)][-2:]))
    return results


def case_methods_that_change_under_way():
    class Changing:
        def __init__(self, value):
            self.value = value

        def __eq__(self, other):
            return self.value == other.value

        __hash__ = None

    results = []
    items = [Changing(i % 4) for i in range(90)]
    for i, item in enumerate(items):
        if i == 50:
            Changing.__eq__ = lambda self, other: "changed"
        if i == 70:
            del Changing.__eq__
        results.append(item == items[2])
        results.append(item != items[2])
    return results


class Base:
    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        return self.value < other.value


class Derived(Base):
    def __gt__(self, other):
        Derived.asked += 1
        return self.value * 2 > other.value

    asked = 0


def case_a_derived_class_is_asked_first():
    Derived.asked = 0
    results = []
    for i in range(60):
        left = Base(i)
        right = Base(30) if i < 40 else Derived(30)
        results.append(left < right)
    return results, Derived.asked


@functools.total_ordering
class Version:
    def __init__(self, *parts):
        self.parts = parts

    def __eq__(self, other):
        return self.parts == other.parts

    def __lt__(self, other):
        return self.parts < other.parts


def case_sorted_and_searched():
    versions = [Version(i * 7 % 11, i % 3) for i in range(40)]
    found = sorted(versions)
    wanted = Version(3, 1)
    places = [i for i, one in enumerate(found) if one == wanted]
    later = sum(one > wanted for one in found) + sum(one <= wanted for one in found)
    return [one.parts for one in found], places, later, wanted in found, found.index(wanted)


class Seen:
    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        if self.value % 10 == 9:
            frame = sys._getframe(1)
            Seen.told.append((frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno, sorted(frame.f_locals)))
        return self.value == other.value

    told = []
    __hash__ = None


def case_frames():
    Seen.told.clear()

    def searched(items, wanted):
        at = 0
        for item in items:
            if item == wanted:
                return at
            at += 1
        return -1

    items = [Seen(i) for i in range(60)]
    return [searched(items, Seen(n)) for n in (3, 50, 99)], Seen.told


def case_what_is_compared_is_held_meanwhile():
    told = []

    class Held:
        def __init__(self, value):
            self.value = value

        def __eq__(self, other):
            return self.value == other.value

        def __del__(self):
            told.append(self.value)

        __hash__ = None

    results = []
    for i in range(60):
        results.append(Held(i % 3) == Held(i % 2))
        results.append(len(told))
    return results, told

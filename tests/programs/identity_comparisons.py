"""`==` and `!=` of objects that leave it to `object`, and classes that begin to compare otherwise."""

import enum


class Plain:
    def __init__(self, number):
        self.number = number


class Other(Plain):
    pass


class Marks:
    pass


Marks.FIRST = Plain(0)
Marks.LAST = Plain(9)


class Color(enum.Enum):
    RED = 1
    BLUE = 2


def count(items, wanted):
    found = 0
    for item in items:
        if item == wanted:
            found += 1
        if item != wanted:
            found += 100
    return found


def case_instances_and_none():
    made = [Plain(i) for i in range(5)] + [Other(5), None]
    results = []
    for i in range(100):
        results.append(count(made, made[i % 7]))
        results.append((made[i % 6] == None, made[i % 6] != None, made[i % 7] == Marks.FIRST, Marks.LAST != Marks.LAST))
    return results


def case_only_one_class():
    made, results = [Plain(i) for i in range(7)], []
    for i in range(120):
        a, b = made[i % 7], made[i * 3 % 7]
        results.append((a == b, a != b, a == Marks.FIRST))
    return results


def case_numbers_and_texts_come_late():
    made, results = [Plain(i) for i in range(7)], []
    for i in range(120):
        a, b = made[i % 7], made[i * 3 % 7] if i < 80 else [1, "text", 2.5, made[0]][i % 4]
        results.append((a == b, b != a))
    return results


def case_a_class_gets_a_comparison():
    class Changing:
        def __init__(self, number):
            self.number = number

    made, results = [Changing(i % 3) for i in range(6)], []
    for i in range(150):
        if i == 70:
            Changing.__eq__ = lambda self, other: self.number == other.number
        if i == 110:
            Changing.__ne__ = lambda self, other: "never"
        if i == 130:
            del Changing.__eq__, Changing.__ne__
        a, b = made[i % 6], made[i * 5 % 6]
        results.append((a == b, a != b))
    return results


def case_a_class_that_compares_on_the_right():
    class Always(Plain):
        def __eq__(self, other):
            return "always"

    made, always, results = [Plain(i) for i in range(4)], Always(1), []
    for i in range(120):
        other = made[i % 3] if i < 80 else always
        results.append((made[i % 4] == other, made[i % 4] != other))
    return results


def case_members_of_enums():
    results = []
    for i in range(100):
        color = Color.RED if i % 3 else Color.BLUE
        results.append((color == Color.RED, color != Color.BLUE, color is Color.RED))
    return results


class Told(Plain):
    ended = []

    def __del__(self):
        Told.ended.append(self.number)


def case_operands_that_end():
    Told.ended.clear()
    kept, results = Told(-1), []
    for i in range(80):
        results.append((Told(i) == kept, kept != Told(i + 1000), Told(i + 2000) == Marks.FIRST, len(Told.ended)))
        results.append((Told(i) is kept, kept is not Told(i + 1000), Told(i + 2000) is Marks.FIRST, len(Told.ended)))
    return results, Told.ended

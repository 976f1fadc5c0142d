"""Operators on instances of the program's classes: called natively, with what they may do to their operands, and what the
classes become meanwhile."""

import sys

ROUNDS = 90


class Vector:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor)

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y

    def __truediv__(self, other):
        if isinstance(other, Vector):
            return NotImplemented
        return Vector(self.x / other, self.y / other)

    def __or__(self, other):
        text = f"{self.x}|{other.x}"
        if text.endswith("|60"):
            return NotImplemented
        return text

    def told(self):
        return self.x, self.y


def case_arithmetic():
    total = Vector(0.0, 0.0)
    for i in range(ROUNDS):
        total = total + Vector(i * 0.5, 1.0) * 2.0 - Vector(1.0, 0.25)
    return total.told()


def case_in_functions():
    def step(a, b, i):
        c = a + b
        return (c - b) * 1.5 + b * 0.5, c @ a

    a, dots = Vector(1.0, 2.0), []
    for i in range(ROUNDS):
        a, dot = step(a * 0.5, Vector(0.5, float(i)), i)
        dots.append(dot)
    return a.told(), dots[::9]


def case_ints_and_floats():
    told = []
    for i in range(ROUNDS):
        v = Vector(i, i + 1)
        told.append((v * 2 if i % 2 else v * 0.5).told())
    return told[::7]


def case_not_implemented():
    def divide(a, b):
        return a / b

    told = []
    for i in range(ROUNDS):
        try:
            told.append(divide(Vector(i, 1), Vector(1, 1)))
        except TypeError as error:
            told.append(str(error))
    return told[0], told[-1], len(set(told))


def case_not_implemented_sometimes():
    def join(i):
        return Vector(i, 0) | Vector(i + 1, 0)

    told = []
    for i in range(ROUNDS):
        try:
            told.append(join(i))
        except TypeError as error:
            told.append(str(error))
    return told


def case_in_place():
    class Counter:
        def __init__(self, n):
            self.n = n

        def __add__(self, other):
            return Counter(self.n + other.n)

        def __sub__(self, other):
            return NotImplemented

    total, told = Counter(0), []
    for i in range(ROUNDS):
        total += Counter(i)
        try:
            total -= Counter(1)
        except TypeError as error:
            told.append(str(error))
    return total.n, told[0], len(told)


def case_in_place_of_its_own():
    class Bag:
        def __init__(self):
            self.items = []

        def __add__(self, other):
            return "add"

        def __iadd__(self, other):
            self.items.append(other)
            return self

    def fill(bag, n):
        for i in range(n):
            bag += bag
        return len(bag.items)

    return fill(Bag(), ROUNDS)


def case_other_classes():
    class Left:
        def __add__(self, other):
            return NotImplemented

    class Right(Left):
        def __radd__(self, other):
            return "right"

    class Sub(Vector):
        def __rsub__(self, other):
            return "sub"

    left, right, vector, sub = Left(), Right(), Vector(1, 2), Sub(3, 4)
    told = []
    for i in range(ROUNDS):
        told.append(left + right if i % 2 else vector - sub)
    return [str(one) for one in told[::13]]


def case_the_operator_changes():
    class A:
        def __init__(self, n):
            self.n = n

        def __add__(self, other):
            return A(self.n + other.n)

    def total(n):
        found = A(0)
        for i in range(n):
            if i == 50:
                A.__add__ = lambda self, other: A(self.n + 1000)
            if i == 70:
                A.__radd__ = lambda self, other: A(0)
            found = found + A(i)
        return found.n

    return total(ROUNDS)


def case_raises_inside():
    class A:
        def __init__(self, n):
            self.n = n

        def __sub__(self, other):
            return A(100 // (self.n - other.n))

    def work(a, b):
        result = a - b
        return result.n

    told = []
    for i in range(ROUNDS):
        try:
            told.append(work(A(i), A(i % 20)))
        except ZeroDivisionError as error:
            entry, names = error.__traceback__, []
            while entry:
                code = entry.tb_frame.f_code
                names.append((code.co_name, entry.tb_lineno - code.co_firstlineno))
                entry = entry.tb_next
            told.append(names)
    return told


def case_operands_live_as_long():
    class A:
        def __init__(self, name):
            self.name = name

        def __del__(self):
            log.append(f"end {self.name} in {sys._getframe(1).f_code.co_name}")

        def __add__(self, other):
            name = self.name + other.name
            self = other = None
            log.append(name)
            return name

    def work(i):
        text = A(f"a{i}") + A(f"b{i}")
        log.append("behind")
        return text

    log = []
    return [work(i) for i in range(ROUNDS)][::11], log


def case_seen_from_inside():
    class A:
        def __mul__(self, other):
            frame = sys._getframe(1)
            if looked and other is looked[0]:
                return frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno, frame.f_locals["i"]
            return 0

    def work(a, b, i):
        found = (
            a
            * b
        )
        return found

    looked = []
    a, b, told = A(), A(), []
    for i in range(ROUNDS):
        if i == 40:
            looked.append(b)
        told.append(work(a, b, i))
    return told[::7]

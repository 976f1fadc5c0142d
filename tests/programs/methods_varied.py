"""Methods that differ between the classes at one place: chosen by the class, called natively, and changed under way."""

import sys

ROUNDS = 90


class Shape:
    def __init__(self, size):
        self.size = size
        self.log = []

    def area(self):
        return self.size

    def scaled(self, by, extra=0):
        return self.size * by + extra

    def named(self):
        return type(self).__name__ + str(self.area())


class Square(Shape):
    def area(self):
        return self.size * self.size


class Circle(Shape):
    def area(self):
        return 3.14 * self.size * self.size

    def scaled(self, by, extra=0):
        self.log.append(by)
        return self.size + by + extra


class Line(Shape):
    def area(self):
        self.log.append(str(self.size))
        return None


class Other(Shape):
    def area(self):
        if self.size > 1000:
            raise ValueError(self.size)
        return str(self.size)


CLASSES = [Shape, Square, Circle, Line, Other]


def shapes(count, number=4):
    return [CLASSES[i % number](i % 7 + 1) for i in range(count)]


def case_two_classes():
    all_of_them = shapes(ROUNDS, 2)
    return sum(one.area() for one in all_of_them), [one.area() for one in all_of_them][::9]


def case_four_classes():
    def areas(all_of_them):
        found = []
        for one in all_of_them:
            found.append(one.area())
        return found

    return areas(shapes(ROUNDS)), areas(shapes(ROUNDS, 3))


def case_five_classes():
    def areas(all_of_them):
        found = []
        for one in all_of_them:
            found.append(one.area())
        return found

    return areas(shapes(ROUNDS, 4)), areas(shapes(ROUNDS, 5)), areas(shapes(ROUNDS, 5))


def case_called_from_functions():
    def work(one, i):
        value = one.scaled(i, extra=1)
        return value + one.scaled(2)

    all_of_them = shapes(ROUNDS)
    return [work(one, i) for i, one in enumerate(all_of_them)], [one.log for one in all_of_them][::5]


def case_nested():
    all_of_them = shapes(ROUNDS)
    return [one.named() for one in all_of_them]


def case_one_of_them_raises():
    def total(all_of_them):
        texts = []
        for one in all_of_them:
            try:
                texts.append(one.area())
            except ValueError as error:
                entry = error.__traceback__
                names = []
                while entry:
                    names.append((entry.tb_frame.f_code.co_name, entry.tb_lineno))
                    entry = entry.tb_next
                texts.append((error.args, names))
        return texts

    all_of_them = [CLASSES[1 + i % 4](i % 5 + (2000 if i % 23 == 22 else 0)) for i in range(ROUNDS)]
    return total(all_of_them)


def case_a_method_is_replaced():
    class A:
        def get(self):
            return 1

    class B(A):
        def get(self):
            self.seen = str(self)[:5]
            return 2

    def total(things):
        found = 0
        for i, thing in enumerate(things):
            if i == 60:
                B.get = lambda self: 100
            found += thing.get()
        return found

    return total([A() if i % 2 else B() for i in range(ROUNDS)])


def case_an_instance_gets_its_own():
    class A:
        def get(self):
            return 1

    class B(A):
        def get(self):
            return 2

    def total(things):
        found = 0
        for i, thing in enumerate(things):
            if i == 50:
                things[70].get = lambda: 1000
            found += thing.get()
        return found

    return total([A() if i % 2 else B() for i in range(ROUNDS)])


def case_a_class_is_assigned():
    class A:
        def get(self, other):
            if other is not None:
                other.__class__ = B
            return 1

    class B:
        def get(self, other):
            return 20

    def total(things):
        found = 0
        for i, thing in enumerate(things):
            found += thing.get(things[i + 1] if i % 10 == 9 else None)
        return found

    return total([A() if i % 3 else B() for i in range(ROUNDS + 1)][:-1] + [A()])


def case_a_condition_between_load_and_call():
    def work(one, i):
        return one.scaled(i if i % 2 else -i, i % 5 and 3)

    return [work(one, i) for i, one in enumerate(shapes(ROUNDS))]


def case_seen_by_the_method():
    class A:
        def tell(self):
            frame = sys._getframe(1)
            return frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno, frame.f_locals["i"]

    class B(A):
        def tell(self):
            return super().tell()[0], self.__class__.__name__

    def work(thing, i):
        found = thing.tell()
        return found

    things = [A(), B()]
    return [work(things[i % 2], i) for i in range(ROUNDS)][::8]


def case_attributes_as_arguments():
    class Chain:
        def __init__(self, item, rest):
            self.item = item
            self.rest = rest

        def put(self, chain):
            self.rest = None
            if chain is None:
                return self
            while chain.rest is not None:
                chain = chain.rest
            chain.rest = self
            return chain

    class Queue:
        def __init__(self):
            self.first = None

        def add(self, chain):
            self.first = chain.put(self.first)
            return self.first

    queue = Queue()
    items = [Chain(i, None) for i in range(ROUNDS)]
    return [queue.add(one).item for one in items], [one.rest and one.rest.item for one in items]

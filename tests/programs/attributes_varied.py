"""Attributes that the classes at one place keep at different places, loaded, stored and added."""

ROUNDS = 90


class A:
    def __init__(self, n):
        self.first = n
        self.n = n


class B:
    def __init__(self, n):
        self.n = n * 10
        self.second = str(n)


class C:
    __slots__ = ("other", "n")

    def __init__(self, n):
        self.n = n * 100


class D:
    def __init__(self, n):
        self.a = self.b = self.c = None
        self.n = [n]


class Common:
    def __init__(self, n):
        self.common = n
        self.late = -n


class First(Common):
    def __init__(self, n):
        self.own = n
        super().__init__(n)


class Second(Common):
    def __init__(self, n):
        super().__init__(n)
        self.own = n


def case_loaded():
    def total(things):
        found = 0
        for thing in things:
            found += thing.n
        return found

    return total([A(i) if i % 2 else B(i) for i in range(ROUNDS)])


def case_loaded_from_four():
    def names(things):
        found = []
        for thing in things:
            found.append(thing.n)
        return found

    return names([[A, B, D, Common][i % 3](i) for i in range(ROUNDS)])


def case_with_slots():
    def names(things):
        found = []
        for thing in things:
            found.append(thing.n)
        return found

    return names([[A, C][i % 2](i) for i in range(ROUNDS)]), names([[B, C, A][i % 3](i) for i in range(ROUNDS)])


def case_stored():
    def work(thing, i):
        thing.n = i + 0.5
        thing.n += 1
        return thing.n

    things = [A(1), B(2), D(3)]
    return [work(things[i % 3], i) for i in range(ROUNDS)][::7], [thing.n for thing in things]


def case_added():
    def work(i):
        thing = (First if i % 2 else Second)(i)
        return thing.common + thing.late * 2 + thing.own * 3

    return [work(i) for i in range(ROUNDS)]


def case_missing_in_one():
    def work(thing):
        try:
            return thing.n
        except AttributeError as error:
            return str(error)

    things = [A(1), B(2)]
    told = []
    for i in range(ROUNDS):
        if i == 60:
            del things[1].n
        told.append(work(things[i % 2]))
    return told[::3]


def case_what_is_stored_over_ends():
    class Told:
        def __init__(self, name):
            self.name = name

        def __del__(self):
            log.append(self.name)

    def work(thing, i):
        thing.n = Told(i)
        log.append("stored")

    log = []
    things = [A(1), B(2)]
    for i in range(ROUNDS):
        work(things[i % 2], i)
    for thing in things:
        thing.n = None
    return log


def case_a_property_comes():
    class E:
        def __init__(self, n):
            self.x = 0
            self.n = n

    class F:
        def __init__(self, n):
            self.n = n

    def total(things):
        found = 0
        for i, thing in enumerate(things):
            if i == 50:
                E.n = property(lambda self: 1000)
            found += thing.n
        return found

    return total([E(i) if i % 2 else F(i) for i in range(ROUNDS)])


def case_only_one_is_lent():
    class Box:
        def __init__(self, item):
            self.item = item

    class Wide:
        def __init__(self, item):
            self.more = 0
            self.item = item

    def made(i):
        return Box([i]) if i % 2 else Wide([i])

    def work(i):
        return made(i).item

    return [work(i) for i in range(ROUNDS)]

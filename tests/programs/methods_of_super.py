"""`super()`, class methods and static methods: found before they are called, and found anew when classes change."""

ROUNDS = 90


class Base:
    made = 0

    def __init__(self, size):
        self.size = size
        self.names = [str(size)]

    def area(self, by):
        return self.size * by

    def named(self):
        return "base " + self.names[0]

    @classmethod
    def larger(cls, a, b):
        return (a if a.size > b.size else b), cls.__name__

    @staticmethod
    def half(n):
        return n / 2


class Middle(Base):
    def __init__(self, size):
        super().__init__(size + 1)
        self.middle = True

    def area(self, by):
        return super().area(by) + 1

    def named(self):
        return super(Middle, self).named() + " middle"


class Mixed:
    def area(self, by):
        return super().area(by) * 100


class Low(Middle):
    def __init__(self, size):
        super(Low, self).__init__(size)
        self.low = size

    def area(self, by):
        return super().area(by) + super().area(1)


class Other(Middle, Mixed):
    pass


class Odd(Low, Mixed):
    pass


def case_one_class():
    return sum(Low(i).area(2) for i in range(ROUNDS)), [Low(i).named() for i in range(ROUNDS)][::9]


def case_several_classes():
    def areas(things):
        found = []
        for thing in things:
            found.append(thing.area(3))
        return found

    return areas([[Base, Middle, Low][i % 3](i) for i in range(ROUNDS)])


def case_the_next_class_differs():
    def areas(things):
        found = []
        for thing in things:
            try:
                found.append(thing.area(2))
            except AttributeError as error:
                found.append(str(error))
        return found

    class Third(Middle):
        pass

    class Fourth(Base):
        def area(self, by):
            return -by

    class Fifth(Middle, Fourth):
        pass

    return areas([[Third, Fifth, Other][i % 3](i) for i in range(ROUNDS)])


def case_class_methods():
    def work(a, b):
        return Base.larger(a, b), Low.larger(b, a), Base.half(a.size)

    told = []
    for i in range(ROUNDS):
        (one, name), (other, low), half = work(Low(i), Base(ROUNDS - i))
        told.append((one.size, name, other.size, low, half))
    return told[::7]


def case_class_methods_with_frames():
    class Registry:
        known = {}

        @classmethod
        def add(cls, key):
            cls.known[key] = len(cls.known)
            return str(cls.known[key])

        @staticmethod
        def remove(key):
            return Registry.known.pop(key, None)

    def work(i):
        return Registry.add(i % 7), Registry.remove(i % 3)

    return [work(i) for i in range(ROUNDS)][::8]


def case_the_base_changes():
    class A:
        def get(self):
            return 1

    class B(A):
        def get(self):
            return super().get() + 10

    def total(things):
        found = 0
        for i, thing in enumerate(things):
            if i == 40:
                A.get = lambda self: 100
            if i == 70:
                del A.get
                A.get = lambda self: 1000
            found += thing.get()
        return found

    return total([B() for _ in range(ROUNDS)])


def case_bases_are_assigned():
    class A:
        def get(self):
            return 1

    class Z:
        def get(self):
            return 1000

    class B(A):
        def get(self):
            return super().get() + 10

    def total(things):
        found = 0
        for i, thing in enumerate(things):
            if i == 50:
                B.__bases__ = (Z,)
            found += thing.get()
        return found

    return total([B() for _ in range(ROUNDS)])


def case_class_methods_change():
    class A:
        @classmethod
        def pick(cls, n):
            return n + 1

        @staticmethod
        def plain(n):
            return n

    def work(i):
        if i == 50:
            A.pick = classmethod(lambda cls, n: cls.__name__)
        if i == 60:
            A.plain = staticmethod(lambda n: -n)
        if i == 75:
            A.pick = lambda n: "function"
        return A.pick(i), A.plain(i)

    return [work(i) for i in range(ROUNDS)][::3]


def case_super_means_something_else():
    class A:
        def get(self):
            return 1

    class B(A):
        def get(self):
            return super().get() + 10

    def other(*args):
        return A()

    told = []
    thing = B()
    try:
        for i in range(ROUNDS):
            if i == 60:
                globals()["super"] = other
            told.append(thing.get())
    finally:
        globals().pop("super", None)
    return told


def case_not_an_instance():
    class A:
        def get(self):
            return 1

    class B(A):
        def get(self):
            return super().get() + 10

    told = []
    for i in range(ROUNDS):
        try:
            told.append(B.get(B() if i % 10 else A()))
        except TypeError as error:
            told.append(str(error)[:40])
    return told


def case_raises_in_the_base():
    class A:
        def __init__(self, n):
            self.n = 100 // n

    class B(A):
        def __init__(self, n):
            super().__init__(n)
            self.text = str(n)

    told = []
    for i in range(ROUNDS):
        try:
            told.append(B(i % 20).text)
        except ZeroDivisionError as error:
            entry, names = error.__traceback__, []
            while entry:
                code = entry.tb_frame.f_code
                names.append((code.co_qualname, entry.tb_lineno - code.co_firstlineno))
                entry = entry.tb_next
            told.append(names)
    return told

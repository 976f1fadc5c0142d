"""Instances that are made in loops and in functions, and what initialises them."""


class Slotted:
    __slots__ = ("a", "b", "late")

    def __init__(self, a, b):
        self.a = a
        self.b = b

    def swap(self):
        self.a, self.b = self.b, self.a


class Log:
    lines = []

    def __init__(self, name):
        self.name = name

    def __del__(self):
        Log.lines.append(self.name)


class Node:
    def __init__(self, value, left=None, right=None):
        self.value = value
        self.left = left
        self.right = right

    def total(self):
        found = self.value
        if self.left is not None:
            found += self.left.total()
        if self.right is not None:
            found += self.right.total()
        return found


def tree(depth):
    if depth == 0:
        return None
    return Node(depth, tree(depth - 1), tree(depth - 1))


class Vec:
    def __init__(self, x, y=0.5):
        self.x = x
        self.y = y

    def plus(self, other):
        return Vec(self.x + other.x, self.y + other.y)

    def scaled(self, by):
        return Vec(self.x * by, y=self.y * by)


class Checked:
    def __init__(self, n):
        self.n = n
        if n == 120:
            raise ValueError(n)


class Wrong:
    def __init__(self, n):
        self.n = n
        if n > 120:
            return n


class Returning:
    def __init__(self, n, result):
        self.n = n
        return result


class Counted:
    made = 0

    def __init__(self):
        self.number = Counted.made
        Counted.made += 1


def case_new_instances():
    total = 0.0
    for i in range(200):
        v = Vec(i * 0.5)
        w = Vec(i, 1)
        total += v.x + v.y + w.x + w.y
    return total, type(v).__name__, list(vars(v)), list(vars(w))


def case_new_instances_are_kept():
    made = [Vec(i, -i) for i in range(150)]
    for i in range(150):
        made.append(Vec(i + 0.5, i))
    return sum(v.x for v in made), len({id(v) for v in made}), list(made[-1].__dict__.items())


def case_methods_that_make_instances():
    v = Vec(0.0, 1.0)
    one = Vec(1.0, 0.25)
    for i in range(200):
        v = v.plus(one)
        if i % 50 == 49:
            v = v.scaled(0.5)
    return v.x, v.y


def case_initialisers_that_raise():
    total, caught = 0, 0
    for i in range(160):
        try:
            total += Checked(i).n
        except ValueError as error:
            caught += error.args[0]
    return total, caught


def case_an_initialiser_raises_and_ends_the_loop():
    total = 0
    for i in range(160):
        c = Checked(i)
        total += c.n
    return total


def case_initialisers_that_return_something():
    total, caught = 0, []
    for i in range(160):
        try:
            total += Wrong(i).n
        except TypeError as error:
            caught.append(str(error))
    return total, len(caught), caught[0]


def case_initialisers_that_return_what_they_are_given():
    total, caught = 0, []
    for i in range(160):
        try:
            total += Returning(i, 5 if i == 120 else None).n
        except TypeError as error:
            caught.append(str(error))
    return total, caught


def case_initialisers_that_need_frames():
    Counted.made = 0
    numbers = []
    for i in range(150):
        numbers.append(Counted().number)
    return numbers


def case_initialisers_of_a_base():
    class Derived(Vec):
        pass

    class More(Vec):
        def __init__(self, x):
            Vec.__init__(self, x, 2)
            self.z = x

    total = 0
    for i in range(200):
        total += Derived(i, 1).y + More(i).z + More(i).y
    return total


def case_new_and_metaclasses():
    class Single:
        kept = None

        def __new__(cls, n):
            if cls.kept is None:
                cls.kept = super().__new__(cls)
            return cls.kept

        def __init__(self, n):
            self.n = n

    class Meta(type):
        def __call__(cls, *args):
            made = super().__call__(*args)
            made.extra = 1
            return made

    class Special(metaclass=Meta):
        def __init__(self, n):
            self.n = n

    total = 0
    for i in range(150):
        total += Single(i).n + Special(i).extra
    return total, Single(0) is Single(1)


def case_an_initialiser_is_replaced():
    class Local:
        def __init__(self, n):
            self.n = n

    def other(self, n):
        self.n = -n
        self.more = 1

    total = 0
    for i in range(240):
        if i == 120:
            Local.__init__ = other
        if i == 180:
            Local.__new__ = lambda cls, n: Vec(n)
        made = Local(i)
        total += made.n if i < 180 else made.x
    return total


def case_wrong_arguments_of_an_initialiser():
    caught = []
    for i in range(150):
        try:
            Vec() if i % 50 == 49 else Vec(i)
        except TypeError as error:
            caught.append(str(error))
    return caught


def case_instances_with_slots_are_made():
    total = 0
    for i in range(200):
        s = Slotted(i, i + 1)
        s.swap()
        total += s.a * 2 + s.b
    return total


def case_finalizers_of_new_instances():
    Log.lines.clear()
    for i in range(100):
        kept = Log(i)
        if i % 25 == 24:
            Log.lines.append(("at", i))
    del kept
    return Log.lines[:]


def case_a_linked_list_is_built():
    head, total = None, 0
    for i in range(150):
        head = Node(i, head)
    while head is not None:
        total += head.value
        head = head.left
    return total


def case_trees_are_built():
    return sum(tree(4).total() for _ in range(30))


def case_attributes_in_another_order():
    class Local:
        def __init__(self, first):
            if first:
                self.a = 1
                self.b = 2
            else:
                self.b = 3
                self.a = 4

    return [list(vars(Local(i % 3)).items()) for i in range(120)]


def case_initialised_again():
    v, total = Vec(1, 2), 0
    for i in range(150):
        v.__init__(i, i + 1)
        total += v.x + v.y
        if i == 100:
            del v.x
    return total, list(vars(v))


def case_more_and_more_attributes():
    class Local:
        def __init__(self, n):
            self.a = n
            if n > 60:
                self.b = n
            if n > 100:
                self.__dict__["c"] = n

    made = [Local(i) for i in range(140)]
    return [sorted(vars(v).items()) for v in made[::9]]


def case_a_metaclass_orders_the_bases():
    class Meta(type):
        def mro(cls):
            return [cls, *cls.__bases__, object] if cls.__bases__ != (object, ) else [cls, object]

    class First:
        k = 1

        def get(self):
            return 1

    class Second:
        k = 20

        def get(self):
            return 20

    class Local(First, metaclass=Meta):
        def __init__(self, v):
            self.v = v

    p, total = Local(3), 0
    for i in range(240):
        if i == 120:
            Local.__bases__ = (Second, )
        total += p.get() + p.k + p.v + Local(i).v
    return total


def count(items):
    return len(items)


def slotted_doubles(k):
    return Slotted(count([x * 2 for x in range(k & 7)]), [k for _ in range(k & 3)])


def case_arguments_that_are_loops():
    total = 0
    for i in range(120):
        s = Slotted(i, count([x + i for x in range(i & 7)]))
        total += s.a * s.b + slotted_doubles(i).a + len(slotted_doubles(i).b)
    return total


def case_arguments_that_branch():
    total = 0
    for i in range(160):
        s = Slotted((i & 3) or 8, 5 if i & 1 else 7.5)
        total += s.a * s.b
    return total

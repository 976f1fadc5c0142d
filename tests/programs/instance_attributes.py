"""Attributes of instances and methods called in loops, and classes that change under them."""

import gc
import math


class Point:
    origin = 7
    label = "p"
    scale = 0.5

    def __init__(self, x, y):
        self.x = x
        self.y = y
        self.n = 0

    def norm(self):
        return self.x * self.x + self.y * self.y

    def step(self, dx, dy=-0.25):
        self.x += dx
        self.y += dy
        self.n += 1

    def divide(self, by):
        return self.x / by


class Slotted:
    __slots__ = ("a", "b", "late")

    def __init__(self, a, b):
        self.a = a
        self.b = b

    def swap(self):
        self.a, self.b = self.b, self.a


class Child(Point):
    def norm(self):
        return self.x + self.origin


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


def case_read_and_store():
    p, total = Point(1, 2), 0
    for i in range(200):
        p.x = p.x + i
        p.y = p.y ^ p.x
        total += p.x - p.y
    return total, p.x, p.y, list(vars(p))


def case_floats_are_not_aliased():
    p, kept = Point(0.5, 1.5), []
    for i in range(120):
        before = p.x
        p.x += 0.25
        if i % 10 == 0:
            kept.append(before)
        p.y = p.x
    return kept, p.x, p.y, p.x is p.y


def case_one_float_in_two_attributes():
    p = Point(0.5, 1.5)
    for i in range(120):
        p.y = p.x
        p.x = p.x * 1.01
    return p.x, p.y


def case_a_nan_keeps_its_object():
    nan = math.nan
    p, found = Point(nan, 1), 0
    for i in range(100):
        p.y = p.x
        if p.y in [nan]:
            found += 1
    return found, p.y is nan


def case_methods():
    p, total = Point(1.0, 2.0), 0.0
    for i in range(200):
        p.step(0.5)
        p.step(dx=0.25, dy=0.125)
        total += p.norm()
    return total, p.n


def case_methods_of_many_instances():
    points, total = [Point(i, i + 0.5) for i in range(20)], 0
    for i in range(30):
        for p in points:
            p.step(i, 1)
            total += p.norm()
    return total


def case_wrong_number_of_arguments():
    p, caught = Point(1, 2), 0
    for i in range(120):
        try:
            p.step() if i % 40 == 39 else p.step(1)
        except TypeError as error:
            caught += len(str(error))
    return caught, p.n


def case_ints_that_outgrow_a_word():
    p = Point(1, 1)
    for i in range(120):
        p.x = p.x * 3
        p.y += p.x & 255
    return p.x, p.y


def case_another_type_late():
    p, seen = Point(1, 2), []
    for i in range(200):
        if i == 150:
            p.x = "text"
        if i == 180:
            p.x = None
        p.y = p.x
        if i > 145:
            seen.append(p.y)
    return seen


def case_constants_of_the_class():
    p, total = Point(1, 2), 0
    for i in range(200):
        if i == 120:
            Point.origin = 9
        if i == 160:
            Point.scale = "ab"
        total += p.origin + len(p.label)
        if i > 155:
            total += len(str(p.scale))
    Point.origin, Point.scale = 7, 0.5
    return total


def case_an_instance_shadows_the_class():
    p, total = Point(1, 2), 0
    for i in range(200):
        if i == 130:
            p.origin = 100
        total += p.origin
        if i == 170:
            del p.origin
    return total


def case_an_instance_shadows_a_method():
    p, total = Point(1, 2), 0
    for i in range(200):
        if i == 130:
            p.norm = lambda: 1000
        total += p.norm()
        if i == 170:
            del p.norm
    return total


def case_another_instance_gets_the_name_of_a_method():
    p, q, total = Point(1, 2), Point(3, 4), 0
    for i in range(200):
        if i == 130:
            q.norm = lambda: 1000
        total += p.norm()
        if i > 150:
            total += q.norm()
    return total


def case_a_method_is_replaced():
    class Local:
        def __init__(self):
            self.v = 1

        def get(self):
            return self.v

    def other(self):
        return self.v * 1000

    p, total = Local(), 0
    for i in range(240):
        if i == 120:
            Local.get = other
        if i == 180:
            Local.get = lambda self: -1
        total += p.get()
    return total


def case_a_method_is_replaced_from_a_method():
    class Local:
        def __init__(self):
            self.v = 1

        def get(self, i):
            if i == 120:
                Local.get = lambda self, i: 5
            return self.v

    p, total = Local(), 0
    for i in range(240):
        total += p.get(i)
    return total


def case_a_property_comes_and_goes():
    class Local:
        def __init__(self):
            self.v = 1

    p, total = Local(), 0
    for i in range(240):
        if i == 120:
            Local.v = property(lambda self: 50)
        total += p.v
        if i == 180:
            del Local.v
    return total


def case_a_base_changes():
    class Base:
        def get(self):
            return 1

    class Derived(Base):
        pass

    class Otherwise:
        def get(self):
            return 300

    p, total = Derived(), 0
    for i in range(240):
        if i == 120:
            Base.get = lambda self: 20
        total += p.get()
    derived = type("D", (Base, ), {})
    q = derived()
    for i in range(240):
        if i == 120:
            derived.__bases__ = (Otherwise, )
        total += q.get()
    return total


def case_the_class_of_an_object_changes():
    p, total = Point(1, 2), 0
    for i in range(200):
        if i == 130:
            p.__class__ = Child
        total += p.norm()
    return total, type(p).__name__


def case_two_classes():
    things, total = [Point(1, 2), Child(3, 4)], 0
    for i in range(200):
        p = things[0 if i < 120 else i & 1]
        p.step(1, 1)
        total += p.norm() + p.x
    return total


def case_attributes_that_are_missing():
    p, caught = Point(1, 2), []
    for i in range(160):
        if i == 120:
            del p.y
        if i == 140:
            p.y = 5
        try:
            p.x += p.y
        except AttributeError as error:
            caught.append(str(error))
    return p.x, caught, list(vars(p))


def case_a_missing_attribute_ends_the_loop():
    p, total = Point(1, 2), 0
    for i in range(160):
        if i == 120:
            del p.x
        total += p.x
    return total


def case_the_dict_is_looked_at():
    p, total = Point(1, 2), 0
    for i in range(200):
        p.x += 1
        if i == 110:
            d = p.__dict__
        if i > 120:
            d["x"] += 10
            total += d["x"]
        if i == 150:
            d["new"] = 1
        if i == 160:
            p.__dict__ = {"x": 1, "y": 2}
        if i == 180:
            p.__dict__.clear()
            p.x = 3
        total += p.x
    return total, p.x, dict(vars(p))


def case_new_attributes():
    results = []
    for i in range(120):
        p = Point(i, 1)
        p.z = i * 2
        if i % 7 == 0:
            p.w = 3
        results.append(p.x + p.z)
    return sum(results), list(vars(p))


def case_many_attributes():
    class Wide:
        pass

    p, total = Wide(), 0
    for k in range(40):
        setattr(p, f"a{k}", k)
    for i in range(120):
        p.a0 += 1
        p.a29 += 2
        p.a39 += 3
        total += p.a0 + p.a12 + p.a29 + p.a31 + p.a39
    return total


def case_getattr_and_setattr():
    class Proxy:
        def __init__(self):
            self.there = 1

        def __getattr__(self, name):
            return len(name)

    class Guarded:
        def __init__(self):
            object.__setattr__(self, "v", 1)

        def __setattr__(self, name, value):
            object.__setattr__(self, name, value + 1)

    p, g, total = Proxy(), Guarded(), 0
    for i in range(120):
        g.v = i
        total += p.there + p.missing + g.v
    return total


def case_slots():
    s, total = Slotted(1, 2.5), 0
    for i in range(200):
        s.a = s.a + 1
        s.b = s.b * 1.01
        if i % 50 == 49:
            s.swap()
            s.swap()
        total += s.a
    return total, s.b


def case_slots_that_are_empty():
    s, caught = Slotted(1, 2), []
    for i in range(160):
        if i == 120:
            del s.b
        if i == 140:
            s.b = 3
        try:
            s.a += s.b
        except AttributeError as error:
            caught.append(str(error))
        if i == 150:
            s.late = 1
        if i > 150:
            s.late += 1
    return s.a, s.late, len(caught), caught[0]


def case_finalizers_of_what_is_overwritten():
    Log.lines.clear()
    p = Point(None, 1)
    for i in range(100):
        p.x = Log(i)
        p.y += 1
        if i % 25 == 24:
            Log.lines.append(("at", i, p.y))
    p.x = None
    return Log.lines[:]


def case_finalizers_of_owners():
    class Owner:
        def __init__(self, v):
            self.v = v

        def __del__(self):
            Log.lines.append(self.v)

    Log.lines.clear()
    total = 0
    for i in range(100):
        total += Owner(i).v
    return total, Log.lines[:]


def case_an_attribute_outlives_its_owner():
    kept = []
    for i in range(100):
        kept.append(Point([i], i).x)
    return kept


def case_a_finalizer_changes_the_owner():
    p = Point(1, 2)

    class Meddler:
        def __del__(self):
            p.y = 1000

    total = 0
    for i in range(160):
        p.x = Meddler() if i == 120 else i
        p.y += 1
        total += p.y
    return total


def case_objects_keep_their_identity():
    class Thing:
        pass

    things, p, same = [Thing() for _ in range(10)], Point(0, 0), 0
    for i in range(120):
        p.x = things[i % 10]
        p.y = p.x
        same += p.y is things[i % 10]
    return same


def case_recursive_methods():
    root, total = tree(6), 0
    for i in range(40):
        total += root.total()
    return total


def case_linked_lists():
    head = None
    for i in range(150):
        head = Node(i, head)
    total, node = 0, head
    while node is not None:
        total += node.value
        node.value = -node.value
        node = node.left
    return total, head.value


def case_an_exception_in_a_method():
    p, total = Point(4.0, 2), 0
    for i in range(160):
        total += p.divide(150 - i)
    return total


def case_exceptions_in_methods_are_handled():
    p, caught = Point(4.0, 2), 0
    for i in range(160):
        try:
            p.x += p.divide(i % 20)
        except ZeroDivisionError:
            caught += 1
    return p.x, caught


def case_instances_of_builtin_types():
    class Items(list):
        pass

    class Number(int):
        pass

    items, number, total = Items([1, 2]), Number(5), 0
    items.count_of = 1
    number.extra = 2
    for i in range(150):
        items.count_of += 1
        number.extra += items.count_of
        total += number.extra + number
    return total, items.count_of


def case_attributes_of_functions_and_classes():
    def function():
        return 1

    class Holder:
        value = 0

    function.count = 0
    for i in range(150):
        function.count += 1
        Holder.value += function.count
    return function.count, Holder.value


def case_callables_in_attributes():
    class Caller:
        def __init__(self):
            self.call = len

    c, total = Caller(), 0
    for i in range(150):
        if i == 100:
            c.call = sum
        total += c.call([i, 1])
    return total


def case_class_and_static_methods():
    class Local:
        k = 3

        @classmethod
        def of(cls, x):
            return cls.k * x

        @staticmethod
        def plain(x):
            return x + 1

        @property
        def double(self):
            return self.k * 2

    p, total = Local(), 0
    for i in range(150):
        total += p.of(i) + p.plain(i) + p.double
    return total


def case_classes_come_and_go():
    total = 0
    for k in range(12):
        kind = type(f"K{k}", (), {"get": lambda self: self.v, "c": k})
        p = kind()
        p.v = k
        for i in range(60):
            total += p.get() + p.c + p.v
        del p, kind
        gc.collect()
    return total


def case_module_level_instances():
    global shared
    shared, total = Point(1, 2), 0
    for i in range(150):
        shared.step(1, 2)
        total += shared.norm()
        if i == 100:
            shared = Child(5, 6)
    return total


def case_bound_methods_are_objects():
    p, bound = Point(1, 2), []
    for i in range(100):
        m = p.norm
        if i % 25 == 0:
            bound.append(m)
        p.x += m() & 1
    return [m() for m in bound], bound[0].__self__ is p


def case_super():
    class Base:
        def get(self, x):
            return x + self.v

    class Derived(Base):
        def __init__(self):
            self.v = 2

        def get(self, x):
            return super().get(x) * 2

    p, total = Derived(), 0
    for i in range(150):
        total += p.get(i)
    return total

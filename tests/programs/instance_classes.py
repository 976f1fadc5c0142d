"""Several classes at one place, attributes of classes themselves, `isinstance`, and stores to what methods return."""


class Point:
    origin = 7
    label = "p"
    scale = 0.5

    def __init__(self, x, y):
        self.x = x
        self.y = y
        self.n = 0

    def other(self):
        return Point(self.y, self.x)


class Slotted:
    __slots__ = ("a", "b", "late")

    def __init__(self, a, b):
        self.a = a
        self.b = b


class Child(Point):
    pass


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


class Shape:
    sides = 0

    def __init__(self, w, h):
        self.w = w
        self.h = h

    def wide(self):
        return self.w > self.h


class Square(Shape):
    sides = 4


class Round(Shape):
    def __init__(self, r):
        super().__init__(r, r)
        self.r = r


class Odd(Shape):
    def __init__(self, w, h):
        self.h = h
        self.w = w


class Level:
    LOW = 1
    HIGH = 2.5

    def twice(x):
        return 2 * x


class Box:
    def __init__(self, item):
        self.item = item

    def get(self):
        return self.item

    def put(self, item):
        self.get().value = item

    def fill(self, items):
        self.get()[0] = items


def case_several_classes_with_one_layout():
    shapes, total = [Shape(1, 2), Square(3, 1), Round(5)], 0
    for i in range(240):
        s = shapes[i % 3]
        s.w = s.w + 1
        total += s.w * s.h
        if s.wide():
            total += 1
    return total


def case_several_classes_with_different_layouts():
    shapes, total = [Shape(1, 2), Square(3, 1), Odd(5, 7), Round(5)], 0
    for i in range(240):
        s = shapes[i % 4]
        s.w = s.w + 1
        total += s.w * s.h + s.sides
        if s.wide():
            total += 1
    return total


def case_one_class_more_late():
    shapes, total = [Shape(1, 2), Square(3, 1)], 0
    for i in range(240):
        if i == 120:
            shapes.append(Odd(5, 7))
            shapes.append(Slotted(1, 2))
            shapes[3].a = 3
        s = shapes[i % min(len(shapes), 3)]
        total += s.w * s.h
    return total


def case_many_classes():
    kinds = [type(f"M{k}", (Shape, ), {}) for k in range(7)]
    shapes, total = [kind(k, 2) for k, kind in enumerate(kinds)], 0
    for i in range(280):
        s = shapes[i % 7]
        s.w += 1
        total += s.w + s.h
    return total


def case_instances_and_other_things():
    things, total = [Shape(1, 2), 5, None, "text"], 0
    for i in range(200):
        t = things[0 if i < 150 else i % 4]
        try:
            total += t.w
        except AttributeError:
            total += 1000
    return total


def case_attributes_of_classes():
    total = 0
    for i in range(240):
        if i == 150:
            Level.LOW = 10
        total += Level.LOW + Level.HIGH + Level.twice(i)
    Level.LOW = 1
    return total


def case_functions_of_classes_change():
    class Local:
        def get(x):
            return x

    total = 0
    for i in range(240):
        if i == 150:
            Local.get = lambda x: -x
        total += Local.get(i)
    return total


def case_attributes_of_metaclasses():
    class Meta(type):
        @property
        def value(cls):
            return 5

        other = 3

    class Local(metaclass=Meta):
        own = 2

    total = 0
    for i in range(150):
        total += Local.value + Local.other + Local.own
        if i == 100:
            Local.own = 20
    return total, Local.__name__


def case_isinstance():
    things, found = [Shape(1, 2), Square(3, 1), Point(1, 2), Child(3, 4), Slotted(1, 2)], []
    for i in range(240):
        t = things[i % (3 if i < 120 else 5)]
        found.append((isinstance(t, Shape), isinstance(t, Square), isinstance(t, Point), isinstance(t, object)))
    return found


def case_isinstance_of_one_class():
    s, total = Square(1, 2), 0
    for i in range(240):
        if isinstance(s, Shape):
            total += 1
        if not isinstance(s, Round):
            total += 10
        if i == 150:
            s.__class__ = Round
        if i == 190:
            Round.__bases__ = (Point, )
    Round.__bases__ = (Shape, )
    return total


def case_isinstance_is_asked_of_classes():
    class Meta(type):
        def __instancecheck__(cls, instance):
            return instance.w > 3

    class Asked(metaclass=Meta):
        pass

    class Liar:
        @property
        def __class__(self):
            return Shape

    s, liar, total = Shape(1, 2), Liar(), 0
    for i in range(200):
        if i == 120:
            s.w = 9
        total += isinstance(s, Asked) + 10 * isinstance(liar, Shape) + 100 * isinstance(liar, Liar)
    return total


def case_a_class_gets_a_metaclass():
    class Meta(type):
        def __instancecheck__(cls, instance):
            return False

    class Local:
        pass

    x, total = Local(), 0
    for i in range(200):
        if i == 120:
            Local.__class__ = Meta
        total += isinstance(x, Local) + 10 * isinstance(None, Local)
    return total


def case_stores_to_what_a_method_returns():
    box, total = Box(Node(1)), 0
    for i in range(150):
        box.put(i)
        total += box.item.value
    return total


def case_items_of_what_a_method_returns():
    box = Box([1, 2])
    for i in range(150):
        box.fill(i)
    return box.item

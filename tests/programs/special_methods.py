"""Special methods and getters of properties of the program's classes, and changes of them under way."""

import sys


class Grid:
    def __init__(self, width, height):
        self.width = width
        self.data = [0.0] * (width * height)

    def at(self, x, y):
        if 0 <= x < self.width:
            return y * self.width + x
        raise IndexError(x)

    def __getitem__(self, x_y):
        (x, y) = x_y
        return self.data[self.at(x, y)]

    def __setitem__(self, x_y, value):
        (x, y) = x_y
        self.data[self.at(x, y)] = value


def smoothed(grid, rounds):
    for _ in range(rounds):
        for y in range(1, 8):
            for x in range(1, 8):
                grid[x, y] = (grid[x, y - 1] + grid[x - 1, y] + x) * 0.25 + 0.5 * grid[x, y]
    return grid.data


def case_pairs_as_keys():
    return smoothed(Grid(9, 9), 6)


def case_a_key_that_is_outside():
    grid, results = Grid(9, 9), []
    for i in range(90):
        try:
            grid[i % 10, 1] = grid[i % 9, 1] + 1
        except IndexError as error:
            results.append((i, error.args, error.__traceback__.tb_next.tb_lineno - error.__traceback__.tb_lineno > 0))
    return results, grid.data


def case_a_key_that_is_outside_and_not_caught():
    grid = Grid(9, 9)
    for i in range(90):
        grid[i % 9 if i != 77 else 9, 1] = grid[i % 9, 1] + 1
    return grid.data


class Row:
    def __init__(self, items):
        self.items = items

    def __getitem__(self, key):
        return self.items[key]

    def __setitem__(self, key, value):
        self.items[key] = value
        return "nobody wants this"


class Other(Row):
    pass


class Doubled(Row):
    def __getitem__(self, key):
        return self.items[key] * 2


def case_several_classes():
    rows = [Row([1, 2, 3]), Other([4, 5, 6]), Doubled([7, 8, 9])]
    total = 0
    for i in range(150):
        row = rows[i % (2 if i < 70 else 3)]
        total += row[i % 3]
        row[(i + 1) % 3] = total % 100
    return total, [row.items for row in rows]


def case_nested_objects():
    rows = Row([Row([i * j for j in range(6)]) for i in range(6)])
    total = 0
    for i in range(120):
        total += rows[i % 6][i % 5]
        rows[i % 6][i % 5] += i
    return total, [row.items for row in rows.items]


def case_methods_that_change_under_way():
    class Changing:
        def __getitem__(self, key):
            return key + 1

    def other(self, key):
        return -key

    thing, results = Changing(), []
    for i in range(120):
        if i == 60:
            Changing.__getitem__ = other
        if i == 90:
            thing.__class__ = type("Third", (), {"__getitem__": lambda self, key: "third"})
        results.append(thing[i])
    return results


def case_a_method_that_goes_away():
    class Going:
        def __getitem__(self, key):
            if key == 70:
                del Going.__getitem__
            return key

    thing, results = Going(), []
    try:
        for i in range(100):
            results.append(thing[i])
    except TypeError as error:
        results.append(str(error))
    return results


def case_a_method_of_the_instance_does_not_count():
    row, total = Row([1, 2, 3]), 0
    for i in range(100):
        if i == 50:
            row.__getitem__ = lambda key: 1000
        total += row[i % 3]
    return total


class Noisy:
    ended = 0

    def __del__(self):
        Noisy.ended += 1


class Giving:
    def __init__(self):
        self.kept = {}

    def __setitem__(self, key, value):
        self.kept[key] = value
        return Noisy()

    def __getitem__(self, key):
        return self.kept.pop(key, None) or Noisy()


def case_results_that_tell_of_their_end():
    Noisy.ended, seen = 0, []
    giving = Giving()
    for i in range(80):
        giving[i % 3] = Noisy()
        seen.append(Noisy.ended)
        giving[i % 2]
        seen.append(Noisy.ended)
    del giving
    return seen, Noisy.ended


class Asking:
    lines = []

    def __getitem__(self, key):
        frame = sys._getframe()
        if key % 20 == 0:
            back = frame.f_back
            Asking.lines.append((back.f_lineno - back.f_code.co_firstlineno, back.f_code.co_name, sorted(back.f_locals)))
        return key

    def __setitem__(self, key, value):
        if key % 20 == 0:
            back = sys._getframe(1)
            Asking.lines.append((back.f_lineno - back.f_code.co_firstlineno, back.f_locals["total"]))

    @property
    def length(self):
        back = sys._getframe(1)
        Asking.lines.append((back.f_lineno - back.f_code.co_firstlineno, back.f_locals["total"]))
        return 3


def case_frames_of_callers():
    Asking.lines.clear()
    asking, total = Asking(), 0
    for i in range(100):
        total += asking[i]
        asking[i] = total
        total += asking.length
    return total, Asking.lines


class Point:
    def __init__(self, x, y):
        self._x = x
        self._y = y

    @property
    def x(self):
        return self._x

    @property
    def y(self):
        return self._y

    @y.setter
    def y(self, value):
        self._y = value

    @property
    def length(self):
        return (self.x * self.x + self.y * self.y) ** 0.5

    @property
    def broken(self):
        return self.missing


def case_properties():
    point, total = Point(3.0, 4.0), 0.0
    for i in range(100):
        total += point.length + point.x
        point.y = point.y + 0.5
    return total, point._y


def case_a_property_that_raises():
    point, results = Point(1, 2), []
    for i in range(70):
        try:
            results.append(point.broken if i % 3 else point.x)
        except AttributeError as error:
            results.append((str(error), error.name))
    for i in range(70):
        results.append(getattr(point, "broken", i))
    return results


def case_a_property_that_changes():
    class Changing:
        @property
        def value(self):
            return 1

    thing, results = Changing(), []
    for i in range(120):
        if i == 50:
            Changing.value = property(lambda self: 2)
        if i == 80:
            del Changing.value
            thing.value = 3
        if i == 100:
            thing.__dict__["other"] = Changing.value = property(lambda self: self.other is Changing.value)
        results.append(thing.value)
    return results


def case_a_name_of_the_instance_does_not_hide_a_property():
    point, total = Point(1, 2), 0
    for i in range(100):
        if i == 50:
            point.__dict__["x"] = 100
        total += point.x
    return total


class Adder:
    def __init__(self, n):
        self.n = n

    def __call__(self, x, times=1, *, offset=0):
        return (self.n + x) * times + offset


class Plain:
    def __init__(self, n):
        self.n = n

    def __call__(self, x, times=1):
        if times == 7:
            raise ValueError(x)
        return (self.n + x) * times


def case_instances_that_are_called():
    adder, plain, total = Adder(3), Plain(4.5), 0
    for i in range(100):
        total += adder(i) + plain(i) + plain(i, 2) + plain(x=i, times=3) + adder(i, offset=i)
    return total


def case_instances_of_several_classes_are_called():
    class Third(Plain):
        pass

    things, total = [Plain(1), Third(2), Adder(3), len], 0
    for i in range(150):
        thing = things[i % (2 if i < 90 else 3)]
        total += thing(i)
    return total


def case_a_called_instance_raises():
    plain, results = Plain(1), []
    for i in range(90):
        try:
            results.append(plain(i, i % 10))
        except ValueError as error:
            results.append(error.args)
    plain(5, 7)


def case_a_way_of_calling_that_changes():
    class Changing:
        def __call__(self, x):
            return x

    thing, results = Changing(), []
    for i in range(120):
        if i == 60:
            Changing.__call__ = lambda self, x: -x
        if i == 100:
            del Changing.__call__
        try:
            results.append(thing(i))
        except TypeError as error:
            results.append(str(error).partition(" object")[2])
    return results


class Tree:
    def __init__(self, depth):
        self.depth = depth
        self.below = Tree(depth - 1) if depth else None

    def __getitem__(self, key):
        if self.below is None:
            return key
        return self.below[key] + 1

    def __call__(self, key):
        return key if self.below is None else self.below(key) + 1


def case_methods_that_call_themselves():
    tree = Tree(20)
    return [tree[i] + tree(i) for i in range(100)]


def case_recursion_without_end():
    class Endless:
        def __getitem__(self, key):
            return self[key + 1]

    try:
        Endless()[0]
    except RecursionError as error:
        return str(error)


class Shelves:
    def __init__(self, shelves):
        self.shelves = shelves

    def __getitem__(self, index):
        return self.shelves[index]


class Fresh:
    def __getitem__(self, index):
        return [index] * (index % 4)


def sizes(shelves, n):
    full = 0
    for i in range(n):
        if len(shelves[i]) == 0:
            continue
        full += len(shelves[i])
    return full


def case_the_length_of_what_is_got():
    shelves = Shelves([[i] * (i % 5) for i in range(60)])
    return [sizes(shelves, n) for n in range(60)], [sizes(Fresh(), n) for n in range(60)]


def case_items_of_what_is_made_at_once():
    class Both:
        def __init__(self, x, y):
            self.x, self.y = x, y

        def __getitem__(self, index):
            return (self.x, self.y)[index + 1]

    results = []
    for thing in [Both(1, 2), Both(1.5, "text"), Both([], (3, 4))]:
        total = []
        for i in range(60):
            index = 2**64 - 2**64 - 1 if i % 7 == 3 else i % 2 - 1
            total.append(thing[index])
        results.append(total)
    try:
        results.append(Both(1, 2)[1])
    except IndexError as error:
        results.append(str(error))
    return results

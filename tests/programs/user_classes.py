"""Classes whose special methods run inside hot loops, with effects that must keep their order."""


class Vector:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor)

    def __neg__(self):
        return Vector(-self.x, -self.y)

    def __getitem__(self, index):
        return (self.x, self.y)[index]

    def __len__(self):
        return 2


class Account:
    opened = 0

    def __init__(self, balance=0):
        self.balance = balance
        Account.opened += 1

    def deposit(self, amount):
        if amount < 0:
            raise ValueError(f"negative deposit {amount}")
        self.balance += amount
        return self.balance

    @property
    def doubled(self):
        return self.balance * 2

    @staticmethod
    def fee(amount):
        return amount // 10

    @classmethod
    def count(cls):
        return cls.opened


def case_vector_sum():
    total = Vector(0, 0)
    for i in range(100):
        total = total + Vector(i, 0.5) * 2
        total = -total
    return total, total[0], total[-1], len(total)


def case_attributes():
    account = Account()
    for i in range(150):
        account.balance += i
        account.last = i
    return account


def case_methods():
    account = Account(10)
    for i in range(100):
        account.deposit(i)
        account.balance -= Account.fee(i) + account.fee(i)
    return account, account.doubled, Account.count() > 0


def case_method_raises_late():
    account = Account()
    for i in range(100):
        account.deposit(80 - i)


def case_property_and_class_attribute():
    account = Account(1)
    Account.opened = 0
    total = 0
    for i in range(100):
        total += account.doubled
        Account.opened += 1
        account.balance = i
    return total, Account.count()


def case_missing_attribute_late():
    class Box:
        pass

    boxes = [Box() for _ in range(100)]
    for box in boxes[:90]:
        box.value = 1
    total = 0
    for i in range(100):
        total += boxes[i].value


def case_getattr_hook():
    class Lazy:
        def __init__(self):
            self.asked = []

        def __getattr__(self, name):
            self.asked.append(name)
            if len(self.asked) > 60:
                raise AttributeError(f"no more {name}")
            return len(self.asked)

    lazy = Lazy()
    total = 0
    try:
        for i in range(100):
            total += lazy.something
    except AttributeError as error:
        return total, str(error), i


def case_setattr_and_delattr():
    class Logged:
        def __init__(self):
            object.__setattr__(self, "log", [])

        def __setattr__(self, name, value):
            self.log.append((name, value))
            object.__setattr__(self, name, value)

        def __delattr__(self, name):
            self.log.append(name)
            object.__delattr__(self, name)

    logged = Logged()
    for i in range(60):
        logged.a = i
        if i % 20 == 19:
            del logged.a
    return logged.log


def case_subscript_hooks():
    class Grid:
        def __init__(self):
            self.cells = {}

        def __getitem__(self, key):
            return self.cells.get(key, 0)

        def __setitem__(self, key, value):
            self.cells[key] = value

        def __delitem__(self, key):
            del self.cells[key]

        def __contains__(self, key):
            return key in self.cells

    grid = Grid()
    for i in range(100):
        grid[i % 10] += i
        grid[i, i] = i
        if i % 3 == 0:
            del grid[i, i]
        if (i, i) in grid:
            grid["kept"] += 1
    return grid


def case_index_hook():
    class Position:
        def __init__(self, n):
            self.n = n

        def __index__(self):
            return self.n

    items = list(range(100))
    total = 0
    for i in range(100):
        total += items[Position(i)] + items[Position(-i)]
    return total, items[Position(3) : Position(9)]


def case_equality_and_hash():
    class Key:
        compared = 0

        def __init__(self, n):
            self.n = n

        def __hash__(self):
            return self.n % 3

        def __eq__(self, other):
            Key.compared += 1
            return self.n == other.n

    table = {}
    for i in range(80):
        table[Key(i % 9)] = i
    return [(key.n, value) for key, value in table.items()], Key.compared


def case_ordering_with_sort_in_loop():
    class Card:
        def __init__(self, n):
            self.n = n

        def __lt__(self, other):
            return self.n % 7 < other.n % 7

    first = 0
    for i in range(60):
        cards = sorted([Card(i), Card(i + 3), Card(i + 5)])
        first += cards[0].n
        if cards[0] > cards[1]:
            first += 1000
    return first


def case_class_patched_in_the_loop():
    class Shape:
        sides = 3

        def area(self):
            return self.sides

    shape = Shape()
    total = 0
    for i in range(120):
        total += shape.area()
        if i == 60:
            Shape.sides = 4
        if i == 80:
            Shape.area = lambda self: 100
        if i == 100:
            shape.area = lambda: 1000
    return total


def case_class_of_object_changes():
    class A:
        def value(self):
            return 1

    class B:
        def value(self):
            return 100

    thing = A()
    total = 0
    for i in range(100):
        if i == 70:
            thing.__class__ = B
        total += thing.value()
    return total


def case_inheritance_and_super():
    class Base:
        def step(self, n):
            return n + 1

    class Derived(Base):
        def step(self, n):
            return super().step(n) * 2

    thing = Derived()
    n = 0
    for i in range(100):
        n = thing.step(n) % 1009
    return n


def case_class_defined_in_the_loop():
    names = []
    for i in range(60):
        class Local:
            number = i

            def double(self):
                return self.number * 2

        names.append(Local().double())
    return names


def case_callable_objects():
    class Counter:
        def __init__(self):
            self.n = 0

        def __call__(self, step=1, *rest, **named):
            self.n += step + sum(rest) + sum(named.values())
            return self.n

    counter = Counter()
    total = 0
    for i in range(80):
        total += counter()
        total += counter(i)
        total += counter(1, 2, 3, extra=i)
    return total


def case_operator_raises():
    class Fuse:
        def __init__(self):
            self.left = 60

        def __sub__(self, other):
            self.left -= 1
            if self.left == 0:
                raise ArithmeticError("blown")
            return self

    fuse = Fuse()
    for i in range(100):
        fuse = fuse - i

"""What classes have, asked of the class itself, and changes of that under way."""


class Strength:
    def __init__(self, value):
        self.value = value


class Strengths:
    pass


Strengths.REQUIRED = Strength(1)
Strengths.WEAK = Strength(5)
Strengths.LIMIT = 7
Strengths.NAME = "strengths"
Strengths.ITEMS = [1, 2, 3]


class More(Strengths):
    OWN = 2.5


def weaker(a, b):
    return a if a.value > b.value else b


def is_required(strength):
    return strength is Strengths.REQUIRED


def case_values_of_all_kinds():
    total, results = 0, []
    for i in range(120):
        strength = Strengths.WEAK if i % 3 else Strengths.REQUIRED
        total += strength.value * Strengths.LIMIT + len(More.NAME) + More.ITEMS[i % 3]
        total += More.OWN
        results.append((is_required(strength), weaker(strength, More.REQUIRED) is Strengths.WEAK))
    return total, results


def case_values_that_change():
    class Changing:
        first = 1
        second = Strength(2)

    results = []
    for i in range(140):
        if i == 60:
            Changing.first = 1.5
        if i == 80:
            Changing.second = Strength(3)
        if i == 100:
            del Changing.first
            Changing.first = "text"
        if i == 120:
            Changing.second = property(lambda self: 1)
        results.append((Changing.first, type(Changing.second).__name__))
    return results


def case_a_value_that_goes_away():
    class Going:
        value = 3

    results = []
    for i in range(100):
        if i == 70:
            del Going.value
        try:
            results.append(Going.value)
        except AttributeError as error:
            results.append(str(error).partition("'")[2])
    return results


def case_a_base_gets_what_another_hides():
    class Base:
        value = 1

    class Middle(Base):
        pass

    class Last(Middle):
        pass

    results = []
    for i in range(130):
        if i == 50:
            Middle.value = 2
        if i == 80:
            Last.value = 3
        if i == 110:
            Last.__bases__ = (Base,)
            del Last.value
        results.append(Last.value)
    return results


def case_counters_of_classes():
    class Counted:
        total = 0
        step = 2

    for _ in range(200):
        Counted.total += Counted.step
    return Counted.total


class Meta(type):
    @property
    def asked(cls):
        return cls.__name__ * 2

    shown = "of the metaclass"


class Made(metaclass=Meta):
    plain = 4


def case_classes_with_metaclasses():
    results = []
    for i in range(100):
        results.append((Made.asked, Made.shown, Made.plain))
        if i == 60:
            Made.shown = "of the class"
    return results


class Descriptor:
    def __get__(self, instance, owner):
        return owner.__name__


class Described:
    name = Descriptor()
    method = lambda self: 1
    static = staticmethod(len)


def case_what_is_bound_when_it_is_asked_for():
    results = []
    for i in range(90):
        results.append((Described.name, Described.static([i] * (i % 4)), Described.method(i), Described.method is not None))
    return results


class Told:
    ended = []

    def __init__(self, number):
        self.number = number

    def __del__(self):
        Told.ended.append((self.number, Holder.value.number if isinstance(Holder.value, Told) else Holder.value))


class Holder:
    value = None


def read():
    return Holder.value


def case_what_the_class_had_is_gone_first():
    Told.ended.clear()
    Holder.value = Told(-1)
    results = []
    for i in range(120):
        results.append(read().number)
        if i % 40 == 39:
            Holder.value = Told(i)
    Holder.value = None
    return results, Told.ended


class Tabled:
    table = [1, 2, 3, 5]
    names = {"a": 1, "b": 2}
    pair = (7, [8])
    limit = Strength(9)

    def __init__(self, start):
        self.start = start

    def look_up(self, i):
        return self.table[i & 3] + self.names["ab"[i & 1]] + self.pair[0] + self.limit.value + self.start


class Further(Tabled):
    names = {"a": 10, "b": 20}


def case_containers_asked_of_instances():
    made = [Tabled(1), Further(2)]
    results = []
    for i in range(160):
        results.append(made[i % 2].look_up(i))
        if i == 50:
            Tabled.table.append(4)
            Tabled.table[1] = 2.5
        if i == 90:
            Tabled.pair[1].append(i)
            Further.names["a"] += 1
    return results, Tabled.pair


def sum_of(tabled, n, change):
    total = 0
    for i in range(n):
        total += tabled.table[i & 1] + tabled.start
        change(i)
    return total


def case_a_container_is_replaced_under_way():
    class Replaced(Tabled):
        table = [1, 2]

    tabled = Replaced(3)

    def change(i):
        if i == 70:
            Replaced.table = [10, 20, 30]
        if i == 100:
            del Replaced.table
        if i == 130:
            tabled.table = (100, 200)
        if i == 150:
            del tabled.table
        if i == 170:
            Replaced.__bases__ = (Other,)

    class Other:
        table = [1000, 2000]

    return [sum_of(tabled, n, change) for n in (60, 200, 60)]


class TableWithEnd(list):
    ended = []

    def __init__(self, number, items):
        super().__init__(items)
        self.number = number

    def __del__(self):
        TableWithEnd.ended.append((self.number, Ending.table[0]))


class Ending:
    table = TableWithEnd(0, [1, 2])


def case_a_container_ends_when_it_is_replaced():
    TableWithEnd.ended.clear()
    ending, total = Ending(), []

    def change(i):
        if i % 50 == 49:
            Ending.table = TableWithEnd(i, [i, i + 1])

    for i in range(180):
        total.append(ending.table[i & 1])
        change(i)
    return total, TableWithEnd.ended


def case_a_class_that_ends_while_its_container_is_used():
    results = []
    for number in range(6):
        class Passing:
            table = [number, number + 1]

            def get(self, i):
                return self.table[i & 1]

        passing = Passing()
        total = 0
        for i in range(80):
            total += passing.get(i)
        results.append(total)
        del passing, Passing
    return results

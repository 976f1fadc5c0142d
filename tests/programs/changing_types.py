"""Variables whose type changes in the middle of a hot loop, to types with and without operators."""


class Meters:
    def __init__(self, n):
        self.n = n

    def __add__(self, other):
        return Meters(self.n + (other.n if isinstance(other, Meters) else other))

    def __radd__(self, other):
        return Meters(other + self.n)

    def __lt__(self, other):
        return self.n < (other.n if isinstance(other, Meters) else other)

    def __gt__(self, other):
        return self.n > (other.n if isinstance(other, Meters) else other)

    def __eq__(self, other):
        return isinstance(other, Meters) and self.n == other.n


def case_int_float_str():
    value = 0
    seen = []
    for i in range(150):
        if i == 50:
            value = 0.5
        elif i == 100:
            value = "s"
        value = value + value if i % 50 < 5 else value
        seen.append(value)
    return seen


def case_cycling_types():
    values = (1, 2.5, True, "ab", 2**70, (1,), [2])
    lengths = 0
    for i in range(200):
        value = values[i % 7]
        doubled = value * 2
        if doubled == value:
            lengths += 1
        lengths += len(repr(doubled))
    return lengths, doubled


def case_user_object_late():
    total = 0
    for i in range(100):
        if i == 80:
            total = Meters(total)
        total = total + 1
    return total


def case_user_object_on_the_right_late():
    total = 0
    step = 1
    for i in range(100):
        if i == 80:
            step = Meters(5)
        total = total + step
    return total


def case_user_comparison_late():
    limit = 1000
    count = 0
    for i in range(100):
        if i == 60:
            limit = Meters(70)
        if limit > i:
            count += 1
        if limit == Meters(70):
            count += 1000
    return count


def case_incompatible_late():
    total = 0
    step = 1
    for i in range(100):
        if i == 90:
            step = "one"
        total += step


def case_none_late():
    x = 1.5
    for i in range(100):
        if i == 90:
            x = None
        y = x * 2.0


def case_incompatible_on_the_left():
    for i in range(100):
        value = i if i < 95 else None
        total = value - 1


def case_float_to_int_and_back():
    value = 0.0
    kinds = []
    for i in range(200):
        value = value + 1 if i % 40 < 20 else int(value) + 1
        kinds.append(type(value).__name__)
    return value, kinds


def case_subclass_of_int():
    class Loud(int):
        def __add__(self, other):
            return Loud(int(self) + int(other) + 1)

    total = 0
    for i in range(100):
        if i == 70:
            total = Loud(total)
        total = total + 1
    return total, type(total).__name__


def case_subclass_of_float():
    class Celsius(float):
        def __mul__(self, other):
            return Celsius(float(self) * other + 0.5)

    x = 1.0
    for i in range(100):
        if i == 70:
            x = Celsius(x)
        x = x * 1.25
        if x > 1e6:
            x = x / 1e6
    return x


def case_subclass_without_operators():
    class Plain(int):
        pass

    values = [Plain(i) if i > 60 else i for i in range(100)]
    total = 0
    for i in range(100):
        total += values[i]
        kind = type(-values[i]).__name__
    return total, kind


def case_complex():
    z = 0
    for i in range(100):
        if i == 50:
            z = z + 1j
        z = z + 1
    return z


def case_fraction_and_decimal():
    from decimal import Decimal
    from fractions import Fraction

    total = 0
    exact = 0
    for i in range(100):
        total += 1 if i < 60 else Fraction(1, 3)
        exact += 1 if i < 60 else Decimal("0.1")
    return str(total), str(exact)


def case_not_implemented_both_ways():
    class Mute:
        def __add__(self, other):
            return NotImplemented

        def __radd__(self, other):
            return NotImplemented

    mute = 1
    for i in range(80):
        if i == 75:
            mute = Mute()
        i + mute


def case_reflected_power_and_shift():
    class Two:
        def __rpow__(self, other):
            return other * other

        def __rlshift__(self, other):
            return other * 4

        def __rmod__(self, other):
            return "mod"

    results = []
    two = 2
    for i in range(60):
        if i == 50:
            two = Two()
        results.append((i**two, i << two, i % two))
    return results


def case_in_place_operators_of_objects():
    class Bag:
        def __init__(self):
            self.items = []

        def __iadd__(self, item):
            self.items.append(item)
            return self

    bag = 0
    for i in range(80):
        if i == 70:
            bag = Bag()
        bag += i
    return bag


def case_string_building():
    text = ""
    for i in range(120):
        text += chr(97 + i % 26)
        text = text * 1
        if i % 40 == 39:
            text = text + "%d" % i
    return text


def case_list_growth():
    items = []
    for i in range(100):
        items += [i]
        items = items + [] if i % 10 == 0 else items
    return items

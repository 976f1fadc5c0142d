"""`len abs min max int float bool ord chr round sum divmod pow isinstance` on every kind of number and on what is
none, at the first, a middle and the last round."""

ROUNDS = 70
MOMENTS = (0, 35, ROUNDS - 1)


class MyInt(int):
    def __abs__(self):
        return "own abs"

    def __round__(self, digits=None):
        return "own round", digits

    def __int__(self):
        return 77

    def __float__(self):
        return 7.5

    def __divmod__(self, other):
        return "own divmod"

    def __pow__(self, other, modulus=None):
        return "own pow", modulus

    def __lt__(self, other):
        return True

    def __gt__(self, other):
        return True

    def __bool__(self):
        return False


class MyFloat(float):
    def __abs__(self):
        return "own abs"

    def __int__(self):
        return 78

    def __trunc__(self):
        return 79

    def __bool__(self):
        return False


class Number:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value

    def __float__(self):
        return self.value * 0.5


class Strange:
    def __len__(self):
        return -1

    def __abs__(self):
        raise LookupError("abs")

    def __int__(self):
        return "no int"

    def __float__(self):
        return 1

    def __bool__(self):
        return 2

    def __round__(self, *digits):
        return digits


NAN, INF = float("nan"), float("inf")
NUMBERS = [
    0, 1, -1, 7, -7, 255, 2**30, -(2**31), 2**53 + 1, 2**62, -(2**63), 2**63 - 1, 2**63, 2**64, -(10**30), True, False,
    0.0, -0.0, 0.5, 1.5, 2.5, -2.5, 1e16, 2.0**63, -(2.0**63), 1e300, 5e-324, INF, -INF, NAN, MyInt(5), MyFloat(2.5),
    Number(3), Strange(), 2j, "12", " 7 ", "x", "", b"3", None, [1, 2], (3,), {}, range(5),
]


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error), error.__traceback__.tb_next.tb_lineno


def in_a_loop(function):
    """Calls ``function(usual)`` in a loop, with each number at each moment in its place."""
    told = []
    for usual in (3, -2.5):
        for number in NUMBERS:
            for at in MOMENTS:
                told.append(outcome(function, usual, number, at))
    return told


def case_abs():
    def work(usual, strange, at):
        for i in range(ROUNDS):
            result = abs(strange if i == at else usual)
            if i == at:
                kept = result
        return kept, result

    return in_a_loop(work)


def case_int_and_float():
    def to_int(usual, strange, at):
        kept = []
        for i in range(ROUNDS):
            kept.append(int(strange if i == at else usual))
        return kept[at], kept[-1]

    def to_float(usual, strange, at):
        kept = []
        for i in range(ROUNDS):
            kept.append(float(strange if i == at else usual))
        return kept[at], kept[-1]

    return in_a_loop(to_int), in_a_loop(to_float)


def case_bool():
    def work(usual, strange, at):
        hits = 0
        for i in range(ROUNDS):
            hits += bool(strange if i == at else usual) * (1000 if i == at else 1)
        return hits

    return in_a_loop(work)


def case_round():
    def work(usual, strange, at):
        kept = []
        for i in range(ROUNDS):
            kept.append(round(strange if i == at else usual))
        return kept[at], kept[-1]

    def digits(usual, strange, at):
        kept = []
        for i in range(ROUNDS):
            kept.append(round(strange if i == at else usual, i % 4 - 1))
        return kept

    return in_a_loop(work), in_a_loop(digits)


def case_round_to_strange_digits():
    told = []
    for digits in (None, 0, -3, 400, -400, 2**70, True, 1.5, "1"):
        for number in (15, 2.675, -0.5, 1e300, 10**30, INF, NAN):
            def work():
                total = []
                for i in range(ROUNDS):
                    total = round(number, digits if i > 50 else 1)
                return total

            told.append(outcome(work))
    return told


def case_len():
    def work(usual, strange, at):
        total = 0
        items = [1, 2, 3]
        for i in range(ROUNDS):
            total += len(strange if i == at else items)
        return total

    return in_a_loop(work)


def case_ord_and_chr():
    def to_character(usual, strange, at):
        text = ""
        for i in range(ROUNDS):
            text += chr(strange if i == at else 65)
        return text

    def to_code(usual, strange, at):
        total = 0
        for i in range(ROUNDS):
            total += ord(strange if i == at else "é")
        return total

    return in_a_loop(to_character), in_a_loop(to_code)


def case_max_and_min():
    def work(usual, strange, at):
        kept = []
        for i in range(ROUNDS):
            x = strange if i == at else usual
            kept.append((max(x, 1), min(x, 1), max(0.5, x), min(0.5, x), max(x, x)))
        return kept[at], kept[-1]

    return in_a_loop(work)


def case_max_and_min_of_floats():
    values = [0.0, -0.0, 1.0, -1.0, NAN, INF, -INF, 5e-324]
    kept = []
    for i in range(ROUNDS * 2):
        a, b, c = values[i % 8], values[i // 8 % 8], values[i % 3]
        kept.append((max(a, b), min(a, b), max(a, b, c), min(a, b, c), max(a, 0.0), min(0.0, b), max(a, 1), min(1, a)))
    return kept


def case_max_and_min_of_mixed():
    values = [0, 0.0, -0.0, 1, 1.0, True, False, 2**53, 2**53 + 1, 2.0**53, 2**64, 2.0**64]
    kept = []
    for a in values:
        for b in values:
            kept.append((max(a, b), min(a, b), max(b, a, 1), min(b, a, 1)))
    return kept


def case_max_and_min_forms():
    items = [3, 1, 2]
    kept = []
    for i in range(ROUNDS):
        items[i % 3] = (i * 7) % 11
        kept.append((max(items), min(items), max(items, default=0), min([], default=i), max(i, 5, key=lambda x: -x)))
        kept.append((max(*items), min("b", "a"), max((i, 1), (i, 2))))
    return kept


def case_max_and_min_fail():
    told = []
    for form in (lambda: max(), lambda: max(1), lambda: min([]), lambda: max(1, "a"), lambda: min(None, 1),
        lambda: max(2j, 1)):
        def work():
            for i in range(ROUNDS):
                max(i, 3) if i != 50 else form()

        told.append(outcome(work))
    return told


def case_sum():
    sources = [
        [1, 2, 3], [0.1] * 10, [1, 0.5, 2**70], [], (1e16, 1.0, -1e16), [1e308, 1e308, -1e308], [True, False, True],
        [2**62] * 4,
        [NAN, 1], [INF, -INF], [-0.0], range(50), [MyInt(1), 2], [[1], [2]], ["a"], [None], 5, {1: 2, 3: 4},
        iter([1, 2]), [2j, 1],
        [0.1, 1, 2**60, 0.2],
    ]
    told = []
    for source in sources:
        def work():
            total = []
            for i in range(ROUNDS):
                total.append(sum(source))
            return total[0], total[-1]

        def with_start():
            for i in range(ROUNDS):
                total = sum(source, i)
            return total, sum(source, -0.0), sum(source, start=2.5)

        told.append((outcome(work), outcome(with_start)))
    return told


def case_divmod():
    def work(usual, strange, at):
        kept = []
        for i in range(ROUNDS):
            kept.append(divmod(1000 - i, strange if i == at else usual))
            kept.append(divmod(strange if i == at else usual, 7))
        return kept[2 * at], kept[2 * at + 1], kept[-1]

    return in_a_loop(work)


def case_divmod_signs():
    kept = []
    for a in (7, -7, 0, 2**62, -(2**63), 7.5, -7.5, -0.0, INF, NAN, True):
        for b in (3, -3, 1, -1, 2.5, -2.5, INF, -INF, NAN, True):
            kept.append(divmod(a, b))
    return kept


def case_pow():
    def work(usual, strange, at):
        kept = []
        for i in range(ROUNDS):
            kept.append(pow(strange if i == at else usual, 3))
        return kept[at], kept[-1]

    def exponent(usual, strange, at):
        kept = []
        for i in range(ROUNDS):
            x = strange if i == at else 3
            kept.append(pow(2, x) if not isinstance(x, int) or abs(int(x)) < 200 else x)
        return kept[at], kept[-1]

    return in_a_loop(work), in_a_loop(exponent)


def case_pow_edges():
    kept = []
    for a in (0, 1, -1, 2, -2, 10**10, 0.0, -0.0, 0.5, -0.5, -8.0, INF, -INF, NAN, 2.0, True, False):
        for b in (0, 1, -1, 2, 3, 63, 64, 0.0, 0.5, -0.5, -1.5, 1 / 3, INF, -INF, NAN, 1e300, True):
            kept.append(outcome(lambda: pow(a, b)))
            kept.append(outcome(lambda: a**b))
    return kept


def case_pow_with_modulus():
    told = []
    for a, b, m in ((3, 200, 7), (-3, 5, 7), (3, -1, 7), (2, -1, 4), (2, 5, 0), (2, 5, -7), (2.0, 5, 7),
        (2**70, 3, 2**64), (True, 2, 5)):
        def work():
            total = 0
            for i in range(ROUNDS):
                total += pow(a, b, m)
            return total

        told.append(outcome(work))
    return told


def case_isinstance():
    kept = []
    for i in range(len(NUMBERS) * 3):
        x = NUMBERS[i % len(NUMBERS)]
        kept.append((
            isinstance(x, int), isinstance(x, float), isinstance(x, (int, float)), isinstance(x, bool),
            isinstance(x, (str, bytes)),
            isinstance(x, int | None), isinstance(x, MyInt), isinstance(x, object), isinstance(x, ()),
        ))
    return kept


def case_isinstance_that_lies():
    class Meta(type):
        def __instancecheck__(cls, instance):
            return instance == 3

    class Three(metaclass=Meta):
        pass

    class Pretends:
        __class__ = int

    pretender = Pretends()
    hits = []
    for i in range(ROUNDS):
        x = i % 5 if i != 60 else pretender
        hits.append((isinstance(x, Three), isinstance(x, (float, Three)), isinstance(x, int)))
    return hits


def case_isinstance_fails():
    told = []
    for bad in (5, None, "int", [int], (int, 5)):
        def work():
            hits = 0
            for i in range(ROUNDS):
                hits += isinstance(0.5, bad if i == 50 else int)

        told.append(outcome(work))
    return told


def case_constructors_without_arguments():
    kept = []
    for i in range(ROUNDS):
        kept.append((int(), float(), bool(), str(), int("1" * (i % 9 + 1)), int("z", 36), float("1e5"),
            int("-0x1f", 16)))
    return kept[-1], len(kept)


def case_too_many_digits():
    def work():
        for i in range(ROUNDS):
            int("1" * (10 if i < 60 else 5000))

    return outcome(work)


def case_used_as_numbers():
    items = [3, -1.5, 2**62, True, -7, 0.0]
    total = 0
    for i in range(ROUNDS * 3):
        x = items[i % 6]
        total = (total + abs(x) * 2 - max(x, 0) + min(x, len(items)) + int(x) // 3 + round(x) % 5 + bool(x)) % 1_000_003
    return total

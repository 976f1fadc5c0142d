"""The functions of `math` in loops: floats of every kind, ints, bools, subclasses, and what is no number."""

import math

ROUNDS = 60
MOMENTS = (0, 30, ROUNDS - 1)
NAN, INF = math.nan, math.inf


class MyFloat(float):
    def __float__(self):
        return 100.0

    def __floor__(self):
        return "own floor"


class Number:
    def __init__(self, value):
        self.value = value

    def __float__(self):
        return self.value

    def __index__(self):
        return 9

    def __ceil__(self):
        return "own ceil"


class Bad:
    def __float__(self):
        return 1

    def __index__(self):
        raise LookupError("index")


NUMBERS = [
    0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 2.5, 1e-320, 5e-324, 1e16, 709.0, 710.0, 1e300, -1e300, 2.0**53 + 2, INF, -INF,
    NAN,
    0, 1, -1, 4, 2**53 + 1, 2**64, 10**400, -(10**400), True, False, MyFloat(6.25), Number(2.25), Bad(), "1", None, 2j,
]
ONE = """
    sqrt exp expm1 exp2 log log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh floor ceil
    trunc fabs isnan isinf isfinite degrees radians gamma lgamma erf erfc cbrt frexp modf ulp
""".split()
TWO = "pow atan2 hypot copysign fmod remainder ldexp nextafter dist gcd lcm isclose log".split()


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error), error.__traceback__.tb_next.tb_lineno


def caller(call):
    """A function with a loop in which ``call`` of x (and y) is written out; in round ``at`` with others."""
    names = {"math": math, "ROUNDS": ROUNDS}
    text = f"""
def work(usual, strange, at):
    kept = []
    for i in range(ROUNDS):
        x, y = strange if i == at else usual
        kept.append({call})
    return kept[at], kept[0], kept[-1]
"""
    exec(compile(text, f"<{call}>", "exec"), names)
    return names["work"]


def case_one_argument():
    return [
        (name, outcome(work, (0.75, None), (x, None), at))
        for name in ONE
        for work in [caller(f"math.{name}(x)")]
        for x in NUMBERS
        for at in (MOMENTS if name in ("sqrt", "floor", "sin", "log") else (30,))
    ]


SECOND = [0.0, -0.0, 1.0, -1.5, 2, INF, -INF, NAN, 0, -1, 2**63, 1e308, True, "x", None]


def case_two_arguments():
    told = []
    for name in TWO:
        usual = {"gcd": (3, 2), "lcm": (3, 2), "ldexp": (3.5, 2)}.get(name, (3.5, 2.0))
        work = caller(f"math.{name}(x, y)" if name != "dist" else "math.dist((x, 1.0), (y, 2.0))")
        told += [
            (name, outcome(work, usual, (a, b), 30))
            for a in NUMBERS
            for b in SECOND if name != "ldexp" or b != 2**63
        ]
    return told


def case_direct_calls():
    total = 0.0
    seen = []
    for i in range(ROUNDS * 3):
        x = i * 0.37 - 20
        total += math.sin(x) * math.cos(x) + math.sqrt(abs(x)) - math.exp(-x * x) + math.fabs(x) + math.atan2(x, 2.0)
        total += math.floor(x) + math.ceil(x) - math.trunc(x) + math.hypot(x, 1.0)
        total += math.pow(abs(x), 0.3) + math.fmod(x, 3.0)
        total += math.copysign(1.5, x) + math.log(1 + x * x) + math.tanh(x)
        seen.append(total)
    return seen


def case_names_imported():
    from math import floor, pi, sqrt

    total = 0
    for i in range(ROUNDS * 2):
        total += sqrt(i * pi) + floor(i / 7)
    return total


def case_sqrt_at_each_moment():
    told = []
    for at in MOMENTS:
        for strange in (-1.0, -5e-324, -INF, NAN, -0.0, 2**1100, -1, "x"):
            total = 0.0
            try:
                for i in range(ROUNDS):
                    total += math.sqrt(i * 1.0 if i != at else strange)
            except (ValueError, TypeError, OverflowError) as error:
                told.append((i, type(error).__name__, str(error)))
            told.append(total)
    return told


def case_ranges_are_left():
    told = []
    for function, start, step in (
        (math.exp, 700.0, 0.3), (math.exp, -740.0, -0.3), (math.log, 5.0, -0.1), (math.acos, 0.5, 0.02),
        (math.gamma, 160.0, 0.3),
        (math.sinh, 700.0, 0.4), (math.floor, 1e300, 1e307), (math.floor, 2.0**62, 2.0**57),
    ):
        x = start
        seen = []
        try:
            for i in range(ROUNDS):
                seen.append(function(x))
                x += step
        except (ValueError, OverflowError) as error:
            told.append((i, type(error).__name__, str(error)))
        told.append(seen[-3:])
    return told


def case_floor_and_ceil_give_ints():
    kept = []
    for x in (0.0, -0.0, 0.5, -0.5, 2.0**52 + 0.5, 2.0**62, 2.0**63, -(2.0**63), 1e300, -1e300, 7, True, 2**70,
        MyFloat(1.5), Number(1.5)):
        for work in (lambda: math.floor(x), lambda: math.ceil(x), lambda: math.trunc(x), lambda: round(x)):
            kept.append(outcome(work))
    return kept


def case_sums_and_products():
    items = [0.1, 2, 1e16, -1e16, True] * 12
    kept = []
    for i in range(ROUNDS):
        kept.append((math.fsum(items[: i + 1]), math.prod(items[:4]), math.isqrt(i * i + i), math.factorial(i % 20)))
    return kept[-1], kept[7]


def case_wrong_number_of_arguments():
    told = []
    for call in (lambda: math.sqrt(), lambda: math.sqrt(1, 2), lambda: math.pow(1), lambda: math.sqrt(x=1),
        lambda: math.hypot()):
        def work():
            for i in range(ROUNDS):
                math.sqrt(i) if i != 50 else call()
            return "no error"

        told.append(outcome(work))
    return told


def case_math_rebound():
    class Other:
        @staticmethod
        def sqrt(x):
            return "other", x

    global math
    original = math
    seen = []
    try:
        for i in range(ROUNDS):
            if i == 40:
                math = Other
            if i == 50:
                math = original
            seen.append(math.sqrt(i))
    finally:
        math = original
    return seen


def case_function_of_math_replaced():
    original = math.sqrt
    seen = []
    try:
        for i in range(ROUNDS):
            if i == 40:
                math.sqrt = lambda x: ("replaced", x)
            if i == 50:
                del math.sqrt
            try:
                seen.append(math.sqrt(i))
            except AttributeError as error:
                seen.append(str(error))
    finally:
        math.sqrt = original
    return seen


def case_numerical_work():
    def simpson(f, a, b, n):
        h = (b - a) / n
        total = f(a) + f(b)
        for i in range(1, n):
            total += f(a + i * h) * (4 if i % 2 else 2)
        return total * h / 3

    return [simpson(f, 0.0, 1.5, 120) for f in (math.sin, math.exp, math.sqrt, lambda x: math.cos(x) ** 2, abs)]

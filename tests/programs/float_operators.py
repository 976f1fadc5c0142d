"""Every float operator over zeros, infinities, NaN, denormals and the largest values."""

import math

INF = math.inf
NAN = math.nan
SMALL = [(i * 0.5 - 20.0, i % 5 - 1.5) for i in range(80)]
SPECIAL = [
    0.0, -0.0, 1.0, -1.0, 0.5, -2.5, INF, -INF, NAN, 5e-324, -5e-324, 2.2250738585072014e-308,
    1.7976931348623157e308, -1.7976931348623157e308, 1e16, 3.0, -3.0, 4503599627370497.5,
]

TEMPLATE = '''
def case_{name}():
    results = []
    for i in range(len(SMALL)):
        results.append(SMALL[i][0] {operator} SMALL[i][1])
    for a in SPECIAL:
        for b in SPECIAL:
            try:
                results.append(a {operator} b)
            except (ZeroDivisionError, OverflowError) as error:
                results.append((type(error).__name__, str(error)))
    return results

def case_{name}_in_place():
    results = []
    for i in range(100):
        a = i * 0.25 - 12.0
        b = i % 3 - 1.5
        a {operator}= b
        results.append(a)
    return results
'''

for name, operator in {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "floor_divide": "//",
    "modulo": "%",
}.items():
    exec(compile(TEMPLATE.format(name=name, operator=operator), f"<{name}>", "exec"))


def case_power():
    results = []
    for a in SPECIAL:
        for b in (0.0, 1.0, -1.0, 2.0, 0.5, 3.0, INF, -INF, NAN, 1024.0):
            try:
                results.append(a**b)
            except (ZeroDivisionError, OverflowError) as error:
                results.append((type(error).__name__, error.args))
    return results


POWER = """
def work(usual, strange, at):
    kept = []
    for i in range(60):
        base = strange if i == at else usual
        kept.append(base ** {exponent})
    return kept[at], kept[0], kept[-1]
"""


def case_power_by_constants():
    results = []
    for exponent in ("-1.5", "0.5", "2.0", "-1.0", "0.0", "1023.5", "-1074.0", "1e308", "2"):
        names = {}
        exec(compile(POWER.format(exponent=exponent), f"<{exponent}>", "exec"), names)
        for base in SPECIAL:
            for at in (0, 30, 59):
                try:
                    result = names["work"](0.75, base, at)
                except (ZeroDivisionError, OverflowError) as error:
                    result = type(error).__name__, error.args, error.__traceback__.tb_next.tb_lineno
                results.append(result)
    return results


def case_unary():
    results = []
    for i in range(6):
        for value in SPECIAL:
            results.append((-value, +value, not value, abs(value)))
    return results


def case_comparisons():
    results = []
    for a in SPECIAL:
        for b in SPECIAL:
            results.append((a < b, a <= b, a == b, a != b, a > b, a >= b))
    return results


def case_negative_zero_survives_a_loop():
    value = 0.0
    results = []
    for i in range(100):
        value = -value
        results.append(value)
    return results, value


def case_sum_to_infinity():
    total = 1.0
    steps = 0
    while total < INF:
        total = total * 1e10
        steps += 1
    return total, steps, total - total


def case_nan_never_ends_early():
    value = NAN
    seen = 0
    for i in range(100):
        if value == value:
            seen += 1
        if value < 0.0 or value > 0.0 or value == 0.0:
            seen += 100
        if not value != value:
            seen += 10000
    return seen


def case_accumulated_error():
    total = 0.0
    for _ in range(1000):
        total += 0.1
    return total, total == 100.0


def case_denormals():
    value = 1.0
    steps = 0
    while value > 0.0:
        last = value
        value = value / 2.0
        steps += 1
    return last, value, steps


def case_modulo_signs():
    results = []
    for i in range(-60, 61):
        x = i / 8
        for y in (0.75, -0.75, INF, -INF):
            results.append((x % y, x // y))
    return results


def case_overflow_of_power():
    base = 2.0
    exponent = 1
    while True:
        result = base**exponent
        exponent *= 2


def case_divide_by_zero_late():
    x = 50.0
    total = 0.0
    while True:
        total += 1.0 / x
        x -= 1.0


def case_modulo_by_zero_late():
    x = 50.0
    while True:
        y = 7.5 % x
        x -= 1.0


def case_floor_divide_by_zero_late():
    x = 50.0
    while True:
        y = 7.5 // x
        x -= 1.0

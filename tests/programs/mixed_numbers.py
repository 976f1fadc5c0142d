"""Ints, floats and bools mixed in one operation, and conversions between them."""

import math

VALUES = [True, False, 0, 1, -7, 2**53, 2**53 + 1, 2**63, 0.0, -0.0, 1.5, -2.25, 9007199254740992.0]

TEMPLATE = '''
def case_{name}():
    results = []
    for round in range(3):
        for a in VALUES:
            for b in VALUES:
                try:
                    results.append(a {operator} b)
                except (ZeroDivisionError, TypeError, ValueError, OverflowError) as error:
                    results.append((type(error).__name__, str(error)))
    return results
'''

for name, operator in {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "floor_divide": "//",
    "modulo": "%", "and": "&", "or": "|", "xor": "^", "less": "<", "less_equal": "<=",
    "equal": "==", "not_equal": "!=", "greater": ">", "greater_equal": ">=",
}.items():
    exec(compile(TEMPLATE.format(name=name, operator=operator), f"<{name}>", "exec"))


def case_int_plus_float():
    total = 0
    for i in range(200):
        total = total + i * 0.5
    return total


def case_float_plus_int():
    total = 0.0
    for i in range(200):
        total += i
    return total


def case_int_becomes_float_late():
    total = 0
    for i in range(200):
        if i == 150:
            total += 0.5
        else:
            total += 1
    return total


def case_bool_sums():
    count = 0
    for i in range(200):
        count += i % 3 == 0
        count -= i > 190
    return count


def case_bool_operators_stay_bool():
    a = True
    results = []
    for i in range(100):
        b = i % 2 == 0
        a = a & b | (i % 5 == 0)
        results.append((a, a ^ b, not a, a + b, -a, ~int(a)))
    return results


def case_bool_times_float():
    total = 0.0
    for i in range(100):
        total += (i > 50) * 0.5
    return total


def case_divide_ints_exactly():
    results = []
    for i in range(60):
        results.append((2**53 + i) / 3)
        results.append(2**70 / (2**i))
        results.append((10**18 + i) / (10**18 - i))
    return results


def case_int_too_large_for_float():
    big = 10**300
    total = 0.0
    for i in range(60):
        total = big * 1.0
        if i > 40:
            big *= 10


def case_divide_result_too_large():
    big = 10**300
    for i in range(60):
        result = big / 3
        if i > 40:
            big *= 10


def case_compare_beyond_float_precision():
    flags = []
    for i in range(100):
        n = 2**53 - 50 + i
        x = 9007199254740992.0
        flags.append((n < x, n <= x, n == x, n > x, x < n, x == n))
    for i in range(80):
        n = 2**63 - 40 + i
        x = 9.223372036854775808e18
        flags.append((n < x, n == x, n > x, x >= n, x != n))
    return flags


def case_compare_int_with_infinity_and_nan():
    flags = []
    for i in range(60):
        for x in (math.inf, -math.inf, math.nan):
            flags.append((i < x, i <= x, i == x, i != x, i > x, i >= x, x < i, x > i))
    return flags


def case_int_of_float():
    total = 0
    for i in range(200):
        total += int(i * 0.7) + int(-i * 0.7)
        total += round(i * 0.5)
    return total, int(1e30)


def case_int_of_infinity():
    value = 1.0
    for i in range(2000):
        number = int(value)
        value = value * 10.0


def case_int_of_nan():
    value = 1.0
    for i in range(100):
        if i == 80:
            value = math.nan
        number = int(value)


def case_float_of_int():
    total = 0.0
    for i in range(100):
        total += float(i) + float(2**60 + i) + float(i % 2 == 0)
    return total


def case_float_of_huge_int():
    n = 1
    while True:
        x = float(n)
        n = n * 10**10


def case_round_infinity():
    value = 1.5
    for i in range(100):
        if i == 70:
            value = math.inf
        number = round(value)


def case_bool_of_numbers():
    truths = 0
    for i in range(100):
        if i % 4:
            truths += 1
        if i * 0.0:
            truths += 1000
        if -0.0:
            truths += 1000
        truths += bool(i % 2) + bool(i / 3)
    return truths

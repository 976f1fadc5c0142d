"""Operands that are an int now and a float then, and loops whose sums begin as an int and go on as a float."""

import math

MIXED = [1, 2.5, -3, 0, -0.0, 7, 1e300, 12345678901, 0.125, 2**53 + 1] * 12


def shown(value):
    return type(value).__name__, repr(value)


def case_sum_of_ints_and_floats():
    total = 0.0
    for x in MIXED:
        total += x
    return shown(total), shown(x)


def case_every_operator_with_a_float():
    results = []
    for x in MIXED:
        results.append((x + 0.5, 0.5 - x, x * -1.5, x / 3.0, x // 2.5, x % 2.5))
    return [shown(v) for row in results for v in row]


def case_quotients_of_varying_numbers():
    results = []
    for i in range(len(MIXED)):
        a, b = MIXED[i], MIXED[(i * 7 + 1) % 100]
        if b:
            results.append(shown(a / b))
    return results


def case_comparisons_are_exact():
    near = [2**53, 2**53 + 1, float(2**53), 2**53 + 2, float(2**53 + 2), 2**62, 1, 1.0] * 15
    results = []
    for i in range(len(near)):
        a, b = near[i], near[(i * 3 + 1) % len(near)]
        results.append((a < b, a == b, a >= b, a < 9007199254740993.0, 9007199254740993.0 == b))
    return results


WIDTHS = [0, 1, -1, 2**30 - 1, 2**30, -(2**30) + 1, -(2**30), 2**60 - 1, 1 - 2**60, 2**60, -(2**60), 2**63 - 1, -(2**63)]
SOME = [WIDTHS[i * i * 7 % len(WIDTHS)] + (i % 3 - 1) for i in range(150)]


def case_ints_whose_widths_come_in_no_order():
    results, below = [], 0
    for i in range(len(SOME)):
        a, b = SOME[i], SOME[(i * 11 + 3) % len(SOME)]
        if a < b:
            below += 1
        results.append((a < b, a == b, a & b, a ^ 5, a % 1000003, -1 < a))
    return results, below


def case_ints_of_one_and_two_digits():
    numbers = [(i * 1103515245 + 12345) % 2147483648 * (1 - i % 2 * 2) for i in range(200)]
    greatest, total = -1, 0
    for i in range(len(numbers)):
        if numbers[i] > greatest:
            greatest = numbers[i]
        total += numbers[i]
    return greatest, total


def case_an_int_too_wide_among_others():
    numbers = [2**29 << i % 3 for i in range(200)]
    numbers[150] = 2**63
    numbers[151] = -(2**64)
    total = 0
    for i in range(len(numbers)):
        total += numbers[i] & 0xFFFFFFFFF
    return total


def case_truth():
    count = 0
    for x in MIXED:
        if x:
            count += 1
        if not x:
            count += 100
    return count


def case_inner_sum_begins_with_an_int():
    results = []
    for n in range(60):
        s = 0
        for k in range(n % 7):
            s += k * 0.5
        results.append(shown(s))
    return results, shown(s)


def case_sum_stays_an_int_for_a_while():
    results = []
    for n in range(80):
        s = 0
        for k in range(9):
            if k > n % 5:
                s += 0.25
            else:
                s += 1
        results.append(shown(s))
    return results


def case_two_sums_in_a_nest_of_three():
    results = []
    for i in range(12):
        outer = 0
        for j in range(i % 4 + 1):
            inner = 0
            for k in range(j + 2):
                inner += 1.5 * k
                outer += inner
            results.append((shown(inner), shown(outer)))
        results.append(shown(outer))
    return results


def mean(values):
    total = 0
    count = 0
    for v in values:
        total += v * 1.0
        count += 1
    if count:
        return total / count
    return total


def case_function_whose_sum_begins_with_an_int():
    results = []
    for n in range(200):
        results.append(shown(mean(MIXED[n % 9 : n % 9 + n % 6])))
    return results


def scale(x, by):
    return x * by + 1


def case_function_of_varying_arguments():
    results = []
    for i in range(len(MIXED)):
        results.append(shown(scale(MIXED[i], 0.5)))
        results.append(shown(scale(i, 2.0)))
    return results


def power_sum(x, n):
    total = 0
    i = 0
    while i < n:
        total = total * x + 1
        i += 1
    return total


def case_function_with_a_while_loop():
    return [shown(power_sum(x, n)) for x in (0.5, 2, -1.25, 3) for n in range(40)]


def case_conversion_rounds_as_the_interpreter_does():
    odd = [2**63 - 1, -(2**63), 2**53 + 1, 2**54 + 3, 0.5, -(2**62) - 1] * 12
    return [shown(x) for x in [v + 0.0 for v in odd] + [v * 1.0 for v in odd]]


def case_ints_wider_than_the_machine_come_late():
    total = 0.0
    for i in range(150):
        x = MIXED[i % 10] if i < 130 else 2**70 + i
        total += x
    return shown(total)


def case_int_too_large_for_a_float():
    total = 0.0
    for i in range(150):
        x = MIXED[i % 4] if i < 140 else 10**400
        total += x
    return total


def case_bools_come_late():
    total = 0.0
    for i in range(150):
        x = MIXED[i % 4] if i < 130 else i % 2 == 0
        total += x * 0.5
    return shown(total)


class Celsius(float):
    def __radd__(self, other):
        return Celsius(float(self) + other + 1000)


class Count(int):
    def __rmul__(self, other):
        return "times"


def case_subclasses_come_late():
    results = []
    for i in range(150):
        x = MIXED[i % 4]
        if i > 120:
            x = Celsius(i) if i % 2 else Count(i)
        results.append((shown(0.5 + x), shown(1.5 * x)))
    return results


def case_other_objects_come_late():
    total = 0.0
    for i in range(150):
        x = MIXED[i % 4] if i < 140 else "text"
        total += x
    return total


def case_zero_divisors():
    results = []
    for i in range(120):
        x = MIXED[i % 10]
        try:
            results.append(1.5 / x)
        except ZeroDivisionError as error:
            results.append(str(error))
        try:
            results.append(1.5 % x)
        except ZeroDivisionError as error:
            results.append(str(error))
    return [shown(v) for v in results]


def case_uncaught_zero_divisor():
    total = 0.0
    for i in range(150):
        x = MIXED[i % 3] if i < 140 else 0
        total += 2.0 / x
    return total


def case_the_objects_are_kept():
    data = [float(i) if i % 3 else i + 1000 for i in range(120)]
    same = 0
    total = 0.0
    for i in range(120):
        x = data[i]
        total += x * 0.5
        same += x is data[i]
    return same, total


def case_nan_stays_itself():
    nan = float("nan")
    data = [nan, 1, 2.5] * 40
    kept = []
    total = 0.0
    for x in data:
        if x < 2.0:
            total += x
        kept.append(x)
    return total, [x in data for x in kept[:6]], sum(math.isnan(x) for x in kept)


def case_float_overwritten_in_its_list():
    data = [float(i) for i in range(50)]
    total = 0
    for round in range(6):
        total = 0
        for i in range(50):
            data[i] = data[i] * 0.5 + 1
            total += data[i]
    return shown(total), data


def case_locals_at_an_exception():
    s = 0
    for n in range(100):
        s = 0
        for k in range(5):
            s += k * 0.5
            if n == 90 and k == 0:
                raise ValueError(s)
    return s


def case_locals_when_nothing_was_added():
    s = None
    for n in range(100):
        s = 0
        for k in range(5 if n < 99 else 0):
            s += k * 0.5
    return locals()

"""Built-in functions that ask, divide or add up: bool, isinstance, math.isnan and its like, divmod, sum."""

import math

NUMBERS = [3, 0, -4, 1, 5, -9, 2, 2**40, 5, 3] * 8
FLOATS = [x * 0.5 for x in NUMBERS]
ODD = [0.0, -0.0, 1.5, math.inf, -math.inf, math.nan, 1e308] * 12


def shown(value):
    return type(value).__name__, repr(value)


def case_bool():
    results = []
    for x in NUMBERS:
        results.append(bool(x))
    for x in ODD:
        results.append(bool(x))
    for x in [True, False] * 40:
        results.append(bool(x))
    for x in [[], [1], "", "a", None, (), 2**70] * 10:
        results.append(bool(x))
    return results


def case_isinstance_of_numbers():
    results = []
    for x in NUMBERS:
        results.append((isinstance(x, int), isinstance(x, float), isinstance(x, bool), isinstance(x, str)))
    for x in FLOATS:
        results.append((isinstance(x, int), isinstance(x, float), isinstance(x, list)))
    for x in [True, False] * 40:
        results.append((isinstance(x, int), isinstance(x, bool), isinstance(x, float)))
    return results


class Celsius(float):
    pass


def case_isinstance_of_others():
    results = []
    for x in [[1], [2]] * 40:
        results.append((isinstance(x, list), isinstance(x, tuple), isinstance(x, object)))
    for x in ["a", "text"] * 40:
        results.append((isinstance(x, str), isinstance(x, bytes), isinstance(x, (int, str))))
    for x in [1.5, Celsius(2.5), 3, None] * 20:
        results.append((isinstance(x, float), isinstance(x, Celsius), isinstance(x, int | None)))
    return results


def case_isinstance_kinds_change_late():
    results = []
    data = [1] * 100 + [True, 1.5, "text", None, 2**80, Celsius(1)]
    for x in data:
        results.append((isinstance(x, int), isinstance(x, float)))
    return results[95:]


def case_isinstance_errors():
    results = []
    for i in range(80):
        try:
            results.append(isinstance(i, int if i < 60 else "int"))
        except TypeError as error:
            results.append(str(error))
    return results


def case_isinstance_rebound():
    global isinstance
    results = []
    try:
        for i in range(80):
            if i == 60:
                isinstance = lambda x, y: "asked"
            results.append(isinstance(i, int))
    finally:
        del isinstance
    return results


def case_finite_or_not():
    results = []
    for x in ODD:
        results.append((math.isnan(x), math.isfinite(x), math.isinf(x)))
    for x in NUMBERS:
        results.append((math.isnan(x), math.isfinite(x), math.isinf(x)))
    return results


def case_divmod_of_ints():
    results = []
    for x in NUMBERS:
        for y in (3, -7, 10):
            q, r = divmod(x, y)
            results.append((q, r))
    return results


def case_divmod_of_floats():
    results = []
    for x in FLOATS:
        for y in (0.75, -2.5, 1e10):
            q, r = divmod(x, y)
            results.append((shown(q), shown(r)))
    return results


def case_divmod_at_the_edges():
    results = []
    for i in range(80):
        x = -(2**63) if i > 60 else i
        y = -1 if i > 60 else 4
        q, r = divmod(x, y)
        results.append((q, r))
    for x in ODD:
        q, r = divmod(x, 2.5)
        results.append((shown(q), shown(r)))
    return results


def case_divmod_pair_kept():
    pair = None
    for x in NUMBERS:
        pair = divmod(x, 7)
    return pair


def case_divmod_by_zero():
    results = []
    for i in range(80):
        try:
            q, r = divmod(i, i - 70)
            results.append(q)
            q, r = divmod(i * 0.5, 35.0 - i * 0.5)
            results.append(q)
        except ZeroDivisionError as error:
            results.append(str(error))
    return results


def digits(n):
    total = 0
    while n:
        n, digit = divmod(n, 10)
        total += digit
    return total


def mean(values):
    return sum(values) / 4.0


def case_functions():
    results = []
    for n in range(300):
        results.append((digits(n * 12345), mean([n, 2.5, n % 3, 1]), mean([1, 2, n, 4])))
    return results


def case_sum_of_lists():
    results = []
    for n in range(80):
        results.append(sum(NUMBERS[: n % 9]))
        results.append(sum(FLOATS[: n % 9]))
        results.append(sum([n, 0.1, 0.2, 0.3, True]))
        results.append(sum([1e16, 1.0, -1e16] * 3))
        results.append(sum([2**62] * (n % 5)))
    return [shown(v) for v in results]


def case_sum_of_others():
    results = []
    for n in range(80):
        results.append(sum([n, 1j] if n > 60 else [n, 1]))
        results.append(sum((n, 2)))
        results.append(sum([n], 5))
        results.append(sum(x for x in [n, 1]))
    return [shown(v) for v in results]


class Loud(int):
    def __radd__(self, other):
        return ("radd", other, int(self))

    def __add__(self, other):
        return ("add", int(self), other)


def case_sum_that_runs_code():
    results = []
    for n in range(80):
        try:
            results.append(sum([1, 2] if n < 60 else [1, Loud(n)] if n < 70 else [1, "text"]))
        except TypeError as error:
            results.append(str(error))
    return results


def case_more_of_math():
    results = []
    for i in range(60):
        x = i * 0.015
        results += [
            math.asinh(x), math.atanh(x), math.acosh(1 + x), math.cbrt(x - 0.5), math.erf(x), math.erfc(x),
            math.exp2(x), math.expm1(x), math.log1p(x - 0.5),
        ]
    return results


def case_more_of_math_out_of_domain():
    results = []
    for i in range(60):
        x = 0.5 if i < 50 else -1.0 if i < 55 else math.inf
        for function in ("atanh", "log1p", "exp2", "expm1"):
            try:
                if function == "atanh":
                    results.append(math.atanh(x))
                elif function == "log1p":
                    results.append(math.log1p(x))
                elif function == "exp2":
                    results.append(math.exp2(x * 2000))
                else:
                    results.append(math.expm1(x * 2000))
            except (ValueError, OverflowError) as error:
                results.append(str(error))
    return [shown(v) for v in results]

"""`zip` of two lists, and ranges backwards, that loops advance."""

import sys

NUMBERS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8] * 6
FLOATS = [x * 0.5 for x in NUMBERS]
MIXED = [1, 2.5, True, 2**80, -0.0, 7] * 12


def case_zip_of_floats():
    total = norm = 0
    for x, y in zip(FLOATS, NUMBERS):
        total += x * y
        norm += y * y
    return total, norm, x, y


def case_zip_of_different_lengths():
    results = []
    for n in range(60):
        a, b = NUMBERS[: n % 9], FLOATS[: n % 7]
        total = 0
        for x, y in zip(a, b):
            total += x * y
        results.append((total, list(zip(a, b))))
    return results


def case_zip_of_one_list():
    total = 0
    for x, y in zip(NUMBERS, NUMBERS):
        total = (total * 3 + x - y * 2) % 1000003
    return total


def case_zip_of_lists_that_only_it_holds():
    total = 0
    for n in range(40):
        for x, y in zip([n, 2, 3] * 3, [1.5, n] * 5):
            total += x * y
        shared = [n, 1] * 3
        for x, y in zip(shared, [2.5] * 5):
            total += x * y
        for x, y in zip(shared, shared):
            total += x * y
    return total


def case_zip_of_everything_else():
    results = []
    for over in [
        (NUMBERS, tuple(NUMBERS)), (tuple(NUMBERS), NUMBERS), (NUMBERS, range(70)),
        ("a text that is long enough" * 3, NUMBERS), (iter(NUMBERS), FLOATS),
    ]:
        count = 0
        for x, y in zip(*over):
            count += 1
        results.append((count, x, y))
    for x, y, z in zip(NUMBERS, FLOATS, NUMBERS):
        count += x
    for (x,) in zip(NUMBERS):
        count += x
    return results, count


def case_zip_of_kinds_that_vary():
    results = []
    total = 0
    for x, y in zip(MIXED, MIXED[1:]):
        results.append((x, y))
    for x, y in zip(MIXED, FLOATS):
        total += x * y
    return results, total


def case_zip_of_objects():
    results = []
    for x, y in zip([[n] for n in range(70)], [str(n) for n in range(70)]):
        results.append((x, y))
    return results


def case_zip_whose_kinds_change_late():
    a = [n for n in range(150)]
    a[120] = "text"
    a[130] = None
    results = []
    for x, y in zip(a, FLOATS + FLOATS + FLOATS):
        results.append((x, y))
    return results[110:]


def case_zip_strict():
    results = []
    for n in range(80):
        total = 0
        try:
            for x, y in zip(NUMBERS[: n % 5], FLOATS[: n % 4], strict=n % 2 == 0):
                total += x * y
        except ValueError as error:
            results.append(str(error))
        results.append(total)
    return results


def case_zip_that_a_local_holds():
    z = zip(NUMBERS, FLOATS)
    seen = []
    for x, y in z:
        seen.append(x * y)
        if x == 9:
            seen.append(next(z))
        if len(seen) > 60:
            break
    return seen, list(z)


def case_lists_that_change_under_a_zip():
    a, b = list(range(100)), list(range(200))
    total = 0
    for x, y in zip(a, b):
        total += x * y
        if x == 60:
            a.extend([7] * 20)
        if x == 70:
            del b[90:]
        if x == 80:
            a[85] = 0.5
    return total, x, y


def case_zip_exceptions():
    results = []
    for n in range(60):
        try:
            for x, y in zip(NUMBERS, FLOATS):
                results.append(10 // (x - 9 + (n < 50)))
        except ZeroDivisionError:
            results.append((x, y))
    return results[-150:]


LOG = []


class Dying:
    def __init__(self, number):
        self.number = number

    def __del__(self):
        LOG.append(self.number)


def case_the_pair_keeps_its_last_members():
    LOG.clear()
    a = [Dying(n) if n > 50 else n for n in range(70)]
    b = [-n for n in range(70)]
    for x, y in zip(a, b):
        a[-y] = None
        x = None
        LOG.append(y)
    LOG.append("end")
    return list(LOG)


def dot(a, b):
    total = 0
    for x, y in zip(a, b):
        total += x * y
    return total


def backwards(coefficients, x):
    value = 0
    for i in reversed(range(len(coefficients))):
        value = value * x + coefficients[i]
    return value


def case_functions():
    results = []
    for n in range(150):
        a, b = FLOATS[: n % 6], NUMBERS[n % 3 : n % 3 + 5]
        results.append((dot(a, b), dot(b, b), backwards(a, 0.5), backwards(b, 3)))
    return results


def case_ranges_backwards():
    results = []
    for n in range(40):
        total = 0
        for i in reversed(range(n)):
            total = total * 2 + i
        for i in reversed(range(-3, n)):
            total ^= i
        for i in reversed(range(n, -n, -3)):
            total = total * 3 + i
        for i in reversed(range(5, n * 2, 4)):
            total -= i
        results.append((total, i))
    return results


def case_ranges_backwards_at_the_edges():
    results = []
    for n in range(60):
        last = sys.maxsize if n > 50 else 10**9
        total = 0
        for i in reversed(range(last - 5, last)):
            total += i
        for i in reversed(range(-last - 1, -last + 4)):
            total += i
        for i in reversed(range(0, -last, -(last // 3))):
            total += i
        results.append((total, i))
    return results


def case_backwards_over_what_is_no_range():
    results = []
    for n in range(60):
        over = range(n % 5) if n < 50 else [1, 2, n]
        total = 0
        for i in reversed(over):
            total = total * 10 + i
        results.append(total)
    return results


def case_backwards_with_break():
    results = []
    for n in range(80):
        for i in reversed(range(n)):
            if i % 7 == 3:
                break
        else:
            i = -1
        results.append(i)
    return results


def case_reversed_rebound():
    global reversed
    results = []
    try:
        for n in range(80):
            if n == 60:
                reversed = list
            for i in reversed(range(n % 5)):
                results.append(i)
    finally:
        del reversed
    return results

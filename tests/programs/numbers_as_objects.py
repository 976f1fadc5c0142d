"""Arithmetic on numbers that stay objects because their kinds come in no order, and tuples that are unpacked as soon as they
are made."""

import math

SOME = [1, 2.5, -3, True, -0.0, 7, 1e300, 12345678901, False, 0.125, 2**53 + 1, 2**70, -(2**90), 3.0, -1, 255]


def shown(value):
    return type(value).__name__, repr(value)


def outcome(operation, a, b):
    try:
        return shown(operation(a, b))
    except (ArithmeticError, TypeError, ValueError) as error:
        return type(error).__name__, str(error)


def add(a, b):
    return a + b


def subtract(a, b):
    a -= b
    return a


def multiply(a, b):
    a *= b
    return a


def divide(a, b):
    return a / b


def floor(a, b):
    return a // b


def rest(a, b):
    return a % b


def power(a, b):
    return a ** b if abs(b) < 9 and abs(a) < 2**80 else a


OPERATIONS = [add, subtract, multiply, divide, floor, rest, power]


def case_every_pair_of_kinds():
    results = []
    for operation in OPERATIONS:
        for a in SOME:
            for b in SOME:
                results.append(outcome(operation, a, b))
    return results


def case_in_a_loop():
    totals = []
    for start in (0, 0.0, 2**64):
        total, product, least = start, 1, start
        for i in range(120):
            x = SOME[i % 5]
            total += x
            least = least - x if i % 3 else least + x
            product = product * x if x else 1
            if i % 7 == 0:
                total = round(total)
        totals.append((shown(total), shown(product), shown(least)))
    return totals


def case_what_is_not_a_number_comes_late():
    def summed(items):
        total = 0
        for x in items:
            total = total + x
        return total

    class Odd:
        def __radd__(self, other):
            return ("odd", shown(other))

    results = [shown(summed(SOME * 5))]
    try:
        summed(SOME * 5 + ["text"])
    except TypeError as error:
        results.append(str(error))
    results.append(shown(summed([*SOME, Odd()])))
    return results


def case_raised_in_the_middle():
    def divided(items):
        total = 2**65
        for i, x in enumerate(items):
            total = total / x + 1
        return total

    items = [3, 2.0, 5, 0.5] * 20
    results = [divided(items)]
    for zero in (0, 0.0, False):
        results.append(outcome(lambda a, b: divided(a + [b]), items, zero))
    return results, divided([1, 2.5, 0, 3])


def case_objects_of_operands_stay_what_they_are():
    a, kept = 2.5, []
    for i in range(90):
        b = a if i % 2 else 3
        c = a * b
        d = b
        d += a
        kept.append((shown(a), shown(b), shown(c), shown(d)))
        if i == 60:
            a = 2**80
    return kept


def half(x):
    if x % 3 == 0:
        return 0, 0
    return x * 0.5, x - 0.25


class Tree:
    def __init__(self, depth):
        self.parts = [Tree(depth - 1) for _ in range(3)] if depth else []
        self.depth = depth

    def force(self, x):
        if self.depth == 0:
            return half(x)
        fx, fy = 0, 0
        for part in self.parts:
            ax, ay = part.force(x + self.depth)
            fx += ax
            fy += ay
        return fx, fy


def case_pairs_of_sums():
    tree = Tree(3)
    return [tuple(map(shown, tree.force(x))) for x in range(60)]


FREED = []


class Noisy:
    def __init__(self, number):
        self.number = number

    def __del__(self):
        FREED.append(self.number)


def pair(i):
    return Noisy(i), i


def case_items_that_tell_of_their_end():
    FREED.clear()
    seen = []
    for i in range(80):
        a, b = pair(i)
        seen.append((b, a.number, len(FREED)))
    del a
    return seen, FREED[:]


def several(i):
    return (i,) * (3 if i != 70 else 4)


def case_one_too_many():
    total = 0
    for i in range(75):
        a, b, c = several(i)
        total += a + b + c
    return total


def case_one_too_few_is_noticed():
    total = 0
    try:
        for i in range(75):
            a, b, c, d = several(70 if i < 60 else i)
            total += a + b + c + d
    except ValueError as error:
        return total, str(error)


def shared(keep, i):
    made = ([i], [i + 1])
    if i % 2:
        keep.append(made)
    return made


def case_tuples_that_others_hold():
    keep, results = [], []
    for i in range(80):
        a, b = shared(keep, i)
        a.append(b)
        results.append((a, b))
    return results, keep, keep[3][0] is results[7][0]


def case_math_on_them():
    results = []
    for i in range(100):
        x = SOME[i % 6]
        y = x + i
        results.append((shown(math.sqrt(abs(y))), shown(abs(y) * x), shown(-y)))
    return results

"""Ints of every number of digits are read from objects: where they are kept in one, two or three."""

EDGES = [0, 1, 2**15, 2**30 - 1, 2**30, 2**30 + 1, 2**59, 2**60 - 1, 2**60, 2**60 + 1, 2**62, 2**63 - 1, 2**63, 2**70]


def widths():
    return [sign * edge for edge in EDGES for sign in (1, -1)]


def total(numbers):
    kept = 0
    for number in numbers:
        kept ^= number
        kept += number & 1023
    return kept


def largest(numbers, bound):
    found = numbers[0]
    i = 0
    while i < len(numbers):
        if numbers[i] > found and numbers[i] < bound:
            found = numbers[i]
        i += 1
    return found


def read_from_locals(a, b, c, rounds):
    kept = 0
    for i in range(rounds):
        kept += (a ^ i) + (b ^ i) - (c ^ i)
        a, b, c = b, c, a
    return kept


def case_ints_of_a_list():
    # The widest only at the end: what was compiled for narrower ones meets them.
    narrow = [n for n in widths() if abs(n) < 2**60]
    return [total(narrow * 40), total((narrow * 40) + widths()), total(widths() * 40)]


def case_each_width_alone():
    return [total([number] * 60) for number in widths()]


def case_comparisons():
    numbers = [n for n in widths() if abs(n) < 2**63] * 20
    return [largest(numbers, bound) for bound in widths()]


def case_locals():
    edges = [n for n in widths() if abs(n) < 2**61]
    return [read_from_locals(a, b, -a, 50) for a, b in zip(edges, reversed(edges))]

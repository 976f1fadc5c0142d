"""`in` and `not in` with constant tuples, ranges, lists, strings and everything else."""

ROUNDS = 90


class Equal:
    def __init__(self, other, log):
        self.other = other
        self.log = log

    def __eq__(self, other):
        self.log.append(other)
        return other == self.other

    __hash__ = None


class Falsy:
    def __eq__(self, other):
        return []


class Failing:
    def __eq__(self, other):
        raise LookupError(other)


NAN = float("nan")
VALUES = [
    0, 1, 2, 3, 5, 7, -1, 2**31, 2**62, 2**64, 0.0, -0.0, 1.0, 2.5, NAN, float("nan"), float("inf"), True, False, None,
    "a", "ab", "", b"a", (), (1,), [1],
]


def case_constant_tuple_of_ints():
    hits = []
    for i in range(ROUNDS):
        x = VALUES[i % len(VALUES)]
        hits.append((x in (1, 3, 5), x not in (0, 2), x in (7,), x in ()))
    return hits


def case_constant_tuple_of_many_kinds():
    hits = []
    for i in range(ROUNDS):
        x = VALUES[i % len(VALUES)]
        hits.append((x in (1, 2.5, "a", None), x in (True, -0.0), x in ("a", "b"), x not in (None, (), (1,))))
    return hits


def case_constant_sets_and_lists():
    hits = []
    for i in range(ROUNDS):
        x = VALUES[i % 20]
        hits.append((x in {1, 3, 5}, x in [1, 3, 5], x in [NAN, 2]))
    return hits


def case_ranges():
    hits = []
    for i in range(ROUNDS):
        x = VALUES[i % len(VALUES)]
        hits.append((x in range(3), x in range(5, -2, -2), x in range(0), x in range(2**62, 2**62 + 3),
            x not in range(1, 9, 2)))
    return hits


def case_range_with_changing_bounds():
    hits = []
    for i in range(-ROUNDS, ROUNDS):
        hits.append((i in range(-i, i + 5, 3), i % 7 in range(i), i * 0.5 in range(10)))
    return hits


def case_letters():
    hits = []
    for letter in "aeiou xyz é \u1234 \n\t" * 8:
        hits.append((letter in "aeiou", letter in " \n\t", letter not in "é\u1234", letter in ("a", "x")))
    return hits


def case_substrings_and_wrong_types():
    told = []
    for at in (0, 45, ROUNDS - 1):
        try:
            for i in range(ROUNDS):
                ("", "ab", "ba")[i % 3] in "abc" if i != at else 5 in "abc"
        except TypeError as error:
            told.append((i, str(error)))
    return told


def case_bytes():
    told = []
    for at in (0, 45, ROUNDS - 1):
        for strange in (256, -1, "a", None, 1.5):
            hits = 0
            try:
                for i in range(ROUNDS):
                    hits += (i if i != at else strange) in b"abcdef"
                    hits += b"cd" in bytearray(b"abcdef")
            except (ValueError, TypeError) as error:
                told.append((i, hits, type(error).__name__, str(error)))
    return told


def case_identity_before_equality():
    hits = []
    for i in range(ROUNDS):
        x = NAN if i % 2 else float("nan")
        hits.append((x in (NAN, 1), x in [NAN], x in (x,)))
    return hits


def case_own_equality():
    log = []
    hits = []
    for i in range(ROUNDS):
        x = Equal(i % 4, log) if i % 10 == 9 else i % 4
        hits.append((x in (1, 3), x not in (0, 1, 2)))
    return hits, log


def case_own_equality_gives_strange_truth():
    hits = []
    for i in range(ROUNDS):
        x = Falsy() if i % 10 == 9 else i % 4
        hits.append((x in (1, 3), x not in (1, 3)))
    return hits


def case_own_equality_raises():
    told = []
    for at in (0, 45, ROUNDS - 1):
        hits = 0
        try:
            for i in range(ROUNDS):
                x = i % 4 if i != at else Failing()
                hits += x in (1, 3, 5)
        except LookupError as error:
            told.append((i, hits, repr(error)))
    return told


def case_not_a_container():
    told = []
    for at in (0, 45, ROUNDS - 1):
        for strange in (5, None, 1.5):
            hits, items = 0, (1, 2, 3)
            try:
                for i in range(ROUNDS):
                    if i == at:
                        items = strange
                    hits += i in items
            except TypeError as error:
                told.append((i, hits, str(error)))
    return told


def case_lists_that_change():
    items, hits = [], 0
    for i in range(ROUNDS):
        hits += i % 13 in items
        hits += i * 0.5 in items
        items.append((i * 7) % 17)
        if i % 30 == 29:
            items = tuple(items)[:3] if i < 60 else {1, 2}
            hits += 1 in items
            items = list(items)
    return hits, items


def case_iterators_are_used_up():
    source = iter(list(range(200)))
    hits = []
    for i in range(0, ROUNDS, 3):
        hits.append(i in source)
    return hits, next(source, "end")


def case_dicts():
    table = {i * 3: i for i in range(30)}
    hits = 0
    for i in range(ROUNDS):
        hits += i in table
        hits += (i * 1.0 in table) * 100
        if i not in table:
            table[i] = 0
    return hits, len(table)


def case_unhashable():
    told = []
    try:
        for i in range(ROUNDS):
            (i if i < 70 else [i]) in {1: 2}
    except TypeError as error:
        told.append((i, str(error)))
    return told

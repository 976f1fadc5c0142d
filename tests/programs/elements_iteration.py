"""Iteration over containers with `enumerate`, `zip` and `reversed`, while the containers and iterators change."""

import array

ROUNDS = 80
MOMENTS = (0, 1, 40, ROUNDS - 1)


class Items(list):
    pass


class Own(list):
    def __iter__(self):
        return iter(["own"] * 60)


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error), error.__traceback__.tb_next.tb_lineno


SOURCES = [
    list(range(60)), tuple(range(60)), [i / 2 for i in range(60)], "letters é \u1234" * 5, b"bytes" * 12,
    bytearray(b"array" * 12), array.array("d", range(60)), range(60), Items(range(60)), Own(range(3)),
    dict.fromkeys(range(60)), [], (), "", [None] * 60, [2**70] * 60, iter([1, 2, 3] * 20), (i for i in range(60)),
]


def case_plain():
    seen = []
    for source in SOURCES[:-2]:
        for item in source:
            seen.append(item)
    return seen


def case_enumerated():
    seen = []
    for source in SOURCES[:-2]:
        total = 0
        for i, item in enumerate(source):
            total += i
            seen.append(item)
        seen.append(total)
    return seen


def case_enumerate_starts():
    seen = []
    for start in (0, 5, -3, True, 2**31, 2**62, 2**63 - 30, 2**63, 2**80):
        for i, item in enumerate([1, 2, 3] * 20, start):
            seen.append(i + item)
        for i, item in enumerate("ab", start=start):
            seen.append(i)
    return seen


def case_enumerate_start_fails():
    told = []
    for start in (1.0, None, "1"):
        try:
            for i, item in enumerate([1], start):
                told.append(i)
        except TypeError as error:
            told.append(str(error))
    return told


def case_zipped():
    seen = []
    for one in SOURCES[:9]:
        for other in SOURCES[:9]:
            for a, b in zip(one, other):
                seen.append((a, b))
    return len(seen), seen[::17]


def case_zip_of_different_lengths():
    told = []
    for n in (0, 1, 30, 59, 60, 61):
        one, other = iter(range(60)), iter([0.5] * n)
        total = 0.0
        for a, b in zip(one, other):
            total += a * b
        told.append((total, list(one), list(other)))
    return told


def case_zip_of_one_three_and_none():
    seen = []
    for (a,) in zip(range(60)):
        seen.append(a)
    for a, b, c in zip(range(60), [0.5] * 70, "x" * 65):
        seen.append((a, b, c))
    for nothing in zip():
        seen.append(nothing)
    return seen


def case_zip_strict():
    told = []
    for n in (59, 60, 61):
        total = 0
        try:
            for a, b in zip(range(60), [1] * n, strict=True):
                total += a * b
        except ValueError as error:
            told.append(str(error))
        told.append(total)
    return told


def case_tuples_of_enumerate_and_zip_kept():
    kept = []
    for pair in enumerate(["a", "b"] * 40):
        kept.append(pair)
    for pair in zip(range(60), range(60, 0, -1)):
        kept.append(pair)
    return kept, len({id(pair) for pair in kept})


def case_reversed():
    seen = []
    for source in ([1, 2, 3] * 25, (1, 2.5, "x") * 25, "abc" * 25, b"abc" * 25, range(-5, 70, 3),
        dict.fromkeys(range(60)), []):
        for item in reversed(source):
            seen.append(item)
        for i, item in enumerate(reversed(source)):
            seen.append(i)
    return seen


def case_list_grows():
    items = [1, 2, 3]
    for item in items:
        if len(items) < 200:
            items.append(item + len(items))
    return items, item


def case_list_shrinks():
    told = []
    for at in MOMENTS:
        items, seen = list(range(ROUNDS)), []
        for i, item in enumerate(items):
            seen.append(item)
            if i == at:
                del items[at // 2 + 3 :]
        told.append((seen, items))
    return told


def case_list_cleared_and_refilled():
    items, seen = list(range(ROUNDS)), []
    iterator = iter(items)
    for item in iterator:
        seen.append(item)
        if item == 40:
            items.clear()
    items.extend(range(500))
    for item in iterator:
        seen.append(item)
    return seen, list(iterator)


def case_elements_replaced_ahead():
    items = [1] * ROUNDS
    seen = []
    for i, item in enumerate(items):
        seen.append(item)
        if i + 1 < ROUNDS:
            items[i + 1] = (i, i * 0.5, str(i), 2**62 * i, None)[i % 5]
    return seen


def case_reversed_while_it_shrinks():
    told = []
    for at in MOMENTS:
        items, seen = list(range(ROUNDS)), []
        for i, item in enumerate(reversed(items)):
            seen.append(item)
            if i == at:
                del items[10:]
        told.append(seen)
    return told


def case_iterator_shared_by_two_loops():
    iterator = iter(list(range(100)))
    seen = []
    for a in iterator:
        for b in iterator:
            seen.append((a, b))
            if b % 7 == 0:
                break
    return seen


def case_iterator_advanced_inside():
    iterator = iter([i * 0.5 for i in range(150)])
    total = 0.0
    for x in iterator:
        total += x * next(iterator, -1.0)
    return total, list(iterator)


def case_iterator_held_by_others():
    items = list(range(90))
    iterator = iter(items)
    left = []
    for item in iterator:
        left.append(iterator.__length_hint__())
        if item == 70:
            iterator.__setstate__(20)
            items[70] = -1
        if len(left) > 200:
            break
    return left, item


def case_left_by_break_and_continued():
    sources = [iter(kind(range(80))) for kind in (list, tuple)]
    sources += [enumerate(list(range(80))), zip(range(80), range(80)), reversed(list(range(80)))]
    told = []
    for source in sources:
        for round_of in range(9):
            for item in source:
                told.append(item)
                if len(told) % 11 == 0:
                    break
        told.append(list(source))
    return told


def case_exhausted_stays_exhausted():
    items = [1] * 60
    source = iter(items)
    total = 0
    for item in source:
        total += item
    items.append(5)
    for item in source:
        total += 1000
    return total, list(source)


def case_else_and_return():
    def find(items, wanted):
        for i, item in enumerate(items):
            if item == wanted:
                return i
        else:
            return -1

    items = [i * 3 for i in range(70)]
    return [find(items, wanted) for wanted in (0, 3, 99, 207, 208, 0.0, None)]


def case_source_changes_between_runs():
    seen = []

    def total(source):
        result = 0
        for item in source:
            result = result + item
        return result

    for source in ([1] * 70, (2,) * 70, [0.5] * 70, range(70), b"ab" * 30, [1, 2.5] * 30, [True] * 60, [2**62] * 5,
        ["s"], None, 5):
        seen.append(outcome(total, source))
    return seen


def case_own_iterators_that_fail():
    class Failing:
        def __init__(self, at):
            self.at = at
            self.n = 0

        def __iter__(self):
            return self

        def __next__(self):
            self.n += 1
            if self.n > self.at:
                raise LookupError(self.n)
            return self.n

    told = []
    for at in MOMENTS:
        seen = []
        for wrap in (iter, enumerate, lambda one: zip([0.5] * 200, one), lambda one: zip(one, range(30))):
            try:
                for item in wrap(Failing(at)):
                    seen.append(item)
            except LookupError as error:
                seen.append(repr(error))
        told.append(seen)
    return told


def case_nested_over_rows():
    rows = [[i * j for j in range(9)] for i in range(12)]
    total = 0
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            total += value * (i - j)
            row[j] = total
    for row in rows:
        for value in reversed(row):
            total ^= value
    return total, rows


def case_loop_variable_after_the_loop():
    told = []
    for source in ([], [1], [1] * 60 + ["last"], (0.5,) * 60, zip([1] * 60, [2] * 60), enumerate(())):
        item = "before"
        for item in source:
            pass
        told.append(item)
    return told


def case_iterators_of_inner_loops_that_come_and_go():
    rows = [list(range(n % 5)) for n in range(60)]
    kept, total = [], 0
    for n, row in enumerate(rows):
        inner = iter(row)
        for x in row:
            total += x
            for y in row:
                total = total * 3 + y & 0xFFFF
                if y == 3:
                    break
        if n % 20 == 19:
            # Somebody else's iterator over the same list goes on where it was.
            kept.append(inner)
        for x in inner:
            total ^= x
    return total, [list(each) for each in kept]

"""Iterators over lists and tuples, and enumerations of them, that loops advance: alone, or with others who look."""

import gc
import sys
import weakref

NUMBERS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8] * 6
FLOATS = [x * 0.5 for x in NUMBERS]
MIXED = [1, 2.5, True, 2**80, -0.0, 7] * 12


def case_list_alone():
    total = 0
    for x in NUMBERS:
        total = total * 3 % 1000003 + x
    return total, x


def case_flags_counted():
    flags = [i % 3 == 0 or i % 7 == 0 for i in range(300)]
    count = 0
    for flag in flags:
        if flag:
            count += 1
    return count


def case_tuple_alone():
    total = 0.0
    for x in tuple(FLOATS):
        total += x
    return total


def case_list_that_only_the_loop_holds():
    total = 0
    for round in range(30):
        for x in [round, 2, 3] * 4:
            total += x
        for i, x in enumerate([round * 0.5, 1.5] * 5):
            total += x * i
    return total


def case_list_grows_under_the_loop():
    data = [1, 2, 3]
    for x in data:
        if len(data) < 120:
            data.append(x + 1)
    return data


def case_list_shrinks_under_the_loop():
    data = list(range(200))
    seen = []
    for x in data:
        seen.append(x)
        if x % 3 == 0:
            data.pop()
    return seen, data


def case_list_emptied_under_the_loop():
    results = []
    for round in range(70):
        data = list(range(20))
        for i, x in enumerate(data):
            if x == 15 and round > 60:
                data.clear()
        results.append((i, x, data))
    return results


def case_list_changes_its_kinds_under_the_loop():
    data = list(range(150))
    seen = []
    for x in data:
        if x == 100:
            data[120] = 1.5
            data[130] = "text"
            data[140] = None
        seen.append(x)
    return seen[95:]


def case_enumerated_list_changes_its_kinds():
    data = list(range(150))
    seen = []
    for i, x in enumerate(data):
        if i == 100:
            data[120] = 1.5
            data[130] = "text"
            data[140] = (1, 2)
        seen.append((i, x))
    return seen[95:]


def case_break_and_else():
    results = []
    for round in range(60):
        for i, x in enumerate(NUMBERS):
            if x == 9 and round % 2:
                break
        else:
            i = -i
        results.append((i, x))
    return results


def case_iterator_that_a_local_holds():
    it = iter(NUMBERS)
    total = 0
    hints = []
    for x in it:
        total += x
        if x == 9:
            hints.append(it.__length_hint__())
    return total, hints, list(it)


def case_iterator_advanced_by_the_body():
    it = iter(NUMBERS)
    pairs = []
    for x in it:
        pairs.append((x, next(it, None)))
    return pairs


def case_enumeration_that_a_local_holds():
    e = enumerate(NUMBERS)
    seen = []
    for i, x in e:
        seen.append(i * x)
        if i % 10 == 3:
            seen.append(next(e))
        if i == 60:
            break
    return seen, list(e)


def case_iterator_shared_late():
    kept = []
    results = []
    for round in range(60):
        it = iter(NUMBERS[:10])
        if round > 50:
            kept.append(it)
        total = 0
        for x in it:
            total += x
            if x == 5 and round > 52:
                break
        results.append((total, [list(k) for k in kept[-1:]]))
    return results


def case_starts():
    results = []
    for start in [0, 1, -3, 10**6, 2**62, sys.maxsize - 30, sys.maxsize, 2**70, True]:
        total = 0
        for i, x in enumerate(NUMBERS, start):
            total += i * x
        results.append((total, i, type(i).__name__))
    return results


def case_start_that_is_no_int():
    total = 0
    for i, x in enumerate(NUMBERS, 5):
        total += i
    for i, x in enumerate(NUMBERS, "5"):
        total += i
    return total


def case_what_is_counted():
    results = []
    for over in [NUMBERS, tuple(NUMBERS), "a text of some length" * 4, range(70), {1, 2}, iter(NUMBERS), (x for x in NUMBERS)]:
        total = 0
        for i, x in enumerate(over):
            total += i
        results.append((total, x))
    return results


def case_pairs_of_all_kinds():
    results = []
    for i, x in enumerate(MIXED):
        results.append((i, x))
    total = 0
    for i, x in enumerate(MIXED):
        total += x
        total += i * 0.5
    return results, total


def case_pairs_of_nothing():
    count = 0
    for i, x in enumerate([None] * 80):
        if x is None:
            count += i
    return count


def case_pair_not_unpacked():
    seen = []
    for pair in enumerate(NUMBERS):
        seen.append(pair)
    return seen


def case_pairs_unpacked_further():
    pairs = [(i, i * 0.5) for i in range(80)]
    total = 0
    for i, (a, b) in enumerate(pairs):
        total += i * a + b
    return total


class Box:
    pass


def case_unpacked_elsewhere():
    box, row = Box(), [0, 0]
    total = 0
    for box.i, row[1] in enumerate(NUMBERS):
        total += box.i * row[1]
    return total


LOG = []


class Dying:
    def __init__(self, number):
        self.number = number

    def __del__(self):
        LOG.append(self.number)


def case_the_pair_keeps_its_last_member():
    LOG.clear()
    data = [Dying(i) if i > 60 else i for i in range(80)]
    for i, x in enumerate(data):
        data[i] = None
        x = None
        LOG.append(-i)
    LOG.append("end")
    return list(LOG)


def case_enumeration_dies_with_its_list():
    LOG.clear()
    for round in range(70):
        holder = [1.5] * 3
        if round > 60:
            holder.append(Dying(round))
        for i, x in enumerate(holder):
            LOG.append(i)
        LOG.append("done")
        del holder, x
        LOG.append("gone")
    return list(LOG)


class Listed(list):
    pass


def case_list_dies_with_the_loop():
    LOG.clear()
    total = 0
    for round in range(70):
        data = Listed([1, 2, 3] * 3)
        weakref.finalize(data, LOG.append, round)
        inner = [1, 2, 3] * 3
        for x in inner:
            total += x
        for x in data:
            total += x
        del data
        LOG.append("after")
    return total, list(LOG)


def case_exception_in_the_body():
    results = []
    for round in range(60):
        try:
            for i, x in enumerate(NUMBERS):
                results.append(10 // (x - 9 + (round < 50)))
        except ZeroDivisionError:
            results.append((i, x))
    return results[-200:]


def case_uncaught_exception():
    total = 0
    for i, x in enumerate(FLOATS):
        for y in NUMBERS:
            total += x / (y - 8 if i == 50 else y)
    return total


def generated(data):
    total = 0
    for i, x in enumerate(data):
        total += i * x
        if x > 8:
            yield total
    for x in data:
        total -= x
    yield total


def case_in_a_generator():
    return [list(generated(NUMBERS)) for _ in range(12)]


def weighed(data):
    total = 0
    for i, x in enumerate(data):
        total += i * x
    return total


def searched(data, wanted):
    for i, x in enumerate(data):
        if x == wanted:
            return i
    return -1


def summed(data):
    total = 0
    for x in data:
        total += x
    for x in data:
        total -= x * 0.5
    return total


def case_functions():
    results = []
    for n in range(120):
        data = [k * 0.5 for k in range(n % 7)]
        results.append((weighed(data), weighed(tuple(data)), searched(data, 1.5), summed(data)))
        results.append((weighed([n, 2, n % 3]), summed((1, 2, n))))
    return results


def nested(rows):
    best = None
    for i, row in enumerate(rows):
        for j, x in enumerate(row):
            if best is None or x > best:
                best = x
                at = i, j
    return best, at


def case_nested():
    rows = [[(i * 37 + j * 11) % 101 for j in range(9)] for i in range(9)]
    return [nested([row[k % 5 :] for row in rows]) for k in range(40)]


def case_three_deep():
    total = 0
    rows = [[1, 2, 3], (4, 5), [6], []] * 6
    for i, row in enumerate(rows):
        for x in row:
            for j, y in enumerate(rows[x % 3]):
                total = (total * 3 + x * y + i * j) % 1000003
    return total


def looked(data):
    return [type(r).__name__ for r in gc.get_referrers(data)].count("list_iterator")


def case_found_by_the_collector():
    data = list(range(100))
    counts = []
    for x in data:
        if x % 20 == 19:
            found = [r for r in gc.get_referrers(data) if type(r).__name__ == "list_iterator"]
            counts.append([r.__length_hint__() for r in found])
            if x == 79:
                next(found[0])
            del found
    return counts, x


def case_locals_stay_visible():
    total = 0
    for i, x in enumerate(NUMBERS):
        total += x
        if i == 65:
            seen = dict(locals())
    return seen

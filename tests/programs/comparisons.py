"""Comparisons, chained ones too, identity, membership, and what and/or leave behind."""

import math


def case_chained_ints():
    count = 0
    for i in range(200):
        if 10 < i <= 150:
            count += 1
        if 0 <= i < 50 < 60:
            count += 2
        if i == i == i:
            count += 3
        if 5 > i > 7:
            count += 1000
    return count


def case_chained_floats_and_nan():
    count = 0
    x = 0.0
    for i in range(200):
        if i == 180:
            x = math.nan
        if -1.0 < x < 20.0:
            count += 1
        if not (-1.0 < x < 20.0):
            count += 1000
        x += 0.125
    return count, x


def case_chain_evaluates_once():
    calls = []

    def middle(i):
        calls.append(i)
        return i % 7

    hits = 0
    for i in range(100):
        if 2 < middle(i) < 5:
            hits += 1
        if 10 < middle(i) < middle(i):
            hits += 1
    return hits, len(calls)


def case_is_none_and_small_ints():
    count = 0
    value = None
    for i in range(200):
        if value is None:
            count += 1
            value = i
        elif i % 5 == 0:
            value = None
        if value is not None:
            count += 2
    return count, value


def case_is_with_small_ints():
    same = 0
    for i in range(100):
        a = i % 200
        b = (i + 1000) - 1000
        if a is b:
            same += 1
        if i is not b:
            same += 1000
    return same


def case_is_with_booleans():
    count = 0
    for i in range(100):
        flag = i > 50
        if flag is True:
            count += 1
        if flag is False:
            count += 100
        if (i == 3) is (i == 4):
            count += 10000
    return count


def case_and_or_values():
    results = []
    for i in range(60):
        results.append((i and i * 2, i or "none", i % 2 and i % 3, i % 2 or i % 3, not i))
        results.append((0.0 or -0.0, i and 0.0, None or i, i and None))
    return results


def case_and_or_short_circuit():
    evaluated = []

    def note(value):
        evaluated.append(value)
        return value

    for i in range(60):
        if note(i % 2) and note(i % 3) or note(0):
            evaluated.append("yes")
    return evaluated


def case_conditional_expressions():
    total = 0
    kinds = []
    for i in range(100):
        value = i if i % 3 else -i if i % 2 else 0.5
        total += value
        kinds.append(value)
    return total, kinds


def case_not_in_conditions():
    count = 0
    x = 0.0
    for i in range(150):
        if not i % 7:
            count += 1
        if not (i > 3 and not i < 100):
            count += 2
        if not x:
            count += 5
        x = i % 4 * 0.5
    return count


def case_membership():
    count = 0
    allowed = {1, 2, 3}
    listed = [4, 5, math.nan]
    for i in range(100):
        if i % 10 in allowed:
            count += 1
        if i % 10 not in listed:
            count += 2
        if math.nan in listed:
            count += 3
        if i in range(20, 60, 4):
            count += 5
        if str(i % 3) in "12":
            count += 7
    return count


def case_nan_keeps_its_identity():
    value = math.nan
    kept = [value]
    hits = 0
    for i in range(100):
        other = value
        if other in kept:
            hits += 1
        if other is value:
            hits += 1
    return hits


def case_compare_different_types():
    results = []
    for i in range(60):
        other = i if i < 40 else "text"
        results.append(i == other)
        results.append(i != other)
    return results


def case_order_of_different_types_fails():
    flags = 0
    limit = 100
    for i in range(100):
        if i == 77:
            limit = "100"
        if i < limit:
            flags += 1


def case_max_min():
    best = 0
    worst = 0.0
    for i in range(150):
        value = (i * 37) % 101
        best = max(best, value)
        worst = min(worst, -value)
        if value > best:
            best = -1
    return best, worst


def case_comparison_result_stored():
    flags = 0
    below = True
    for i in range(100):
        above = i > 49
        flags += above + below * 2
        below = not above
    return flags, above, below

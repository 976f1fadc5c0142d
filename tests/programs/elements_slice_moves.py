"""Slices assigned to slices: of the same list and of others, in both directions, of equal and other sizes, with
items that have finalisers, and with an item, a bound or a list of another kind at the first, a middle and the last
round."""

ROUNDS = 70
MOMENTS = (0, 35, ROUNDS - 1)
BOUNDS = [None, 0, 1, 2, 4, 7, -1, -3, -9]


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error), error.__traceback__.tb_next.tb_lineno


class Noisy:
    log = []

    def __init__(self, name):
        self.name = name

    def __del__(self):
        Noisy.log.append(self.name)


class Items(list):
    pass


def reversals(k, rounds=ROUNDS):
    items = list(range(10))
    flips = 0
    for _ in range(rounds):
        items[: k + 1] = items[k::-1]
        flips += items[0]
        k = (k * 3 + 1) % 10
    return items, flips, k


def moved(items, at, low, high, other_low, other_high):
    for i in range(ROUNDS):
        if i == at:
            items[low:high] = items[other_low:other_high]
        else:
            items[1:3] = items[2:4]
        items[4] = i
    return items


def stepped(items, at, low, high, first, last, down):
    step = -1 if down else 1
    for i in range(ROUNDS):
        if i == at:
            items[low:high] = items[first:last:step]
        else:
            items[1:4] = items[3:0:-1]
        items[2] = i
    return items


def between(target, source, at, low, high):
    for i in range(ROUNDS):
        j = i % 3
        if i == at:
            j = 5
        target[low + j : high + j] = source[j : j + high - low]
    return target, source


def every_other(items, rounds=ROUNDS):
    out = [0] * 4
    for i in range(rounds):
        out[:] = items[i % 2 :: 2]
        items[0] = i
    return out, items


def case_reversals():
    return [reversals(k) for k in range(10)] + [reversals(3, n) for n in (0, 1, 2)]


def case_bounds():
    return [
        outcome(moved, list(range(7)), 35, low, high, first, last)
        for low in BOUNDS
        for high in BOUNDS
        for first in (None, 1, -2)
        for last in (None, 3, -1)
    ]


def case_bounds_of_reversals():
    return [
        outcome(stepped, list(range(7)), 35, low, high, first, last, down)
        for low in (None, 0, 2, -3)
        for high in (None, 3, -1)
        for first in BOUNDS
        for last in BOUNDS
        for down in (True, False)
    ]


def case_moments():
    return [
        outcome(moved, items, at, low, 3, 1, high)
        for at in MOMENTS
        for items in ([1, 2, 3, 4, 5], [1.5, None, "x", (1,), [2]], (1, 2, 3, 4, 5), Items(range(6)))
        for low, high in ((0, 4), ("a", 4), (0, 2.5), (2**70, 4), (-(2**63), 2**63 - 1))
    ]


def case_of_other_lists():
    target, source = list(range(12)), [float(n) for n in range(12)]
    return [
        outcome(between, list(target), list(source), at, low, high)
        for at in MOMENTS
        for low, high in ((0, 3), (3, 3), (5, 2), (2, 11), (-4, -1))
    ]


def case_every_other():
    return every_other(list(range(8))), every_other([[n] for n in range(8)]), outcome(every_other, [1, 2])


def finalisers(at, rounds=ROUNDS):
    items = [Noisy(n) for n in range(6)]
    seen = []
    for i in range(rounds):
        if i == at:
            items[0] = Noisy("new")
        items[1:3] = items[3:5]
        items[4] = items[0]
        seen.append([item.name for item in items])
        items[3:5] = items[4:2:-1]
    names = [item.name for item in items]
    return seen, names, len(Noisy.log)


def case_finalisers():
    out = []
    for at in MOMENTS:
        Noisy.log.clear()
        result = finalisers(at)
        out.append((result, list(Noisy.log)))
    return out


def looking(rounds=ROUNDS):
    """What is looked at is overwritten while it is still wanted."""
    items = [[n] for n in range(6)]
    floats = [n + 0.5 for n in range(6)]
    seen = []
    for i in range(rounds):
        x, y = items[2], floats[2]
        items[2:4] = items[4:6]
        floats[2:4] = floats[1:3]
        floats[1] = y + i
        items[4] = [i]
        seen.append((x, y, items[2] is x))
    return seen, items, floats


def case_what_is_looked_at():
    return looking()


def counted(n):
    """As the puzzle of the pancakes counts flips."""
    order, count = list(range(n)), list(range(1, n + 1))
    most = 0
    r = n
    insert, pop = order.insert, order.pop
    while True:
        while r != 1:
            count[r - 1] = r
            r -= 1
        flipped = order[:]
        flips = 0
        k = flipped[0]
        while k:
            flipped[: k + 1] = flipped[k::-1]
            flips += 1
            k = flipped[0]
        most = max(most, flips)
        while r != n:
            insert(r, pop(0))
            count[r] -= 1
            if count[r] > 0:
                break
            r += 1
        else:
            return most, order, count


def case_flips():
    return [counted(n) for n in (1, 2, 3, 5, 6)]


def shrinking(at, rounds=ROUNDS):
    items = list(range(10))
    for i in range(rounds):
        if i == at:
            del items[5:]
        items[0:4] = items[3::-1]
        items[2:8] = items[7:1:-1]
    return items


def retyped(at, rounds=ROUNDS):
    items = list(range(10))
    for i in range(rounds):
        if i == at:
            items = tuple(items)
        k = i % 5
        other = list(items)
        other[:k] = items[:k]
    return items, other


def case_shrunk_and_retyped():
    return [outcome(shrinking, at) for at in MOMENTS] + [outcome(retyped, at) for at in MOMENTS]


def unbound_between(at, rounds=ROUNDS):
    items, k = list(range(6)), 2
    for i in range(rounds):
        if i == at:
            del k
        items[: k + 1] = items[k::-1]
    return items


def overflowing(at, rounds=ROUNDS):
    items, k, more = list(range(6)), 2, 1
    for i in range(rounds):
        if i == at:
            more = 2**63 - 1
        items[: k + more] = items[k::-1]
        more = 1
    return items


def case_left_between():
    return [outcome(f, at) for f in (unbound_between, overflowing) for at in MOMENTS]

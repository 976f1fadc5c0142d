"""Lists and tuples that are made in loops and in functions: of items of every kind, by repetition, concatenation and
comprehensions; and when what is in them is released."""

import gc

ROUNDS = 70
MOMENTS = (0, 35, ROUNDS - 1)


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
    def __add__(self, other):
        return ("added", list(other))

    def __iadd__(self, other):
        return Items(["in place", *other])

    def __mul__(self, n):
        return ("times", n)


def made(item, at, strange, rounds=ROUNDS):
    out = []
    for i in range(rounds):
        x = strange if i == at else item
        out.append([])
        out.append([x])
        out.append((x, i))
        out.append([i * 2, x, i * 0.5, x])
        out.append((x, x, i, i + 1, i + 2, i + 3))
        out.append([x, 1, 2, 3, 4, 5, i, None])
        out.append([1, 2, 3, x][1:])
    return out


def case_items():
    items = (1, 2.5, "x", None, [1], 2**70, float("nan"))
    return [repr(made(a, at, b, 40)) for a in items for at in (0, 20, 39) for b in (7, 1.5, "y")]


def case_identity():
    nan, big = float("nan"), 10**9
    out = []
    for i in range(ROUNDS):
        pair = (nan, big)
        out.append((pair[0] is nan, pair[1] is big, pair == pair, [nan] == [nan], pair is (nan, big)))
    return out


def repeated(items, n, at, strange, other):
    out = []
    for i in range(ROUNDS):
        if i == at:
            items, n = strange, other
        out.append(items * n)
        out.append([0] * n)
        if i >= at + 3:
            items, n = [i], 2
    return out


def case_repeated():
    return [
        outcome(repeated, [1, [2]], 2, at, strange, other)
        for at in MOMENTS
        for strange in ([], [1], [[1], 2.5], (1, 2), "ab", Items([1]), 3, None)
        for other in (0, -1, 3, True, 2**62, 1.0, [1], None)
    ]


def joined(a, b, at, strange):
    out = []
    for i in range(ROUNDS):
        if i == at:
            b = strange
        c = a + b
        c += b
        c += a
        out.append(c)
    return out


def case_joined():
    return [
        outcome(joined, [1, 2], [3], at, strange)
        for at in MOMENTS
        for strange in ([], [4.5, [5]], (1, 2), "ab", Items([1]), range(3), None, 5, {1: 2})
    ]


def case_to_itself():
    items = [1, 2.5, "x"]
    same = items
    for i in range(8):
        items += items
        for _ in range(20):
            other = items + items
    return len(items), items[:9], same is items, other[-3:]


def extended(at, strange):
    out = []
    more = (1, 2)
    for i in range(ROUNDS):
        if i == at:
            more = strange
        out.append([i, *more, *more])
        out.append([1, 2, 3])
    return out


def case_extended():
    strange = ([], [1, [2]], "ab", range(3), {1: 2}, None, 5)
    return [outcome(extended, at, more) for at in MOMENTS for more in strange] + [
        outcome(extended, at, (n for n in "xyz")) for at in MOMENTS
    ]


def comprehended(n):
    rows = [[i * j for j in range(5)] for i in range(n)]
    flat = [x for row in rows for x in row if x & 1]
    pairs = [(x, i) for i, x in enumerate(flat)]
    return rows, flat, pairs, [c for c in "abcabc" if c != "b"]


def case_comprehended():
    out = [comprehended(n) for n in (0, 1, 9)]
    for i in range(ROUNDS):
        squares = [x * x for x in range(i)]
        out.append(squares[-1:])
    return out


def middle(a, b, c):
    three = [a, b, c]
    return three[1]


def total(n):
    items = [0] * n
    i = 0
    while i < n:
        items[i] = i * i
        i += 1
    s = 0
    for x in items:
        s += x
    return s


def pair(a, b):
    return (b, a)


def forgets(a):
    kept = [a]
    kept = [2, 3]
    return len(kept)


def twice(a):
    kept = [a, a]
    other = (a, kept)
    return len(other) + len(kept)


def nested(n):
    rows = [[n, n + 1], [n + 2, n * 0.5]]
    return rows[1][0] + rows[0][1]


def deep(n):
    one = [n]
    two = [one]
    three = [two]
    four = [three]
    five = [four]
    return len(five)


def around(n):
    items = [n]
    items.append(items)
    return len(items)


def case_functions():
    out = []
    for i in range(ROUNDS):
        x = float(i) if i % 9 == 8 else i
        out.append((middle(i, x, "c"), total(i), pair(x, i), forgets(x), twice(x), nested(x), deep(i)))
    return out


def case_functions_with_finalisers():
    Noisy.log.clear()
    out = []
    for i in range(ROUNDS):
        noisy = Noisy(i) if i % 10 == 9 or i > 60 else i
        out.append((forgets(noisy), twice(noisy), pair(noisy, i)[1], len(Noisy.log)))
        last = middle(1, Noisy(1000 + i), 2)
        out.append((last.name, len(Noisy.log)))
        out.append((twice(Noisy(2000 + i)), forgets(Noisy(3000 + i)), len(Noisy.log)))
    noisy = last = None
    return out, list(Noisy.log)


def case_cycles():
    gc.collect()
    out = [around(i) for i in range(ROUNDS)]
    return out, gc.collect() >= ROUNDS - 5


def dropped(rounds=ROUNDS):
    Noisy.log.clear()
    seen = []
    for i in range(rounds):
        items = [Noisy(i), i]
        pair = (items, Noisy(-i))
        items = [pair[0][1]] * 3
        seen.append((len(Noisy.log), items))
    return seen


def case_dropped():
    return dropped(), list(Noisy.log)


def unbound(at):
    x = 1
    for i in range(ROUNDS):
        if i == at:
            del x
        y = [i, x]
    return y


def case_unbound():
    return [outcome(unbound, at) for at in MOMENTS]

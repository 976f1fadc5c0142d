"""Unpacking, packing and swaps of locals and elements; lengths that do not fit at the first, a middle and the last
round."""

ROUNDS = 80
MOMENTS = (0, 40, ROUNDS - 1)


class Pair(tuple):
    pass


class Own(list):
    def __iter__(self):
        return iter(("own", "pair"))


def unpack_two(sources):
    seen = []
    for source in sources:
        a, b = source
        seen.append((b, a))
    return seen


def unpack_three(sources):
    total = 0
    for source in sources:
        a, b, c = source
        total = total + a * b - c
    return total


def unpack_starred(sources):
    seen = []
    for source in sources:
        first, *rest, last = source
        seen.append((first, len(rest), last))
    return seen


def unpack_nested(sources):
    total = 0
    for (a, b), [c, (d, e)] in sources:
        total += a - b + c * d - e
    return total


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error), error.__traceback__.tb_next.tb_lineno


STRANGE = [
    (1,), (1, 2, 3, 4), [], [1], [1, 2], [1, 2, 3], [1] * 9, "ab", "abc", b"xy", b"xyz", {1: 2, 3: 4}, range(2),
    range(3),
    iter([5, 6]), iter([5, 6, 7]), 5, None, 1.5, Pair((1, 2)), Pair((1, 2, 3)), Own(), (0.5, 2**70), (1, None, 2),
]


def with_strange(usual, at, strange):
    return [strange if i == at else usual for i in range(ROUNDS)]


def fresh(strange):
    """Iterators are used up: the next one must be new."""
    return iter(list(strange)) if hasattr(strange, "__next__") else strange


def case_two():
    return [outcome(unpack_two, with_strange((1, 2), at, fresh(s))) for at in MOMENTS for s in STRANGE]


def case_three():
    return [outcome(unpack_three, with_strange([1, 2, 3], at, fresh(s))) for at in MOMENTS for s in STRANGE]


def case_starred():
    return [outcome(unpack_starred, with_strange((1, 2, 3), at, fresh(s))) for at in MOMENTS for s in STRANGE]


def case_nested():
    usual = ((1, 2), [3, (4, 5)])
    strange = [((1, 2), 3), ((1,), [3, (4, 5)]), ((1, 2), [3, (4,)]), ([1, 2], (3, [4, 5])), ("ab", "cd"),
        ((1, 2), [0.5, (1, 1)])]
    return [outcome(unpack_nested, with_strange(usual, at, s)) for at in MOMENTS for s in strange]


def case_positions_and_velocities():
    bodies = [([0.0, 1.0, 2.0], [0.1 * i, 0.2, -0.3], 1.0 + i) for i in range(4)]
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1 :]]
    for _ in range(40):
        for ([x1, y1, z1], v1, m1), ([x2, y2, z2], v2, m2) in pairs:
            dx, dy, dz = x1 - x2, y1 - y2, z1 - z2
            pull = 0.01 * (dx * dx + dy * dy + dz * dz + 0.5) ** -1.5
            v1[0] -= dx * m2 * pull
            v1[1] -= dy * m2 * pull
            v2[2] += dz * m1 * pull
        for r, [vx, vy, vz], m in bodies:
            r[0] += 0.01 * vx
            r[1] += 0.01 * vy
            r[2] += 0.01 * vz
    return bodies


def case_swaps_of_locals():
    a, b, c, d = 1, 2.5, "x", None
    seen = []
    for i in range(ROUNDS):
        a, b = b, a
        b, c, d = d, b, c
        if i % 3 == 0:
            a, b, c, d = d, c, b, a
        seen.append((a, b, c, d))
    return seen


def case_fibonacci():
    a, b = 0, 1
    for _ in range(200):
        a, b = b, a + b
    return a, b


def case_gcds():
    told = []
    for n in range(1, 60):
        a, b = 360 * n, 84 + n
        while b:
            a, b = b, a % b
        told.append(a)
    return told


def case_swaps_of_elements():
    items = [(i * 37) % 41 for i in range(41)]
    for i in range(41):
        for j in range(40 - i):
            if items[j] > items[j + 1]:
                items[j], items[j + 1] = items[j + 1], items[j]
    return items


def case_swap_with_failing_index():
    told = []
    for at in MOMENTS:
        for bad in (0, 1):
            items = list(range(10))
            try:
                for i in range(ROUNDS):
                    j = i % 10 if i != at or bad else 10
                    k = (i * 3) % 10 if i != at or not bad else -11
                    items[j], items[k] = items[k], items[j]
            except IndexError as error:
                told.append((i, str(error)))
            told.append(items)
    return told


def case_store_fails_behind_a_store():
    told = []
    for at in MOMENTS:
        items = list(range(10))
        try:
            for i in range(ROUNDS):
                items[i % 10], items[0 if i != at else 99] = i, -i
        except IndexError as error:
            told.append((i, str(error)))
        told.append(items)
    return told


def case_order_of_assignment():
    told = []
    i, items = 0, [0, 0, 0, 0]
    for n in range(ROUNDS):
        i, items[i] = (i + 1) % 4, n
        items[i], i = n * 10, (i + 2) % 4
        told.append((i, list(items)))
    return told


def case_chained_assignment():
    items = [0] * 5
    for i in range(ROUNDS):
        a = items[i % 5] = b = i * 0.5
        (c, d) = e = (a, b)
        items[0] = f = [c]
    return a, b, c, d, e, f, items


def case_rotating_rows():
    rows = [[1, 2], [3.5], ["x"], []]
    for i in range(ROUNDS):
        rows[0], rows[1], rows[2], rows[3] = rows[1], rows[2], rows[3], rows[0]
        rows[i % 4], last = rows[-1], rows[i % 4]
        rows[-1] = last
    return rows


def case_packed_tuples():
    seen = []
    point = (0, 0.0)
    for i in range(ROUNDS):
        x, y = point
        point = (x + 1, y + x * 0.5)
        if i % 20 == 7:
            seen.append(point)
    return seen, point


def case_displays_with_stars():
    items = [1, 2]
    seen = []
    for i in range(ROUNDS):
        a = [*items, i]
        b = (*a, *items)
        first, second, *others = b
        items = [second, first + i] if i % 10 else [1, 2]
        seen.append((first, len(others)))
    return seen, items


def case_returned_tuples():
    def divide(a, b):
        return a // b, a % b

    total = 0
    for i in range(1, ROUNDS):
        quotient, remainder = divide(1000 * i, i + 7)
        total += quotient * remainder
    return total


def case_wrong_number_returned():
    def some(i, at):
        return (i, i) if i != at else (i, i, i)

    told = []
    for at in MOMENTS:
        total = 0
        try:
            for i in range(ROUNDS):
                a, b = some(i, at)
                total += a + b
        except ValueError as error:
            told.append((i, total, str(error)))
    return told

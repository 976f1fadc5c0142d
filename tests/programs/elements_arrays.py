"""Elements of `array.array` of every type code: read, stored, out of range, of wrong kinds, and of arrays that change."""

from array import array

ROUNDS = 70
MOMENTS = (0, 35, ROUNDS - 1)
LIMITS = {
    "b": (-128, 127), "B": (0, 255), "h": (-(2**15), 2**15 - 1), "H": (0, 2**16 - 1), "i": (-(2**31), 2**31 - 1),
    "I": (0, 2**32 - 1), "l": (-(2**63), 2**63 - 1), "L": (0, 2**64 - 1), "q": (-(2**63), 2**63 - 1),
    "Q": (0, 2**64 - 1),
}


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error), error.__traceback__.tb_next.tb_lineno


class Own(array):
    def __getitem__(self, index):
        return "own"


def total(items, at, index):
    s = 0
    for i in range(ROUNDS):
        s += items[index if i == at else i % 4]
    return s, len(items)


def filled(items, at, strange):
    for i in range(ROUNDS):
        items[i % 4] = strange if i == at else items[(i + 1) % 4]
    return items


def case_read():
    out = []
    for code, (low, high) in LIMITS.items():
        for at in MOMENTS:
            for index in (3, 4, -4, -5, 2**63, True, 1.0, None):
                out.append(outcome(total, array(code, [low, high, 1, 7]), at, index))
    for code in "fd":
        out += [outcome(total, array(code, [0.1, -2.5, 1e300 if code == "d" else 1e30, 3.0]), 35, k) for k in (3, 4, -1)]
    return out + [outcome(total, array("u", "abcd"), 35, 1), outcome(total, array("b"), 0, 0)]


def case_stored():
    out = []
    for code, (low, high) in LIMITS.items():
        for at in MOMENTS:
            for strange in (low, high, low - 1, high + 1, True, 1.5, "a", None, -(2**63), 2**64):
                out.append(outcome(filled, array(code, [low, high, 1, 7]), at, strange))
    return out


def case_stored_floats():
    return [
        outcome(filled, array(code, [0.1, -2.5, 3.0, float("inf")]), at, strange)
        for code in "fd"
        for at in MOMENTS
        for strange in (0.1, 1e-50, -0.0, 1e39, float("nan"), float("-inf"), 3, True, 2**53 + 1, "a", None)
    ]


def changing(items, at, other):
    found = []
    for i in range(ROUNDS):
        if i == at:
            items = other
        found.append(items[i % 4])
        if i % 5 == 2:
            items[i % 4] = 5
    return found, items


def case_changing():
    others = (array("h", [1, 2, 3, 4]), array("d", [1.5, 2, 3, 4]), [9, 8, 7, 6], bytearray(b"abcd"), (1, 2, 3, 4))
    return [outcome(changing, array("i", [1, 2, 3, 4]), at, other) for at in MOMENTS for other in others] + [
        outcome(changing, array("i", [1, 2, 3, 4]), 35, Own("i", [1, 2, 3, 4])),
        outcome(changing, array("i", [1, 2, 3, 4]), 35, array("Q", [1, 2, 3, 4])),
    ]


def growing(rounds=ROUNDS):
    items = array("q")
    s = 0
    for i in range(rounds):
        items.append(i)
        s += items[i] * items[-1]
        items[i // 2] = s & 0xFFFF
        if i % 20 == 19:
            del items[3:9]
            items.extend(range(6))
    return items, s, items.tobytes()


def case_growing():
    return growing()


def shrinking(at):
    items = array("d", range(10))
    s = 0.0
    for i in range(ROUNDS):
        if i == at:
            del items[5:]
        s += items[i % 10]
    return s


def case_shrinking():
    return [outcome(shrinking, at) for at in MOMENTS]


def element(items, i):
    return items[i]


def sieve(n):
    flags = array("B", [1]) * (n + 1)
    flags[0] = flags[1] = 0
    i = 2
    while i * i <= n:
        if flags[i]:
            j = i * i
            while j <= n:
                flags[j] = 0
                j += i
        i += 1
    return sum(flags)


def case_functions():
    items = array("i", range(9))
    out = [element(items, i % 9) for i in range(ROUNDS)]
    return out, outcome(element, items, 9), sieve(500), outcome(element, array("f", [0.1]), 0)

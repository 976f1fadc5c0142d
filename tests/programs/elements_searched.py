"""`in` on one kind of operand for long, and then another: constants, texts of many characters, ranges, lists, tuples."""

ROUNDS = 90
MOMENTS = (0, 45, ROUNDS - 1)


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error), error.__traceback__.tb_next.tb_lineno


class Equal:
    def __init__(self, log):
        self.log = log

    def __eq__(self, other):
        self.log.append(other)
        return other == 3

    __hash__ = None


class Text(str):
    def __eq__(self, other):
        return "yes"

    __hash__ = str.__hash__


def ints(values, at, strange):
    hits = []
    for i in range(ROUNDS):
        x = strange if i == at else values[i % len(values)]
        hits.append((x in (1, 3, 5), x not in (0, -1, 2), x in {7, 8}, x in (True, 4, None), x in (1, "a", 2)))
        if x in (1, 2.0):
            hits.append("float")
        if x in (2**70, 1) or x not in (2**62, -(2**62)):
            hits.append("wide")
        if x in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10):
            hits.append("many")
    return hits


def characters(text, at, strange):
    hits = []
    for i in range(ROUNDS):
        c = strange if i == at else text[i % len(text)]
        hits.append((c in "aeiou", c not in ("a", "bb", "\xe4"), c in {"x", "y", 1}, c in "", c in ("a", None, 2.5)))
        if c in "\0\t\n !?@AZ[]`az{}~\x7f":
            hits.append("bits")
        if c not in "0123456789abcdef":
            hits.append("digits")
        if c in "\xe4\xf6":
            hits.append("latin")
    return hits


def between(at, low, high, strange):
    hits = []
    for i in range(ROUNDS):
        x = strange if i == at else i % 11
        hits.append((x in range(5), x not in range(low, high), x in range(low), (x + 1) in range(x, high)))
    return hits


def searched(items, at, strange):
    hits = []
    for i in range(ROUNDS):
        x = strange if i == at else i % 7
        hits.append((x in items, x not in items))
        c = "abc"[i % 3]
        hits.append(c in items)
    return hits


def case_ints():
    return [
        outcome(ints, values, at, strange)
        for values in ([0, 1, 2, 3, 7], [5, 10**12, -1])
        for at in MOMENTS
        for strange in (True, 1.0, "a", None, 2**70, 1 + 0j, [], 2**62)
    ]


def case_characters():
    ascii = "".join(map(chr, range(128)))
    return [
        outcome(characters, text, at, strange)
        for text in ("abcxyz", ascii, "\xe4b")
        for at in MOMENTS
        for strange in ("", "ae", "\xe4", "\u1234", 5, None, b"a", Text("a"))
    ] + [outcome(characters, ascii[k : k + 64], 0, "a") for k in (0, 64)]


def case_between():
    return [
        outcome(between, at, low, high, strange)
        for at in MOMENTS
        for low, high in ((0, 5), (3, -3), (1.5, 2), (True, 7))
        for strange in (4, -1, 2**70, 3.0, "x", None, True)
    ] + [
        outcome(between, at, low, high, strange)
        for at in MOMENTS
        for low, high in ((-(2**63), 2**63 - 1), (2**64, 2**65))
        for strange in (4, -1, 2**70, -(2**63))
    ]


def case_searched():
    log = []
    out = [
        outcome(searched, items, at, strange)
        for items in (
            [1, 2, 3], (1, 2, 3), [], [None, "a", True, (1,), [2]], [2**70, 4], [1.0, 2.5], ["a", "b", b"c"],
            [Equal(log), 3], (Text("b"), 1), ["\xe4", "\u1234", ""],
        )
        for at in MOMENTS
        for strange in (3, "a", 2.0, None, 2**70, True)
    ]
    return out, log


def changing(items, rounds=ROUNDS):
    hits = 0
    for i in range(rounds):
        if i % 10 in items:
            hits += i
            items.append(str(i))
        elif i > 80:
            items.append(2.5)
        else:
            items.append(i % 4)
        if "20" in items:
            hits += 1000
    return hits, items


def case_changing():
    return changing([]), changing([5])

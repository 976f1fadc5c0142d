"""Texts in loops and functions: which object a character is, texts that grow, iterators that are shared or used up,
comparisons of every kind with every other, and the truth of containers that fill and empty."""

ROUNDS = 70
MOMENTS = (0, 35, ROUNDS - 1)
TEXTS = ["", "a", "b", "abc", "abd", "\xe4", "\xe4b", "\u20ac", "a\u20ac", "\U0001f600"]


class Text(str):
    def __eq__(self, other):
        return "eq"

    def __lt__(self, other):
        return "lt"

    __hash__ = str.__hash__


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error), error.__traceback__.tb_next.tb_lineno


def identities(text, rounds=ROUNDS):
    same = []
    kept = None
    for i in range(rounds):
        c = text[i % len(text)]
        same.append((c is text[i % len(text)], c is kept, c))
        kept = c
    return same


def case_identities():
    return [identities(text) for text in TEXTS if text]


def case_literals_are_characters():
    found = []
    text, a, other = "a\xe4b", "a", "\xe4"
    for i in range(ROUNDS):
        c = text[i % 3]
        found.append((c is a, c is other, [c], (c, c), {c: i}))
    return found


def equals(text, other, at, strange):
    found = []
    for i in range(ROUNDS):
        if i == at:
            other = strange
        found.append((text == other, text != other, other == text))
    return found


def orders(text, other, at, strange):
    found = []
    for i in range(ROUNDS):
        if i == at:
            other = strange
        found.append((text < other, text <= other, text > other, text >= other))
    return found


def constants(text, at, strange):
    found = 0
    for i in range(ROUNDS):
        if i == at:
            text = strange
        if text == "a":
            found += 1
        if text != "b":
            found += 100
        if "\xe4" == text:
            found += 10_000
    return found


def case_equality():
    return [
        outcome(equals, a, b, at, strange)
        for a in ("a", "abc", "\xe4", "\u20ac", Text("a"))
        for b in ("a", "ab" + "c")
        for at in MOMENTS
        for strange in (*TEXTS, Text("a"), None, 1, b"a")
    ]


def case_order():
    return [
        outcome(orders, a, b, at, strange)
        for a in ("a", "abc", "\xe4")
        for b in ("a", "abc")
        for at in MOMENTS
        for strange in (*TEXTS, Text("b"), None, b"a")
    ]


def case_constants():
    return [
        outcome(constants, text, at, strange)
        for text in ("a", "b", "abc", "\xe4")
        for at in MOMENTS
        for strange in (*TEXTS, Text("a"), None, 2.5)
    ]


def compared_characters(a, b, at, strange):
    low = same = 0
    for i in range(ROUNDS):
        if i == at:
            b = strange
        if a[i % 4] < b[i % 3]:
            low += 1
        if a[i % 4] == b[i % 3]:
            same += i
    return low, same


def case_compared_characters():
    return [
        outcome(compared_characters, "abcd", "bca", at, strange)
        for at in MOMENTS
        for strange in ("cab", "\xe4bc", "\u20acab", "ab", ["a", "b", "c"], ["bb", "", 1], ("a", "c", "d"))
    ]


def growing(rounds=ROUNDS):
    text = "x"
    ends = []
    for i in range(rounds):
        text += "abc"[i % 3]
        ends.append((text[-1], text[i], len(text), text[i] == "b"))
    return text, ends


def growing_beside(rounds=ROUNDS):
    text = "x"
    old = []
    for i in range(rounds):
        first = text
        text += "y"
        old.append((first is text, len(first), first[-1] == "y"))
    return text, old


def case_growing():
    return growing(), growing_beside()


def iterated(texts):
    found = []
    for text in texts:
        for c in text:
            found.append(c)
        if found and found[-1] == "c":
            found.append("!")
    return found


def shared(text, rounds=ROUNDS):
    found = []
    letters = iter(text)
    for i in range(rounds):
        for c in letters:
            found.append(c)
            if len(found) % 7 == 3:
                found.append(next(letters, "end"))
            if len(found) > i * 2:
                break
    return found, list(letters)


def case_iterated():
    texts = ["abcabc" * 3, "", "\xe4bc", "xyz", "\u20aca", "abc", Text("abc")]
    return iterated(texts * 5), iterated(["abc"] * 30), iterated([]), shared("abcdefg" * 9), shared("\xe4bc" * 9)


def case_broken_off():
    found = []
    for i in range(ROUNDS):
        for c in "0123456789" * 10:
            if len(found) >= i:
                break
            found.append(c)
    return found


def emptied(items, rounds=ROUNDS):
    found = []
    i = 0
    while items:
        found.append(items.pop())
        i += 1
        if i % 3 == 0 and i < rounds:
            items.append(i)
    return found


def truths(values, at, strange):
    found = []
    value = values[0]
    for i in range(ROUNDS):
        value = strange if i == at else values[i % len(values)]
        found.append(1 if value else 0)
        found.append(not value)
    return found


class Truthy(list):
    def __bool__(self):
        return True


def case_truth_of_containers():
    return [emptied(list(range(60))), emptied([]), emptied(bytearray(b"abc" * 30))] + [
        outcome(truths, values, at, strange)
        for values in (["", "a", "\u20ac"], [[], [0]], [(), (0,)], [b"", b"x"], [bytearray(), bytearray(b"z")])
        for at in MOMENTS
        for strange in (Truthy(), None, 0, 1.5, {}, "", Text(""), [1])
    ]


def letter(text, i):
    return text[i]


def is_letter(text, i, other):
    return text[i] == other


def length(text):
    n = 0
    for c in text:
        if c != " ":
            n += 1
    return n


def case_functions():
    found = []
    for i in range(ROUNDS):
        text = ("abc def", "\xe4bc def")[i > 60]
        found.append((letter(text, i % 7), is_letter(text, i % 7, "c"), length(text)))
    return found, outcome(letter, "abc", 3), outcome(is_letter, "abc", -4, "a"), outcome(length, None)


def distance(a, b):
    row = list(range(len(b) + 1))
    for i in range(len(a)):
        left, row[0] = row[0], i + 1
        for j in range(len(b)):
            cost = left + (a[i] != b[j])
            left = row[j + 1]
            row[j + 1] = min(min(left, row[j]) + 1, cost)
    return row[-1]


def case_distance():
    return [distance(a, b) for a in ("kitten" * 5, "", "\xe4" * 9) for b in ("sitting" * 4, "a\u20acb" * 6)]


def case_a_text_that_is_cut_and_joined():
    text = "abcdefghij"
    for i in range(120):
        at = i % 9
        text = text[:at] + "-" + text[at:]
        text = text[1:] + text[:1]
    return text


def case_a_text_of_parts_of_itself():
    text, seen = "abcdefghijklmnop", []
    for i in range(120):
        begin, end = i % 5, i % 5 + 7
        text = text[0:begin] + "+" + text[begin:end] + text[end:]
        text = text[:16]
        seen.append(text)
        text = text.strip() + "x"
        text = (text + "y")[1:]
    return seen

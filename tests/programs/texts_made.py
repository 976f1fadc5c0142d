"""Texts that loops and functions make: `ord` and `chr`, slices, sums, and texts that grow in place."""

ROUNDS = 60
MOMENTS = (0, 30, ROUNDS - 1)


class Text(str):
    def __add__(self, other):
        return "own sum"

    def __getitem__(self, key):
        return "own item"


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error), error.__traceback__.tb_next.tb_lineno


def one_of(call):
    """A function with a loop in which ``call`` of x and y is written out; in round ``at`` with others."""
    names = {"ROUNDS": ROUNDS}
    text = f"""
def work(usual, strange, at):
    kept = []
    total = 0
    for i in range(ROUNDS):
        x, y = strange if i == at else usual
        total += i
        kept.append({call})
    return kept[at], kept[0], kept[-1], total
"""
    exec(compile(text, f"<{call}>", "exec"), names)
    return names["work"]


def case_ord():
    work = one_of("ord(x)")
    strange = ["a", "\xe4", "\u20ac", "\U0001f600", "", "ab", b"a", b"ab", bytearray(b"z"), 5, None, Text("q")]
    return [
        (outcome(work, (usual, None), (x, None), at))
        for usual in ("a", "\xe4", "\u20ac") for x in strange for at in MOMENTS
    ]


def case_chr():
    work = one_of("chr(x)")
    strange = [97, 0, 127, 128, 255, 256, 0x20AC, 0x10FFFF, 0x110000, -1, 2**40, 2**80, True, "a", 1.0, 0xD800]
    return [
        (outcome(work, (usual, None), (x, None), at)) for usual in (65, 228, 8364) for x in strange for at in MOMENTS
    ]


def case_chr_identity():
    found = []
    for i in range(300):
        c = chr(i)
        found.append((c, c is chr(i), ord(c) == i))
    return found


def caesar(text, by):
    out = []
    for c in text:
        code = ord(c)
        if 97 <= code <= 122:
            out.append(chr((code - 97 + by) % 26 + 97))
        else:
            out.append(c)
    return "".join(out)


def case_caesar():
    return [caesar("the quick brown fox! \xe4 jumps", n) for n in range(30)], caesar("over the \u20ac lazy dog" * 5, 3)


def shifted(code, by):
    return chr(ord(code) + by)


def case_in_functions():
    return [outcome(shifted, chr(97 + n % 20), n % 5) for n in range(ROUNDS)] + [
        outcome(shifted, "\xff", 1), outcome(shifted, "a", -98), outcome(shifted, "", 1), outcome(shifted, "a", 0x10FFFF)
    ]


def case_slices():
    strange = [
        ("other text", 2), ("", 1), ("a", 0), ("\xe4\xf6\xfc\xdf", 3), ("\u20acuro", 1), ("\U0001f600 x", 1),
        (Text("subclass"), 2), (b"bytes", 2), ([1, 2, 3], 1), ("text", None), ("text", "1"), ("text", 2**70),
        ("text", -2), ("text", -(2**70)), (None, 1), ("text", True), ("text", 100), ("text", -100), ("t", 1.0),
    ]
    results = []
    for call in ("x[y:]", "x[:y]", "x[1:y]", "x[y:-1]", "x[-3:y]", "x[y:y]", "x[:]", "x[y:3]", "x[0:y][0:1]"):
        work = one_of(call)
        for pair in strange:
            for at in MOMENTS:
                results.append(outcome(work, ("usual text", 4), pair, at))
    return results


def case_sums():
    strange = [
        ("", ""), ("a", ""), ("", "b"), ("\xe4", "b"), ("\u20ac", "\U0001f600"), (Text("a"), "b"), ("a", Text("b")),
        ("a", 1), (1, 2), ("a", None), (b"a", b"b"), ([1], [2]), (1.5, 2), ("long " * 100, "text " * 100),
    ]
    results = []
    for call in ("x + y", "x + y + x", "(x + y)[1:]", "y + x"):
        work = one_of(call)
        for pair in strange:
            for at in MOMENTS:
                results.append(outcome(work, ("ab", "cd"), pair, at))
    return results


def grown(parts, start):
    text = start
    other = None
    total = 0
    for i, part in enumerate(parts):
        text += part
        total += i
        if i == 40:
            other = text
        text = text + part
    return text, other, total


def case_texts_that_grow():
    usual = ["ab", "c"] * 40
    results = [grown(usual, "") for _ in range(3)]
    for strange in ("\xe4", "\u20ac", "\U0001f600", "", Text("own"), 5, None, b"x"):
        for at in (0, 20, 79):
            parts = list(usual)
            parts[at] = strange
            results.append(outcome(grown, parts, "start "))
    results.append(outcome(grown, usual, Text("own")))
    return results


def case_growing_names_that_are_kept():
    kept, results = [], []
    text = "x"
    for i in range(ROUNDS):
        before = text
        text += "yz"
        total = i * 2
        if i % 7 == 0:
            kept.append(text)
        both = (text, text := text + "!")
        results.append((len(before), len(text), both[0] == both[1], total))
    return results, [len(each) for each in kept], kept[-1], text


def case_growing_is_linear():
    text = ""
    total = 0
    for i in range(300_000):
        text += "ab"
        total += i & 3
    return len(text), total


def case_unbound_when_it_fails():
    results = []
    for n in range(ROUNDS):
        text = "a"
        try:
            total = 0
            for i in range(5):
                total += i
                text += "b" if n < 55 or i < 3 else 5
        except TypeError as error:
            results.append((text, str(error), total))
        else:
            results.append((text, total))
    return results[50:]


def joined(a, b, n):
    if n == 0:
        return a + b
    return joined(a, b, n - 1)[1:] + a


def case_recursion():
    return [outcome(joined, "abc", "de", n % 6) for n in range(ROUNDS)] + [outcome(joined, "abc", 5, 3)]


def reverse(text):
    out = ""
    for i in range(len(text) - 1, -1, -1):
        out = out + text[i : i + 1]
    return out


def case_functions():
    return [reverse("some text " + str(n)) for n in range(ROUNDS)], reverse("\u20ac\xe4x")

"""Letters of strings of every width by index and by iteration, `ord`, comparisons, and errors."""

ROUNDS = 80
MOMENTS = (0, 40, ROUNDS - 1)
TEXTS = ["abcd", "\0\x7f\x80\xff", "a\u0100b\uffff", "a\U0001f600\U0010ffffz"]


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


class Text(str):
    pass


class Shouting(str):
    def __getitem__(self, index):
        return super().__getitem__(index).upper() + "!"


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error), error.__traceback__.tb_next.tb_lineno


def letters(text, at, index):
    found = []
    for i in range(ROUNDS):
        found.append(text[index if i == at else i & 3])
    return "".join(found)


def codes(text, at, other):
    total = 0
    for i in range(ROUNDS):
        total += ord(text[i & 3] if i != at else other)
    return total


def case_indexes():
    return [
        outcome(letters, text, at, k)
        for text in TEXTS
        for at in MOMENTS
        for k in (3, 4, -4, -5, 2**63, True, 1.0, None, Index(1), Index(-5), "0")
    ]


def case_codes():
    return [
        outcome(codes, text, at, other)
        for text in TEXTS
        for at in MOMENTS
        for other in ("x", "\xe9", "\u1234", "\U0001f600", "", "xy", b"x", bytearray(b"y"), b"", 5, None, Text("q"))
    ]


def case_widths_change():
    seen = []
    for i in range(200):
        text = TEXTS[i // 50]
        seen.append(text[i & 3])
        seen.append(ord(text[-1 - (i & 3)]))
    return seen


def case_kinds_change():
    told = []
    for strange in (b"abcd", Text("efgh"), Shouting("efgh"), ["i", "jj", "k", ""], ("l", "m", "n", "o"), 5):
        text, seen = "abcd", []
        try:
            for i in range(ROUNDS):
                if i == 40:
                    text = strange
                if i == 60:
                    text = "abcd"
                seen.append(text[i & 3])
        except TypeError as error:
            told.append(str(error))
        told.append(seen)
    return told


def case_no_store_and_no_deletion():
    told = []
    for at in MOMENTS:
        text, items = "abc", ["a", "b", "c"]
        try:
            for i in range(ROUNDS):
                (items if i != at else text)[i % 3] = "z"
        except TypeError as error:
            told.append((i, str(error)))
    return told


def case_compared_letters():
    a, b = "the quick brown fox" * 4, "thé quiet \u1234rown fix" * 4
    equal = less = 0
    for i in range(min(len(a), len(b))):
        if a[i] == b[i]:
            equal += 1
        if a[i] < b[i]:
            less += 1
        if a[i] != "q" and b[i] >= "m":
            less += 100
        if a[i] is a[(i + 4) % 19]:
            less += 10_000
    return equal, less


def case_compared_with_others():
    values = ["a", "b", "", "ab", Text("a"), 1, None, b"a"]
    seen = []
    for i in range(ROUNDS):
        x = "ab"[i & 1]
        seen.append((x == values[i % 8], x != values[i % 8]))
    return seen


def case_order_with_others_fails():
    told = []
    for at in MOMENTS:
        try:
            for i in range(ROUNDS):
                "ab"[i & 1] < ("b" if i != at else 1)
        except TypeError as error:
            told.append((i, str(error)))
    return told


def case_edit_distance():
    a, b = "kitten sitting on the mat", "sitting kittens in the hat"
    previous = list(range(len(b) + 1))
    for i in range(1, len(a) + 1):
        current = [i] + [0] * len(b)
        for j in range(1, len(b) + 1):
            cost = 0 if a[i - 1] == b[j - 1] else 1
            current[j] = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost)
        previous = current
    return previous[-1]


def case_iterated():
    counts = {}
    total = 0
    for text in TEXTS * 10:
        for letter in text:
            counts[letter] = counts.get(letter, 0) + 1
            total = (total * 31 + ord(letter)) % 1_000_003
    return counts, total


def case_classes_of_letters():
    digits = blanks = others = value = 0
    for c in "12 ab \t٣ 99\n é²" * 8:
        if "0" <= c <= "9":
            digits += 1
            value = (value * 10 + ord(c) - 48) % 10007
        elif c in " \t\n":
            blanks += 1
        elif c.isalpha():
            others += 1
    return digits, blanks, others, value


def case_chr_and_back():
    text = ""
    for i in range(300):
        text += chr(i * 7)
    total = 0
    for i in range(300):
        total += ord(text[i]) == i * 7
    return text, total


def case_chr_fails():
    told = []
    for at in MOMENTS:
        for strange in (-1, 0x110000, 2**31, 2**63, 2**64, 1.0, "a", None, True, Index(65)):
            text = ""
            try:
                for i in range(ROUNDS):
                    text += chr(65 + i if i != at else strange)
            except (ValueError, TypeError, OverflowError) as error:
                told.append((type(error).__name__, str(error)))
            told.append(text)
    return told


def case_length_of_what_changes():
    text = ""
    lengths = []
    for i in range(ROUNDS):
        lengths.append(len(text))
        text = text[1:] if len(text) > 9 else text + "é" * (i % 3) + "\u1234" * (i % 2)
    return lengths


def case_palindromes():
    found = []
    for text in ("abba", "abcba", "abcd", "", "x", "été", "\u1234\u1234") * 8:
        i, j = 0, len(text) - 1
        while i < j and text[i] == text[j]:
            i += 1
            j -= 1
        found.append(i >= j)
    return found


def case_caesar():
    text = "Hello, World!" * 5
    out = []
    for c in text:
        if "a" <= c <= "z":
            c = chr((ord(c) - 97 + 13) % 26 + 97)
        elif "A" <= c <= "Z":
            c = chr((ord(c) - 65 + 13) % 26 + 65)
        out.append(c)
    return "".join(out)

"""Iterators that loops advance in registers: backwards over lists and tuples, `zip` of two and three of every kind,
`enumerate` of texts and ranges; their ends, exits in the middle, and what somebody else holds."""

NUMBERS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8] * 6
FLOATS = tuple(x * 0.5 for x in NUMBERS)
WORDS = ["one", "two", "\xe4", "four"] * 18
MOMENTS = (0, 40, 71)


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error), error.__traceback__.tb_next.tb_lineno


def backwards(over, at, strange):
    total, seen = 0, 0
    for x in reversed(over):
        seen += 1
        if seen == at:
            x = strange
        total = total * 3 + x
        total &= 0xFFFFFFFF
    return total, x, seen


def case_backwards():
    results = []
    for over in (NUMBERS, tuple(NUMBERS), [], (), [7], (7,)):
        for at in MOMENTS:
            for strange in (5, "text", None, 2**70):
                results.append(outcome(backwards, over, at, strange))
    return results


def case_backwards_over_floats():
    total = 0.0
    for x in reversed(FLOATS):
        total = total * 0.5 + x
    for x in reversed(list(FLOATS)):
        total = total * 0.5 - x
    return total, x


def case_backwards_over_others():
    results = []
    for over in ("a text", range(9), {1: 2, 3: 4}, b"bytes", NUMBERS, FLOATS) * 3:
        for x in reversed(over):
            results.append(x)
    return results


def case_backwards_while_it_changes():
    results = []
    for how in range(5):
        a = list(range(90))
        for x in reversed(a):
            results.append(x)
            if x == 40:
                if how == 0:
                    a.append(1)
                elif how == 1:
                    del a[30:]
                elif how == 2:
                    a.clear()
                elif how == 3:
                    a[39] = "text"
                else:
                    a.insert(0, 99)
    return results


def case_backwards_held():
    results = []
    a = list(range(80))
    held = reversed(a)
    for x in held:
        results.append(x)
        if x % 20 == 0:
            results.append(next(held, None))
    results.append(list(held))
    b = reversed(tuple(a))
    for x in b:
        if x == 50:
            break
    results.append((next(b), len(list(b)), x))
    return results


def case_backwards_with_break_and_else():
    results = []
    for n in range(80):
        for x in reversed(NUMBERS[: n % 9]):
            if x == 9:
                break
        else:
            x = -1
        results.append(x)
        for x in reversed((n, n + 1)):
            results.append(x)
    return results


def zipped(a, b, at, strange):
    total, seen = 0, 0
    for x, y in zip(a, b):
        seen += 1
        if seen == at:
            x = strange
        total += x * y
    return total, x, y, seen


def zipped_three(a, b, c, at, strange):
    total, seen = 0, 0
    for x, y, z in zip(a, b, c):
        seen += 1
        if seen == at:
            y = strange
        total += x * y - z
    return total, x, y, z, seen


def kinds_of(size):
    return [NUMBERS[:size], tuple(NUMBERS[:size]), range(size), range(size * 3, 0, -3), list(FLOATS[:size])]


def case_zips_of_two():
    results = []
    for n, a in enumerate(kinds_of(72)):
        for m, b in enumerate(kinds_of(60 + n)):
            # Each pair of kinds has its own code.
            names = {}
            exec(ZIPPED, names)
            for at in MOMENTS:
                for strange in (2, "text"):
                    results.append(outcome(names["zipped"], a, b, at, strange))
    return results


def case_zips_of_three():
    results = []
    for n, a in enumerate(kinds_of(72)):
        for b in kinds_of(70 + n % 3):
            for c in kinds_of(71)[:3]:
                names = {}
                exec(ZIPPED, names)
                results.append(outcome(names["zipped_three"], a, b, c, 40, 2))
                results.append(outcome(names["zipped_three"], a, b, c, 70, None))
    return results


ZIPPED = """
def zipped(a, b, at, strange):
    total, seen = 0, 0
    for x, y in zip(a, b):
        seen += 1
        if seen == at:
            x = strange
        total += x * y
    return total, x, y, seen

def zipped_three(a, b, c, at, strange):
    total, seen = 0, 0
    for x, y, z in zip(a, b, c):
        seen += 1
        if seen == at:
            y = strange
        total += x * y - z
    return total, x, y, z, seen
"""


def case_zips_that_vary():
    results = []
    for round in range(3):
        for a in kinds_of(65):
            for b in kinds_of(66):
                results.append(zipped(a, b, -1, 0))
                results.append(zipped_three(b, a, b, -1, 0))
    return results


def case_zips_that_end_at_each_part():
    results = []
    for sizes in ((5, 60, 60), (60, 5, 60), (60, 60, 5), (0, 9, 9), (9, 0, 9), (9, 9, 0), (7, 7, 7)):
        a, b, c = NUMBERS[: sizes[0]], tuple(NUMBERS[: sizes[1]]), range(sizes[2])
        for _ in range(12):
            count = 0
            for x, y, z in zip(a, b, c):
                count += x + y * z
            results.append(count)
            first = iter(a)
            for x, y in zip(first, c):
                count -= x * y
            # How far the first was advanced shows.
            results.append((count, list(first)))
    return results


def case_zips_that_are_held():
    results = []
    z = zip(range(90), NUMBERS, FLOATS)
    for x, y, w in z:
        results.append(x * y - w)
        if x % 30 == 29:
            results.append(next(z, None))
    r = iter(range(100))
    for x, y in zip(r, NUMBERS):
        results.append(x + y)
        if x % 25 == 24:
            results.append(next(r))
    results.append(next(r))
    return results


def case_zips_of_one_thing():
    total = 0
    for x, y, z in zip(NUMBERS, NUMBERS, NUMBERS):
        total += x * y - z
    pairs = iter(NUMBERS)
    for x, y in zip(pairs, pairs):
        total = total * 3 + x - y & 0xFFFFFF
    for x, y, z in zip([total, 2, 3] * 30, (1, 2, 3) * 30, range(90)):
        total += x * y - z & 0xFFFF
    return total


def case_zips_with_texts():
    results = []
    for word, x in zip(WORDS, NUMBERS):
        results.append(word * (x & 3))
    for x, word in zip(range(100), tuple(WORDS)):
        results.append((x, word))
    return results


def counted(over, at, strange):
    total, seen = 0, []
    for i, x in enumerate(over, 5):
        if i == at + 5:
            x = strange
        total += i
        seen.append(x)
    return total, i, seen


def case_enumerated_texts_and_ranges():
    results = []
    texts = ["some letters " * 6, "\xe4\xf6 letters" * 8, "\u20ac" * 72, "x"]
    ranges = [range(72), range(300, 0, -4), range(-40, 40), range(2**62, 2**62 + 72)]
    for over in texts + ranges:
        names = {}
        exec(COUNTED, names)
        for at in MOMENTS:
            results.append(outcome(names["counted"], over, at, "!"))
    return results


COUNTED = """
def counted(over, at, strange):
    total, seen = 0, []
    for i, x in enumerate(over, 5):
        if i == at + 5:
            x = strange
        total += i
        seen.append(x)
    return total, i, seen
"""


def positions(text, letter):
    found = 0
    for i, c in enumerate(text):
        if c == letter:
            found = found * 31 + i & 0xFFFFFF
    return found


def case_letters():
    return [positions("the quick brown fox " * n, "o") for n in range(30)] + [
        positions(text, "o") for text in ("", "\xe4o\xf6o", "\u20aco", "o" * 90)
    ]


def case_enumerations_that_are_held():
    results = []
    e = enumerate("letters in a text " * 5)
    for i, c in e:
        results.append(c)
        if i % 20 == 19:
            results.append(next(e))
    for i, x in enumerate(range(0, 300, 4)):
        results.append(i * x)
        if x == 200:
            break
    return results


def dot(a, b):
    total = 0
    for x, y in zip(a, b):
        total += x * y
    return total


def weighted(a):
    total = 0
    for i, x in zip(range(len(a)), a):
        total += i * x
    for x in reversed(a):
        total = total * 2 - x & 0xFFFFFFF
    return total


def case_functions():
    results = []
    for n in range(90):
        a = NUMBERS[: n % 7]
        results.append((dot(a, tuple(a)), dot(tuple(a), a), weighted(a), weighted(tuple(a))))
    return results


class Dying:
    log = []

    def __init__(self, number):
        self.number = number

    def __del__(self):
        self.log.append(self.number)


def case_what_only_the_iterator_holds():
    Dying.log.clear()
    for n in range(60):
        for x in reversed([Dying(n), Dying(-n)]):
            Dying.log.append("in")
        x = None
        for x, y in zip(range(2), (n, n)):
            Dying.log.append(x + y)
        for x, y in zip([Dying(n)], range(3)):
            Dying.log.append(y)
        x = None
    return list(Dying.log)

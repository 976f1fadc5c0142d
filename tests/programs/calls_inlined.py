"""Small functions whose bodies stand where loops and other functions call them: what is left there has frames of both."""

import sys

ROUNDS = 80
MOMENTS = (0, 1, 40, ROUNDS - 1)


def add(a, b):
    return a + b * 2


def ratio(a, b):
    return a / b


def pick(items, i):
    if i < 0:
        return items[-i]
    return items[i]


def is_odd(n):
    return n % 2 == 1


def through(items, i, d):
    return pick(items, i) / d


def where(depth):
    """The callers' names, lines and numbers."""
    told = []
    frame = sys._getframe(1)
    while frame and len(told) < depth:
        values = {name: value for name, value in frame.f_locals.items() if isinstance(value, (int, float, str))}
        told.append((frame.f_code.co_name, frame.f_lineno, values))
        frame = frame.f_back
    return told


class Looks:
    """A number that looks at the frames when it is used."""

    def __init__(self, told):
        self.told = told

    def __mul__(self, other):
        self.told.append(where(3))
        return 1

    def __rtruediv__(self, other):
        self.told.append(where(4))
        return 0.5

    def __add__(self, other):
        self.told.append(where(3))
        return other

    __radd__ = __add__


def trace(error):
    entries = []
    entry = error.__traceback__
    while entry:
        frame = entry.tb_frame
        values = {name: value for name, value in frame.f_locals.items() if isinstance(value, (int, float, str))}
        entries.append((frame.f_code.co_name, entry.tb_lineno, frame.f_lineno, values))
        entry = entry.tb_next
    context = error.__context__
    return type(error).__name__, error.args, entries, context and (type(context).__name__, context.args)


def case_ints():
    s = 0
    for i in range(ROUNDS * 3):
        s = add(s, i)
    return s, locals()


def case_grows_beyond_64_bits():
    told = []
    for at in MOMENTS:
        s = 1
        for i in range(ROUNDS):
            s = add(s, 2**62 if i == at else i)
        told.append(s)
    return told


def case_other_types():
    told = []
    for strange in (2.5, True, "x", None, 10**30):
        for at in MOMENTS:
            s = 0
            try:
                for i in range(ROUNDS):
                    s = add(i, strange if i == at else i)
            except TypeError as error:
                told.append(trace(error))
            told.append((i, s))
    return told


def case_zero_division():
    told = []
    for at in MOMENTS:
        s = 0.0
        try:
            for i in range(ROUNDS):
                s += ratio(1.0, float(i - at))
        except ZeroDivisionError as error:
            told.append((i, s, trace(error)))
    return told


def case_caught_in_the_loop():
    s = 0.0
    told = []
    for i in range(ROUNDS * 2):
        try:
            s += ratio(i, i % 7)
        except ZeroDivisionError as error:
            told.append(trace(error))
            s -= 1
        finally:
            s += 0.25
    return s, told


def case_context():
    told = []
    for i in range(ROUNDS):
        try:
            raise KeyError(i)
        except KeyError:
            try:
                told.append(ratio(i, i - 60))
            except ZeroDivisionError as error:
                told.append(trace(error))
    return told


def case_elements():
    items = [1, 2, 3, 4, 5]
    told = []
    for at in MOMENTS:
        s = 0
        try:
            for i in range(ROUNDS):
                s += pick(items, 7 if i == at else i % 9 - 4)
        except IndexError as error:
            told.append((i, s, trace(error)))
    return told


def case_elements_of_other_types():
    told = []
    for strange in (2.5, None, "x", 10**20, True):
        items = [1, 2, 3, 4]
        s = 0
        try:
            for i in range(ROUNDS):
                if i == 50:
                    items[2] = strange
                s = s + pick(items, i % 4)
        except TypeError as error:
            told.append(trace(error))
        told.append((i, s))
    return told


def case_other_containers():
    told = []
    for items in ([1, 2, 3], (4, 5, 6), b"789", bytearray(b"abc"), "xyz", range(3), {0: 1, 1: 2, 2: 3}):
        seen = []
        for i in range(ROUNDS):
            seen.append(pick(items, i % 3))
        told.append(seen[-4:])
    return told


def case_truths():
    odd = 0
    for i in range(ROUNDS * 3):
        if is_odd(i):
            odd += i
    flags = [is_odd(i) for i in range(20)]
    return odd, flags, is_odd(True)


def case_two_deep():
    items = [1.5, 2.5, 3.5]
    told = []
    for at in MOMENTS:
        s = 0.0
        try:
            for i in range(ROUNDS):
                s += through(items, i % 3, 0 if i == at else 2)
        except ZeroDivisionError as error:
            told.append((i, s, trace(error)))
        s = 0.0
        try:
            for i in range(ROUNDS):
                s += through(items, 3 if i == at else i % 3, 2)
        except IndexError as error:
            told.append((i, s, trace(error)))
    return told


def case_frames_seen():
    told = []
    looks = Looks(told)
    for at in MOMENTS:
        s = 0
        for i in range(ROUNDS):
            s = add(i, looks if i == at else 3)
        s = 0.0
        for i in range(ROUNDS):
            s += through([1.0, 2.0], i % 2, looks if i == at else 4.0)
    return told


def case_frames_that_stay():
    frames = []

    class Keeps:
        def __radd__(self, other):
            frames.append(sys._getframe(1))
            return other

        def __mul__(self, other):
            return self

    keeps = Keeps()
    s = 0
    for i in range(ROUNDS):
        s = add(s, keeps if i % 40 == 39 else i)
    told = []
    for frame in frames:
        values = {name: value for name, value in frame.f_locals.items() if isinstance(value, int)}
        told.append((frame.f_code.co_name, frame.f_lineno, values, frame.f_back is sys._getframe()))
    return s, told


def case_operands_below():
    total = 0
    for i in range(ROUNDS):
        total += i * (1 + add(i, add(1, i - 3))) - add(2, i)
    return total


def case_in_a_while_loop():
    n = 0
    s = 0
    while not is_odd(n) or n < ROUNDS:
        s += add(n, -s)
        n += 1
        if s > 10**6 or s < -(10**6):
            s = 0
    return n, s


def case_other_code():
    def plus(a, b):
        return a + b

    def minus(a, b):
        return a - b

    told = []
    for codes in ((minus.__code__, plus.__code__), (plus.__code__, minus.__code__)):
        global changes
        changes = plus
        plus.__code__ = codes[0]
        s = 0
        for i in range(ROUNDS * 2):
            s = changes(s, i)
            if i == ROUNDS:
                plus.__code__ = codes[1]
        told.append(s)
    return told


def changes(a, b):
    return a + b


def case_name_bound_anew():
    global changes
    told = []
    for i in range(ROUNDS * 3):
        if i == ROUNDS:
            changes = add
        if i == 2 * ROUNDS:
            changes = lambda a, b: (a, b)
        told.append(changes(i, 1))
    return told


class Rebinds:
    def __radd__(self, other):
        add.__code__ = (lambda a, b: a - b).__code__
        return other

    def __mul__(self, other):
        return self


def case_code_changed_from_within():
    kept = add.__code__
    told = []
    try:
        for i in range(ROUNDS):
            told.append(add(i, Rebinds() if i == 60 else 2))
    finally:
        add.__code__ = kept
    return told


def deep(n):
    if n == 0:
        s = 0
        for i in range(ROUNDS):
            s = add(s, i)
        return s
    return deep(n - 1)


def case_at_the_recursion_limit():
    told = []
    limit = sys.getrecursionlimit()
    depth = len(where(10000))
    try:
        for extra in range(1, 9):
            sys.setrecursionlimit(depth + 40 + extra)
            try:
                told.append(deep(40))
            except RecursionError as error:
                sys.setrecursionlimit(limit)
                entry = error.__traceback__
                names = []
                while entry:
                    names.append((entry.tb_frame.f_code.co_name, entry.tb_lineno))
                    entry = entry.tb_next
                told.append((error.args, len(names), names[-3:]))
    finally:
        sys.setrecursionlimit(limit)
    return told


def case_results_are_objects():
    def first(pair):
        return pair[0]

    global take
    take = first
    items = [("a", 1), ("b", 2), (None, 3), ([], 4)]
    seen = []
    for i in range(ROUNDS):
        seen.append(take(items[i % 4]))
    return seen[:5], seen[3] is items[3][0], len(seen)


def take(pair):
    return pair[0]


def case_objects_through_arguments():
    pairs = [(1.5, 2), (2.5, 3)]
    s = 0.0
    for i in range(ROUNDS * 2):
        pair = pairs[i % 2]
        s += take(pair)
    nan = float("nan")
    values = (nan, 1.0)
    same = 0
    for i in range(ROUNDS):
        same += take(values) in (nan,)
    return s, same


MODULE = """
unit = 3
def add(a, b):
    return a + b * 2
def share(a, b):
    return a / b * unit
s = 0
t = 0.0
for i in range(160):
    s = add(s, strange if i == at else i)
    t += share(i, at - i if at > 100 else 4)
    if i == 80:
        unit = 5
"""


def case_module_level():
    told = []
    for at, strange in ((10, 2**62), (159, 2**63), (90, 2.5), (120, 1), (159, "x")):
        names = {"at": at, "strange": strange}
        try:
            exec(compile(MODULE, "module", "exec"), names)
        except (TypeError, ZeroDivisionError) as error:
            told.append(trace(error)[:2])
        told.append((names["i"], names["s"], names["t"], names["unit"]))
    return told

"""Arguments by name and defaults: bound when the caller is compiled, and when the interpreter calls compiled code."""

import sys

ROUNDS = 90
HALF = 0.5


def scale(x, factor=3, *, offset=1):
    return x * factor + offset


def line(x, slope, start=10, wide=False):
    if wide:
        return x * slope * 2 + start
    return x * slope + start


def only(a, b, /, c=7, d=11):
    return a - b * c + d


def area(width, height=2.5, unit=HALF):
    return width * height * unit


def pick(items, at=0, other=None):
    if at < len(items):
        return items[at]
    return other


def power(base, exponent=3):
    if exponent == 0:
        return 1
    return base * power(base, exponent=exponent - 1)


def down(n, step=1, limit=0):
    if n <= limit:
        return n
    return down(limit=limit, n=n - step) + 1


def trace(error):
    entries = []
    entry = error.__traceback__
    while entry:
        entries.append((entry.tb_frame.f_code.co_name, entry.tb_lineno))
        entry = entry.tb_next
    return type(error).__name__, error.args, entries


def case_by_name():
    s = 0
    for i in range(ROUNDS):
        s += line(i, slope=3) + line(slope=i, x=2) + line(i, 2, wide=True) + line(x=1, wide=False, start=i, slope=i)
    return s


def case_defaults():
    s = 0
    t = 0.0
    for i in range(ROUNDS):
        s += line(i, 2) + only(i, 1) + only(i, 2, 3) + only(i, 4, d=i)
        t += area(i * 0.25) + area(1.5, unit=i * 0.5)
    return s, t


def case_objects():
    items = [1, 2, 3]
    found = []
    for i in range(ROUNDS):
        found.append(pick(items, i % 5))
        found.append(pick(items))
        found.append(pick(items, other="none", at=i % 4))
    return found[:18], len(found)


def case_keyword_only():
    s = 0
    for i in range(ROUNDS):
        s += scale(i) + scale(i, offset=i) + scale(i, 2, offset=5)
    return s


def case_recursive():
    return [power(2), power(3, 30), power(exponent=50, base=1), down(60), down(70, limit=3), down(step=1, n=20)]


def case_mistakes():
    told = []
    mistakes = (
        lambda: line(1),
        lambda: line(1, 2, x=3),
        lambda: line(1, 2, nothing=3),
        lambda: only(1, b=2),
        lambda: only(a=1, b=2),
        lambda: only(1, 2, 3, 4, 5),
        lambda: scale(1, 2, 3),
    )
    for i in range(ROUNDS):
        line(i, 1)
        only(i, 2)
    for mistake in mistakes:
        s = 0
        try:
            for i in range(ROUNDS):
                s += line(i, slope=1)
                if i > 60:
                    mistake()
        except TypeError as error:
            told.append((i, s, trace(error)))
    return told


def case_mistake_in_the_loop():
    told = []
    for i in range(ROUNDS):
        try:
            told.append(line(i, slope=1) if i < 70 else line(i, slop=1))
        except TypeError as error:
            told.append(trace(error))
    return told[-22:]


def case_unpacked():
    s = 0
    given = {"slope": 2, "start": 1}
    for i in range(ROUNDS):
        s += line(i, **given) + line(*(i, 3)) + line(*[i], **{"".join(("sl", "ope")): 1})
    return s


def case_defaults_change():
    kept = line.__defaults__
    told = []
    try:
        s = 0
        for i in range(ROUNDS * 3):
            s += line(i, 1)
            if i == ROUNDS:
                told.append(s)
                line.__defaults__ = (100, False)
            if i == 2 * ROUNDS:
                told.append(s)
                line.__defaults__ = (0, True)
        told.append(s)
        line.__defaults__ = None
        for i in range(ROUNDS):
            s += line(i, 1, 1, False)
        try:
            line(1, 1)
        except TypeError as error:
            told.append(trace(error))
    finally:
        line.__defaults__ = kept
    return told, s


class Changes:
    def __init__(self, function):
        self.function = function

    def __index__(self):
        return 1

    def __radd__(self, other):
        self.function.__defaults__ = (1000, False)
        return other


def case_defaults_change_from_within():
    kept = line.__defaults__
    told = []
    try:
        for i in range(ROUNDS):
            told.append(line(i, 1, start=Changes(line) if i == 50 else 5) + line(i, 1))
    finally:
        line.__defaults__ = kept
    return told


def case_other_types():
    told = []
    for strange in ("x", 2.5, None, [1], 10**20):
        s = 0
        try:
            for i in range(ROUNDS):
                got = line(i, start=strange if i == 70 else 1, slope=2)
                s = s + got
        except TypeError as error:
            told.append(trace(error))
        told.append((i, s))
    return told


def case_order_of_evaluation():
    log = []

    def note(value):
        log.append(value)
        return value

    s = 0
    for i in range(ROUNDS):
        s += line(slope=note(i), x=note(2), start=note(3))
    return s, log[:6], len(log)


def case_called_by_the_interpreter():
    calls = [
        lambda i: line(i, 2),
        lambda i: line(slope=i, x=1),
        lambda i: line(i, 1, wide=True),
        lambda i: area(1.0, unit=float(i)),
        lambda i: only(i, 1, d=5),
    ]
    for i in range(ROUNDS * 2):
        line(i, 1, 1, False)
        area(1.0, 2.0, 0.5)
        only(i, 1, 2, 3)
    results = [call(i) for call in calls for i in range(5)]
    results.append(max([1, 2, 3], key=lambda i: line(i, -1)))
    return results


def case_at_the_recursion_limit():
    told = []
    limit = sys.getrecursionlimit()
    depth = 0
    frame = sys._getframe()
    while frame:
        depth += 1
        frame = frame.f_back
    for i in range(ROUNDS):
        down(20)
    try:
        sys.setrecursionlimit(depth + 60)
        for n in range(50, 70):
            try:
                told.append(down(n, limit=0))
            except RecursionError as error:
                told.append(error.args)
    finally:
        sys.setrecursionlimit(limit)
    return told

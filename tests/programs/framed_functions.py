"""Functions whose native code has a frame: what they call may run any code, and sees that frame; they end by returning, by
an exception, and by being left at every place."""

import gc
import sys

ROUNDS = 80


class Own(Exception):
    pass


class Told:
    """Says when it ends, and who runs then."""

    def __init__(self, log, name):
        self.log = log
        self.name = name

    def __del__(self):
        frame = sys._getframe(1)
        self.log.append((self.name, frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno))


def look(depth):
    told = []
    frame = sys._getframe(1)
    for _ in range(depth):
        plain = {name: value for name, value in frame.f_locals.items() if isinstance(value, (int, float, str))}
        told.append((frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno, plain))
        frame = frame.f_back
    return told


def sometimes(i):
    return look(4) if i % 29 == 28 else None


def low(x, seen):
    y = x * 2 + 1
    found = sometimes(x)
    if found:
        seen.append((y, found))
    y += len(str(x))
    return y


def middle(x, y, seen):
    total = low(x, seen) + low(y, seen)
    text = str(total)
    return total + len(text), text


def case_frames_are_seen():
    seen, sums = [], 0
    for i in range(ROUNDS):
        total, text = middle(i, ROUNDS - i, seen)
        sums += total + int(text)
    return sums, seen


def case_numbers_of_all_kinds():
    def work(x, table):
        y = x + x
        table[str(x)[:2]] = y
        if y == x:
            return x
        return y * y - x

    table = {}
    values = [1, 2.5, True, 1 << 70, -3, 0, 0.0, False, 7, 1.5]
    return [work(values[i % len(values)], table) for i in range(ROUNDS)], sorted(table.items())


def case_results_of_many_types():
    def pick(i, kept):
        kept[i % 3] = str(i)
        if i % 5 == 0:
            return None
        if i % 5 == 1:
            return i * 1.5
        if i % 5 == 2:
            return kept
        if i % 5 == 3:
            return i
        return i > 40

    kept = {}
    return [str(pick(i, kept)) for i in range(ROUNDS)]


def case_exceptions_pass_through():
    def fails(i, table):
        table[i % 7] = i
        if i % 20 == 19:
            raise Own(str(i))
        return i

    def between(i, table):
        doubled = i * 2
        value = fails(i, table)
        return value + doubled

    told, table = [], {}
    for i in range(ROUNDS):
        try:
            between(i, table)
        except Own as error:
            entry, lines = error.__traceback__, []
            while entry:
                code = entry.tb_frame.f_code
                plain = {n: v for n, v in entry.tb_frame.f_locals.items() if isinstance(v, int) and n != "i"}
                lines.append((code.co_name, entry.tb_lineno - code.co_firstlineno, plain))
                entry = entry.tb_next
            told.append((str(error), lines))
    return told


def case_exceptions_are_handled_inside():
    def handles(i, table):
        total = 0
        try:
            total += table[i]
        except KeyError as error:
            total -= error.args[0]
            table[i + 1] = i
        finally:
            total += 1000
        with_text = f"{total}"
        return total, with_text

    table = {}
    return [handles(i, table) for i in range(ROUNDS)], sorted(table.items())


def case_the_context_of_exceptions():
    def raises(i):
        str(i)
        return 1 // (i % 9)

    def replaces(i):
        try:
            return raises(i)
        except ZeroDivisionError:
            raise Own(i)

    told = []
    for i in range(ROUNDS):
        try:
            told.append(replaces(i))
        except Own as error:
            told.append((error.args, type(error.__context__).__name__, sys.exc_info()[1] is error))
    return told, sys.exc_info()


def case_recursion():
    def walk(tree, path):
        total = len(path)
        for key, value in tree.items():
            if isinstance(value, dict):
                total += walk(value, path + key)
            else:
                total += value
        return total

    tree = {"a": {"b": 1, "c": {"d": 2, "e": {"f": 3}}}, "g": 4, "h": {"i": {"j": {"k": 5}}}}
    return [walk(tree, "x" * (i % 3)) for i in range(ROUNDS)]


def case_recursion_to_the_limit():
    def down(n, kept):
        kept[n % 5] = n
        return down(n + 1, kept) + 1

    def measured(limit):
        kept = {}
        old = sys.getrecursionlimit()
        sys.setrecursionlimit(limit)
        try:
            down(0, kept)
        except RecursionError as error:
            return str(error)[:40], max(kept.values())
        finally:
            sys.setrecursionlimit(old)

    depth, frame = 0, sys._getframe()
    while frame:
        depth, frame = depth + 1, frame.f_back
    told = [measured(depth + 200 + i % 3) for i in range(8)]
    return [(text, most) for text, most in told]


def case_what_locals_hold_ends_with_the_frame():
    def work(i, log):
        first = Told(log, f"first {i}")
        second = Told(log, f"second {i}")
        if i % 3 == 0:
            first = second
        return i

    def calls(i, log):
        value = work(i, log)
        log.append(value)
        return value

    log = []
    for i in range(ROUNDS):
        calls(i, log)
    return log


def case_arguments_end_with_the_frame():
    def takes(thing, log):
        log.append(thing.name)
        return len(log)

    def hands_over(i, log):
        before = takes(Told(log, i), log)
        return len(log) - before

    log = []
    return [hands_over(i, log) for i in range(ROUNDS)], log


def case_arguments_that_are_stored_over():
    def swallows(thing, log):
        name = thing.name
        thing = None
        log.append(name)
        return name

    def hands_over(i, log):
        return swallows(Told(log, i), log)

    log = []
    return [hands_over(i, log) for i in range(ROUNDS)], log


def case_frames_are_kept():
    def keeps(i, frames):
        local = i * 3
        if i % 11 == 10:
            frames.append(sys._getframe())
        local += 1
        return str(local)

    frames, texts = [], []
    for i in range(ROUNDS):
        texts.append(keeps(i, frames))
    told = [(frame.f_locals["i"], frame.f_locals["local"], frame.f_lineno - frame.f_code.co_firstlineno)
            for frame in frames]
    return texts, told


def case_locals_are_written_by_others():
    def poke(i):
        if i % 17 == 16:
            sys._getframe(1).f_locals["y"] = 500
        return 1

    def work(i):
        y = i
        z = poke(i)
        return y + z

    return [work(i) for i in range(ROUNDS)]


def case_locals_and_deletion():
    def work(i, kept):
        a = i
        kept[0] = str(a)
        del a
        if i % 13 == 12:
            try:
                return a
            except UnboundLocalError as error:
                return str(error)[:30]
        b = locals()
        return sorted(b)

    kept = {}
    return [work(i, kept) for i in range(ROUNDS)][::6]


def case_closures_with_frames():
    def make(step):
        def add(i, table):
            table[step] = i
            return i + step

        def twice(i, table):
            return add(add(i, table), table)

        return twice

    table = {}
    functions = [make(k) for k in range(3)]
    return [functions[i % 3](i, table) for i in range(ROUNDS)], table


def case_defaults_and_keywords():
    def work(a, b=2, c="c", d=None):
        kept[a % 4] = c
        return (a, b, c, d, len(kept))

    def calls(i):
        return work(i), work(i, 5), work(i, d=i), work(b=i, a=1), work(i, 1.5, "x", kept)

    kept = {}
    return [str(calls(i)) for i in range(ROUNDS)][::7]


def case_functions_that_change_under_way():
    def first(i, kept):
        kept[i % 3] = i
        return i + 1

    def other(i, kept):
        kept[i % 3] = -i
        return i - 1

    def calls(i):
        if i == 50:
            first.__code__ = other.__code__
        if i == 65:
            first.__defaults__ = ({},)
        return first(i, kept)

    kept = {}
    return [calls(i) for i in range(ROUNDS)], kept


def case_collections_run():
    class Node:
        def __init__(self, other):
            self.other = other
            self.itself = self

    def make(i, kept):
        node = Node(kept.get(i - 1))
        kept[i] = node
        kept.pop(i - 3, None)
        return str(type(node.other).__name__)

    old = gc.get_threshold()
    gc.set_threshold(7, 3, 3)
    try:
        kept = {}
        return [make(i, kept) for i in range(ROUNDS * 3)][::40]
    finally:
        gc.set_threshold(*old)


def case_traced_in_the_middle():
    def inner(i, log):
        log[i % 5] = i
        if i == 40:
            sys.settrace(tracer)
        value = i * 2
        if i == 44:
            sys.settrace(None)
        return value

    def outer(i, log):
        value = inner(i, log)
        return str(value)

    def tracer(frame, event, arg):
        if frame.f_code.co_name in ("inner", "outer"):
            events.append((frame.f_code.co_name, event, frame.f_lineno - frame.f_code.co_firstlineno))
        return tracer

    events, log = [], {}
    texts = [outer(i, log) for i in range(ROUNDS)]
    return texts, events


def placed(items, i, thing):
    """Nothing in it needs a frame, but what it takes the place of may end."""
    at = i % 3
    items[at] = thing
    return at * 2


def case_functions_that_end_things_again_and_again():
    log, total, items = [], 0, [None] * 3
    for i in range(300):
        total += placed(items, i, Told(log, i) if i > 9 else i)
    items.clear()
    return total, log

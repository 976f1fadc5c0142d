"""Runs functions natively while single allocations fail, and writes what they did, as JSON.

    faults_child.py THRESHOLD [anew]

With `anew`, every call is one of code that nothing is known of, so that allocations fail while it is recorded and
compiled, too.

Each function returns what it found in itself: nothing, if all is as it must be wherever a MemoryError was raised and
caught. What it raises must be a MemoryError from one of its own lines.
"""

import collections
import gc
import json
import sys
import types

import _testcapi
import fatjit

N = 24


class Held:
    pass


HELD = Held()


def forget(error):
    """Without memory for another one the interpreter raises the same MemoryError again and again, traceback and all."""
    error.__traceback__ = error.__context__ = None


def ints():
    total = 10**6
    for i in range(N):
        total += i * 3
        last = total - 5
    return (total, last) == (10**6 + 3 * sum(range(N)), total - 5)


def floats():
    total, kept = 0.5, []
    for i in range(N):
        total = total * 1.5 + i
        kept.append(total)
    return len(kept) == N and kept[-1] == total


def caught_in_the_loop():
    # The loop's iterator, its numbers and what it holds are as they were before what failed.
    total, scale, kept, lost = 10**6, 0.5, [], 0
    for i in range(1000, 1000 + N):
        try:
            kept.append((i, scale, HELD))
            total += 7
            scale += 0.25
        except MemoryError as error:
            lost += 1
            forget(error)
    added, scaled = (total - 10**6) // 7, round((scale - 0.5) / 0.25)
    return scaled + lost == N and scaled <= added <= len(kept) <= N and i == 999 + N


def caught_around_an_inner_loop():
    rounds, inner, lost = 0, 0, 0
    for i in range(2000, 2000 + N):
        try:
            for j in range(3000, 3003):
                inner = inner + i * j - i * j + 1000
        except MemoryError as error:
            lost += 1
            forget(error)
        rounds += 1
    return rounds == N and i == 1999 + N and inner % 1000 == 0 and inner <= 3000 * N <= inner + 3000 * lost


def finally_is_run():
    begun = ended = 1000
    try:
        for i in range(N):
            begun += 1000
            try:
                made = [i * 1000, HELD]
            finally:
                ended += 1000
    except MemoryError as error:
        made = None
        forget(error)
    return begun - ended in (0, 1000) and (made is None or made[1] is HELD)


def called(a, b):
    return a * b + 100_000


def calls():
    total = 10**6
    for i in range(N):
        total = called(total & 0xFFFF, i) + 1
    return total > 0


def recursive(n):
    return n + 1000 if n < 2 else recursive(n - 1) + recursive(n - 2)


def recursion():
    return recursive(8) == 34021


def caught_in_the_caller():
    total, lost = 10**6, 0
    for i in range(N):
        try:
            total += called(i, 3) - i * 3
        except MemoryError as error:
            lost += 1
            forget(error)
    return total % 100_000 == 0 and total // 100_000 + lost == 10 + N


def texts():
    tail, found = "", {}
    for i in range(N):
        tail = tail[-5:] + "ab"
        found[tail] = i + 1000
    return found[tail] == 999 + N


def tables():
    rows, total = [[0.5] * 5 for _ in range(5)], 0.0
    for i in range(N):
        for j in range(5):
            rows[j][i % 5] += i * 0.5
            total += rows[j][0]
    return total > 0


def iterators():
    items, total = [HELD] * N, 1000
    for i, item in enumerate(items):
        total += i
    for item, j in zip(items, range(N)):
        total += j
    return total == 1000 + 2 * sum(range(N)) and item is HELD


def produced(n):
    for i in range(n):
        made = [i + 1000]
        yield made[0]


def generators():
    total = 10**6
    for value in produced(N):
        total += value
    # Without memory the interpreter itself does not survive a traceback through generators that lie in each other.
    return (total, sum(produced(9)), len(list(produced(N)))) == (10**6 + 1000 * N + sum(range(N)), 9036, N)


def collects(first, *rest, **names):
    return first and len(rest) * 8 + len(names)


def stars():
    total = 10**6
    for i in range(N):
        total += collects(1, HELD, i + 1000) + collects(i) + collects(1, key=HELD, other=i + 1000)
    return total == 10**6 + N * 18


def c_functions():
    table, found = {"a": HELD, "b": 7}, []
    for i in range(N):
        text = f"{i + 1000}:{i * 0.5}"
        found.append(text.upper().split(":")[0] + str(i + 5000))
        for key, value in table.items():
            found.append((key, value))
        if isinstance(text, (bytes, str)) and text.endswith("5"):
            found.extend(sorted({i, i + 1000}))
    return len(found) == 3 * N + 2 * (N // 2) and found[0] == "10005000"


class Vector:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)


def instances():
    place, kept = Vector(1000, 0.5), []
    for i in range(N):
        place = place + Vector(i + 1000, 0.25)
        other = place
        if i % 5 == 3:
            kept.append(place)
    sums = 1000 + sum(range(1000, 1000 + N)), 0.5 + N / 4
    return (place.x, place.y) == sums and other is place and kept[-1].x > 1000


def tried(function, at, count):
    """What a call of the function does when so many allocations fail from that one on."""
    raised = None
    _testcapi.set_nomemory(at, at + count)
    try:
        good = function()
    except BaseException as error:
        raised = error
    finally:
        _testcapi.remove_mem_hooks()
    if raised is None:
        return "returned", "right" if good else "wrong"
    entry, found = raised.__traceback__, "nowhere"
    while entry is not None:
        # Without memory a traceback ends early.
        entry, found = entry.tb_next, entry.tb_frame.f_code.co_name
    forget(raised)
    called_by = {"called", "recursive", "produced", "<listcomp>", "__init__", "__add__"}
    allowed = {"tried", "nowhere", function.__name__} | called_by
    place = "in itself" if found in allowed else f"in {found}"
    return type(raised).__name__, place


def made_anew(function):
    """The same function with code of its own."""
    return types.FunctionType(function.__code__.replace(), globals(), function.__name__)


def unraisable(what):
    """To close a generator takes memory, too; who lets go of one is not told that there was none."""
    if what.exc_type is not MemoryError:
        sys.__unraisablehook__(what)


def main():
    sys.unraisablehook = unraisable
    anew = "anew" in sys.argv
    fatjit.enable(threshold=int(sys.argv[1]))
    fatjit.exclude(tried)
    fatjit.exclude(forget)
    fatjit.exclude(unraisable)
    fatjit.exclude(main)
    gc.disable()
    done = {}
    for function in (ints, floats, caught_in_the_loop, caught_around_an_inner_loop, finally_is_run, calls, recursion,
                     caught_in_the_caller, texts, tables, iterators, generators, stars, c_functions,
                     instances):
        for _ in range(12):
            assert function(), function
        entries, held = fatjit.stats()["entries"], sys.getrefcount(HELD)
        counts = collections.Counter(
            " ".join(tried(made_anew(function) if anew else function, at, count))
            for count in (1, 2, 5) for at in range(120)
        )
        gc.collect()
        done[function.__name__] = {
            "did": counts, "entries": fatjit.stats()["entries"] - entries, "leaked": sys.getrefcount(HELD) - held,
        }
    print(json.dumps(done))


if __name__ == "__main__":
    main()

"""Runs one kind of traffic through native code many times and checks that memory stays flat.

    leak_child.py KIND COUNT

Prints the growth of allocated blocks, of the reference counts watched, and what native code did.
"""

import gc
import json
import sys

import fatjit

SENTINEL = object()
BIG = 2**80
HALF = 123456.5


def entries(n):
    """Many short runs of a loop: in at the header, out at the end."""
    total = 0
    for _ in range(n):
        i = 0
        while i < 30:
            i += 1
        total += i
    return total


def exits(n):
    """A guard that fails late in every run, with references and big numbers to be rebuilt."""
    held = SENTINEL
    total = 0
    for k in range(n):
        value = HALF
        for i in range(25):
            value = value + i
            if i == 24:
                value = BIG
                held = (SENTINEL, value)
        total += held[0] is SENTINEL
    return total


def boxing(n):
    """Ints that leave 64 bits and come back."""
    total = 0
    for _ in range(n):
        value = 2**62
        for i in range(24):
            value = value * 2 if i < 12 else value // 2
        total += value == 2**62
    return total


def throws(n):
    """An exception in every run, caught in the caller of the loop."""
    caught = 0
    for _ in range(n):
        try:
            throw_from_a_loop(SENTINEL)
        except ZeroDivisionError:
            caught += 1
    return caught


def throw_from_a_loop(thing):
    held = [thing, HALF]
    for i in range(30):
        value = 1.0 * i // (29 - i)
    return held, value


def handlers(n):
    """An exception in every iteration, caught inside the loop."""
    caught = 0
    held = SENTINEL
    for i in range(n):
        try:
            held = (i, SENTINEL)
            i % (i - i)
        except ZeroDivisionError:
            caught += 1
    return caught


def objects(n):
    """Objects that live for one iteration."""
    total = 0
    for i in range(n):
        pair = (i, SENTINEL)
        items = [pair, pair]
        total += len(items)
    return total


def iterators(n):
    """Range iterators left half-way, and exhausted."""
    total = 0
    for k in range(n):
        for i in range(2**62, 2**62 + 40):
            if i - 2**62 > 20 and k % 2:
                break
        total += i - 2**62
    return total


def counted(limit, thing):
    for i in range(limit):
        yield i, thing


def generators(n):
    """Generators that loops and calls consume to their ends, half-way, and to an exception."""
    total = 0
    for k in range(n):
        for i, thing in counted(12, SENTINEL):
            if i == 9 and k % 5 == 0:
                break
            total += i
        total += any(i == k % 20 for i in range(10))
        total += len(set(thing for thing in (BIG, HALF, BIG)))
        total += len(list((i, BIG) for i in range(3)))
        try:
            total += sum(6 // (2 - i + k % 4 * 3) for i in range(4))
        except ZeroDivisionError:
            total += 1
    return total


def code(n):
    """Code objects with loops that are compiled and then die."""
    total = 0
    for i in range(n):
        if i % 500 == 0:
            names = {}
            exec("total = 0\nfor i in range(40):\n    total += i", names)
            total += names["total"]
    return total


class Pair:
    def __init__(self, first, second):
        self.first = first
        self.second = second
        self.sum = 0.5

    def swap(self):
        self.first, self.second = self.second, self.first

    def swapped(self):
        return Pair(self.second, self.first)


class Refusing:
    def __init__(self, value):
        self.value = value
        self.half = HALF / value


def instances(n):
    """Objects of a class that are made, changed and released, and some that cannot be made."""
    total = 0
    kept = Pair(SENTINEL, BIG)
    for i in range(n):
        pair = Pair(SENTINEL, HALF)
        pair.sum += i
        pair.swap()
        kept = kept.swapped()
        kept.sum = pair.sum
        total += pair.second is SENTINEL
        try:
            total += Refusing(i % 20).value > 100
        except ZeroDivisionError:
            total += 1
    return total


def collects(first, *rest, **names):
    names["last"] = rest[-1] if rest else first
    return first // len(rest)


def stars(n):
    """What is collected for a function, and calls of it that fail."""
    total = 0
    for i in range(n):
        total += collects(BIG, SENTINEL, HALF) > 0
        total += collects(BIG, SENTINEL, key=HALF, other=i) > 0
        try:
            total += collects(i, *[SENTINEL] * (i % 5), key=SENTINEL) > i
        except ZeroDivisionError:
            total += 1
    return total


def c_functions(n):
    """Functions in C that need no frame, what they raise, and steps through dicts and sets."""
    total, held = 0, {"a": SENTINEL, "b": BIG, "c": HALF}
    bound = Pair(SENTINEL, HALF).swapped
    for i in range(n):
        text = f"{i % 4}-{HALF}-{'ab' if i % 4 else 'b'}"
        try:
            total += text.index("a") + len(text.split("-")) + text.startswith("1")
        except ValueError:
            total += isinstance(held, (dict, str))
        for key, value in held.items():
            total += value is SENTINEL
        for key in set(held):
            total += 1 if key else 0
        total += held.pop("a") is held.setdefault("a", SENTINEL)
        total += bound().second is SENTINEL
    return total


class Vector:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def scaled(self, factor):
        return Vector(self.x * factor, self.y / factor)


def sunk(n):
    """Instances that are not made, but now and then: kept, left with, in exceptions."""
    total, kept, place = 0, [], Vector(0, 0.5)
    for i in range(n):
        place = place + Vector(1, 0.25)
        try:
            total += place.scaled(i % 25).x is None
        except ZeroDivisionError as error:
            total += error.__traceback__.tb_next.tb_frame.f_locals["self"] is place
        if i % 50 == 9:
            kept = [place, place, SENTINEL]
            total += kept[0] is kept[1]
            place.x = 0
        if i % 100 == 3:
            place.held = SENTINEL
            place = Vector(BIG, HALF)
    return total


def classes(n):
    """Classes that come, change under native code, and go."""
    total = 0
    for i in range(n):
        if i % 125 == 0:
            kind = type("Kind", (Pair,), {"k": 1, "get": lambda self: self.first is SENTINEL})
            made = kind(SENTINEL, HALF)
            for j in range(40):
                total += made.get() + made.k
                if j == 30:
                    kind.k = 0
            del made, kind
            gc.collect()
    return total


KINDS = {
    function.__name__: function
    for function in (
        entries, exits, boxing, throws, handlers, objects, iterators, generators, code, instances, stars, c_functions, sunk,
        classes
    )
}


def measure():
    gc.collect()
    references = [sys.getrefcount(thing) for thing in (SENTINEL, BIG, HALF)]
    return sys.getallocatedblocks(), references


def main():
    kind, count = KINDS[sys.argv[1]], int(sys.argv[2])
    fatjit.enable(threshold=2)
    # Everything is compiled, grown and given up on before the first measurement.
    expected = kind(count // 10)
    expected += kind(count // 10)
    before = fatjit.stats()
    blocks, references = measure()
    got = kind(count)
    blocks_after, references_after = measure()
    stats = fatjit.stats()
    growth = blocks_after - blocks
    print(json.dumps({
        "growth": growth,
        "references": [after - now for after, now in zip(references_after, references)],
        "regions": stats["regions"],
        "entries": stats["entries"] - before["entries"],
        "code_bytes": stats["code_bytes"] - before["code_bytes"],
        "result_is_right": got * 2 == expected * 10,
    }))


if __name__ == "__main__":
    main()

"""Generators that loops consume, in the same native code: how they begin, yield, are left, and end."""

import gc
import inspect
import signal
import sys
import threading
import traceback
import weakref


def numbers(n):
    for i in range(n):
        yield i * 3 - 7


def counted(n):
    i = 0
    while i < n:
        yield i
        i += 1


def several(n):
    for i in range(n):
        yield i
        if i % 3 == 1:
            yield -i
    yield 1000


def consumed(made):
    total = 0
    for x in made:
        total = total * 3 % 1000003 + x
    return total


def case_ways_to_yield():
    results = []
    for n in [0, 1, 2, 3, 40, 41, 200]:
        results += [consumed(numbers(n)), consumed(counted(n)), consumed(several(n))]
    return results


def case_expressions():
    results = []
    words = ["one", "two", "three", "four"] * 30
    for n in [0, 1, 5, 150]:
        total = 0
        for square in (x * x for x in range(n) if x & 1):
            total += square
        length = 0
        for size in (len(word) for word in words[:n]):
            length += size
        ratio = 0.0
        for part in (x / 7 for x in (1.0, 2.5, 3) * n):
            ratio += part
        pairs = 0
        for a, b in ((x, y) for x in range(n % 13) for y in range(x)):
            pairs += a * b
        results.append((total, length, ratio, pairs))
    return results


def case_pipelines():
    def source(n):
        for i in range(n):
            yield i * 2 + 1

    def middle(made):
        for value in made:
            if value % 3:
                yield value

    results = []
    for n in [0, 1, 2, 7, 300]:
        total = 0
        for value in (x * x for x in middle(source(n)) if x & 4):
            total += value
        results.append(total)
        total = 0
        for value in middle(middle(source(n))):
            total ^= value
        results.append(total)
    return results


def case_two_at_once():
    results = []
    for n in range(0, 60, 7):
        total = 0
        for a in numbers(n):
            for b in counted(a % 5):
                total += a * b
            total -= 1
        results.append(total)
    return results


def case_left_early():
    def source(log, n):
        try:
            for i in range(n):
                yield i
        finally:
            log.append(("finally", i))

    results = []
    for n in [1, 2, 50, 120]:
        log = []
        for x in source(log, n):
            if x == 60 or x == n - 1 and n < 50:
                log.append("left")
                break
        else:
            log.append("ended")
        results.append(log)

    def returns(log, n):
        for x in source(log, n):
            if x * 2 >= n:
                return x
        return None

    for n in [1, 2, 30, 100]:
        log = []
        results.append((returns(log, n), log))
    return results


def case_kept_by_others():
    results = []
    for n in [3, 50, 150]:
        made = numbers(n)
        total = 0
        for x in made:
            total += x
            if x % 5 == 0:
                total += next(made, 0)
        results.append((total, list(made), inspect.getgeneratorstate(made)))
    return results


def case_begun_before():
    results = []
    for skip in range(4):
        made = several(60)
        for _ in range(skip):
            next(made)
        total = 0
        for x in made:
            total = total * 7 % 10007 + x
        results.append(total)
    return results


def case_kinds_change():
    def scaled(values):
        last = 0
        for value in values:
            last = value * 2
            yield last

    kinds = [range(60), [1.5] * 40, [2**70, 3, 4.5, 2**62], [True, False], ["a", "b"], [2**61, 2**62, 2**63] * 9]
    results = []
    for values in kinds + kinds:
        total = []
        for x in scaled(values):
            total.append(x)
        results.append(total[-3:])
    for values in kinds[:4] + kinds[5:]:
        total = 0
        for x in scaled(values):
            total = total + x
        results.append(total)
    return results


def case_raises_inside():
    def dividing(values, by):
        for value in values:
            yield value // by
            by -= 1

    results = []
    for by in [200, 90, 3, 1, 60]:
        total = 0
        try:
            for x in dividing(range(1, 100), by):
                total += x
        except ZeroDivisionError as error:
            frames = traceback.extract_tb(error.__traceback__)
            first = case_raises_inside.__code__.co_firstlineno
            results.append([(frame.name, frame.lineno - first, frame.line) for frame in frames])
        results.append(total)
    return results


def case_handled_inside():
    def careful(values):
        for value in values:
            try:
                yield 100 // value
            except ZeroDivisionError:
                yield -1

    results = []
    for values in [range(1, 90), range(-40, 40), [0] * 9, [1, 0, 2, 0]]:
        total = []
        for x in careful(values):
            total.append(x)
        results.append(total)
    return results


def case_raises_outside():
    results = []
    for limit in [5, 60, 130]:
        seen = []
        try:
            for x in numbers(100):
                seen.append(1000 // (limit - x))
        except ZeroDivisionError as error:
            results.append(error.__traceback__.tb_lineno - case_raises_outside.__code__.co_firstlineno)
        results.append(sum(seen))
    return results


def case_returns_value():
    def source(n):
        for i in range(n):
            yield i
        return n * 2

    def counting(n):
        i = 0
        while True:
            if i >= n:
                return i
            yield i
            i += 1

    results = []
    for n in [0, 3, 80, 81]:
        total = 0
        for x in source(n):
            total += x
        for x in counting(n):
            total += x
        results.append(total)
    return results


def case_returns_constant():
    def source(n):
        for i in range(n):
            yield i
        return 5

    def odd(values):
        for value in values:
            if value & 1:
                yield value
        return "over"

    results = []
    for n in [0, 3, 80, 81]:
        total = 0
        for x in source(n):
            total += x
        for x in odd(source(n)):
            total += x
        results.append((total, sum(source(n)), list(odd(source(n)))[-2:]))
    return results * 3


def case_objects_end():
    class Noted:
        def __init__(self, log, number):
            self.log, self.number = log, number

        def __del__(self):
            self.log.append(self.number)

    def made(log, n):
        for i in range(n):
            noted = Noted(log, i)
            yield noted.number

    def passed(values):
        for value in values:
            yield value

    log = []
    total = 0
    for x in made(log, 60):
        log.append(("seen", x))
        total += x
    before = len(log)
    for value in passed([Noted(log, 100 + i) for i in range(60)]):
        total += value.number
        if value.number == 140:
            break
    value = None
    gc.collect()
    return total, before, log


def case_looked_at():
    def source(n):
        local = 0
        for i in range(n):
            local += i
            yield local

    def shown(frame):
        return sorted(name for name in frame.f_locals if name != "made"), frame.f_lineno

    results = []
    first = case_looked_at.__code__.co_firstlineno
    for n in [3, 70]:
        total = 0
        for x in source(n):
            total += x
            if x % 7 == 3:
                names, line = shown(sys._getframe())
                results.append((len(names), line - first))
        results.append(total)
    found = []
    for n in [2, 90]:
        for x in source(n):
            if x > 2000 and not found:
                for thing in gc.get_objects():
                    if inspect.isgenerator(thing) and thing.__name__ == "source":
                        found.append(thing.__name__)
    results.append(len(found))
    return results


def case_collected_under_way():
    def source(items):
        for item in items:
            held = [item]
            yield held

    total = 0
    for held in source([object() for _ in range(90)]):
        total += len(held)
        if total % 30 == 0:
            gc.collect()
    references = []

    class Thing:
        pass

    def things(n):
        for _ in range(n):
            thing = Thing()
            references.append(weakref.ref(thing))
            yield thing

    for thing in things(50):
        total += references[-1]() is thing
    thing = None
    return total, sum(reference() is not None for reference in references)


def case_cells():
    def source(n, step):
        factor = step

        def inner():
            return factor

        for i in range(n):
            yield i * factor + len([inner])
            factor = step + 1

    results = []
    for n in [0, 2, 80]:
        bound = n + 3
        total = 0
        for x in source(n, 2):
            total += x
        for x in (bound * y for y in range(n)):
            total += x
        results.append(total)
    return results


def case_arguments():
    def source(a, b=2, *more, c=3, **names):
        for i in range(a):
            yield i * b + c + len(more) + len(names)

    results = []
    for n in [1, 40]:
        for made in [source(n), source(n, 5), source(n, 1, 2, 3), source(n, c=9), source(n, 1, d=4)]:
            total = 0
            for x in made:
                total += x
            results.append(total)
    return results


def case_unbound():
    def source(n):
        for i in range(n):
            if i > 30:
                late = i
            if i > 60:
                del late
            if i > 70:
                yield late
            yield i

    results = []
    for n in [10, 50, 90]:
        total = 0
        try:
            for x in source(n):
                total += x
        except UnboundLocalError as error:
            results.append(str(error))
        results.append(total)
    return results


def case_changed_under_way():
    factor = 2

    def source(n):
        for i in range(n):
            yield i * SCALE

    results = []
    global SCALE
    SCALE = 3
    for n in [30, 90, 120]:
        total = 0
        for x in source(n):
            total += x * factor
            if x == 150:
                SCALE = 4
        results.append(total)
    return results


SCALE = 3


def case_comprehensions():
    results = []
    for n in [0, 3, 70]:
        results.append([x + 1 for x in numbers(n)])
        results.append({x: y for x, y in ((i, i * i) for i in counted(n))})
        results.append([[y for y in counted(x % 4)] for x in counted(n)])
    return results


def case_attributes():
    class Point:
        def __init__(self, x, y):
            self.x, self.y = x, y

    def parts(points):
        for point in points:
            point.x += 1
            yield point.x * point.y

    points = [Point(i, i / 2) for i in range(40)]
    results = []
    for _ in range(4):
        total = 0
        for x in parts(points):
            total += x
        results.append(total)
    return results, points[3].x


class Tree:
    def __init__(self, value, left=None, right=None):
        self.value, self.left, self.right = value, left, right

    def __iter__(self):
        if self.left is not None:
            for value in self.left:
                yield value
        yield self.value
        if self.right is not None:
            yield from self.right


def case_recursive():
    def grown(low, high):
        if low >= high:
            return None
        middle = (low + high) // 2
        return Tree(middle, grown(low, middle), grown(middle + 1, high))

    results = []
    for n in [1, 6, 60]:
        total = 0
        for value in grown(0, n):
            total = total * 31 % 65521 + value
        results.append(total)
    return results


def case_traced_under_way():
    def source(n):
        for i in range(n):
            yield i

    events = []
    first = case_traced_under_way.__code__.co_firstlineno

    def tracer(frame, event, argument):
        events.append((frame.f_code.co_name, event, frame.f_lineno - first, argument if event == "return" else None))
        return tracer

    results = []
    for switch in [sys.settrace, sys.setprofile]:
        total = 0
        for x in source(160):
            total += x
            if x == 100:
                switch(tracer)
            if x == 104:
                switch(None)
        results.append(total)
    return results, [event for event in events if event[0] == "source"]


def case_interrupted():
    def source(n):
        i = 0
        while i < n:
            yield i
            i += 1

    class Interrupted(Exception):
        pass

    def handler(number, frame):
        if raises:
            raise Interrupted
        seen.append(number)

    seen, results = [], []
    before = signal.signal(signal.SIGTERM, handler)
    try:
        for raises in [False, True]:
            total = 0
            try:
                for x in source(200):
                    total += 1
                    if x % 60 == 59:
                        signal.raise_signal(signal.SIGTERM)
            except Interrupted:
                results.append("interrupted")
            results.append(total)
    finally:
        signal.signal(signal.SIGTERM, before)
    return results, len(seen)


def case_threads():
    def source(n):
        for i in range(n):
            yield i * i

    def consume(number):
        total = 0
        for _ in range(4):
            for x in source(300 + number):
                total = (total + x) % 100003
        results[number] = total

    results = {}
    threads = [threading.Thread(target=consume, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results.items())


def case_held_by_a_variable():
    def doubled(source):
        for value in source:
            yield value * 2

    def peeked(source):
        for value in source:
            yield value
            if value % 50 == 3:
                yield next(source, -1)

    results = []
    for n in [0, 2, 150]:
        total = 0
        made = numbers(n)
        for x in made:
            total += x
        results.append((total, next(made, "over"), inspect.getgeneratorstate(made)))
        total = 0
        for x in doubled(numbers(n)):
            total += x
        for x in peeked(counted(n)):
            total = total * 5 % 10007 + x
        made = counted(n)
        for x in made:
            if x == 120:
                made = None
            total += x
        results.append((total, made is None))
    return results


def case_code_that_goes():
    def consumed_anew(number):
        names = {}
        exec(
            f"def inner(n):\n    for i in range(n):\n        yield ('a constant', {number})\n"
            "def outer(source):\n    for value in source:\n        yield value\n",
            names,
        )
        inner, outer = names.pop("inner"), names.pop("outer")
        made = outer(inner(40))
        del inner, outer
        names.clear()
        return made

    last, total = None, 0
    for number in range(12):
        for value in consumed_anew(number):
            last = value
            total += value[1]
    found = [list(consumed_anew(number))[-1] for number in range(12)]
    gc.collect()
    return last, total, found


def case_too_large_together():
    lines = ["def source(n):", " for i in range(n):"]
    for number in range(3):
        lines += [f"  a{k} = i * {k + 3} ^ {number}" for k in range(40)]
        lines += ["  yield " + " + ".join(f"a{k}" for k in range(40))]
    lines += ["def consumer(n):", " total = 0", " for x in source(n):"]
    lines += [f"  total = (total * {k + 2} + x) % 1000003" for k in range(40)]
    lines += [" return total"]
    names = {}
    exec("\n".join(lines), names)
    return [names["consumer"](n) for n in [0, 1, 60, 61]]


def case_module_level():
    return MODULE_TOTAL, MODULE_PAIRS


MODULE_TOTAL = 0
for outer in range(5):
    for value in (x * x for x in range(80) if x % 3):
        MODULE_TOTAL += value
MODULE_PAIRS = 0
for value in numbers(150):
    MODULE_PAIRS = MODULE_PAIRS * 3 % 1009 + value

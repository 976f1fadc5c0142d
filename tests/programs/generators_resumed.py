"""Generators whose code is native, resumed by loops, built-in functions, other generators and by hand."""

import gc
import itertools
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


def case_who_asks():
    results = []
    for _ in range(6):
        results += [
            sum(numbers(40)),
            list(numbers(9)),
            tuple(numbers(9)),
            sorted(set(numbers(12))),
            max(numbers(20)),
            min(numbers(20)),
            any(x > 40 for x in numbers(30)),
            all(x < 40 for x in numbers(30)),
            "-".join(str(x) for x in numbers(8)),
            dict((x, x * x) for x in numbers(5)),
            list(zip(numbers(4), counted(9))),
            list(enumerate(counted(4), 5)),
            list(map(abs, numbers(6))),
            list(filter(None, counted(6))),
            list(itertools.islice(counted(10**9), 3, 9)),
            8 in numbers(20),
            9 in numbers(20),
            [*numbers(3), *counted(3)],
            sum(x * x for x in counted(30) if x & 1),
        ]
        first, *rest, last = numbers(7)
        results.append((first, rest, last))
    return results


def case_by_hand():
    results = []
    for _ in range(30):
        made = counted(3)
        results.append([next(made), next(made), next(made), next(made, "over"), next(made, "still over")])
    return results


def case_kinds_change():
    def changing(values):
        total = 0
        for value in values:
            total = total + value
            yield total

    kinds = [range(30), [1.5] * 20, [2**70, 3, 4.5], [True, False], ["no"]]
    results = []
    for values in kinds + kinds:
        made = changing(values)
        try:
            results.append(list(made))
        except TypeError as error:
            results.append(str(error))
    return results


def case_wide():
    def doubling(n):
        value = 1
        for _ in range(n):
            yield value
            value += value

    return [sum(doubling(n)) for n in range(55, 75)]


def case_returns():
    def some(n):
        for i in range(n):
            yield i
        return n * 10

    def all_of(n):
        result = yield from some(n)
        yield result
        return "over"

    results = []
    for n in range(25):
        made = all_of(n)
        taken = list(made)
        results.append(taken)
        made = some(n)
        try:
            while True:
                next(made)
        except StopIteration as stop:
            results.append(stop.value)
    return results


def case_raises():
    def failing(n):
        i = 0
        while True:
            yield 100 // (n - i)
            i += 1

    results = []
    for n in range(1, 30):
        taken = []
        try:
            for value in failing(n):
                taken.append(value)
        except ZeroDivisionError as error:
            lines = [entry.lineno - failing.__code__.co_firstlineno for entry in traceback.extract_tb(error.__traceback__)[1:]]
            results.append((taken[-3:], lines, type(error.__context__)))
    return results


def case_raises_in_c():
    def failing(n):
        for i in range(n):
            yield i
        raise KeyError(n)

    results = []
    for n in range(25):
        for consume in (sum, list, max):
            try:
                consume(failing(n))
            except KeyError as error:
                results.append((error.args, len(traceback.extract_tb(error.__traceback__))))
    return results


def case_stop_iteration_inside():
    def stopping(n):
        for i in range(n):
            yield i
        next(iter(()))
        yield "never"

    results = []
    for n in range(25):
        try:
            results.append(list(stopping(n)))
        except RuntimeError as error:
            results.append((str(error), type(error.__cause__)))
    return results


def case_finally():
    told = []

    def careful(n):
        try:
            for i in range(n):
                yield i
        finally:
            told.append(n)

    for n in range(20):
        for value in careful(n):
            if value == 7:
                break
        made = careful(n)
        next(made, None)
        made.close()
        made = careful(n)
        next(made, None)
        del made
    return told


def case_sent_and_thrown():
    def listening():
        heard = []
        i = 0
        while True:
            try:
                got = yield i, len(heard)
                if got is not None:
                    heard.append(got)
            except ValueError as error:
                heard.append(error)
            i += 1

    made = listening()
    results = []
    for i in range(60):
        results.append(next(made))
        if i % 7 == 3:
            results.append(made.send(i))
        if i % 11 == 5:
            results.append(made.throw(ValueError(i)))
    return results


def case_handled_exception_is_the_generators():
    def handling(n):
        for i in range(n):
            try:
                raise ValueError(i)
            except ValueError:
                yield sys.exc_info()[1].args
        yield sys.exc_info()

    results = []
    for _ in range(4):
        try:
            raise KeyError("outer")
        except KeyError:
            for value in handling(8):
                results.append((value, sys.exc_info()[1].args))
    return results


def case_frames():
    def looking(n):
        for i in range(n):
            frame = sys._getframe()
            yield frame.f_lineno - frame.f_code.co_firstlineno, frame.f_back.f_code.co_name, sorted(frame.f_locals)

    def looked_at(n):
        for i in range(n):
            square = i * i
            yield square

    results = []
    for n in (3, 20, 3):
        results += list(looking(n))
        results.append(sum(len(name) for _, name, _ in looking(n)))
    made = looked_at(60)
    for i, square in enumerate(made):
        if i % 9 == 4:
            frame = made.gi_frame
            results.append((frame.f_lineno - frame.f_code.co_firstlineno, sorted(frame.f_locals.items()), made.gi_running))
    results.append(made.gi_frame)
    return results


def case_runs_itself():
    results = []

    def selfish(n):
        for i in range(n):
            try:
                next(made)
            except ValueError as error:
                yield str(error), made.gi_running
            yield i

    for n in (2, 30):
        made = selfish(n)
        results.append(list(made))
    return results


class Tree:
    def __init__(self, left, value, right):
        self.left, self.value, self.right = left, value, right

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            yield from self.right

    def by_loops(self):
        for side in (self.left, self.right):
            if side is not None:
                for value in side.by_loops():
                    yield value + 1
        yield self.value


def tree(low, high):
    if low >= high:
        return None
    middle = (low + high) // 2
    return Tree(tree(low, middle), middle, tree(middle + 1, high))


def case_trees():
    return [(list(tree(0, n)), sum(tree(0, n)), list(tree(0, n).by_loops())) for n in (1, 2, 40, 60)]


def case_deep():
    def down(n):
        for i in range(2):
            yield n
        if n > 0:
            for value in down(n - 1):
                yield value

    results = [sum(down(n)) for n in (3, 30, 60)]
    limit = sys.getrecursionlimit()
    try:
        for lower in (150, 170):
            sys.setrecursionlimit(lower)
            taken = 0
            try:
                for _ in down(1000):
                    taken += 1
            except RecursionError as error:
                results.append((str(error), taken > 100))
    finally:
        sys.setrecursionlimit(limit)
    return results


def case_rebinding():
    global step

    def stepping(n):
        i = 0
        while i < n:
            yield i
            i += step

    results = []
    for step in (1, 3, 2, 5):
        made = stepping(60)
        results.append([value for value in itertools.islice(made, 8)])
        step += 1
        results.append(list(made))
    return results


step = 1


class Told:
    told = []

    def __init__(self, name):
        self.name = name

    def __del__(self):
        Told.told.append(self.name)


def case_what_it_holds():
    def holding(n):
        held = None
        for i in range(n):
            held = Told(i)
            yield i
        yield held.name

    Told.told.clear()
    results = []
    for n in (5, 30):
        for value in holding(n):
            results.append((value, len(Told.told)))
        results.append(list(Told.told))
    made = holding(30)
    for _ in range(20):
        next(made)
    before = len(Told.told)
    known = weakref.ref(made)
    gc.collect()
    made = None
    results += [known() is None, len(Told.told) - before]
    return results


def case_cycles():
    def round_and_round(n):
        cell = []
        cell.append(cell)
        for i in range(n):
            yield i, len(cell)

    results = []
    for _ in range(10):
        kept = []
        made = round_and_round(50)
        kept.append(made)
        for value in made:
            if value[0] == 30:
                gc.collect()
        results.append(value)
    return results


def case_iterator_held_by_two():
    def pairs(n):
        source = iter(range(n))
        for value in source:
            yield value, next(source, None)

    def shared(source):
        for value in source:
            yield value

    results = [list(pairs(n)) for n in (5, 40, 41)]
    source = iter(range(60))
    first, second = shared(source), shared(source)
    for _ in range(30):
        results.append((next(first), next(second)))
    return results, list(first), list(second)


def case_lists_shrink():
    def items(held):
        for item in held:
            yield item

    results = []
    for n in (4, 40):
        held = list(range(n))
        for item in items(held):
            if item % 3 == 0:
                held.pop()
            results.append(item)
    return results


def case_unbound():
    def forgetting(n):
        for i in range(n):
            value = i
            yield value
            if i == 25:
                del value
                yield value

    results = []
    for n in (10, 30):
        try:
            for value in forgetting(n):
                results.append(value)
        except UnboundLocalError as error:
            results.append(str(error))
    return results


def case_traced():
    events = []

    def tracer(frame, event, arg):
        if frame.f_code.co_name == "counted":
            events.append((event, frame.f_lineno - frame.f_code.co_firstlineno))
        return tracer

    results = [sum(counted(50))]
    made = counted(60)
    for _ in range(40):
        next(made)
    sys.settrace(tracer)
    for _ in range(5):
        next(made)
    sys.settrace(None)
    results.append(list(made))
    return results, events


def case_threads():
    results = []

    def consume(n):
        results.append(sum(x for x in counted(n) if x % 3))

    threads = [threading.Thread(target=consume, args=(n,)) for n in (2000, 2100, 2200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results)


def case_in_turn():
    makers = [counted(40), numbers(40), counted(30)]
    results = []
    while makers:
        for made in list(makers):
            value = next(made, None)
            if value is None:
                makers.remove(made)
            else:
                results.append(value)
    return results


def case_permutations():
    def permutations(items):
        indices = list(range(len(items)))
        cycles = list(range(len(items), 0, -1))
        yield tuple(items[i] for i in indices)
        while items:
            for i in reversed(range(len(items))):
                cycles[i] -= 1
                if cycles[i] == 0:
                    indices[i:] = indices[i + 1:] + indices[i:i + 1]
                    cycles[i] = len(items) - i
                else:
                    j = cycles[i]
                    indices[i], indices[-j] = indices[-j], indices[i]
                    yield tuple(items[i] for i in indices)
                    break
            else:
                return

    results = []
    for n in range(6):
        found = list(permutations("abcdef"[:n]))
        results.append((len(found), found[-1], sum(1 for columns in permutations(range(n)) if len(set(columns)) == n)))
    return results

"""Methods that are objects of their own: bound ones kept in variables, attributes and containers, and those of classes
written in C."""

import re
import sys
from collections import deque


class Counter:
    def __init__(self, start):
        self.total = start
        self.step = self.add

    def add(self, by, times=1):
        self.total += by * times
        return self.total

    def other(self, by, times=2):
        return -by * times

    def fails(self, by):
        if by == 17:
            raise LookupError(by)
        return by

    def deep(self, by):
        return sys._getframe(1).f_code.co_name, by

    def many(self, a, b=2, *, c=3):
        return a, b, c


def in_a_variable(counter, n):
    add = counter.add
    results = []
    for i in range(n):
        results.append(add(i))
        results.append(add(i, 3))
        results.append(add(by=i))
        results.append(add(i, times=i))
    return results


def in_an_attribute(counter, n):
    total = 0
    for i in range(n):
        total += counter.step(i)
        if i == 60:
            counter.step = counter.other
        if i == 80:
            counter.step = abs
        if i == 90:
            counter.step = Counter(5).add
    return total


def of_others(counters, n):
    methods = [one.add for one in counters]
    total = 0
    for i in range(n):
        for method in methods:
            total += method(i)
    return total


def attempt(function, *args):
    try:
        return function(*args)
    except Exception as error:
        frames = []
        traceback = error.__traceback__
        while traceback:
            frames.append((traceback.tb_frame.f_code.co_name, traceback.tb_lineno))
            traceback = traceback.tb_next
        return type(error).__name__, str(error), frames[1:]


def raising(counter, n):
    fails = counter.fails
    total = 0
    for i in range(n):
        total += fails(i)
    return total


def wrong_arguments(counter, n):
    add = counter.add
    total = 0
    for i in range(n):
        total += add(i) if i < 70 else add()
    return total


def frames(counter, n):
    deep = counter.deep
    return [deep(i) for i in range(n)][-1], [deep(i) for i in range(n)][0]


def defaults(counter, n):
    many = counter.many
    results = []
    for i in range(n):
        results.append((many(i), many(i, 1), many(i, b=4), many(i, c=5), many(a=i)))
    return results


def case_bound_methods():
    return [in_a_variable(Counter(3), n) for n in (5, 100)]


def case_bound_methods_in_attributes():
    return in_an_attribute(Counter(0), 120), in_an_attribute(Counter(1), 50)


def case_bound_methods_of_others():
    return of_others([Counter(i) for i in range(5)], 50), of_others([Counter(1), Counter(2.5)], 50)


def case_bound_methods_that_raise():
    return [attempt(raising, Counter(0), n) for n in (10, 17, 40)], attempt(wrong_arguments, Counter(0), 90)


def case_frames_of_bound_methods():
    return frames(Counter(0), 50), defaults(Counter(0), 60)


def redefined(n):
    class Changing:
        def method(self, x):
            return x

    one = Changing()
    method = one.method
    results = []
    for i in range(n):
        if i == n // 2:
            Changing.method.__code__ = (lambda self, x: -x).__code__
        if i == n - 5:
            Changing.method = lambda self, x: "new"
            results.append(one.method(i))
        results.append(method(i))
    return results


def case_redefined():
    return redefined(10), redefined(100)


class Mortal:
    log = []

    def __init__(self, name):
        self.name = name

    def __del__(self):
        Mortal.log.append(self.name)

    def call(self, i):
        return i


def dying(n):
    for i in range(n):
        method = Mortal(i).call
        Mortal.log.append(method(i) + 1000)
        method = None
        Mortal.log.append("gone")
        Mortal(-i).call(i)
        Mortal.log.append("behind")
    return list(Mortal.log)


def case_finalizers():
    del Mortal.log[:]
    return dying(60)


PATTERN = re.compile(r"(\w)(\d*)(?P<rest>.*)")


def matched(texts):
    results = []
    for text in texts:
        match = PATTERN.match(text)
        if match is None:
            results.append(PATTERN.search(text))
            continue
        results.append((match.group(), match.group(1), match.group(1, 2), match.group("rest"), match.groups()))
        results.append((match.start(), match.end(), match.span(2), match.string, match.lastgroup, match.re is PATTERN))
        results.append((PATTERN.sub("-", text), PATTERN.findall(text), PATTERN.split(text)))
    return results


class Text(str):
    pass


def case_patterns():
    texts = ["a1bc", "", "--", "x", "\u20ac1"]
    return matched(texts * 12), attempt(matched, texts * 12 + [b"a"]), matched(texts * 10 + [Text("a1b")])


def queued(n):
    queue = deque([1, 2], 5)
    results = []
    for i in range(n):
        queue.append(i)
        queue.appendleft(-i)
        results.append((queue.pop(), queue.popleft(), queue.count(i), len(queue), list(queue)))
        queue.append(Mortal(i))
    return [[repr(type(x).__name__) for x in line] for line in results], len(Mortal.log)


def case_queues():
    del Mortal.log[:]
    return queued(5), queued(80)


class Listed(list):
    def size(self):
        return len(self)


def of_subclasses(n):
    one = Listed()
    kinds = set()
    for i in range(n):
        one.append(i)
        bound = one.append
        kinds.add(type(bound).__name__)
        bound(-i)
        kinds.add(type(one.size).__name__)
        one.extend([i])
    return one.size(), sorted(kinds), one[-3:]


def case_subclasses_of_lists():
    return of_subclasses(5), of_subclasses(90)

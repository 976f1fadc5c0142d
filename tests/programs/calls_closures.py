"""Functions with free variables: made anew each time, told by their code, given their cells; and functions that come in
variables instead of globals."""

import gc
import sys
import types
import weakref

try:
    import _testcapi
except ImportError:
    _testcapi = None

ROUNDS = 80
MOMENTS = (0, 1, 40, ROUNDS - 1)


def trace(error):
    entries = []
    entry = error.__traceback__
    while entry:
        frame = entry.tb_frame
        values = {name: value for name, value in frame.f_locals.items() if isinstance(value, (int, float, str))}
        entries.append((frame.f_code.co_name, entry.tb_lineno, frame.f_lineno, values))
        entry = entry.tb_next
    return type(error).__name__, error.args, entries


def scaled_by(k, offset=0):
    def scale(x):
        return x * k + offset

    return scale


def apply(function, n):
    s = 0
    for i in range(n):
        s += function(i)
    return s


def three(x):
    return x * 3


def four(x, y=4):
    return x * y


def case_in_a_loop():
    told = []
    for k in (1, 2, 3, -1, 2.5, True):
        def inner(x):
            return x * k + 1

        s = 0
        for i in range(ROUNDS):
            s += inner(i)
        told.append(s)
    return told


def case_from_a_factory():
    return [apply(scaled_by(k, k + 1), ROUNDS) for k in range(6)], apply(scaled_by(0.5), ROUNDS)


def case_functions_in_variables():
    told = []
    for function in (three, three, four, three, scaled_by(2), lambda x: -x, abs, str):
        try:
            told.append(apply(function, ROUNDS))
        except TypeError as error:
            told.append(trace(error))
    return told


def case_alternating():
    functions = [three, scaled_by(5), scaled_by(7), four]
    s = 0
    for i in range(ROUNDS * 2):
        function = functions[i // 20 % 4]
        s += function(i)
    return s


def case_variables_change():
    told = []
    k = 1

    def inner(x):
        return x + k

    for i in range(ROUNDS * 2):
        told.append(inner(i))
        if i % 10 == 9:
            k += i
        if i == 100:
            k = 0.5
    return told


def case_variables_change_elsewhere():
    k = 1

    def bump():
        nonlocal k
        k += 1

    def inner(x):
        return x * k

    s = 0
    for i in range(ROUNDS * 2):
        s += inner(i)
        if i % 30 == 0:
            bump()
    return s, k


def case_counter():
    count = 0

    def step(by):
        nonlocal count
        count += by
        return count

    told = [step(i) for i in range(ROUNDS)]
    return told[-3:], count


def case_unbound():
    told = []
    for at in MOMENTS:
        k = 2

        def inner(x):
            return x * k

        s = 0
        try:
            for i in range(ROUNDS):
                if i == at:
                    del k
                s += inner(i)
        except NameError as error:
            told.append((s, trace(error)))
    return told


def case_recursive():
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    def count(n):
        return 0 if n == 0 else count(n - 1) + 1

    return fib(16), fib(17), count(90), [fib(n) for n in range(12)]


def case_recursive_replaced():
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    first = fib
    told = [fib(14)]

    def fib(n):
        return 1

    told.append(first(14))
    fib = first
    told.append(first(14))
    return told


def case_mutually_recursive():
    def even(n):
        return True if n == 0 else odd(n - 1)

    def odd(n):
        return False if n == 0 else even(n - 1)

    return [even(n) for n in range(0, 90, 7)], odd(61)


def case_exceptions():
    told = []
    for at in MOMENTS:
        d = at

        def inner(x):
            return 100 // (x - d)

        s = 0
        try:
            for i in range(ROUNDS):
                s += inner(i)
        except ZeroDivisionError as error:
            told.append((i, s, trace(error)))
    return told


class Looks:
    def __init__(self):
        self.told = []

    def __radd__(self, other):
        frame = sys._getframe(1)
        while frame and len(self.told) < 400:
            values = {name: value for name, value in frame.f_locals.items() if isinstance(value, (int, float, str))}
            self.told.append((frame.f_code.co_name, frame.f_lineno, sorted(values.items())))
            if frame.f_code.co_name.startswith("case"):
                break
            frame = frame.f_back
        return other


def case_frames_seen():
    looks = Looks()
    k = 3

    def inner(x, y):
        return x * k + y

    s = 0
    for i in range(ROUNDS):
        s += inner(i, looks if i in MOMENTS else 1)
    return s, looks.told


def case_function_dies_on_the_way():
    log = []

    class Drops:
        def __radd__(self, other):
            nonlocal inner
            inner = None
            gc.collect()
            log.append(ref() is None)
            return other

    drops = Drops()
    k = 10

    def make():
        def inner(x, y):
            z = x + y
            return z * k

        return inner

    inner = make()
    ref = weakref.ref(inner)

    def loop(function_of):
        s = 0
        for i in range(ROUNDS):
            s += function_of()(i, drops if i == 60 else 1)
            if inner is None:
                break
        return s

    s = loop(lambda: inner)
    return s, log, ref() is None


def case_many_made():
    total = 0
    refs = []
    for n in range(200):
        function = scaled_by(n)
        refs.append(weakref.ref(function))
        for i in range(3):
            total += function(i)
        if n % 50 == 0:
            total += apply(function, 60)
    del function
    return total, sum(ref() is not None for ref in refs)


def case_other_globals():
    names = {"unit": 2, "__builtins__": __builtins__}
    function = types.FunctionType(uses_global.__code__, names)
    told = []
    for f in (uses_global, function, uses_global, function):
        s = 0
        for i in range(ROUNDS):
            s += f(i)
        told.append(s)
    exec("def make(k):\n    def f(x):\n        return x * k * unit\n    return f", names)
    made = names["make"](3)
    for value in (2, 5):
        names["unit"] = value
        told.append(apply(made, ROUNDS))
    other = types.FunctionType(made.__code__, {"unit": 100}, "other", None, made.__closure__)
    told.append(apply(other, ROUNDS))
    told.append(apply(made, ROUNDS))
    return told


unit = 1


def uses_global(x):
    return x * unit


def case_code_changed():
    k = 2

    def inner(x):
        return x * k

    def other(x):
        return x - k

    s = 0
    for i in range(ROUNDS * 2):
        s += inner(i)
        if i == 100:
            inner.__code__ = other.__code__
    return s


def case_keywords_and_defaults():
    k = 2

    def inner(x, y=5, *, z=1):
        return x * k + y * z

    def line(x, slope=3):
        return x * slope + k

    s = 0
    for i in range(ROUNDS):
        s += inner(i) + inner(i, y=2) + inner(x=1, y=i, z=2) + line(i) + line(slope=i, x=2)
    return s


def case_methods_of_closures():
    class Adder:
        def __init__(self, k):
            self.k = k

        def add(self, x):
            return x + self.k

    add = Adder(4).add
    s = 0
    for i in range(ROUNDS):
        s += add(i)
    return s


def case_lists_in_cells():
    items = [1, 2, 3]
    grid = [[0.5] * 4 for _ in range(3)]

    def pick(i):
        return items[i]

    def put(i, j, x):
        grid[i][j] += x
        return grid[i][j]

    s = 0
    for i in range(ROUNDS):
        s += pick(i % 3) + put(i % 3, i % 4, 0.25)
        if i == 50:
            items = [1.5, 2, 3]
        if i == 60:
            items[0] = None
            items = ["a"] * 2 + [7] if i < 0 else [4, 5, 6]
    return s, grid


def case_sorted_by():
    weights = [5, 3, 9, 1, 7, 2]

    def weight(i):
        return weights[i] * 2

    told = []
    for n in range(ROUNDS):
        told.append(sorted(range(6), key=weight)[0] + weight(n % 6))
        weights[n % 6] += n % 5
    return told


def case_two_deep():
    def outer(a):
        def middle(b):
            def inner(c):
                return a * b + c

            s = 0
            for i in range(ROUNDS):
                s += inner(i)
            return s

        return middle(a + 1) + middle(a + 2)

    return [outer(a) for a in range(5)]


def case_at_the_recursion_limit():
    def down(n):
        return 0 if n == 0 else down(n - 1) + 1

    told = []
    limit = sys.getrecursionlimit()
    depth = 0
    frame = sys._getframe()
    while frame:
        depth += 1
        frame = frame.f_back
    for _ in range(60):
        down(20)
    try:
        sys.setrecursionlimit(depth + 60)
        for n in range(50, 70):
            try:
                told.append(down(n))
            except RecursionError as error:
                told.append(error.args)
    finally:
        sys.setrecursionlimit(limit)
    return told


def counting(step):
    def count(n):
        return 0 if n <= 0 else by_name(n - step) + 1

    return count


def case_named_closures():
    global by_name
    told = []
    one, two = counting(1), counting(2)
    for by_name, first in ((one, one), (two, two), (one, two), (two, one)):
        told.append([first(n) for n in range(40, 60)])
    return told


def case_deep_recursion():
    def down(n):
        return 0 if n == 0 else down(n - 1) + 1

    for _ in range(60):
        down(20)
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(40000)
        return [down(30000), down(10), down(20000)]
    finally:
        sys.setrecursionlimit(limit)


def case_calls_that_somebody_replaced():
    if _testcapi is None:
        return None

    def own(n):
        return n + 1

    told = [own(10)]
    _testcapi.function_setvectorcall(own)
    for i in range(ROUNDS):
        told.append(own(i))
    return told

"""Functions that are entered natively: recursion, calls from loops, and how they are left."""

import sys
import threading
import traceback


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def case_fib():
    return [fib(n) for n in range(18)], fib(n=9), fib(*[8]), list(map(fib, range(12)))


def factorial(n):
    return 1 if n < 2 else n * factorial(n - 1)


def case_ints_outgrow_machine_words_at_depth():
    return [factorial(n) for n in range(60)]


def power(x, n):
    if n == 0:
        return 1.0
    half = power(x, n // 2)
    if n % 2:
        return half * half * x
    return half * half


def case_floats():
    results = [power(1.5, n) for n in range(60)]
    return results, power(2, 10), power(1.5, True), power(float("nan"), 3), power(-0.0, 5)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def case_ackermann():
    return [ackermann(2, n) for n in range(20)], ackermann(3, 3)


def is_even(n):
    return True if n == 0 else is_odd(n - 1)


def is_odd(n):
    return False if n == 0 else is_even(n - 1)


def case_mutual_recursion():
    return [is_even(n) for n in range(60)], [is_odd(n) for n in range(60)]


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def case_loops_in_functions_called_from_loops():
    total = 0
    for i in range(1, 200):
        total += gcd(i, 96) + collatz(i)
    return total


def add_up(a, b=10, c=100):
    return a + b + c


def case_defaults_and_keywords():
    total = 0
    for i in range(200):
        total += add_up(i) + add_up(i, 1) + add_up(i, 1, 2) + add_up(c=i, a=1)
        total += add_up(i, *(1, 2)) + add_up(i, **{"c": 5})
    return total


def case_wrong_arguments():
    told = []
    for i in range(120):
        try:
            if i == 100:
                add_up()
            elif i == 101:
                add_up(1, 2, 3, 4)
            elif i == 102:
                add_up(1, d=2)
            elif i == 103:
                add_up(1, a=2)
            else:
                add_up(i)
        except TypeError as error:
            told.append(str(error))
    return told


def divide(n, d):
    if n == 0:
        return 10 // d
    return 1 + divide(n - 1, d)


def case_exception_through_native_frames():
    for i in range(40):
        divide(i, 3)
    return divide(12, 0)


def guarded(n, d):
    if n == 0:
        return 10 // d
    if n == 4:
        try:
            return guarded(n - 1, d)
        except ZeroDivisionError as error:
            return [entry.lineno for entry in traceback.extract_tb(error.__traceback__)].__len__()
    return 1 + guarded(n - 1, d)


def case_exception_caught_in_the_middle():
    results = [guarded(i, 3) for i in range(40)]
    return results, guarded(3, 5), guarded(12, 0)


def context(n, d):
    if n == 0:
        return 1 // d
    return context(n - 1, d)


def case_context_of_exceptions():
    for i in range(40):
        context(i % 7, 2)
    try:
        raise KeyError("outer")
    except KeyError:
        context(6, 0)


def watcher(n, seen):
    if n == 0:
        return 0
    if n == seen:
        return peek(n)
    return 1 + watcher(n - 1, seen)


def peek(n):
    names = []
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_name == "watcher":
        names.append((frame.f_lineno - frame.f_code.co_firstlineno, sorted(frame.f_locals.items())))
        frame = frame.f_back
    return len(names) * 1000 + sum(locals_[0][1] for _, locals_ in names)


def case_frames_seen_from_what_is_called():
    results = [watcher(n, -1) for n in range(60)]
    return results, watcher(30, 7), watcher(30, 29)


def late(n, flag):
    if flag:
        if n > 5:
            x = n * 2
            return x + 1
    return n


def case_unseen_paths():
    total = 0
    for i in range(300):
        total += late(i, i > 200)
    return total


def identity(x):
    return x


def sign(x):
    if x < 0:
        return -1
    return x > 0


def case_arguments_of_many_types():
    values = [1, 2.5, True, "text", None, [1], 10**30, float("inf"), -0.0]
    results = []
    for i in range(120):
        results.append(identity(values[i % len(values)]))
    signs = [sign(x) for x in [3, -2.5, 0, True, 10**40, -(10**40)] * 20]
    return results[-9:], signs[-6:]


def case_identity_of_what_is_handed_on():
    values = [1.5, float("nan")]
    kept = []
    for i in range(200):
        kept.append(identity(values[i > 150]))
    big = [10**18 + i for i in range(3)]
    return values[1] in kept, identity(big) is big, identity(values) is values


def countdown(n):
    if n <= 0:
        return None
    return countdown(n - 1)


def case_nothing_is_returned():
    return [countdown(n) for n in range(70)]


def swap_code(n):
    if n == 0:
        return 1
    return swap_code(n - 1) + 1


def swapped(n):
    return -1


def case_code_is_replaced():
    before = [swap_code(n) for n in range(50)]
    original = swap_code.__code__
    swap_code.__code__ = swapped.__code__
    between = [swap_code(n) for n in range(50)]
    swap_code.__code__ = original
    return before, between, [swap_code(n) for n in range(50)]


def stepped(n, step=1):
    if n <= 0:
        return 0
    return 1 + stepped(n - step)


def case_defaults_are_replaced():
    before = [stepped(n) for n in range(60)]
    stepped.__defaults__ = (2,)
    between = [stepped(n) for n in range(60)]
    stepped.__defaults__ = (1,)
    return before, between, [stepped(n) for n in range(60)]


def rebound(n):
    if n == 0:
        return 0
    return 1 + rebound(n - 1)


def case_a_global_is_rebound():
    global rebound
    original = rebound
    before = [rebound(n) for n in range(60)]
    rebound = lambda n: 100
    between = [original(n) for n in range(60)]
    rebound = original
    return before, between, [original(n) for n in range(60)]


def rebinder(n):
    global helper
    if n == 0:
        return 0
    if n == 77:
        helper = other_helper
        return rebinder(76)
    return helper(n) + rebinder(n - 1)


def helper(n):
    return n * 2


def first_helper(n):
    return n * 2


def other_helper(n):
    return -n


def case_a_callee_is_rebound_while_native_code_runs():
    global helper
    results = [rebinder(n) for n in range(60)]
    results.append(rebinder(90))
    helper = first_helper
    return results


LIMIT = 7


def uses_global(n):
    if n < LIMIT:
        return n
    return uses_global(n - 1) + 1


def case_a_number_in_a_global_changes():
    global LIMIT
    before = [uses_global(n) for n in range(50)]
    LIMIT = 12.5
    between = [uses_global(n) for n in range(50)]
    LIMIT = 7
    return before, between, [uses_global(n) for n in range(50)]


def depth_reached(limit, work):
    depth = 0
    frame = sys._getframe()
    while frame:
        depth += 1
        frame = frame.f_back
    previous = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)
    try:
        return work(depth)
    finally:
        sys.setrecursionlimit(previous)


def dive(n):
    if n == 0:
        return 0
    return 1 + dive(n - 1)


def deepest(depth, limit):
    """The deepest dive that ends well."""
    low, high = 0, limit + 10
    while low < high:
        middle = (low + high + 1) // 2
        try:
            dive(middle)
            low = middle
        except RecursionError:
            high = middle - 1
    return low + depth - limit


def case_recursion_limits():
    for n in range(50):
        dive(n)
    small = depth_reached(100, lambda depth: deepest(depth, 100))
    usual = depth_reached(1000, lambda depth: deepest(depth, 1000))
    return small, usual


def case_recursion_error():
    for n in range(50):
        dive(n)

    def work(depth):
        try:
            dive(10**6)
        except RecursionError as error:
            entries = traceback.extract_tb(error.__traceback__)
            names = [entry.name for entry in entries]
            return str(error), len(names) + depth, names[-1], entries[-1].lineno

    return depth_reached(200, work), depth_reached(900, work)


def case_deep_recursion():
    result = []

    def run():
        for n in range(50):
            dive(n)
        result.append(depth_reached(100_000, lambda depth: dive(40_000)))
        result.append(depth_reached(100_000, lambda depth: dive(400)))
        result.append(fib(15))

    size = threading.stack_size(64 * 1024 * 1024)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    threading.stack_size(size)
    return result


def case_deep_error():
    result = []

    def run():
        for n in range(50):
            dive(n)

        def work(depth):
            try:
                dive(10**6)
            except RecursionError as error:
                return str(error), len(traceback.extract_tb(error.__traceback__)) > 29_000

        result.append(depth_reached(30_000, work))

    size = threading.stack_size(64 * 1024 * 1024)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    threading.stack_size(size)
    return result


def case_threads():
    results = [None] * 4

    def work(at):
        results[at] = [fib(n) for n in range(16)]

    threads = [threading.Thread(target=work, args=(at,)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results[0] == results[1] == results[2] == results[3], results[0]


def walk(n):
    if n > 0:
        yield n
        yield from walk(n - 1)


def case_generators():
    return [sum(walk(n)) for n in range(40)]


def make_counter(step):
    def count(n):
        return 0 if n <= 0 else 1 + count(n - step)

    return count


def case_closures():
    results = []
    for step in (1, 2, 3):
        count = make_counter(step)
        results.append([count(n) for n in range(50)])
    return results


class Noisy:
    log = []

    def __init__(self, name):
        self.name = name

    def __del__(self):
        Noisy.log.append((self.name, sys._getframe(1).f_code.co_name))


def holds(n, thing):
    if n == 0:
        return n
    other = thing
    thing = None
    return holds(n - 1, other) + 1


def case_finalisers():
    Noisy.log.clear()
    for i in range(40):
        holds(i % 5, Noisy(i))
    names = [name for name, _ in Noisy.log]
    return names, holds(3, Noisy("last")), Noisy.log[-1]


def partition(items, low, high):
    pivot = items[(low + high) // 2]
    i = low
    j = high
    while i <= j:
        while items[i] < pivot:
            i += 1
        while items[j] > pivot:
            j -= 1
        if i <= j:
            items[i], items[j] = items[j], items[i]
            i += 1
            j -= 1
    return i, j


def quicksort(items, low, high):
    if low < high:
        i, j = partition(items, low, high)
        quicksort(items, low, j)
        quicksort(items, i, high)


def case_quicksort():
    state = 12345
    items = []
    for _ in range(400):
        state = (state * 1103515245 + 12345) % 2**31
        items.append(state % 1000)
    wanted = sorted(items)
    quicksort(items, 0, len(items) - 1)
    return items == wanted

"""How deep recursion gets under limits of 100, 1000 and 100000, and how it ends: depth, message, traceback; on
stacks of several sizes."""

import sys
import threading

LIMITS = (100, 1000, 100_000)
deepest = 0


def depth_here():
    depth = 0
    frame = sys._getframe()
    while frame:
        depth += 1
        frame = frame.f_back
    return depth


def with_limit(limit, work):
    """Runs ``work`` with room for ``limit`` frames more than are there now."""
    previous = sys.getrecursionlimit()
    sys.setrecursionlimit(depth_here() + limit)
    try:
        return work()
    finally:
        sys.setrecursionlimit(previous)


def in_a_thread(kilobytes, work):
    """What ``work`` returns in a thread with a stack of this size."""
    results = []
    previous = threading.stack_size(kilobytes * 1024)
    try:
        thread = threading.Thread(target=lambda: results.append(work()))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(previous)
    return results


def endless(n):
    global deepest
    deepest = n
    return 1 + endless(n + 1)


def endless_with_keyword(n, *, step=1):
    global deepest
    deepest = n
    return endless_with_keyword(n + step, step=step)


def endless_with_star(*numbers):
    global deepest
    deepest = numbers[0]
    return endless_with_star(*[numbers[0] + 1])


def endless_with_loop(n):
    global deepest
    deepest = n
    total = 0
    for i in range(3):
        total += i
    return total + endless_with_loop(n + 1)


def endless_in_a_loop(n):
    global deepest
    deepest = n
    total = 0
    for i in range(4):
        total += i
        if i == 2:
            total += endless_in_a_loop(n + 1)
    return total


def endless_with_float(n, x):
    global deepest
    deepest = n
    y = x * 1.5
    return y + endless_with_float(n + 1, y - x)


def endless_with_list(n, items):
    global deepest
    items[0] = n
    deepest = items[0]
    return endless_with_list(n + 1, items) + items[1]


def ping(n):
    global deepest
    deepest = n
    return pong(n + 1)


def pong(n):
    return 1 + ping(n + 1)


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def dive(n):
    return 0 if n == 0 else 1 + dive(n - 1)


def dive_with_loop(n):
    total = 0
    for i in range(3):
        total += i
    return total if n == 0 else total + dive_with_loop(n - 1)


def dive_in_a_loop(n):
    total = 0
    for i in range(3):
        total += i
        if i == 1 and n:
            total += dive_in_a_loop(n - 1)
    return total


def sum_list(items, k):
    return 0 if k == len(items) else items[k] + sum_list(items, k + 1)


def how_it_ends(function, *arguments):
    """The message, how deep it was, and the functions and lines of the traceback, with how often each."""
    global deepest
    deepest = -1
    try:
        return "returned", function(*arguments)
    except RecursionError as error:
        counts = {}
        entry = error.__traceback__.tb_next
        while entry:
            key = entry.tb_frame.f_code.co_name, entry.tb_lineno
            counts[key] = counts.get(key, 0) + 1
            entry = entry.tb_next
        return str(error), deepest, counts


ENDLESS = [
    (endless, 0), (endless_with_keyword, 0), (endless_with_star, 0), (endless_with_loop, 0), (endless_in_a_loop, 0),
    (endless_with_float, 0, 1.5), (endless_with_list, 0, [1, 2]), (ping, 0),
]


def case_small_limits():
    return [with_limit(limit, lambda: how_it_ends(*what)) for limit in LIMITS[:2] for what in ENDLESS]


def case_large_limit():
    return [with_limit(LIMITS[2], lambda: how_it_ends(*ENDLESS[k])) for k in (0, 3, 4, 7)]


def case_after_it_was_hot():
    """The same once the function has run often, and again once it has failed."""
    told = []
    for limit in (100, 1000, 40_000):
        for function in (dive, dive_with_loop, dive_in_a_loop):
            for n in range(60):
                function(n)
            told.append(with_limit(limit, lambda: how_it_ends(function, limit * 2)))
            told.append(with_limit(limit, lambda: how_it_ends(function, limit // 2)))
    return told


def case_just_fits():
    """The deepest call that still fits, to the frame."""
    told = []
    for limit in (60, 100, 1000):
        for function in (dive, dive_with_loop, dive_in_a_loop, lambda n: sum_list(list(range(n)), 0), ping_pong_once):
            fits = 0
            for n in range(limit - 40, limit + 5):
                try:
                    with_limit(limit, lambda: function(n))
                    fits = n
                except RecursionError:
                    pass
            told.append((limit, fits))
    return told


def ping_pong_once(n):
    return 0 if n <= 0 else pong_once(n - 1) + 1


def pong_once(n):
    return 0 if n <= 0 else ping_pong_once(n - 1) + 1


def case_deep_and_back():
    return [
        with_limit(100_000, lambda: (function(n), function(n // 2)))
        for function in (dive, dive_with_loop, dive_in_a_loop)
        for n in (900, 1600, 5000, 20_000, 90_000)
    ]


def case_small_stacks():
    """The size of the C stack does not show in what Python code alone does."""
    return [
        in_a_thread(kilobytes, lambda: with_limit(limit, lambda: how_it_ends(*what)))
        for kilobytes, limit in ((768, 100), (768, 1000), (768, 30_000), (65536, 1000), (65536, 100_000))
        for what in (ENDLESS[0], ENDLESS[5])
    ]


def case_small_stacks_and_back():
    return [
        in_a_thread(kilobytes, lambda: with_limit(60_000, lambda: [function(n) for n in (10, 3000, 50_000, 10)]))
        for kilobytes in (768, 65536)
        for function in (dive, dive_with_loop)
    ]


def case_caught_at_the_bottom():
    def descend(n):
        try:
            return descend(n + 1)
        except RecursionError:
            return n

    return [with_limit(limit, lambda: descend(0)) for limit in LIMITS[:2]]


def case_caught_again_and_again():
    failures = total = 0
    for i in range(60):
        try:
            total += with_limit(150, lambda: dive(100 if i % 3 else 10_000))
        except RecursionError:
            failures += 1
    return failures, total


def case_finally_at_every_level():
    log = []

    def descend(n):
        try:
            return descend(n + 1)
        finally:
            log.append(n)

    return with_limit(300, lambda: how_it_ends(descend, 0))[0], log


def case_limit_set_on_the_way():
    def descend(n):
        if n == 50:
            sys.setrecursionlimit(depth_here() + 100)
        return 1 + descend(n + 1)

    previous = sys.getrecursionlimit()
    try:
        return [with_limit(1000, lambda: how_it_ends(descend, 0)) for _ in range(3)]
    finally:
        sys.setrecursionlimit(previous)


def case_two_way_recursion_at_the_limit():
    def tree(n):
        global deepest
        if n > deepest:
            deepest = n
        return tree(n + 1) + tree(n + 1)

    return [with_limit(limit, lambda: how_it_ends(tree, 0)) for limit in (100, 1000)], with_limit(40, lambda: fib(12))


def case_room_is_given_back():
    told = []
    for n in range(60):
        with_limit(500, lambda: how_it_ends(endless, 0))
        told.append(with_limit(200, lambda: how_it_ends(endless, 0))[1])
    return told


def case_calls_through_builtins():
    """Through C code there is a limit of C's own: only that it ends well counts."""
    def through_max(n):
        return max([n], key=lambda x: through_max(x + 1))

    def through_map(n):
        return list(map(through_map, [n + 1]))

    def through_sort(n):
        return sorted([n], key=through_sort)

    told = []
    for function in (through_max, through_map, through_sort):
        for limit in (100, 1000):
            message = with_limit(limit, lambda: how_it_ends(function, 0))[0]
            told.append(message.startswith("maximum recursion depth exceeded"))
    return told

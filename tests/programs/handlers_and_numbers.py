"""Numbers in flight when a handler, a `with` or a `finally` takes over in the same function."""

import contextlib


def case_values_survive_into_the_handler():
    a, b, c = 1, 0.5, 2**62
    log = []
    i = 0
    while i < 120:
        i += 1
        a = a * 5 % 1009
        b = b * 1.1 - i
        c = c + a
        try:
            1 / (i % 30 - 29)
        except ZeroDivisionError:
            log.append((i, a, b, c))
            c = c - 2**62 if c > 2**62 else c
    return log, a, b, c


def case_partial_expression_when_it_fails():
    log = []
    for i in range(80):
        try:
            log.append(i + (2 * i + 10 // (i % 20 - 19)))
        except ZeroDivisionError:
            log.append("failed")
    return log


def case_list_under_construction():
    log = []
    for i in range(80):
        try:
            log.append([i, i * 0.5, 1 // (i % 25 - 24), i])
        except ZeroDivisionError:
            log.append(i)
    return log


def case_in_place_before_failure():
    total = 0
    log = []
    for i in range(80):
        try:
            total += 1
            total += 10 % (i % 40 - 39)
            total += 100
        except ZeroDivisionError:
            log.append(total)
    return log, total


def case_handler_changes_loop_state():
    i = 0
    restarts = 0
    while i < 100:
        try:
            i += 1
            if i == 90 and restarts < 3:
                raise KeyError
        except KeyError:
            i = 0
            restarts += 1
    return i, restarts


def case_suppressed_in_nested_loops():
    total = 0
    for i in range(20):
        with contextlib.suppress(ZeroDivisionError):
            for j in range(20):
                total += 100 // (j - i)
        total += j
    return total


def case_finally_restores():
    depth = 0
    deepest = 0
    for i in range(80):
        depth += 1
        try:
            deepest = max(deepest, depth)
            if i % 9 == 8:
                continue
            depth += 2
        finally:
            depth -= 1 if i % 9 == 8 else 3
    return depth, deepest


def case_overflow_inside_try():
    x = 1.0
    caught = 0
    n = 0
    for i in range(100):
        try:
            x = x * 10.0
            n = int(x) + n
            if i > 90:
                x = x**100
        except OverflowError as error:
            caught += 1
            x = 1.0
    return x, n, caught


def case_two_handlers_in_sequence():
    a = b = 0
    for i in range(100):
        try:
            a += 6 // (i % 3)
        except ZeroDivisionError:
            a += 1
        try:
            b += 6 % (i % 4)
        except ZeroDivisionError:
            b += 1
    return a, b


def case_stack_below_the_failing_operation():
    def pair(a, b):
        return a, b

    results = []
    for i in range(60):
        try:
            results.append(pair(i * 3, pair(i, 7 // (i % 10))))
        except ZeroDivisionError as error:
            results.append(error.__traceback__.tb_lineno)
    return results

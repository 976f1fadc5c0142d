"""`while` loops of all shapes: break, continue, else, nesting, conditions with effects."""


def case_sum():
    i = 0
    total = 0
    while i < 1000:
        total += i
        i += 1
    return total, i


def case_condition_in_the_middle():
    i = 0
    while True:
        i += 3
        if i > 500:
            break
    return i


def case_continue():
    i = 0
    total = 0
    while i < 300:
        i += 1
        if i % 3 == 0:
            continue
        total += i
    return total


def case_else_without_break():
    i = 0
    while i < 100:
        i += 1
    else:
        i += 1000
    return i


def case_else_with_break():
    i = 0
    while i < 100:
        i += 1
        if i == 70:
            break
    else:
        i += 1000
    return i


def case_two_exits():
    i = 0
    j = 1000
    while i < j:
        i += 3
        j -= 2
        if (i ^ j) % 97 == 5:
            return "found", i, j
    return "met", i, j


def case_condition_with_walrus():
    n = 97
    steps = 0
    while (n := n * 3 + 1 if n % 2 else n // 2) != 1:
        steps += 1
    return n, steps


def case_many_collatz():
    longest = 0
    for start in range(1, 200):
        n = start
        length = 1
        while n != 1:
            if n % 2:
                n = 3 * n + 1
            else:
                n //= 2
            length += 1
        if length > longest:
            longest = length
            best = start
    return best, longest


def case_gcd():
    total = 0
    for a in range(1, 60):
        for b in range(1, 20):
            x, y = a, b
            while y:
                x, y = y, x % y
            total += x
    return total


def case_newton():
    roots = []
    for k in range(1, 60):
        x = float(k)
        previous = 0.0
        while abs(x - previous) > 1e-12:
            previous = x
            x = (x + k / x) / 2.0
        roots.append(x)
    return roots


def case_countdown_past_zero():
    i = 100
    seen = 0
    while i > -100:
        i -= 7
        seen = seen * 2 + (i < 0)
    return i, seen


def case_float_condition():
    x = 0.0
    n = 0
    while x < 10.0:
        x += 0.1
        n += 1
    return x, n


def case_body_never_runs_at_the_end():
    hits = 0
    for limit in range(100, 0, -1):
        i = 50
        while i < limit:
            i += 1
            hits += 1
    return hits


def case_infinite_loop_left_by_return():
    a, b = 1, 1
    while True:
        a, b = b, (a + b) % 1000
        if b == 0:
            return a, b
        if a == 987:
            return "a", a, b


def case_nested_break_and_continue():
    trail = 0
    i = 0
    while i < 40:
        j = 0
        i += 1
        while True:
            j += 1
            if j > i:
                break
            if (i + j) % 5 == 0:
                continue
            trail = (trail * 31 + i * j) % 1000003
        if i % 7 == 0:
            continue
        trail += 1
    return trail, i, j


def case_pass_body():
    i = 0
    while (i := i + 1) < 500:
        pass
    return i


def case_final_locals():
    a = 0
    b = 1.0
    c = None
    while a < 200:
        a += 1
        b *= 1.01
        if a == 150:
            c = "late"
    return locals()

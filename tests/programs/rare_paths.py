"""Branches that were never seen while the loop was recorded, taken late, early, often and once."""


def case_branch_taken_once():
    total = 0
    for i in range(500):
        if i == 444:
            total = total * 2 + 7
        total += i
    return total


def case_phases():
    trail = []
    value = 1
    for i in range(400):
        phase = i // 100
        if phase == 0:
            value += 1
        elif phase == 1:
            value = value * 3 % 1009
        elif phase == 2:
            value = value / 2
        else:
            value = int(value) - i
        if i % 33 == 0:
            trail.append(value)
    return trail, value


def case_rare_branch_with_a_loop():
    total = 0
    for i in range(300):
        if i % 97 == 96:
            for j in range(i):
                total -= j
        else:
            total += i
    return total


def case_many_branches():
    counts = [0] * 8
    n = 12345
    for i in range(600):
        n = (n * 1103515245 + 12345) & 0x7FFFFFFF
        if n & 1:
            if n & 2:
                counts[0] += 1
            else:
                counts[1] += 1
        elif n & 4:
            counts[2] += 1
            if n & 8:
                continue
            counts[3] += 1
        elif n & 16:
            counts[4] += 1
        else:
            counts[5] += 1
            if n & 32:
                counts[6] += n & 255
    return counts


def case_exit_at_the_very_first_iteration():
    def work(n):
        total = 0
        for i in range(n):
            if i == 0 and n == 77:
                return "special"
            total += i
        return total

    return [work(n) for n in range(60, 90)]


def case_same_loop_with_many_types():
    def work(start, step, n):
        value = start
        for i in range(n):
            value = value + step
        return value

    results = []
    for _ in range(3):
        results.append(work(0, 1, 60))
        results.append(work(0.0, 1, 60))
        results.append(work(2**64, 1, 60))
        results.append(work("", "x", 10))
        results.append(work(True, True, 60))
        results.append(work((), (1,), 5))
        results.append(work(1, 0.5, 60))
    return results


def case_wrong_type_from_a_late_argument():
    def work(n, limit):
        total = 0
        while n < limit:
            n += 1
            total += n
        return total

    results = [work(0, 100), work(0, 100.5), work(-5, True), work(0.5, 80)]
    try:
        work(0, "100")
    except TypeError as error:
        results.append(str(error))
    return results


def case_large_frame():
    a = b = c = d = e = f = g = h = 1
    k = m = n = o = p = q = r = s = 0.5
    for i in range(120):
        a, b, c, d = b + 1, c, d, a
        e, f, g, h = f, g + i, h, e
        k, m, n, o = m, n * 1.01, o, k
        p, q, r, s = q, r, s + 1, p
        if i == 99:
            a = b = 0.25
            k = 7
    return locals()


def case_constants_of_every_kind():
    seen = []
    for i in range(60):
        seen.append((None, True, ..., 1, 1.5, "s", b"b", 1j, (1, (2.0, "x")), frozenset((1,)))[i % 10])
        seen.append((2**100, -1, -0.0, 1e308, "", ())[i % 6])
    return seen


def case_loop_entered_from_a_loop():
    def inner(a, n):
        i = 0
        while i < n:
            a += i
            i += 1
        return a

    total = 0
    for k in range(60):
        total = inner(total, k) % 100003
        if k > 50:
            total = inner(float(total), 3)
            total = int(total)
    return total


def case_dead_values():
    for i in range(100):
        unused = i * i
        also = unused + 0.5
        i + 1
        i if i % 2 else None
    return unused, also


def case_reading_after_the_exit():
    best = None
    where = -1
    for i in range(200):
        value = (i * 73) % 199
        if best is None or value > best:
            best, where = value, i
    return best, where, value


def case_line_continuations_and_positions():
    total = 0
    for i in range(100):
        total += (
            i
            * (i + 1)
            // (
                97
                - i
            )
        )

"""Nested loops up to depth four, each inner loop header an entry of its own."""


def case_depth_two():
    total = 0
    for i in range(40):
        for j in range(40):
            total += i * j
    return total, i, j


def case_depth_three():
    total = 0
    for i in range(12):
        for j in range(i, 14):
            for k in range(j, 0, -2):
                total += (i ^ j) - k
    return total


def case_depth_four():
    total = 0
    for a in range(7):
        for b in range(a):
            for c in range(b, 8):
                d = 0
                while d < c:
                    total += a * b - c * d
                    d += 1
    return total, a, b, c, d


def case_inner_break_outer_continue():
    total = 0
    for i in range(60):
        for j in range(60):
            if j > i:
                break
            if (i + j) % 11 == 7:
                continue
            total += 1
        else:
            total += 1000
        if i % 2:
            continue
        total += 10
    return total


def case_inner_loops_one_after_another():
    total = 0
    for i in range(40):
        for j in range(30):
            total += j
        while total % 7:
            total += 1
        for k in range(30, 0, -1):
            total ^= k
    return total


def case_only_the_inner_is_hot():
    total = 0
    for i in range(3):
        for j in range(200):
            total += i + j
    return total


def case_return_from_the_depth():
    for i in range(50):
        for j in range(50):
            for k in range(5):
                if i * j * k == 4 * 37 * 23:
                    return i, j, k
    return None


def case_exception_in_the_depth():
    for i in range(20):
        for j in range(20):
            k = 10
            while k > 0:
                value = 100 // (i * j - 15 * 17 + k - 3)
                k -= 1


def case_triangular_floats():
    total = 0.0
    for i in range(50):
        x = i * 0.5
        for j in range(i):
            x = x * 0.9 + j
        total += x
    return total


def case_types_change_between_inner_runs():
    total = 0
    for i in range(60):
        step = 1 if i < 40 else 0.5
        for j in range(20):
            total += step
    return total


def case_big_ints_only_in_the_inner_loop():
    total = 0
    for i in range(40):
        value = 1
        for j in range(i * 2):
            value *= 3
        total += value % 1000003
    return total, value


def case_loop_variable_shared():
    seen = 0
    for i in range(30):
        for i in range(10):
            seen += i
        seen += i * 100
    return seen, i


def case_sieve():
    n = 400
    sieve = [True] * n
    count = 0
    for i in range(2, n):
        if sieve[i]:
            count += 1
            for j in range(i * i, n, i):
                sieve[j] = False
    return count


def case_matrix_product():
    n = 9
    a = [[i * n + j for j in range(n)] for i in range(n)]
    b = [[i - j for j in range(n)] for i in range(n)]
    c = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            total = 0
            for k in range(n):
                total += a[i][k] * b[k][j]
            c[i][j] = total
    return c


def case_mandelbrot():
    rows = []
    for y in range(12):
        row = 0
        for x in range(24):
            cr = x / 8.0 - 2.2
            ci = y / 5.0 - 1.2
            zr = zi = 0.0
            n = 0
            while zr * zr + zi * zi < 4.0 and n < 50:
                zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
                n += 1
            row = row * 3 + n
        rows.append(row)
    return rows

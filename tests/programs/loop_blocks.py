"""Loops whose rounds native code runs in blocks: their ends, and what changes within one."""

LENGTHS = [0, 1, 2, 7, 1022, 1023, 1024, 1025, 2047, 2048, 2049, 5000]


def case_sums_of_all_lengths():
    def up(n):
        total = i = 0
        while i < n:
            total += i
            i += 1
        return total, i

    def down(n):
        total = 0
        while n >= 1:
            total -= n
            n -= 3
        return total, n

    def through(n):
        total, last = 0, None
        for last in range(-3, n, 2):
            if last % 3 == 0:
                total += last
            elif last & 4:
                total -= 1
            else:
                total += 2
        return total, last

    return [(up(n), down(n), through(n)) for n in LENGTHS * 3]


def case_beyond_every_window():
    def add(total, start, step, rounds):
        i = start
        end = start + step * rounds
        while i < end:
            total += i
            i += step
        return total, i

    found = []
    for start in (0, 1 << 49, (1 << 50) - 700, 1 << 52, (1 << 62) - 900, (1 << 63) - 2000):
        for total in (0, 1 << 61, (1 << 62) - 1, (1 << 63) - 1, -(1 << 62) - 5, -(1 << 63)):
            for step in (1, 1000, 1 << 31):
                found.append(add(total, start, step, 1500))
    return found


def case_products_and_remainders():
    def mix(n, m):
        total = 0
        for i in range(n):
            total += i * i % m
            total -= i * m // 7
        return total

    return [mix(n, m) for n in (3, 1023, 1025, 3000) for m in (1, 2, 3, 10, 1 << 33, -7)]


def case_lists_that_shrink():
    def sweep(items, at):
        total = 0
        try:
            for i in range(3000):
                total += items[i]
                if i == at:
                    del items[at + 5 :]
        except IndexError as error:
            return total, i, str(error)
        return total, i

    return [sweep(list(range(3000)), at) for at in (2000, 5, 1017, 1018, 1023, 1024, 2999, 2994)]


def case_elements_of_another_type():
    def dot(a, b):
        total = 0
        for k in range(len(b)):
            total += a[k] * b[k]
        return total

    found = []
    for at in (None, 0, 1, 1023, 1024, 1025, 2499):
        for other in (2.5, True, 1 << 70, "x"):
            a, b = list(range(2500)), [3] * 2500
            if at is not None:
                b[at] = other
            try:
                found.append(dot(a, b))
            except TypeError as error:
                found.append(str(error))
    return found


def case_rows_of_rows():
    def product(a, b):
        found = []
        for i in range(len(a)):
            row = []
            for j in range(len(b[0])):
                total = 0.0
                for k in range(len(b)):
                    total += a[i][k] * b[k][j]
                row.append(total)
            found.append(row)
        return found

    def matrix(rows, columns):
        return [[(i * columns + j) % 13 * 0.5 for j in range(columns)] for i in range(rows)]

    found = [product(matrix(5, 9), matrix(9, 4)) for _ in range(6)]
    ragged = matrix(9, 4)
    ragged[7].pop()
    try:
        product(matrix(5, 9), ragged)
    except IndexError as error:
        found.append(str(error))
    tall = matrix(5, 9)
    tall[3] = tuple(tall[3])
    found.append(product(tall, matrix(9, 4)))
    return found


def case_stores_in_blocks():
    def strike(flags, start, step):
        for multiple in range(start, len(flags), step):
            flags[multiple] = False
        return sum(flags)

    found = []
    for size in (10, 1500, 4000):
        flags = [True] * size
        for step in (1999, 7, 3, 2, 1):
            found.append((strike(flags, step, step), flags[-3:]))
    flags = [True] * 3000
    flags[2100] = object
    found.append(strike([bool(f) for f in flags], 0, 1))
    strike(flags, 0, 3)
    found.append(flags[2100])
    return found


def case_a_step_of_zero_and_a_negative_one():
    def walk(items, i, step, rounds):
        found = 0
        while rounds > 0:
            found += items[i]
            i += step
            rounds -= 1
        return found, i

    items = list(range(1, 2001))
    found = []
    for i, step, rounds in [(0, 1, 2000), (5, 0, 1500), (1999, -1, 1999), (3, 2, 900)] * 3:
        found.append(walk(items, i, step, rounds))
    for i, step, rounds in [(1999, -1, 2500), (0, 1, 2001), (-1, 1, 5)]:
        try:
            found.append(walk(items, i, step, rounds))
        except IndexError as error:
            found.append(str(error))
    return found

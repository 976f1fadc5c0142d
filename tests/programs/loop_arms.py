"""Loops with arms: what only some rounds need, rows that may be one list, arms that are run both."""


def longest(a, b):
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            if a[i - 1] == b[j - 1]:
                table[i][j] = table[i - 1][j - 1] + 1
            else:
                table[i][j] = max(table[i - 1][j], table[i][j - 1])
    return table


def some_numbers(count, seed, modulus):
    found = []
    for _ in range(count):
        seed = (seed * 1103515245 + 12345) % 2147483648
        found.append(seed // 65536 % modulus)
    return found


def case_longest_common_subsequence():
    found = []
    for count in (1, 2, 9, 40, 1100):
        table = longest(some_numbers(30, count, 3), some_numbers(count, 7, 3))
        found.append((len(table), table[-1][-1], sum(table[-1])))
    return found


def case_elements_change_their_type_in_one_arm():
    found = []
    for odd in (True, 2.5, 1 << 61, -(1 << 63), 1 << 70, "x"):
        a, b = some_numbers(30, 3, 4), some_numbers(60, 5, 4)
        b[41] = odd
        a[17] = odd
        found.append(longest(a, b)[-1][-1])
    return found


def fill(table, rows, columns):
    for i in range(rows):
        for j in range(columns):
            if (i + j) % 3:
                table[i][j] = table[i - 1][j - 1] + 1
            else:
                table[i][j] = table[i][j - 1] - j


def case_rows_that_are_one_list():
    found = []
    for shared in (False, True, False, True):
        row = [0] * 50
        table = [row if shared and i % 2 else [0] * 50 for i in range(50)]
        fill(table, 50, 50)
        found.append([sum(row) for row in table])
    return found


def case_a_list_that_is_its_own_row():
    def count_down(table, end):
        rounds = 0
        try:
            for j in range(len(table) - 1, end, -1):
                table[0][j] = j
                rounds += 1
                if rounds % 5 == 0:
                    rounds += table[0][j]
        except TypeError as error:
            return rounds, str(error)
        return rounds, len(table), table[1:4]

    found = []
    for size in (10, 400, 3000):
        for end in (0, -1, -3):
            table = [0] * size
            table[0] = table
            found.append(count_down(table, end))
    return found


def case_what_only_one_arm_uses():
    def pick(flags, a, b):
        total = 0
        for i in range(len(flags)):
            if flags[i]:
                total += a[3]
            else:
                total -= b[2][1]
        return total

    row = [4, 5, 6]
    mixed, never = [i % 3 == 0 for i in range(300)], [False] * 300
    found = [pick(mixed, [1, 2, 3, 4], [7, 8, row]) for _ in range(3)]
    found += [pick(never, None, [7, 8, row]), pick([True] * 300, [1, 2, 3, 4], None)]
    for a, b in ((None, [7, 8, row]), ([1, 2, 3], [7, 8, row]), ([1, 2, 3, 4], [7, 8, [1]])):
        try:
            found.append(pick(mixed, a, b))
        except (TypeError, IndexError) as error:
            found.append(repr(error))
    return found


def case_rows_that_shrink_and_move():
    def work(rows, at):
        total = 0
        try:
            for i in range(1, 600):
                if i % 7:
                    total += rows[1][i]
                else:
                    rows[1][i] = total % 1000
                if i == at:
                    del rows[1][300:]
                if i == at + 50:
                    rows[1] = [1.5] * 700
        except IndexError as error:
            return total, repr(error)
        return total, len(rows[1])

    return [work([None, list(range(700))], at) for at in (10_000, 10_000, 100, 250, 295, 590)]


def case_the_lagging_variable():
    def last(n, step, stop):
        seen = []
        i = None
        for i in range(0, n * step, step):
            if i == stop:
                break
        else:
            seen.append("through")
        total = 0
        for j in range(0, n * step, step):
            total += j - (i or 0)
        seen.append((i, total))
        return seen

    lengths = (0, 1, 2, 1023, 1024, 1025, 2048, 2049, 3000)
    return [last(n, step, stop) for n in lengths for step in (1, -1, 7) for stop in (-9, 1022, 1023, 7 * 1024)]


def case_parity():
    def steps(n):
        length = 1
        while n != 1:
            if n % 2 == 0:
                n = n // 2
            else:
                n = 3 * n + 1
            length += 1
        return length

    starts = list(range(1, 60)) + [(1 << 62) - 1, (1 << 62) + 2, (1 << 63) - 1, (1 << 63) - 2, 1 << 62, 1 << 63, 1 << 64]
    return [steps(n) for n in starts * 2]


def case_arms_without_branches():
    def extremes(numbers):
        low = high = numbers[0]
        for n in numbers:
            low = n if n < low else low
            high = n if n > high else high
        return low, high

    def clamp(numbers, low, high):
        total = 0
        for n in numbers:
            if n < low:
                n = low
            elif n > high:
                n = high - 1
            total += n
        return total

    numbers = some_numbers(500, 11, 1000)
    edges = [(1 << 63) - 1, -(1 << 63), 0, 1 << 60, -(1 << 60) - 1]
    found = []
    for more in ([], edges, [True], [2.5], [1 << 80]):
        found.append((extremes(numbers + more), clamp(numbers + more, 10, 900)))
        found.append(clamp(numbers + more, -(1 << 63), 900))
    return found


def case_ints_of_three_digits():
    def add(numbers, by):
        total = 0
        for n in numbers:
            total += (n >> 3) - (n ^ by)
        return total

    ends = [1 << 30, 1 << 59, 1 << 60, (1 << 60) - 1, 1 << 62, (1 << 63) - 1, (1 << 63) - (1 << 60)]
    numbers = [sign * (end + more) for end in ends for more in (-1, 0, 5) for sign in (1, -1)]
    numbers = [n for n in numbers if -(1 << 63) < n < 1 << 63]
    found = [add(numbers * 30, by) for by in (0, 1, -1)]
    smallest = -(1 << 63)
    for odd in (smallest, smallest - 1, 1 << 63, 1 << 90, -(1 << 90)):
        found.append(add([*numbers, odd] * 30, 3))
    return found

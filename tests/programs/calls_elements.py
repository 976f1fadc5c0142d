"""Elements of containers handed to functions: some that only read, some that take the element out of its container."""

ROUNDS = 80
MOMENTS = (0, 1, 40, ROUNDS - 1)


def total(row):
    return row[0] + row[1]


def dot(a, b):
    s = 0.0
    for i in range(len(a)):
        s += a[i] * b[i]
    return s


def scaled(row, k):
    return row[k % len(row)] * k


def put(rows, i, j, x):
    rows[i][j] += x
    return rows[i][j]


def bump(row):
    row[0] += 1
    return row[1]


def take_out(rows, i, row):
    rows[i] = rows[i - 1]
    return row[0]


def keep_or(row, other):
    if row[0] > 2:
        return row
    return other


def nearest(pairs):
    result = None
    for pair in pairs:
        distance = pair[1]
        if distance is not None and distance > -1e-5:
            if result is None or distance < result[1]:
                result = pair
    return result


def to_front(row, at):
    row[:] = row[at:at + 1] + row[0:at] + row[at + 1:]


def trace(error):
    entries = []
    entry = error.__traceback__
    while entry:
        entries.append((entry.tb_frame.f_code.co_name, entry.tb_lineno))
        entry = entry.tb_next
    return type(error).__name__, error.args, entries


def case_rows():
    rows = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    s = 0
    for i in range(ROUNDS * 2):
        s += total(rows[i % 3]) + scaled(rows[(i + 1) % 3], i)
    return s


def case_nested():
    rows = [[(1.5, 2.0), (0.5, 1.0)], [(2.5, 3.0), (4.5, 5.0)]]
    s = 0.0
    for i in range(ROUNDS * 2):
        s += total(rows[i % 2][i // 2 % 2]) * 2 + dot(rows[0][0], rows[1][i % 2])
    return s


def case_tests_for_none():
    missing, near, far = ("missing", None), ("near", 0.5), ("far", 2.5)
    kinds = [[], [missing], [near, missing], [missing, far, near], [far, ("behind", -1.0), near, far]]
    told = []
    for i in range(ROUNDS * 2):
        found = nearest(kinds[i % 5] if i != 40 else [("odd", 10**30), near])
        told.append(found and found[0])
    return told


def case_whole_lists_assigned():
    row = [float(i) for i in range(7)]
    for i in range(ROUNDS * 2):
        to_front(row, i * 3 % 7)
    return row


def case_products():
    n = 6
    a = [[float(i * j + 1) for j in range(n)] for i in range(n)]
    b = [[float(i - j) for j in range(n)] for i in range(n)]
    c = [[0.0] * n for _ in range(n)]
    for _ in range(3):
        for i in range(n):
            for j in range(n):
                c[i][j] = dot(a[i], b[j]) + c[i][j]
    return c


def case_stores():
    rows = [[0.5] * 4 for _ in range(3)]
    s = 0.0
    for i in range(ROUNDS * 2):
        s += put(rows, i % 3, i % 4, 0.25)
    return s, rows


def case_written_meanwhile():
    rows = [[1, 2], [3, 4]]
    s = 0
    for i in range(ROUNDS * 2):
        row = rows[i % 2]
        s += row[0] + bump(rows[i % 2]) * row[0]
    return s, rows


def case_taken_out():
    told = []
    for at in MOMENTS:
        rows = [[i, i + 1] for i in range(ROUNDS)]
        s = 0
        for i in range(ROUNDS):
            if i >= at:
                s += take_out(rows, i, rows[i])
        told.append((s, rows[at][0], rows[-1][0]))
    return told


def case_below_the_call():
    rows = [[1.5, 2.5], [3.5, 4.5]]
    s = 0.0
    for i in range(ROUNDS * 2):
        s += rows[i % 2][0] * total(rows[(i + 1) % 2]) + rows[1][1]
    return s


def case_left_in_the_middle():
    told = []
    for strange in (None, "x", 10**30, 2.5, []):
        for at in MOMENTS:
            rows = [[i, i + 1] for i in range(5)]
            s = 0
            try:
                for i in range(ROUNDS):
                    if i == at:
                        rows[i % 5][1] = strange
                    s = rows[0][0] + total(rows[i % 5]) + s
            except TypeError as error:
                told.append(trace(error))
            told.append((i, s))
    return told


def case_too_short():
    rows = [[1, 2], [3, 4], [5]]
    told = []
    for i in range(ROUNDS):
        try:
            told.append(rows[0][1] + total(rows[i % 2 if i < 60 else 2]))
        except IndexError as error:
            told.append(trace(error))
    return told[-22:]


def case_results_that_are_elements():
    rows = [[1, "a"], [2, "b"], [3, "c"], [4, "d"]]
    other = [0, "z"]
    s = 0
    names = []
    for i in range(ROUNDS):
        row = keep_or(rows[i % 4], other)
        s += row[0]
        names.append(row[1])
    return s, names[:8], keep_or(rows[3], other) is rows[3]


TABLE = [3, 1, 4, 1, 5, 9]


def wrapped(n):
    return n if n < 100 else n % 7


def looked_up(k):
    return TABLE[wrapped(k * 3) % (len(TABLE) or 1)] + k


def case_indexed_by_a_call():
    # The container waits on the stack for the call, and is given up behind the element that it lends.
    return [looked_up(k) for k in range(ROUNDS)], [looked_up(k) for k in (0, 33, 34, 10**6)]

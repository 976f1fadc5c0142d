"""Comprehensions over elements: enumerate, zip, nested, conditions, failures at the first, a middle and the last
item, names that hide others."""

SIZE = 80
MOMENTS = (0, 40, SIZE - 1)


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error), error.__traceback__.tb_next.tb_lineno


def case_lists():
    items = [i / 4 for i in range(SIZE)]
    squares = [x * x for x in items]
    some = [x for x in squares if x > 10]
    sums = [a + b for a, b in zip(items, squares)]
    weights = [i * x for i, x in enumerate(items)]
    shifted = [items[i - 1] for i in range(len(items))]
    return squares, some, sums, weights, shifted


def case_nested():
    table = [[i * 10 + j for j in range(9)] for i in range(9)]
    columns = [[row[j] for row in table] for j in range(9)]
    flat = [x for row in columns for x in row if x % 3]
    pairs = [(i, j) for i in range(9) for j in range(i)]
    product = [[sum(a * b for a, b in zip(row, column)) for column in columns] for row in table]
    return table, columns, flat, pairs, product


def case_with_calls():
    def weight(i, j):
        return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)

    def times(u):
        return [sum([weight(i, j) * x for j, x in enumerate(u)]) for i in range(len(u))]

    return times(times([1.0] * 20))


def case_of_many_kinds():
    kinds = ([1, 2.5, "x", None, 2**70, True, (1,)] * 12)[:SIZE]
    return (
        [x for x in kinds], [type(x).__name__ for x in kinds], [x is kinds[i] for i, x in enumerate(kinds)],
        [x if x else 0 for x in kinds], [not x for x in kinds], {str(x): x for x in kinds},
        {len(str(x)) for x in kinds}, [(x, y) for x, y in zip(kinds, kinds[1:])],
    )


def case_failures():
    told = []
    for at in MOMENTS:
        for strange in (0, "s", None, 0.0):
            items = [1 + i for i in range(SIZE)]
            items[at] = strange
            told.append(outcome(lambda: [100 / x for x in items]))
            told.append(outcome(lambda: sum([100 // x for x in items])))
            told.append(outcome(lambda: [items[x] for x in items if x != 100]))
    return told


def case_handled_inside_the_function():
    told = []
    for at in MOMENTS:
        items = [2] * SIZE
        items[at] = 0
        x = "outer"
        try:
            halves = [100 // x for x in items]
        except ZeroDivisionError as error:
            halves = error.__traceback__.tb_lineno - work_line()
        told.append((halves, x))
    return told


def work_line():
    return case_handled_inside_the_function.__code__.co_firstlineno


def case_names_are_hidden():
    x, i = "outer", "also outer"
    first = [x for x in range(60)]
    second = [i + x for i, x in enumerate([0.5] * 60)]
    third = [[x for x in range(3)] for x in range(20)]
    return x, i, first, second, third


def case_walrus():
    last = None
    kept = [last := x * 2 for x in range(60)]
    found = [y for x in range(90) if (y := x * x % 17) > 8]
    return kept, last, found, y


def case_the_source_changes_on_the_way():
    items = list(range(SIZE))

    def shrink(x):
        if x == 40:
            del items[50:]
        return x

    return [shrink(x) for x in items], len(items)


def case_sources():
    told = []
    for source in ([1] * 60, (1,) * 60, "x" * 60, b"x" * 60, range(60), {i: i for i in range(60)}, iter([1] * 60),
        reversed([1, 2] * 30), (), None):
        told.append(outcome(lambda: [x for x in source]))
        told.append(outcome(lambda: [(i, x) for i, x in enumerate(source)]))
    return told


def case_inside_a_hot_loop():
    items = [1, 2, 3]
    totals = []
    for i in range(60):
        items = [x * 2 - i for x in items]
        small = [x for x in items if -100 < x < 100]
        if len(small) < 3:
            items = [i, 2, 3]
        totals.append(sum(items) + len(small))
    return totals, items


def case_generator_expressions():
    items = [0.5 * i for i in range(SIZE)]
    return (
        sum(x * x for x in items), max(x - 3 for x in items), any(x > 30 for x in items), all(x >= 0 for x in items),
        sum(a * b for a, b in zip(items, reversed(items))), list(i for i, x in enumerate(items) if x == int(x)),
        sum(items[i] for i in range(SIZE)), min((-x for x in items), default=0),
    )


def case_frames_seen_from_inside():
    import sys

    def line():
        return sys._getframe(1).f_lineno - case_frames_seen_from_inside.__code__.co_firstlineno

    def name():
        return sys._getframe(1).f_code.co_name

    return [line() for _ in range(60)], [name() for _ in range(60)]


def case_closures_made():
    functions = [lambda: x for x in range(60)]
    bound = [lambda x=x: x * 2 for x in range(60)]
    return [f() for f in functions], [f() for f in bound]


def case_in_a_class_body():
    class Table:
        size = 60
        squares = [i * i for i in range(60)]
        doubled = [x * 2 for x in squares]
        pairs = [(i, x) for i, x in enumerate(squares)]

    return Table.squares, Table.doubled, Table.pairs

"""Cells, nonlocal, global and default arguments used by hot loops."""

counter = 0
factor = 3


def case_nonlocal():
    total = 0

    def add(n):
        nonlocal total
        total += n

    for i in range(150):
        add(i)
    return total


def case_loop_variable_is_a_cell():
    functions = []
    for i in range(60):
        functions.append(lambda: i)
        if i % 2:
            i = i * 100
    return [f() for f in functions[:3]], i


def case_cell_changed_by_callee():
    limit = 100

    def lower():
        nonlocal limit
        limit -= 1

    i = 0
    while i < limit:
        i += 1
        lower()
    return i, limit


def case_cell_changes_type():
    value = 1

    def change():
        nonlocal value
        value = value + 0.5

    total = 0
    for i in range(100):
        total += value
        if i == 80:
            change()
    return total


def case_hot_loop_in_a_closure():
    offset = 5

    def work(n):
        total = 0
        for i in range(n):
            total += i + offset
        return total

    first = work(100)
    offset = 0.25
    second = work(100)
    offset = "x"
    try:
        work(100)
    except TypeError as error:
        return first, second, str(error)


def case_empty_cell():
    def work():
        total = 0
        for i in range(100):
            total += i if i < 90 else missing
        return total

    if counter < -1:
        missing = 1
    return work()


def case_global_counter():
    global counter
    counter = 0
    for i in range(150):
        counter += i
    return counter


def case_global_read_and_rebound():
    global factor
    total = 0
    factor = 3
    for i in range(150):
        total += i * factor
        if i == 100:
            factor = 0.5
    return total


def case_global_rebound_by_callee():
    global factor

    def rebind(n):
        global factor
        factor = n

    factor = 1
    total = 0
    for i in range(120):
        if i % 25 == 24:
            rebind(i)
        total += factor
    return total


def case_global_deleted():
    global passing
    passing = 1
    total = 0
    for i in range(100):
        total += passing
        if i == 70:
            del passing


def case_builtin_shadowed_by_a_global():
    total = 0
    for i in range(100):
        total += abs(-i)
        if i == 60:
            globals()["abs"] = lambda n: 1000
        if i == 90:
            del globals()["abs"]
    return total


def case_builtin_replaced():
    import builtins

    original = builtins.len
    total = 0
    try:
        for i in range(100):
            total += len("abc")
            if i == 70:
                builtins.len = lambda thing: 100
    finally:
        builtins.len = original
    return total


def case_default_arguments():
    def step(n, by=2, *, times=1):
        return n + by * times

    total = 0
    for i in range(100):
        total = step(total)
        total = step(total, i)
        total = step(total, times=3)
        if i == 60:
            step.__defaults__ = (100,)
        if i == 80:
            step.__kwdefaults__["times"] = 0.5
    return total


def case_code_replaced():
    def one(n):
        return n + 1

    def two(n):
        return n + 2

    total = 0
    for i in range(100):
        total = one(total)
        if i == 60:
            one.__code__ = two.__code__
    return total


def case_counter_factory():
    def make(start):
        def count():
            nonlocal start
            start += 1
            return start

        return count

    a, b = make(0), make(2**63 - 30)
    total = 0
    for i in range(80):
        total += a() - b()
    return total


def case_class_body_loop():
    class Table:
        total = 0
        for i in range(100):
            total += i
        squares = [n * n for n in range(5)]

    return Table.total, Table.i, Table.squares

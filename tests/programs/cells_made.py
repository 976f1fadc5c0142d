"""Functions with variables that functions inside use: the cells are made when such a function begins."""

import sys


def add_all(values, step):
    total = 0

    def add(value):
        nonlocal total
        total += value * step

    for value in values:
        add(value)
    return total


def case_counted_by_a_function_inside():
    return [add_all(range(i % 7), i) for i in range(120)], add_all([1.5, 2, True], 0.5)


def scale(values, factor):
    return sum(value * factor for value in values) + max(values, key=lambda value: -value * factor)


def case_arguments_in_cells():
    results = [scale([i, i + 1, i + 2], i) for i in range(100)]
    results.append(scale([0.5, 1], 2.5))
    results.append(scale([2**70, 3], 2))
    results += [scale((1, 2), True), scale([1, 2], factor=3)]
    try:
        scale(["a"], None)
    except TypeError as error:
        results.append(str(error))
    return results


def counters(start, step=1):
    count = start

    def up():
        nonlocal count
        count += step
        return count

    def down():
        nonlocal count, step
        count -= step
        step += 1
        return count

    return up, down


def case_cells_that_outlive_the_function():
    made = [counters(i, i % 3) for i in range(90)]
    return [(up(), up(), down(), up(), down()) for up, down in made]


def late(flag):
    def inner():
        return variable

    if flag:
        variable = flag
    try:
        return inner()
    except NameError as error:
        return str(error)


def case_cells_without_a_value():
    return [late(i % 3) for i in range(100)]


def deleted(n):
    value = [n]

    def get():
        return value

    before = get()
    del value
    try:
        get()
    except NameError as error:
        return before, str(error)


def case_cells_that_are_emptied():
    return [deleted(i) for i in range(90)]


def factorial_of(n):
    def factorial(k):
        return 1 if k <= 1 else k * factorial(k - 1)

    return factorial(n)


def case_a_function_inside_that_calls_itself():
    return [factorial_of(i % 12) for i in range(100)]


def in_loops(n):
    functions = []
    for i in range(n):
        functions.append(lambda: i)
        functions.append(lambda i=i: i)
    return [function() for function in functions]


def case_the_variable_of_a_loop():
    return [in_loops(i % 6) for i in range(90)]


def classes(n):
    class Base:
        def value(self):
            return n

    class Derived(Base):
        def value(self):
            return super().value() + self.more()

        def more(self):
            return __class__.__name__

    try:
        return Derived().value()
    except TypeError:
        return Base().value(), Derived.__name__


def case_classes_inside():
    return [classes(i) for i in range(60)]


class Noted:
    notes = []

    def __init__(self, number):
        self.number = number

    def __del__(self):
        Noted.notes.append(self.number)


def keeps(number):
    noted = Noted(number)
    get = lambda: noted.number
    result = get()
    noted = Noted(-number)
    return result, get()


def case_what_cells_hold_ends_with_them():
    Noted.notes.clear()
    results = [keeps(i) for i in range(1, 90)]
    return results, Noted.notes


def raises(n):
    values = {}

    def put(key):
        values[key] = 10 // (n - key)

    try:
        for key in range(n + 1):
            put(key)
    except ZeroDivisionError as error:
        frame = error.__traceback__.tb_next.tb_frame
        return sorted(frame.f_locals), error.__traceback__.tb_lineno - raises.__code__.co_firstlineno, values
    return values


def case_exceptions():
    return [raises(i % 5) for i in range(80)]


def looked_at(n):
    hidden = n * 2

    def inner():
        caller = sys._getframe(1)
        return hidden, sorted(caller.f_locals.items(), key=str)[:1], caller.f_lineno - looked_at.__code__.co_firstlineno

    n += 1
    return inner()[0], inner()[2], sorted(locals()), n


def case_frames_with_cells():
    return [looked_at(i) for i in range(80)]


def nested(a):
    b = a + 1

    def middle(c):
        d = b + c

        def innermost():
            nonlocal b
            b += 1
            return a, b, c, d

        return innermost(), innermost()

    return middle(a * 2), b


def case_cells_through_several_functions():
    return [nested(i) for i in range(80)] + [nested(0.5), nested(2**64)]


def pairs_of(n):
    limit = n % 4
    pairs = [(i, j) for i in range(limit) for j in range(limit) if any(i + j == k for k in range(n % 5))]
    return pairs, {i: [limit for _ in range(i)] for i in range(limit)}


def case_comprehensions_and_generators_inside():
    return [pairs_of(i) for i in range(100)]


def retyped(value):
    def get():
        return value

    first = get()
    value = str(value)
    return first, get()


def case_arguments_of_other_types():
    values = [1, 2, 3] * 20 + [1.5] * 10 + ["a", None, 2**80, [1]] * 10
    return [retyped(value) for value in values]

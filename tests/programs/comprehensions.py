"""Comprehensions in and around hot loops, their scoping, and exceptions inside them."""


def case_list():
    total = 0
    for n in range(30):
        total += len([i * i for i in range(n) if i % 2])
    return total


def case_long_one():
    return [i * i % 7 for i in range(200)]


def case_nested():
    return [[i * j for j in range(i)] for i in range(25)]


def case_two_loops():
    return [(i, j) for i in range(15) for j in range(i, 15) if (i + j) % 4 == 0]


def case_set_and_dict():
    return {i % 7 for i in range(100)}, {i: i * 0.5 for i in range(60)}


def case_variable_does_not_leak():
    i = "outside"
    for n in range(40):
        squares = [i * i for i in range(n)]
    return i, squares


def case_exception_inside():
    total = 0
    for n in range(60):
        total += sum([100 // (50 - i) for i in range(n)])


def case_handled_around():
    failures = 0
    for n in range(80):
        try:
            [10 // (i - 40) for i in range(n)]
        except ZeroDivisionError:
            failures += 1
    return failures


def case_closure_in_comprehension():
    functions = [lambda: i for i in range(50)]
    return sum(f() for f in functions), [f() for f in functions][:3]


def case_walrus_inside():
    last = None
    picked = [last := i for i in range(100) if i % 3 == 0]
    return last, picked


def case_growing_types():
    return [2**i for i in range(100)], [0.5**i for i in range(100)], [-(3**i) // 2 for i in range(60)]


def case_iterable_evaluated_outside():
    calls = []

    def source(n):
        calls.append(n)
        return range(n)

    total = 0
    for n in range(40):
        total += sum([x for x in source(n)])
    return total, calls


def case_class_scope():
    results = []
    for k in range(30):
        class Holder:
            values = [j * k for j in range(10)]
            total = sum(values)

        results.append(Holder.total)
    return results


def case_any_all_and_min():
    hits = 0
    for n in range(60):
        hits += any(i == n for i in range(0, 100, 7))
        hits += all(i < 50 for i in range(n))
        hits += min((abs(i - n) for i in range(0, 60, 9)), default=3)
    return hits

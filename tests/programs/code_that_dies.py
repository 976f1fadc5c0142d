"""Code objects that are made, become hot and die: others are soon made where they were."""

import gc

SOURCE = """
def work(n):
    total = {start}
    for i in range(n):
        total {operator}= i {then}
    return total
"""


def case_code_made_again_and_again():
    found = []
    for start in range(16):
        for operator, then in (("+", ""), ("-", "* 2"), ("^", "+ 1"), ("+", "* 0.5")):
            namespace = {}
            exec(SOURCE.format(start=start, operator=operator, then=then), namespace)
            found.append(namespace["work"](60))
            del namespace
        if start % 7 == 0:
            gc.collect()
    return found


def case_functions_that_keep_others_alive():
    found = []
    for start in range(12):
        def inner(n, start=start):
            total = start
            for i in range(n):
                total += i
            return total

        def outer(n):
            total = 0
            for i in range(n):
                total += inner(i)
            return total

        found.append(outer(60))
        inner = None
        try:
            outer(3)
        except TypeError as error:
            found.append(str(error))
    return found


def case_code_that_dies_while_a_generator_of_it_waits():
    found = []
    for start in range(12):
        namespace = {}
        exec(
            f"def numbers(n):\n    i = {start}\n    while i < n:\n        yield i * 2\n        i += 1\n",
            namespace,
        )
        running = namespace["numbers"](start + 60)
        found.append([next(running) for _ in range(30)])
        namespace.clear()
        gc.collect()
        found.append(list(running))
        del running
    return found

"""Locals that come and go: del, unbound names, NameError texts, and what is left at the end."""


def case_del_and_reassign():
    total = 0
    for i in range(100):
        x = i
        total += x
        del x
    return sorted(locals())


def case_del_late():
    x = 1
    total = 0
    for i in range(100):
        total += x
        if i == 77:
            del x


def case_conditionally_bound():
    total = 0
    for i in range(100):
        if i % 2 == 0:
            even = i
        total += even
    return total, even


def case_never_bound():
    for i in range(80):
        if i > 100:
            never = 1
    return never


def case_unbound_and_handled():
    misses = 0
    for i in range(100):
        try:
            value
            del value
        except UnboundLocalError:
            misses += 1
            value = i
    return misses, "value" in locals()


def case_del_loop_variable():
    total = 0
    for i in range(100):
        total += i
        if i == 99:
            del i
    return sorted(locals())


def case_del_of_unbound():
    x = 5
    for i in range(60):
        if i > 55:
            del x


def case_name_error_and_suggestion():
    counter = 0
    for i in range(60):
        if i == 58:
            countre
        counter += 1


def case_del_subscript_and_attribute():
    class Box:
        pass

    box = Box()
    table = {}
    items = list(range(100))
    for i in range(60):
        box.a = i
        table[i] = i
        del box.a, table[i], items[0]
    return box, table, items


def case_exception_variable_unbinds():
    for i in range(60):
        error = i
        try:
            raise ValueError
        except ValueError as error:
            pass
        try:
            error
        except NameError:
            pass
    return sorted(locals())


def case_locals_snapshot_each_iteration():
    a = 0
    b = 1.5
    shots = []
    for i in range(60):
        a += i
        b *= 1.1
        if i % 20 == 19:
            shots.append({k: v for k, v in locals().items() if k != "shots"})
    return shots


def case_swap_and_rotate():
    a, b, c = 1, 2.0, "three"
    for i in range(100):
        a, b, c = b, c, a
    return a, b, c


def case_augmented_on_unbound():
    for i in range(60):
        if i == 50:
            late += 1


def case_dir_and_vars():
    x = 1
    names = []
    for i in range(50):
        x += 1
        names.append(len(dir()) + len(vars()))
    return names

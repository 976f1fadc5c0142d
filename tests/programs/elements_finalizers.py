"""Overwritten elements die where they would have died, in the same order, and may do anything then."""


class Loud:
    def __init__(self, name, log):
        self.name = name
        self.log = log

    def __del__(self):
        self.log.append(self.name)


class Doing:
    """Does something when it dies."""

    def __init__(self, action):
        self.action = action

    def __del__(self):
        self.action()


def case_overwritten_one_by_one():
    log = []
    items = [Loud(i, log) for i in range(60)]
    for i in range(60):
        items[i] = i
        log.append(("stored", i))
    return log, items


def case_numbers_and_objects_mixed():
    log = []
    items = [i if i % 7 else Loud(i, log) for i in range(90)]
    total = 0
    for i in range(90):
        items[i] = i * 0.5
        total += items[i]
        log.append(i)
    return log, total


def case_swaps_kill_nobody():
    log = []
    items = [Loud(i, log) for i in range(20)]
    for i in range(90):
        a, b = i % 20, (i * 7) % 20
        items[a], items[b] = items[b], items[a]
    log.append("swapped")
    names = [item.name for item in items]
    return log, names


def case_object_moves_to_a_local():
    log = []
    items = [Loud(i, log) for i in range(60)]
    kept = None
    for i in range(60):
        kept = items[i]
        log.append(("kept", i))
        items[i] = None
        log.append(("cleared", i))
    del kept
    return log


def case_in_rows():
    log = []
    rows = [[Loud((i, j), log) for j in range(4)] for i in range(15)]
    for i in range(15):
        for j in range(4):
            rows[i][j] = 0
        log.append("row")
        rows[i] = None
    return log


def case_rows_die_whole():
    log = []
    rows = [[Loud((i, j), log) for j in range(3)] for i in range(40)]
    for i in range(40):
        rows[i] = i
        log.append("row")
    return log


def case_slice_assignment():
    log = []
    items = [Loud(i, log) for i in range(70)]
    for i in range(60):
        items[0:2] = [i]
        log.append("stored")
    return log, len(items)


def case_deleted():
    log = []
    items = [Loud(i, log) for i in range(60)]
    while items:
        del items[len(items) // 2]
        log.append("deleted")
    return log


def case_popped():
    log = []
    items = [Loud(i, log) for i in range(60)]
    while items:
        last = items.pop()
        log.append("popped")
        if len(items) > 30:
            items.pop(0)
            log.append("first gone")
    return log, last.name


def case_tuple_of_temporaries():
    log = []
    for i in range(50):
        a, b = Loud((i, "a"), log), Loud((i, "b"), log)
        a, b = b, a
        log.append("swapped")
    return log


def case_the_finalizer_shrinks_the_list():
    told = []
    for at in (0, 1, 30, 59):
        items = list(range(60))
        items[at] = Doing(lambda items=items: items.__delitem__(slice(40, None)))
        try:
            for i in range(60):
                items[i] = -i
        except IndexError as error:
            told.append(str(error))
        told.append((i, items))
    return told


def case_the_finalizer_reads_the_element():
    seen = []
    items = [0] * 60
    for k in range(60):
        items[k] = Doing(lambda k=k: seen.append((k, items[k])))
    for i in range(60):
        items[i] = i + 0.5
    return seen


def case_the_finalizer_stores_into_the_element():
    items = [0] * 60
    for k in range(0, 60, 9):
        items[k] = Doing(lambda k=k: items.__setitem__(k, "from the finalizer"))
    for i in range(60):
        items[i] = i
    return items


def case_the_finalizer_retypes_the_elements():
    items = [1] * 80
    items[40] = Doing(lambda: items.__setitem__(slice(41, 60), ["s"] * 19))
    total, seen = 0, []
    for i in range(80):
        if i == 40:
            items[i] = 1
        x = items[i]
        if type(x) is str:
            seen.append(i)
        else:
            total += x
    return total, seen


def case_the_finalizer_changes_locals_of_the_loop():
    total = 0
    step = 1
    items = [0] * 60

    def change():
        nonlocal step
        step = 100

    items[30] = Doing(change)
    for i in range(60):
        items[i] = i
        total += step
    return total


def case_the_finalizer_raises():
    import sys

    caught = []
    previous = sys.unraisablehook
    sys.unraisablehook = lambda what: caught.append(repr(what.exc_value))
    try:
        items = [Doing(lambda k=k: 1 // (k % 20)) for k in range(60)]
        for i in range(60):
            items[i] = None
    finally:
        sys.unraisablehook = previous
    return caught


def case_the_finalizer_brings_back():
    saved = []

    class Phoenix:
        def __init__(self, n):
            self.n = n

        def __del__(self):
            saved.append(self)

    items = [Phoenix(i) for i in range(60)]
    for i in range(60):
        items[i] = i * 1.5
    return [bird.n for bird in saved], items


def case_lists_inside_the_finalizer():
    totals = []

    def work():
        numbers = [k * 0.5 for k in range(40)]
        total = 0.0
        for k in range(40):
            total += numbers[k]
            numbers[k] = total
        totals.append(total)

    items = [Doing(work) for _ in range(50)]
    for i in range(50):
        items[i] = 0
    return totals


def case_weak_references():
    import weakref

    class Thing:
        pass

    log = []
    items = [Thing() for _ in range(60)]
    refs = [weakref.ref(thing, lambda _, k=k: log.append(k)) for k, thing in enumerate(items)]
    thing = None
    for i in range(60):
        items[i] = refs[i]() is None
        log.append("stored")
    return log, items

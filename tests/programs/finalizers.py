"""`__del__` and weak references inside hot loops: when they run, and in which order."""

import gc
import weakref


class Loud:
    def __init__(self, name, log):
        self.name = name
        self.log = log

    def __del__(self):
        self.log.append(("del", self.name))


def case_replaced_every_iteration():
    log = []
    thing = None
    for i in range(60):
        thing = Loud(i, log)
        log.append(i)
    log.append("after")
    return log


def case_temporary_dies_at_once():
    log = []
    total = 0
    for i in range(60):
        total += len(Loud(i, log).log)
        log.append(("next", i))
    return log, total


def case_two_variables():
    log = []
    a = b = None
    for i in range(60):
        a = b
        b = Loud(i, log)
        log.append(i)
    del a
    log.append("a gone")
    return log


def case_del_statement():
    log = []
    for i in range(60):
        thing = Loud(i, log)
        log.append("made")
        del thing
        log.append("deleted")
    return log


def case_printing():
    class Printer:
        def __init__(self, n):
            self.n = n

        def __del__(self):
            print("del", self.n)

    for i in range(40):
        print("top", i)
        p = Printer(i)
        q = Printer(i + 1000)
        print("bottom", i)
    print("after the loop")


def case_argument_order():
    log = []

    def take(a, b):
        log.append("called")

    for i in range(50):
        take(Loud((i, "a"), log), Loud((i, "b"), log))
        log.append("returned")
    return log


def case_finalizer_raises(capture=[]):
    import sys

    caught = []
    previous = sys.unraisablehook
    sys.unraisablehook = lambda what: caught.append((type(what.exc_value).__name__, str(what.exc_value)))

    class Bad:
        def __init__(self, n):
            self.n = n

        def __del__(self):
            raise ValueError(self.n)

    try:
        for i in range(50):
            bad = Bad(i)
        del bad
    finally:
        sys.unraisablehook = previous
    return caught


def case_finalizer_changes_a_global():
    global step
    step = 1

    class Changer:
        def __del__(self):
            global step
            step = 10

    total = 0
    changer = Changer()
    for i in range(100):
        if i == 70:
            changer = None
        total += step
    return total


def case_finalizer_changes_a_list_under_the_loop():
    items = list(range(80))

    class Truncate:
        def __del__(self):
            del items[60:]

    truncate = Truncate()
    total = 0
    for n, item in enumerate(items):
        if n == 30:
            truncate = 0
        total += item
    return total, n


def case_weakref_callbacks():
    log = []

    class Target:
        pass

    refs = []
    target = Target()
    for i in range(60):
        refs.append(weakref.ref(target, lambda ref, i=i: log.append(i)))
        if i % 10 == 9:
            target = Target()
            log.append("new")
    return log, sum(ref() is None for ref in refs)


def case_weakref_dies_in_the_loop():
    class Target:
        pass

    target = Target()
    ref = weakref.ref(target)
    alive = 0
    for i in range(100):
        if ref() is not None:
            alive += 1
        if i == 66:
            target = i
    return alive


def case_gc_collect_in_loop():
    log = []

    class Node:
        def __init__(self, n):
            self.n = n
            self.me = self

        def __del__(self):
            log.append(self.n)

    was = gc.isenabled()
    gc.disable()
    try:
        for i in range(60):
            Node(i)
            if i % 10 == 9:
                gc.collect()
                log.append("collected")
    finally:
        if was:
            gc.enable()
    return log


def case_resurrection():
    saved = []

    class Phoenix:
        def __init__(self, n):
            self.n = n

        def __del__(self):
            saved.append(self)

    for i in range(50):
        bird = Phoenix(i)
    return [bird.n for bird in saved], i


def case_loop_variable_dies_at_next():
    log = []
    things = [Loud(i, log) for i in range(50)]
    things.reverse()
    while things:
        thing = things.pop()
        log.append(("have", thing.name))
    return log


def case_exception_holds_the_locals():
    log = []

    def fail(i):
        holder = Loud(i, log)
        raise KeyError(i)

    for i in range(50):
        try:
            fail(i)
        except KeyError as error:
            log.append("caught")
        log.append("behind")
    return log


def case_unbound_by_finally():
    log = []
    for i in range(50):
        try:
            thing = Loud(i, log)
            if i % 2:
                continue
        finally:
            log.append("finally")
            thing = None
            log.append("cleared")
    return log

"""All watchers that the interpreter has are taken: nothing can be assumed, and nothing is."""

import ctypes

api = ctypes.pythonapi
# Called for each event with arguments that it does not look at, it gives 0 (to nearest); and it outlives the interpreter.
does_nothing = ctypes.CDLL(None).fegetround


def take_all():
    """How many were left of each kind."""
    left = []
    for add in (api.PyDict_AddWatcher, api.PyFunction_AddWatcher):
        count = 0
        try:
            while add(does_nothing) >= 0:
                count += 1
        except RuntimeError:
            pass
        left.append(count > 0)
    return left


TAKEN = take_all()
N = 40
STEP = 1


def work():
    total = i = 0
    while i < N:
        total += STEP * len("ab")
        i += 1
    return total


def case_globals():
    global N, STEP
    results = [TAKEN, work(), work()]
    N = 60
    results.append(work())
    STEP = 0.5
    results.append(work())
    N, STEP = 40, 1
    return results + [work()]


def case_changed_by_a_callee():
    global STEP

    def change(i):
        global STEP
        STEP = i

    total = 0
    for i in range(80):
        if i % 20 == 19:
            change(i)
        total += STEP
    STEP = 1
    return total


def case_variables_of_a_module():
    names = {"s": 0}
    exec("for i in range(80):\n    s += i\n", names)
    return names["s"], names["i"]

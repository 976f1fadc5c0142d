"""Globals and builtins rebound, deleted and made while code that uses them is hot: by a callee, a finaliser, a
signal handler, another thread, through `globals()`, another module and `exec`."""

import builtins
import signal
import sys
import threading
import time
import types

ROUNDS = 90
MOMENTS = (0, 1, 45, ROUNDS - 1)

step = 1
scale = 0.5
table = [1, 2, 3]


def helper(x):
    return x + 1


def other_helper(x):
    return x * 100


def reset():
    global step, scale, table, helper
    step, scale, table = 1, 0.5, [1, 2, 3]
    helper = ORIGINAL


ORIGINAL = helper


class Dying:
    def __init__(self, action):
        self.action = action

    def __del__(self):
        self.action()


def set_step(value):
    global step
    step = value


def case_by_a_callee():
    told = []
    for at in MOMENTS:
        for value in (7, 2.5, "x", None, 2**62, 2**64, True):
            reset()

            def maybe(i):
                if i == at:
                    set_step(value)

            seen = []
            try:
                for i in range(ROUNDS):
                    maybe(i)
                    seen.append(step + i)
            except TypeError as error:
                seen = [i, str(error)]
            told.append(seen)
    reset()
    return told


def case_between_two_reads():
    reset()

    def bump():
        global step
        step += 1
        return 0

    total = 0
    for i in range(ROUNDS):
        total += step * (1 + bump()) - step
    reset()
    return total


def case_by_the_loop_itself():
    global step, scale
    reset()
    for i in range(ROUNDS):
        step = step + i
        scale *= 1.5
        if i == 70:
            step = scale
    result = step, scale
    reset()
    return result


def case_by_a_finaliser():
    told = []
    for at in MOMENTS:
        reset()
        items = [None] * ROUNDS
        items[at] = Dying(lambda: set_step(1000))
        total = 0
        for i in range(ROUNDS):
            total += step
            items[i] = step
            total += step
        told.append((total, items[at:at + 2]))
    reset()
    return told


def case_by_a_finaliser_of_a_local():
    reset()
    total = 0
    thing = Dying(lambda: set_step(0.25))
    for i in range(ROUNDS):
        if i == 60:
            thing = i
        total += step
    reset()
    return total


def until_changed(change, first, expected):
    """Runs a loop that reads ``step`` until it is no longer ``first``."""
    set_step(first)
    change()
    rounds = 0
    end = time.monotonic() + 20
    while step == first:
        rounds += 1
        if rounds % 65536 == 0 and time.monotonic() > end:
            return "never seen"
    return step == expected and rounds >= 0


def case_by_a_signal_handler():
    told = []
    previous = signal.signal(signal.SIGALRM, lambda *_: set_step(values.pop()))
    try:
        values = [9, 2.5, "s", None]
        for value in reversed(list(values)):
            told.append(until_changed(lambda: signal.setitimer(signal.ITIMER_REAL, 0.02), 1, value))
    finally:
        signal.signal(signal.SIGALRM, previous)
        reset()
    return told


def case_by_another_thread():
    told = []
    for value in (9, 2.5, "s", None):
        def later(value=value):
            time.sleep(0.01)
            set_step(value)

        thread = threading.Thread(target=later)
        told.append(until_changed(thread.start, 1, value))
        thread.join()
    reset()
    return told


def case_function_by_another_thread():
    global helper
    reset()

    def later():
        global helper
        time.sleep(0.01)
        helper = other_helper

    thread = threading.Thread(target=later)
    thread.start()
    rounds = 0
    while helper(1) == 2:
        rounds += 1
    thread.join()
    result = helper(2), rounds >= 0
    reset()
    return result


def case_function_by_a_signal_handler():
    global helper
    reset()

    def handler(*_):
        global helper
        helper = other_helper

    previous = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        while helper(1) == 2:
            pass
    finally:
        signal.signal(signal.SIGALRM, previous)
    result = helper(2)
    reset()
    return result


def case_function_rebound():
    global helper
    told = []
    for at in MOMENTS:
        for value in (other_helper, abs, lambda x: -x, len, None, 5):
            reset()
            seen = []
            try:
                for i in range(ROUNDS):
                    if i == at:
                        helper = value
                    if i == at + 3:
                        helper = ORIGINAL
                    seen.append(helper(i))
            except TypeError as error:
                seen.append((i, str(error)))
            told.append(seen)
    reset()
    return told


def case_function_rebound_inside_itself():
    global helper
    reset()

    def changing(x):
        global helper
        if x == 50:
            helper = other_helper
        return x - 1

    helper = changing
    seen = [helper(i) for i in range(ROUNDS)]
    reset()
    return seen


def case_function_deleted():
    global helper
    told = []
    for at in MOMENTS:
        reset()
        try:
            for i in range(ROUNDS):
                if i == at:
                    del helper
                helper(i)
        except NameError as error:
            told.append((i, str(error)))
    reset()
    return told


def case_name_made_and_deleted_again():
    told = []
    try:
        for i in range(ROUNDS):
            if i % 30 == 15:
                globals()["len"] = lambda x: "global len"
            if i % 30 == 20:
                del globals()["len"]
            told.append(len("abc"))
    finally:
        globals().pop("len", None)
    return told


def case_through_the_dict():
    names = globals()
    seen = []
    for i in range(ROUNDS):
        if i == 40:
            names["step"] = 50
        if i == 50:
            names.update(step=2, scale=3)
        if i == 60:
            names.pop("step")
            names["step"] = -1
        if i == 70:
            sys.modules[__name__].step = 0.5
        if i == 80:
            exec("step = 'from exec'", names)
        seen.append((step, scale))
    reset()
    return seen


def case_dict_grows_under_the_loop():
    names = globals()
    total = 0
    made = []
    for i in range(ROUNDS * 3):
        total += step + len(table)
        if i % 3 == 0:
            made.append(f"name_made_{i}")
            names[made[-1]] = i
    for name in made:
        total += names.pop(name)
        total += step
    return total


def case_mutable_global():
    reset()
    total = 0
    for i in range(ROUNDS):
        total += table[i % len(table)]
        if i % 20 == 19:
            table.append(i)
    result = total, table
    reset()
    return result


def case_global_list_rebound():
    global table
    reset()
    seen = []
    for i in range(ROUNDS):
        if i == 40:
            table = (7, 8.5, 9)
        if i == 60:
            table = "xyz"
        seen.append(table[i % 3])
    reset()
    return seen


def with_builtin(name, value, work):
    """Runs ``work`` and puts the builtin back."""
    original = getattr(builtins, name)
    try:
        return work(lambda: setattr(builtins, name, value))
    finally:
        setattr(builtins, name, original)


def case_builtins_replaced():
    def calls(change):
        seen = []
        for i in range(ROUNDS):
            if i == 50:
                change()
            seen.append((len([i]), abs(-i), max(i, 40), min(i, 40), int(2.5), float(i), bool(i), ord("a"), round(2.5)))
        return seen

    return [
        with_builtin(name, lambda *arguments: (name, len_of(arguments)), calls)
        for name in ("len", "abs", "max", "min", "int", "float", "bool", "ord", "round")
    ]


def len_of(arguments):
    return arguments.__len__()


def case_range_replaced():
    def loops(change):
        total = 0
        for i in [0] * 60:
            for k in range(5):
                total += k + 1
            if total == 15 * 40:
                change()
        return total

    return with_builtin("range", lambda n: [100, 200], loops)


def case_enumerate_and_zip_replaced():
    def loops(change):
        seen = []
        for n in [0] * 60:
            seen.append([(i, x) for i, x in enumerate("ab")])
            for a, b in zip("ab", "cd"):
                seen.append(a + b)
            if len(seen) == 120:
                change()
        return seen

    return (
        with_builtin("enumerate", lambda what: [("replaced", what)], loops),
        with_builtin("zip", lambda *what: [("replaced", "zip")], loops),
    )


def case_isinstance_replaced():
    def tests(change):
        hits = 0
        for i in [0] * 40 + ["stop"] + [0] * 40:
            if i == "stop":
                change()
            if isinstance(i, int):
                hits += 1
        return hits

    return with_builtin("isinstance", lambda *_: False, tests)


def case_builtin_deleted():
    original = builtins.abs
    total = 0
    try:
        for i in range(ROUNDS):
            if i == 60:
                del builtins.abs
            total += abs(-i)
    except NameError as error:
        return str(error), i, total
    finally:
        builtins.abs = original


def case_builtin_made():
    seen = []
    try:
        for i in range(ROUNDS):
            if i == 30:
                builtins.made_for_this = 5
            if i == 60:
                builtins.made_for_this = 2.5
            try:
                seen.append(made_for_this + i)
            except NameError:
                seen.append(None)
    finally:
        del builtins.made_for_this
    return seen


def case_other_builtins_of_a_function():
    text = "def work(n):\n    total = 0\n    for i in range(n):\n        total += abs(-i)\n    return total\n"
    told = []
    for replaced in ({}, {"abs": lambda x: 1000}, {"range": lambda n: [1, 2]}):
        names = {"__builtins__": {**vars(builtins), **replaced}}
        exec(text, names)
        told.append([names["work"](60) for _ in range(3)])
        names["__builtins__"] = {}
        told.append(names["work"](60))
    return told


def case_globals_of_another_module():
    module = types.ModuleType("another")
    exec("factor = 2\ndef scaled(x):\n    return x * factor\n", vars(module))
    seen = []
    for i in range(ROUNDS):
        if i == 40:
            module.factor = 0.5
        if i == 60:
            module.scaled = lambda x: -x
        if i == 80:
            del module.scaled
        try:
            seen.append(module.scaled(i))
        except AttributeError as error:
            seen.append(str(error))
    return seen


def case_again_and_again():
    reset()
    total = 0
    for i in range(2000):
        if i % 37 == 0:
            set_step(i)
        total += step
    reset()
    return total


def case_read_while_another_function_writes():
    def write(value):
        global scale
        scale = value

    reset()
    total = 0.0
    for i in range(ROUNDS):
        before = scale
        write(i * 0.25)
        total += scale - before
    reset()
    return total

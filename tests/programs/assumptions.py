"""Globals, builtins, module attributes and functions that change while native code relies on them, in every way a name
can change. What changes them besides a callee, and what becomes of their values, is in assumptions_under_way.py."""

import builtins
import importlib
import math
import sys
import types

N = 40
STEP = 1
text = "abc"


def restore(**names):
    """Puts globals of this module back when a case ends."""
    globals().update(names)


def sum_up_to_n():
    total = 0
    i = 0
    while i < N:
        total += i * STEP
        i += 1
    return total


def case_between_runs():
    results = []
    for n in (40, 60, 60.5, 40, True, 2**70, 30, 31, 32):
        if n == 2**70:
            restore(N=50, STEP=n)
        else:
            restore(N=n, STEP=1)
        results.append(sum_up_to_n())
    restore(N=40)
    return results


def case_from_a_callee():
    def bump(i):
        global STEP
        if i in (20, 45, 70):
            STEP += 1
        return i

    total = 0
    for i in range(100):
        bump(i)
        total += i * STEP
    restore(STEP=1)
    return total


def case_in_every_way():
    names = globals()

    def change(i):
        global STEP
        if i == 20:
            names["STEP"] = 2
        elif i == 30:
            names.update(STEP=3)
        elif i == 40:
            exec("STEP = 4", names)
        elif i == 50:
            setattr(sys.modules[__name__], "STEP", 5)
        elif i == 60:
            names["".join(["ST", "EP"])] = 6
        elif i == 70:
            del STEP
            names.setdefault("STEP", 7)
        elif i == 80:
            names |= {"STEP": 8}
        elif i == 90:
            names.pop("STEP")
            STEP = 9
        elif i == 95:
            names[Text("STEP")] = 10

    seen = []
    for i in range(100):
        change(i)
        seen.append(STEP + 0)
    restore(STEP=1)
    return seen


class Text(str):
    """Equal to a name and hashed alike, but no name."""


def case_only_one_way_each():
    """The same, with code of its own for each way, so that each finds an assumption standing."""
    ways = [
        "names['x'] = 2",
        "names.update(x=2)",
        "exec('x = 2', names)",
        "names[''.join(['', 'x'])] = 2",
        "names[Text('x')] = 2",
        "names.__setitem__('x', 2)",
        "names.__ior__({'x': 2})",
        "exec('global x; x = 2', names)",
        "names.pop('x'); names['x'] = 2",
        "names.pop('x'), names.setdefault('x', 2)",
        "kept = dict(names, x=2); names.clear(); names.update(kept)",
        "[names.popitem() for _ in range(len(names) - at)]; names['x'] = 2",
    ]
    results = []
    for way in ways:
        names = {"way": way, "Text": Text, "at": 0}
        names["names"] = names
        exec(
            "def work(change):\n"
            "    total = 0\n"
            "    for i in range(60):\n"
            "        change(i)\n"
            "        total += x\n"
            "    return total\n",
            names,
        )
        names["at"] = len(names)
        names["x"] = 1
        work = names["work"]

        def change(i):
            if i == 40:
                exec(way, {"names": names, "Text": Text, "at": names["at"]})

        try:
            results.append(work(change))
        except NameError as error:
            results.append(str(error))
    return results


def case_deleted():
    global doomed
    doomed = 3
    seen = []

    def change(i):
        global doomed
        if i == 50:
            del doomed
        if i == 70:
            doomed = 4

    for i in range(100):
        change(i)
        try:
            seen.append(doomed)
        except NameError as error:
            seen.append(str(error))
    del doomed
    return seen


def case_global_hides_a_builtin():
    seen = []

    def change(i):
        global len
        if i == 30:
            len = lambda value: -1
        elif i == 60:
            del len

    for i in range(100):
        change(i)
        seen.append(len(text))
    return seen


def case_builtin_replaced():
    original = builtins.len
    seen = []

    def change(i):
        if i == 30:
            builtins.len = lambda value: original(value) + 10
        elif i == 60:
            builtins.len = original
        elif i == 70:
            del builtins.len
        elif i == 80:
            builtins.len = original

    try:
        for i in range(100):
            change(i)
            try:
                seen.append(len(text))
            except NameError as error:
                seen.append(str(error))
    finally:
        builtins.len = original
    return seen


def case_builtin_range_replaced():
    original = builtins.range
    total = 0
    try:
        for i in original(100):
            if i == 50:
                builtins.range = lambda n: [n, n]
            for j in range(i):
                total += j
    finally:
        builtins.range = original
    return total


def case_module_attribute_patched():
    original = math.sqrt
    total = 0.0
    try:
        for i in range(100):
            if i == 40:
                math.sqrt = abs
            elif i == 50:
                math.sqrt = original
            elif i == 60:
                math.__dict__["sqrt"] = float
            total += math.sqrt(i)
            total += math.pi
    finally:
        math.sqrt = original
    return total


def case_module_replaced():
    global math
    original = math
    other = types.ModuleType("other")
    other.sqrt = lambda x: x
    seen = []
    try:
        for i in range(100):
            if i == 40:
                math = other
            elif i == 70:
                math = original
            elif i == 80:
                math = types.SimpleNamespace(sqrt=str)
            seen.append(math.sqrt(i))
    finally:
        math = original
    return seen


def case_module_with_getattr():
    module = types.ModuleType("computed")
    exec("def __getattr__(name):\n    calls.append(name)\n    return len(calls)\ncalls = []\n", module.__dict__)
    restore(computed=module)
    total = 0
    for i in range(60):
        if i == 40:
            computed.value = 1000
        if i == 50:
            del computed.value
        total += computed.value
    return total, len(module.calls)


def case_two_modules():
    one, two = types.ModuleType("one"), types.ModuleType("two")
    source = (
        "limit = 30\n"
        "def work(change):\n"
        "    total = i = 0\n"
        "    while i < limit:\n"
        "        change(i)\n"
        "        total += limit\n"
        "        i += 1\n"
        "    return total\n"
    )
    code = compile(source, "<both>", "exec")
    exec(code, one.__dict__)
    exec(code, two.__dict__)
    two.limit = 50

    def change(i):
        if i == 25:
            one.limit += 1
        if i == 45:
            two.limit -= 1

    return [module.work(change) for module in (one, two, one, two, two, one)]


def case_module_reloaded():
    import colorsys

    def check(i):
        if i in (30, 60):
            importlib.reload(colorsys)

    total = 0.0
    for i in range(90):
        check(i)
        if i == 45:
            colorsys.ONE_THIRD = 0.5
        total += colorsys.ONE_THIRD
    importlib.reload(colorsys)
    return total


def case_function_replaced():
    global helper

    def helper(x):
        return x + 1

    def other(x):
        return x * 2

    first = helper
    total = 0
    for i in range(100):
        if i == 40:
            helper = other
        elif i == 70:
            helper = first
        total += helper(i)
    return total


def case_function_code_and_defaults():
    global helper

    def helper(x, y=1, *, z=2):
        return x + y + z

    def changed(x, y=1, *, z=2):
        return x * y * z

    seen = []

    def change(i):
        if i == 20:
            helper.__defaults__ = (10,)
        elif i == 40:
            helper.__kwdefaults__ = {"z": 20}
        elif i == 50:
            helper.__kwdefaults__["z"] = 30
        elif i == 60:
            helper.__code__ = changed.__code__
        elif i == 80:
            helper.__defaults__ = None

    for i in range(100):
        change(i)
        try:
            seen.append(helper(i))
        except TypeError as error:
            seen.append(str(error))
    return seen


def case_identity_of_numbers():
    global number, real
    number, real = 10**6, 1.25
    kept = []
    for i in range(50):
        kept.append(number is globals()["number"] and real is globals()["real"])
        kept.append((number, real))
    return all(pair[0] is number and pair[1] is real for pair in kept[1::2]), all(kept[::2])


def case_not_a_number():
    global odd
    odd = float("nan")
    kept = [odd]
    hits = 0
    for i in range(50):
        value = odd
        hits += value in kept
        hits += odd == odd
    return hits


def case_none_and_kinds():
    global nothing
    nothing = None
    seen = []
    for i in range(80):
        if i == 30:
            nothing = i
        elif i == 50:
            nothing = None
        elif i == 60:
            nothing = ...
        seen.append(1 if nothing is None else 2)
        seen.append("yes" if nothing else "no")
    return seen


def case_keys_that_are_not_names():
    names = {}
    exec(
        "def work(change):\n"
        "    total = 0\n"
        "    for i in range(60):\n"
        "        change(i)\n"
        "        total += x\n"
        "    return total\n",
        names,
    )
    names["x"] = 1

    class Key:
        asked = 0

        def __hash__(self):
            return hash("x")

        def __eq__(self, other):
            Key.asked += 1
            return False

    def change(i):
        if i == 30:
            names[Key()] = 5
        if i == 50:
            names["x"] = 2

    return names["work"](change)

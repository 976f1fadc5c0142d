"""Loops of module-level code, whose variables are names in a dict: read and written by whoever likes, while the loop
is hot."""

import builtins
import types


def run(text, **names):
    """Executes ``text`` as a module and returns its names, without what came with it."""
    names["__name__"] = "module_under_test"
    exec(compile(text, "<module>", "exec"), names)
    return {
        name: value for name, value in names.items()
        if not name.startswith("__") and not callable(value) and not isinstance(value, types.ModuleType)
    }


def failing(text, **names):
    """The same with what it raises, and the names as they are then."""
    names["__name__"] = "module_under_test"
    try:
        exec(compile(text, "<module>", "exec"), names)
    except Exception as error:
        lines = []
        entry = error.__traceback__.tb_next
        while entry:
            lines.append((entry.tb_frame.f_code.co_name, entry.tb_lineno))
            entry = entry.tb_next
        raised = type(error).__name__, str(error), lines
    else:
        raised = None
    return raised, {name: value for name, value in names.items() if not name.startswith("__") and not callable(value)}


def case_sums():
    return run("""
total = i = 0
while i < 300:
    total += i
    i += 1
branchy = 0
for n in range(300):
    if n & 1:
        branchy += n
    elif n % 3 == 0:
        branchy -= 1
    else:
        branchy += 0.5
""")


def case_nested_loops():
    return run("""
best = 0
for start in range(1, 120):
    n = start
    length = 1
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        length += 1
    if length > best:
        best = length
        where = start
""")


def case_floats_and_lists():
    return run("""
items = [i * 0.5 for i in range(50)]
total = 0.0
for k in range(200):
    x = items[k % 50]
    items[k % 50] = x * 1.01 + total * 1e-3
    total += x
pairs = []
for i, x in enumerate(items):
    if x > 3.0:
        pairs.append((i, x))
""")


def case_types_change():
    return [
        run("""
total = 0
for i in range(90):
    total = total + i
    if i == 60:
        total = strange
""", strange=strange)
        for strange in (0.5, 2**62, 2**70, True)
    ] + [
        failing("""
total = 0
for i in range(90):
    total = total + i
    if i == 60:
        total = strange
""", strange=strange)
        for strange in ("s", None, [1])
    ]


def case_overflow():
    return run("""
a = b = 1
for i in range(120):
    a, b = b, a + b
    c = a * b
""")


def case_names_seen_by_a_callee():
    seen = []
    text = """
def look():
    seen.append((total, i, globals().get("late")))

total = 0
for i in range(90):
    total += i
    if i % 9 == 8:
        look()
    if i == 50:
        late = total * 0.5
"""
    return run(text, seen=seen), seen


def case_names_changed_by_a_callee():
    told = []
    for value in (1000, 0.5, 2**62, 2**70, True):
        told.append(run("""
def change():
    global total
    total = value

total = 0
for i in range(90):
    total += i
    if i == 60:
        change()
    last = total
""", value=value))
    told.append(failing("""
def change():
    global total
    total = "text"

total = 0
for i in range(90):
    total += i
    if i == 60:
        change()
"""))
    return told


def case_name_deleted_by_a_callee():
    return failing("""
def drop():
    global total
    del total

total = 0
for i in range(90):
    if i == 60:
        drop()
    total += i
""")


def case_name_deleted_by_the_loop():
    return failing("""
total = 0
for i in range(90):
    extra = i
    total += extra
    del extra
    if i == 60:
        total += extra
""")


def case_failures_leave_the_names_right():
    told = []
    for at in (0, 1, 45, 89):
        told.append(failing("""
total = 0
for i in range(90):
    total += 100 // (i - at)
    after = total
""", at=at))
        told.append(failing("""
total = 0
items = list(range(at))
i = 0
while True:
    total += items[i]
    i += 1
""", at=at))
    return told


def case_exception_handled():
    return run("""
total = failures = 0
for i in range(90):
    try:
        total += 100 // (i % 7)
    except ZeroDivisionError:
        failures += 1
    else:
        total += 1
    finally:
        total -= 1
""")


def case_in_a_finaliser():
    log = []
    text = """
class Thing:
    def __del__(self):
        global total
        log.append((total, i))
        total += 1000

total = 0
items = [Thing() if k % 20 == 3 else k for k in range(90)]
for i in range(90):
    total += i
    items[i] = None
    total -= 1
"""
    return run(text, log=log), log


def case_globals_function():
    seen = []
    text = """
names = globals()
total = 0
for i in range(90):
    total += i
    if i % 10 == 0:
        seen.append((names["total"], names["i"], dict(locals())["total"], vars()["i"]))
    if i == 55:
        names["total"] = 0.25
    if i == 70:
        names.update(total=7, fresh=8)
    if i == 80:
        total += fresh
del names
"""
    return run(text, seen=seen), seen


def case_handed_to_a_function():
    text = """
names = globals()
def looked_up(dictionary, key):
    return dictionary[key]
def known(dictionary, key):
    return dictionary.get(key, 0), key in dictionary
total = late = 0
for i in range(90):
    total += i
    seen.append((looked_up(names, "total"), known(names, "i"), known(others, "i")))
    late += looked_up(names, "total") - looked_up(others, "total")
    if i == 40:
        names["total"] = 0.25
del names
"""
    seen = []
    return run(text, seen=seen, others={"total": 3}), seen


def case_dict_grows_under_the_loop():
    return len(run("""
total = 0
for i in range(200):
    total += i
    globals()[f"made_{i}"] = i
    if i > 5:
        total += globals()[f"made_{i - 5}"]
        del globals()[f"made_{i - 6}"]
"""))


def case_dict_is_cleared():
    def refill(names):
        kept = dict(names)
        names.clear()
        names.update(kept, total=0.5)

    names = {"__builtins__": builtins, "refill": refill}
    text = """
total = 0
for i in range(90):
    total = total + i
    if i % 30 == 15:
        refill(globals())
"""
    exec(text, names)
    return names["total"], names["i"]


def case_builtin_hidden_and_shown():
    seen = []
    text = """
for i in range(90):
    seen.append(len("abc"))
    if i == 40:
        len = lambda text: "own"
    if i == 60:
        del len
"""
    return run(text, seen=seen), seen


def case_function_rebound():
    seen = []
    text = """
def step(x):
    return x + 1

total = 0
for i in range(90):
    total = step(total)
    if i == 50:
        def step(x):
            return x + 0.5
    if i == 70:
        step = abs
    seen.append(total)
"""
    return run(text, seen=seen), seen


def case_function_that_uses_the_names():
    return run("""
def area():
    return width * height

width, height = 1, 2
total = 0
for i in range(90):
    width += 1
    height = i * 0.5
    total += area()
""")


def case_two_namespaces():
    outer, inner = {"step": 3, "total": -1}, {}
    exec("""
total = 0
for i in range(90):
    total += step
    if i == 50:
        globals()["step"] = 0.5
    if i == 70:
        step = 100
""", outer, inner)
    return inner, outer["total"], outer["step"]


def case_namespace_of_another_type():
    class Log(dict):
        def __setitem__(self, name, value):
            log.append((name, value))
            super().__setitem__(name, value)

        def __getitem__(self, name):
            if name == "twice":
                return 2 * super().__getitem__("i")
            return super().__getitem__(name)

    log = []
    inner = Log()
    exec("total = 0\nfor i in range(60):\n    total += twice\n", {}, inner)
    return dict(inner), log


def case_class_body():
    class Table:
        total = 0
        squares = []
        for i in range(90):
            total += i
            squares.append(total * i)
            if i == 70:
                total = 0.5
        else:
            done = True

    return Table.total, Table.i, Table.squares, Table.done


def case_frames_and_lines():
    seen = []
    text = """
import sys

def look():
    frame = sys._getframe(1)
    seen.append((frame.f_lineno, frame.f_locals is frame.f_globals, frame.f_locals["total"], frame.f_globals["i"]))

total = 0
for i in range(90):
    total += i
    if i % 30 == 29:
        look()
    elif i % 30 == 28:
        (
            look()
        )
"""
    return run(text, seen=seen), seen


def case_the_same_code_many_times():
    code = compile("for i in range(40):\n    total = total + i\n    other = total\n", "<again>", "exec")
    told = []
    for start in (0, 0, 0.5, 2**62, True, -1, "s", 0) * 3:
        names = {"total": start}
        try:
            exec(code, names)
        except TypeError as error:
            names["total"] = str(error)
        told.append((names["total"], names.get("other"), list(names)[1:]))
    return told


def case_read_from_another_thread():
    import threading

    names = {}
    text = """
import time
stop = False
rounds = 0
end = time.monotonic() + 20
while not stop:
    rounds += 1
    if rounds % 65536 == 0 and time.monotonic() > end:
        break
"""

    def watch():
        while names.get("rounds", 0) < 1000:
            pass
        names["stop"] = "stopped"

    thread = threading.Thread(target=watch)
    thread.start()
    exec(text, names)
    thread.join()
    return names["stop"], names["rounds"] >= 1000


def case_order_of_new_names():
    return list(run("""
for i in range(60):
    if i == 0:
        first = 1
    elif i == 40:
        second = 2
    third = i
    if i == 50:
        del first
    if i == 55:
        first = 9
"""))


def case_imports_and_attributes():
    return run("""
import math
total = 0.0
for i in range(90):
    total += math.sqrt(i) + math.floor(i / 7)
    if i == 60:
        from math import pi as total
""")


def case_runpy():
    import os
    import runpy
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "module.py")
        with open(path, "w") as file:
            file.write("total = 0\nfor i in range(200):\n    total += i if i % 3 else 0.5\nresult = total, __name__\n")
        return [runpy.run_path(path, run_name="__main__")["result"] for _ in range(3)]

"""Variables of module-level code, which native code keeps in registers: seen, changed and deleted by others while
loops run, in all ways a dict can change."""

import gc
import signal
import sys
import threading
import time
import types
import weakref

rounds = 0
series = 0.0
for step in range(200):
    rounds += step
    series = series * 0.5 + step


def run(text, **names):
    """Runs module-level code in a namespace of its own; what its variables are at the end."""
    names["note"] = names.get("note", [].append)
    code = compile(text, "<text>", "exec")
    exec(code, names)
    return {
        name: value
        for name, value in names.items()
        if not name.startswith("__") and not callable(value) and not isinstance(value, types.ModuleType)
    }


def case_this_module():
    return rounds, series, step


def case_sums():
    return run("s = i = 0\nwhile i < 300:\n    s += i\n    i += 1\n"), run(
        "t = 0\nfor k in range(300):\n    t += k if k % 3 else -k\n"
    )


def case_nested():
    return run(
        "total = 0\n"
        "for i in range(30):\n"
        "    for j in range(30):\n"
        "        total += i * j\n"
        "        if j > i:\n"
        "            break\n"
        "    else:\n"
        "        total += 1000\n"
    )


def case_inner_loop_reads_what_the_outer_stores():
    return run("t = 0\nfor i in range(40):\n    scale = i * 2\n    for j in range(10):\n        t += j * scale\n")


def case_overflow_and_floats():
    return run("x = 1\nfor i in range(100):\n    x *= 3\n"), run(
        "x = 1\nfor i in range(100):\n    x = x * 1.5 if i == 40 else x + 1\n"
    )


def case_types_change():
    return run(
        "x = 0\n"
        "log = []\n"
        "for i in range(120):\n"
        "    if i % 30 == 29:\n"
        "        x = str(x)\n"
        "    elif type(x) is str:\n"
        "        log.append(x)\n"
        "        x = len(x)\n"
        "    else:\n"
        "        x += i\n"
    )


def case_callee_sees_variables():
    return run(
        "seen = []\n"
        "def look():\n"
        "    seen.append((s, i, globals()['s']))\n"
        "s = i = 0\n"
        "while i < 100:\n"
        "    s += i\n"
        "    i += 1\n"
        "    if i % 20 == 0:\n"
        "        look()\n"
    )


def case_callee_changes_variables():
    return run(
        "def change():\n"
        "    global s\n"
        "    s = s // 2\n"
        "s = i = 0\n"
        "while i < 100:\n"
        "    s += i\n"
        "    i += 1\n"
        "    if i % 20 == 0:\n"
        "        change()\n"
    )


def case_callee_changes_the_type():
    return run(
        "def change():\n"
        "    global s\n"
        "    s = float(s) if i < 60 else 'text'\n"
        "s = i = 0\n"
        "try:\n"
        "    while i < 100:\n"
        "        s += i\n"
        "        i += 1\n"
        "        if i % 50 == 0:\n"
        "            change()\n"
        "        if i % 70 == 0:\n"
        "            change()\n"
        "except TypeError as error:\n"
        "    message = str(error)\n"
    )


def case_callee_deletes_a_variable():
    return run(
        "def remove():\n"
        "    global s\n"
        "    del s\n"
        "s = i = 0\n"
        "try:\n"
        "    while i < 100:\n"
        "        i += 1\n"
        "        if i == 70:\n"
        "            remove()\n"
        "        s += i\n"
        "except NameError as error:\n"
        "    message = str(error)\n"
    )


def case_callee_deletes_and_sets_again():
    return run(
        "def renew():\n"
        "    global s\n"
        "    old = s\n"
        "    del s\n"
        "    for n in range(40):\n"
        "        globals()[f'filler{i}_{n}'] = n\n"
        "    s = old + 1\n"
        "s = i = 0\n"
        "while i < 100:\n"
        "    s += i\n"
        "    i += 1\n"
        "    if i % 25 == 0:\n"
        "        renew()\n"
        "del renew\n"
        "fillers = sum(name.startswith('filler') for name in list(globals()))\n"
        "for name in list(globals()):\n"
        "    if name.startswith('filler'):\n"
        "        del globals()[name]\n"
    )


def case_dict_grows_by_the_loop():
    return run(
        "names = globals()\n"
        "s = 0\n"
        "for i in range(100):\n"
        "    s += i\n"
        "    names[f'new{i}'] = s\n"
        "    s -= 1\n"
        "last = new99\n"
        "for i in range(100):\n"
        "    del names[f'new{i}']\n"
        "del names\n"
    )


def case_dict_is_cleared_and_filled():
    return run(
        "def refill():\n"
        "    names = globals()\n"
        "    kept = dict(names)\n"
        "    names.clear()\n"
        "    names.update(kept)\n"
        "s = i = 0\n"
        "while i < 100:\n"
        "    s += i\n"
        "    i += 1\n"
        "    if i % 30 == 0:\n"
        "        refill()\n"
    )


def case_new_variable_appears():
    return run(
        "s = 0\n"
        "for i in range(100):\n"
        "    s += i\n"
        "    if i == 50:\n"
        "        late = s\n"
        "    if i > 60:\n"
        "        late += 1\n"
    )


def case_deleted_by_the_loop():
    return run(
        "s = 0\n"
        "for i in range(100):\n"
        "    x = i\n"
        "    s += x\n"
        "    del x\n"
        "    if i > 10 and 'x' in globals():\n"
        "        s += 1000\n"
    )


def case_exceptions_unbind_their_name():
    return run(
        "s = 0\n"
        "for i in range(100):\n"
        "    try:\n"
        "        s += 10 // (i % 10)\n"
        "    except ZeroDivisionError as error:\n"
        "        s += len(str(error))\n"
    )


def case_raises_at_the_right_line():
    text = "s = 0\nfor i in range(100):\n    s += i\n    t = s // (70 - i)\n"
    names = {}
    try:
        exec(compile(text, "<text>", "exec"), names)
    except ZeroDivisionError as error:
        return names["s"], names["i"], names["t"], error.__traceback__.tb_next.tb_lineno


def case_finaliser_sees_variables():
    class Tells:
        def __init__(self, names):
            self.names = names

        def __del__(self):
            names = self.names
            log.append((names["i"], names["s"], type(names["holder"]).__name__))

    log = []
    names = {"Tells": Tells}
    exec(
        "s = 0\n"
        "holder = None\n"
        "for i in range(60):\n"
        "    s += i\n"
        "    holder = Tells(globals()) if i % 20 == 10 else i\n"
        "    s += 1\n",
        names,
    )
    return log, names["s"], names["holder"]


def case_finaliser_changes_variables():
    class Changes:
        def __init__(self, names):
            self.names = names

        def __del__(self):
            self.names["s"] += 1000
            self.names[f"made{self.names['i']}"] = self.names["s"]

    names = {"Changes": Changes}
    exec(
        "s = 0\n"
        "holder = None\n"
        "for i in range(60):\n"
        "    s += i\n"
        "    holder = Changes(globals()) if i % 20 == 10 else i\n"
        "    s += 1\n",
        names,
    )
    return sorted((name, value) for name, value in names.items() if isinstance(value, int))


def case_objects_as_variables():
    events = []

    class Thing:
        def __init__(self, name):
            self.name = name

        def __del__(self):
            events.append(self.name)

    names = {"Thing": Thing, "events": events}
    exec(
        "a = b = None\n"
        "for i in range(50):\n"
        "    a = Thing(i)\n"
        "    b, a = a, b\n"
        "    events.append('round')\n"
        "a = b = None\n",
        names,
    )
    return events


def case_identity():
    return run(
        "x = 10 ** 6\n"
        "y = x\n"
        "same = 0\n"
        "for i in range(60):\n"
        "    same += y is x\n"
        "    same += globals()['x'] is y\n"
        "    z = y\n"
        "    same += z is y\n"
    )


def case_signal_handler():
    names = {"running": True, "names": None}

    def stop(number, frame):
        names["seen"] = names.get("n", 0) >= 0
        names["running"] = False

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    try:
        exec("n = 0\nwhile running:\n    n += 1\n", names)
    finally:
        signal.signal(signal.SIGALRM, previous)
    return names["seen"], names["n"] >= 0


def case_other_thread():
    names = {"running": True, "n": 0}
    seen = []

    def stop():
        time.sleep(0.02)
        seen.append(names["n"])
        names["running"] = False

    thread = threading.Thread(target=stop)
    thread.start()
    exec("while running:\n    n += 1\n", names)
    thread.join()
    return 0 <= seen[0] <= names["n"], names["running"]


def case_two_threads_one_namespace():
    names = {"sleep": time.sleep, "results": []}
    text = (
        "for i_{0} in range(60):\n"
        "    shared = {0}\n"
        "    sleep(0)\n"
        "    mine_{0} = i_{0} * 2\n"
        "    if i_{0} % 20 == 19:\n"
        "        sleep(0.001)\n"
    )
    threads = [
        threading.Thread(target=exec, args=(compile(text.format(n), "<thread>", "exec"), names))
        for n in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [names[f"mine_{n}"] for n in range(3)], names["shared"] in (0, 1, 2)


def case_nested_exec_in_one_namespace():
    return run(
        "inner = compile('for k in range(10):\\n    s += k\\n', '<inner>', 'exec')\n"
        "s = 0\n"
        "for i in range(60):\n"
        "    s += i\n"
        "    exec(inner)\n"
        "    s -= 1\n"
        "del inner\n"
    )


def case_function_assumes_what_the_loop_stores():
    return run(
        "def work():\n"
        "    total = 0\n"
        "    for k in range(20):\n"
        "        total += scale\n"
        "    return total\n"
        "scale = 1\n"
        "for warm in range(20):\n"
        "    total = work()\n"
        "for i in range(60):\n"
        "    scale = i\n"
        "    if i % 10 == 9:\n"
        "        total += work()\n"
        "for i in range(30):\n"
        "    total += work()\n"
    )


def case_same_code_in_many_namespaces():
    code = compile("for i in range(40):\n    total += i * step\n    step += extra\n", "<many>", "exec")
    results = []
    for n in range(20):
        names = {"total": n, "step": n if n % 3 else float(n), "extra": n % 2}
        exec(code, names)
        results.append((names["total"], names["step"]))
    return results


def case_globals_and_locals_differ():
    outer, inner = {"total": 1000, "step": 1}, {}
    exec("for i in range(60):\n    total = total + i\n    step += i\n", outer, inner)
    return outer["total"], inner


def case_class_body():
    class Body:
        total = 0
        for number in range(100):
            total += number
            scale = total

    return Body.total, Body.number, Body.scale


def case_global_statement_at_module_level():
    return run("global g\ng = 0\nfor i in range(100):\n    g += i\n    globals()['g'] += 1\n")


def case_namespace_of_an_object():
    class Holder:
        pass

    holder = Holder()
    holder.total = 0
    holder.step = 2
    exec("for i in range(100):\n    total += step\n", vars(holder))
    module = types.ModuleType("made")
    exec("total = 0\nfor i in range(100):\n    total += i\n", vars(module))
    return holder.total, holder.i, module.total


def case_frames_see_variables():
    return run(
        "seen = []\n"
        "def look():\n"
        "    frame = sys._getframe(1)\n"
        "    seen.append((frame.f_locals['s'], frame.f_globals['i'], frame.f_lineno))\n"
        "s = 0\n"
        "for i in range(60):\n"
        "    s += i\n"
        "    if i % 20 == 5:\n"
        "        look()\n"
        "    s += 1\n",
        sys=sys,
    )


def case_locals_and_vars():
    return run(
        "log = []\n"
        "s = 0\n"
        "for i in range(60):\n"
        "    s += i\n"
        "    if i % 20 == 5:\n"
        "        log.append((locals()['s'], vars()['i'], eval('s + i'), dir().count('s')))\n"
        "        exec('s = s + 1')\n"
    )


def case_collected_with_its_cycle():
    ended = []

    class Cycle:
        pass

    names = {"Cycle": Cycle}
    exec(
        "keep = Cycle()\n"
        "keep.names = globals()\n"
        "value = 0\n"
        "for i in range(60):\n"
        "    value += i\n"
        "    keep.last = keep\n",
        names,
    )
    weakref.finalize(names["keep"], ended.append, names["value"]).atexit = False
    del names
    gc.collect()
    return ended


def case_comprehensions():
    return run(
        "total = 0\n"
        "for i in range(40):\n"
        "    squares = [k * k for k in range(5)]\n"
        "    pairs = {a: b for a, b in zip(squares, range(5))}\n"
        "    total += squares[-1] + len(pairs) + sum(k for k in squares)\n"
    )


def case_many_variables():
    text = ["total = 0\n"] + [f"v{n} = {n}\n" for n in range(80)] + ["for i in range(60):\n"]
    text += [f"    v{n} += i\n" for n in range(80)] + ["    total += v79\n"]
    return run("".join(text))


def case_version_of_the_dict_is_told():
    """What the loop stored is not taken for what was there before."""
    return run(
        "def read():\n"
        "    return s\n"
        "results = []\n"
        "s = 0\n"
        "for i in range(80):\n"
        "    s = i * 3\n"
        "    if i % 16 == 3:\n"
        "        results.append((read(), read()))\n"
        "results.append(read())\n"
    )


def case_natively_called_functions_look_when_they_are_left():
    return run(
        "seen = []\n"
        "def work(x):\n"
        "    if x % 40 == 39:\n"
        "        seen.append((s, i, globals()['s']))\n"
        "    return x + 1\n"
        "s = i = 0\n"
        "while i < 200:\n"
        "    s += work(i)\n"
        "    i += 1\n"
        "t = 0\n"
        "for k in range(200):\n"
        "    t += work(k if k < 150 else k * 0.5)\n"
    )


def case_natively_called_functions_change_variables_when_they_are_left():
    return run(
        "def work(x):\n"
        "    global s, late\n"
        "    if x % 40 == 39:\n"
        "        s = -x\n"
        "        late = x\n"
        "    return x + 1\n"
        "s = i = 0\n"
        "while i < 200:\n"
        "    work(i)\n"
        "    s += i\n"
        "    i += 1\n"
    )


def case_natively_called_functions_read_what_the_loop_stores():
    return run(
        "def scaled(x):\n"
        "    return x * scale\n"
        "scale = 2\n"
        "total = 0\n"
        "for warm in range(200):\n"
        "    total += scaled(warm)\n"
        "for i in range(200):\n"
        "    scale = i\n"
        "    total += scaled(i)\n"
    )

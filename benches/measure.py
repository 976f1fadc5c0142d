"""Measures one program in this process and prints the figures as JSON.

    measure.py PROGRAM SECONDS [--fatjit | --numba]
    measure.py PROGRAM SECONDS --pyperf [--fatjit] [--first N] [--warm-up SECONDS] [--work NAME] [--arguments=WORD …]
    measure.py PROGRAM - --pyperf [--arguments=WORD …]

What is called and timed, from the first call on, is the program's function `run`; of a program without one
all its module-level code, each time with new globals, of which `result` is the result; and with --pyperf the
work NAME that a program written for pyperf hands to its runner, or the only one. Behind the first calls come those of a
warm-up, which are not told of. With - instead of seconds nothing
is measured: the names of its works are printed, as JSON.

--numba has Numba compile the functions of the program, which are otherwise as they are. This file also serves
PyPy.
"""

import argparse
import ast
import builtins
import contextlib
import hashlib
import io
import json
import os
import re
import statistics
import sys
import time
import types

import pyperf_stand_in

# So many calls, one at a time, are the cold start, unless --first tells otherwise; their results are kept.
FIRST_CALLS = 6
MOST_CALLS = 3000
# What takes less is done several times for each figure.
SHORTEST_SECONDS = 0.5e-3
# A call belongs to the steady state if it takes no more than this many times its median.
STEADY = 1.25
LONGEST_RESULT = 200


def compiled_by_numba(tree):
    """The program with `numba.njit` as a decorator of every function."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            node.decorator_list.append(ast.Name("njit", ast.Load()))
    return ast.fix_missing_locations(tree)


def load(path, names, change=None):
    """What is to be timed of the program at ``path``; its globals are ``names``."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read(), path)
    code = compile(change(tree) if change else tree, path, "exec")
    defined = {one.co_name for one in code.co_consts if isinstance(one, types.CodeType)}
    if "run" in defined:
        exec(code, names)
        return pyperf_stand_in.timed(names["run"])

    def run_module():
        fresh = dict(names)
        exec(code, fresh)
        return fresh["result"]

    return pyperf_stand_in.timed(run_module)


def load_for_pyperf(path, arguments):
    """All that a program written for pyperf would have it time, and the program's globals. It is this process's
    main program, as its own command would have it."""
    sys.modules["pyperf"] = pyperf_stand_in
    sys.path[0] = os.path.dirname(os.path.abspath(path))
    sys.argv = [path, *arguments]
    main = types.ModuleType("__main__")
    main.__file__ = path
    main.__builtins__ = builtins
    sys.modules["__main__"] = main
    with open(path, encoding="utf-8") as file:
        code = compile(file.read(), path, "exec")
    exec(code, main.__dict__)
    return pyperf_stand_in.handed_over(), main.__dict__


def left_behind(names):
    """What the calls have made of the module-level numbers and containers, as a short text."""
    kinds = (int, float, list, tuple, dict)
    data = [(name, value) for name, value in names.items()
            if type(value) in kinds and not name.startswith("__")]
    return in_short(data)


def in_short(value):
    """A text that tells values apart, without the addresses that two runs never have in common."""
    text = re.sub(r"\b0x[0-9a-f]+", "0x…", repr(value))
    if len(text) <= LONGEST_RESULT:
        return text
    return f"{text[:40]}… sha256 {hashlib.sha256(text.encode()).hexdigest()[:16]}"


def first_calls(run, count, state):
    """The first ``count`` calls, one by one: the seconds of each, their results, what they printed, and what ``state()``
    tells after them."""
    times, results = [], []
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for _ in range(count):
            seconds, result = run(1)
            times.append(seconds)
            results.append(in_short(result))
    return times, results, in_short(printed.getvalue()), state()


def further_calls(run, seconds, shortest, most=MOST_CALLS):
    """Calls ``run`` for ``seconds``, as often for each figure as makes it long enough, for ``most`` figures; seconds a
    call, and the last result."""
    times, result = [], None
    each = max(1, int(SHORTEST_SECONDS / max(shortest, 1e-9)))
    end = time.perf_counter() + seconds
    with contextlib.redirect_stdout(io.StringIO()):
        while time.perf_counter() < end and len(times) < most:
            taken, result = run(each)
            if taken < SHORTEST_SECONDS / 2:
                each *= 2
            times.append(taken / each)
    return times, result


def warm_up_calls(times):
    """How many figures at the beginning do not belong to the steady state."""
    steady = statistics.median(times[len(times) // 2 :])
    for index, taken in enumerate(times):
        if taken <= steady * STEADY:
            return index
    return len(times) // 2


def peak_memory_kib():
    """The most memory this process has had, or None where that cannot be told. (What getrusage() tells begins with
    that of the process that started this one.)"""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return None


def switch_on():
    """The package, and why it refused to switch on, if it did."""
    import fatjit

    try:
        fatjit.enable()
    except RuntimeError as error:
        return fatjit, str(error)
    return fatjit, None if fatjit.is_enabled() else "it is switched off"


def command_line():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("seconds")
    parser.add_argument("--pyperf", action="store_true")
    parser.add_argument("--work")
    parser.add_argument("--first", type=int, default=FIRST_CALLS)
    parser.add_argument("--warm-up", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--arguments", action="append", default=[])
    parser.add_argument("--fatjit", action="store_true")
    parser.add_argument("--numba", action="store_true")
    return parser.parse_args()


def chosen_work(works, name):
    """How to run the work with this name, or the only one there is."""
    fitting = [work for work in works if name in (None, work.name)]
    if len(fitting) != 1:
        raise SystemExit(f"no one work {name or ''}: the program has {', '.join(work.name for work in works)}")
    return fitting[0].run


def main():
    options = command_line()
    fatjit, refusal = switch_on() if options.fatjit else (None, None)
    names = {"__name__": "__main__", "__file__": options.program}
    if options.pyperf:
        with contextlib.redirect_stdout(io.StringIO()):
            works, names = load_for_pyperf(options.program, options.arguments)
        if options.seconds == "-":
            print(json.dumps([work.name for work in works]))
            return
        run = chosen_work(works, options.work)
    elif options.numba:
        import numba

        names["njit"] = numba.njit
        run = load(options.program, names, compiled_by_numba)
    else:
        run = load(options.program, names)
    times, results, printed, left = first_calls(run, options.first, lambda: left_behind(names))
    first = times[0]
    # What is compiled as there is time for it, is compiled by then.
    further_calls(run, options.warm_up, min(times), sys.maxsize)
    further, last = further_calls(run, float(options.seconds), min(times))
    # Where every call has the same result, so has the last.
    if further and len(set(results)) == 1:
        results.append(in_short(last))
    times += further
    warm_up = warm_up_calls(times)
    steady = times[warm_up:]
    print(json.dumps({
        "results": results,
        "printed": printed,
        "left_behind": left,
        "first_ms": first * 1e3,
        "warm_up_calls": warm_up,
        "calls": len(times),
        "best_ms": min(steady) * 1e3,
        "median_ms": statistics.median(steady) * 1e3,
        "peak_memory_kib": peak_memory_kib(),
        "refusal": refusal,
        "stats": fatjit.stats() if fatjit else None,
    }))


if __name__ == "__main__":
    main()

"""Measures one program in this process and prints the figures as JSON.

    measure.py PROGRAM SECONDS [--fatjit | --numba] [--pyperf]

What is called and timed, from the first call on, is the program's function `run`; of a program without one
all its module-level code, each time with new globals, of which `result` is the result; and with --pyperf the
function that a program written for pyperf hands to its runner. Warm-up ends before the first call that is as fast
as the second half of all calls.

--numba has Numba compile the functions of the program, which are otherwise as they are. This file also serves
PyPy.
"""

import ast
import hashlib
import json
import statistics
import sys
import time
import types

import pyperf_stand_in

FEWEST_CALLS = 6
MOST_CALLS = 3000
# A call belongs to the steady state if it takes no more than this many times its median.
STEADY = 1.25


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
        return names["run"]

    def run_module():
        fresh = dict(names)
        exec(code, fresh)
        return fresh["result"]

    return run_module


def load_for_pyperf(path, names):
    """What a program written for pyperf would have it time."""
    sys.modules["pyperf"] = pyperf_stand_in
    with open(path, encoding="utf-8") as file:
        code = compile(file.read(), path, "exec")
    exec(code, names)
    return pyperf_stand_in.handed_over()


def left_behind(names):
    """What the calls have made of the module-level numbers and containers, as a short text."""
    kinds = (int, float, list, tuple, dict)
    data = [(name, value) for name, value in names.items()
            if type(value) in kinds and not name.startswith("__")]
    return hashlib.sha256(repr(data).encode()).hexdigest()[:16]


def time_calls(run, seconds, state):
    """Calls ``run`` for ``seconds`` and returns the time of each call, all its results, and what
    ``state()`` tells after the fewest calls that are made."""
    times = []
    results = set()
    end = time.perf_counter() + seconds
    while len(times) < FEWEST_CALLS or (time.perf_counter() < end and len(times) < MOST_CALLS):
        start = time.perf_counter()
        result = run()
        times.append(time.perf_counter() - start)
        results.add(repr(result))
        if len(times) == FEWEST_CALLS:
            left = state()
    return times, sorted(results), left


def warm_up_calls(times):
    """How many calls at the beginning do not belong to the steady state."""
    steady = statistics.median(times[len(times) // 2 :])
    for index, taken in enumerate(times):
        if taken <= steady * STEADY:
            return index
    return len(times) // 2


def switch_on():
    """The package, and why it refused to switch on, if it did."""
    import fatjit

    try:
        fatjit.enable()
    except RuntimeError as error:
        return fatjit, str(error)
    return fatjit, None if fatjit.is_enabled() else "it is switched off"


def main():
    path, seconds, switches = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
    fatjit, refusal = switch_on() if "--fatjit" in switches else (None, None)
    names = {"__name__": "__main__", "__file__": path}
    if "--pyperf" in switches:
        run = load_for_pyperf(path, names)
    elif "--numba" in switches:
        import numba

        names["njit"] = numba.njit
        run = load(path, names, compiled_by_numba)
    else:
        run = load(path, names)
    times, results, left = time_calls(run, seconds, lambda: left_behind(names))
    warm_up = warm_up_calls(times)
    steady = times[warm_up:]
    print(json.dumps({
        "results": results,
        "left_behind": left,
        "first_ms": times[0] * 1e3,
        "warm_up_calls": warm_up,
        "calls": len(times),
        "best_ms": min(steady) * 1e3,
        "median_ms": statistics.median(steady) * 1e3,
        "refusal": refusal,
        "stats": fatjit.stats() if fatjit else None,
    }))


if __name__ == "__main__":
    main()

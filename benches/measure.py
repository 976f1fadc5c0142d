"""Measures one program in this process and prints the figures as JSON.

    measure.py PROGRAM SECONDS [--fatjit]

Every call of the program's `run` is timed, from the first on. Warm-up ends before the first call
that is as fast as the second half of all calls.
"""

import importlib.util
import json
import statistics
import sys
import time

FEWEST_CALLS = 6
MOST_CALLS = 3000
# A call belongs to the steady state if it takes no more than this many times its median.
STEADY = 1.25


def load(path):
    """The program at ``path`` as a module."""
    spec = importlib.util.spec_from_file_location("program", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["program"] = module
    spec.loader.exec_module(module)
    return module


def time_calls(run, seconds):
    """Calls ``run`` for ``seconds`` and returns the time of each call, and all its results."""
    times = []
    results = set()
    end = time.perf_counter() + seconds
    while len(times) < FEWEST_CALLS or (time.perf_counter() < end and len(times) < MOST_CALLS):
        start = time.perf_counter()
        result = run()
        times.append(time.perf_counter() - start)
        results.add(repr(result))
    return times, sorted(results)


def warm_up_calls(times):
    """How many calls at the beginning do not belong to the steady state."""
    steady = statistics.median(times[len(times) // 2 :])
    for index, taken in enumerate(times):
        if taken <= steady * STEADY:
            return index
    return len(times) // 2


def main():
    path, seconds = sys.argv[1], float(sys.argv[2])
    fatjit = refusal = None
    if "--fatjit" in sys.argv[3:]:
        import fatjit

        try:
            fatjit.enable()
        except RuntimeError as error:
            refusal = str(error)
        if refusal is None and not fatjit.is_enabled():
            refusal = "it is switched off"
    module = load(path)
    times, results = time_calls(module.run, seconds)
    warm_up = warm_up_calls(times)
    steady = times[warm_up:]
    print(json.dumps({
        "suite": module.SUITE,
        "results": results,
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

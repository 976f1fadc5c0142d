"""Measures programs with and without fatjit. Called by `cargo xtask bench`.

    harness.py --package FOLDER --cache FOLDER [--suite NAME] [--json FILE] [--quick] [--record]
               [--beside PEER,…] [NAME ...]
    harness.py --table --cache FOLDER

Each measurement is a process of its own (measure.py); plain and fatjit take turns, so that both see
the same machine. The results of every call are compared. The table is for people; README.md
describes the JSON.
"""

import argparse
import ast
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

import beside
import catalogue
import plot
import start_up
import tables

HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = 3
PATIENCE_SECONDS = 300
# Most of pyperformance's programs have dozens of hot functions, and compiling may take a twentieth of the time.
WARM_UP_SECONDS = 5


def peers(text):
    """The peers named in a list with commas; an unknown one is an error of usage."""
    try:
        return beside.choice(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def arguments():
    parser = argparse.ArgumentParser(description="measure programs with and without fatjit")
    parser.add_argument("--package", help="the folder that holds the package fatjit")
    parser.add_argument("--cache", type=pathlib.Path, help="the folder for what is fetched and built")
    parser.add_argument("--suite", help="only programs of this suite")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs")
    parser.add_argument("--record", action="store_true", help="make this the last recorded run")
    parser.add_argument("--beside", type=peers, metavar="PEER,...",
                        help="these of c, numba, pypy, NAME=EXECUTABLE; an empty list for none; default: "
                             "those found")
    parser.add_argument("--table", action="store_true", help="make the tables and the plot of what is recorded")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these programs")
    options = parser.parse_args()
    if not options.cache or not (options.table or options.package):
        parser.error("--cache is needed, and --package or --table")
    return options


def measure(program, seconds, package=None, warm_up=0):
    """One process: what measure.py says, or how it failed."""
    command = [sys.executable, "-B", str(HERE / "measure.py"), str(program.path), str(seconds), *program.switches]
    if warm_up:
        command.append(f"--warm-up={warm_up}")
    variables = catalogue.environment(program)
    if package:
        command.append("--fatjit")
        variables["PYTHONPATH"] = os.pathsep.join(filter(None, [package, variables["PYTHONPATH"]]))
    try:
        done = subprocess.run(
            command, env=variables, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=PATIENCE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return {"failure": f"no end within {PATIENCE_SECONDS} s"}
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return {"failure": f"exit code {done.returncode}: {last}"}
    return json.loads(done.stdout)


def spread(values):
    """Minimum, quartiles and maximum."""
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return {
        "min": min(values), "quartile_1": low, "median": middle, "quartile_3": high,
        "max": max(values),
    }


def same_results(runs, told_by_peers, same_each_time=True):
    """What is wrong with the results of one program, if anything. ``same_each_time``: so are those of all calls."""
    for what in ("results", "printed", "left_behind"):
        texts = {str(run[what]) for run in runs}
        if len(texts) != 1:
            return f"{what} differ: {sorted(texts)}"
    ours = runs[0]["results"]
    if same_each_time and len(set(ours)) != 1:
        return f"results differ from call to call: {ours}"
    for name, told in told_by_peers.items():
        # C writes floats with other digits.
        if any(ast.literal_eval(theirs) != ast.literal_eval(ours[0])
               for theirs in told["results"] if theirs != ours[0]):
            return f"{name} has other results: {told['results']}, not {ours[0]}"
    return None


def summary(program, plain_runs, jit_runs, told_by_peers):
    """One program: its figures from all processes, and what is wrong with them."""
    for run in (*plain_runs, *jit_runs):
        if "failure" in run:
            return {"error": run["failure"]}
    ours = program.suite != catalogue.PYPERFORMANCE_SUITE
    wrong = same_results([*plain_runs, *jit_runs], told_by_peers if ours else {}, same_each_time=ours)
    if wrong:
        return {"error": wrong}
    told = {"suite": program.suite}
    for side, runs in (("plain", plain_runs), ("fatjit", jit_runs)):
        told[side] = {
            "first_ms": statistics.median(run["first_ms"] for run in runs),
            "warm_up_calls": statistics.median(run["warm_up_calls"] for run in runs),
            "best_ms": min(run["best_ms"] for run in runs),
            "steady_ms": spread([run["median_ms"] for run in runs]),
            "peak_memory_kib": statistics.median(run["peak_memory_kib"] for run in runs),
            "processes": len(runs),
        }
    told["ratio_best"] = told["plain"]["best_ms"] / told["fatjit"]["best_ms"]
    plain, jit = told["plain"]["steady_ms"], told["fatjit"]["steady_ms"]
    told["ratio_median"] = plain["median"] / jit["median"]
    told["refusal"] = jit_runs[-1]["refusal"]
    stats = jit_runs[-1]["stats"]
    told["stats"] = stats
    instructions = stats.get("ir_instructions", 0)
    told["compile_us_per_instruction"] = (
        statistics.median(run["stats"]["compile_ms"] for run in jit_runs) * 1e3 / instructions
        if instructions
        else None
    )
    told["beside"] = {
        name: {
            "best_ms": one["best_ms"], "ratio": told["plain"]["best_ms"] / one["best_ms"],
            "version": one["version"],
        }
        for name, one in told_by_peers.items()
    }
    return told


def run_all(programs, options):
    """Measures every program; a progress line for each."""
    compared = beside.found(options.beside, options.cache)
    started = time.perf_counter()
    figures = {}
    for name, program in programs.items():
        warm_up = 0
        if options.quick:
            rounds, seconds = 3, 0.3
        elif program.suite == catalogue.PYPERFORMANCE_SUITE:
            rounds, seconds, warm_up = 3, 1.0, WARM_UP_SECONDS  # it is long
        else:
            rounds, seconds = 5, 1.0
        plain_runs, jit_runs = [], []
        for _ in range(rounds):
            plain_runs.append(measure(program, seconds, warm_up=1 if warm_up else 0))
            if "failure" in plain_runs[-1]:
                break
            jit_runs.append(measure(program, seconds, options.package, warm_up))
        elapsed = time.perf_counter() - started
        if "failure" in plain_runs[-1]:
            print(f"[{elapsed:6.1f} s] {name} is left out: without fatjit, {plain_runs[-1]['failure']}", flush=True)
            continue
        told_by_peers = beside.measured(compared, program, seconds, 2)
        figures[name] = summary(program, plain_runs, jit_runs, told_by_peers)
        print(f"[{elapsed:6.1f} s] {name}: {figures[name].get('error', 'measured')}", flush=True)
    return figures


def machine():
    """What the figures depend on."""
    return {
        "python": platform.python_version(),
        "compiler": platform.python_compiler(),
        "machine": platform.machine(),
        "system": platform.system(),
        "processors": os.cpu_count(),
        "date": datetime.date.today().isoformat(),
    }


def main():
    options = arguments()
    if options.table:
        for file in (*tables.update(), plot.draw(options.cache)):
            print(f"written: {file}")
        return 0
    programs, missing = catalogue.chosen(options.names, options.suite, options.cache)
    for text in missing:
        print(text, flush=True)
    figures = run_all(programs, options)
    last = tables.recorded(tables.LAST)
    print(tables.for_people(figures, last["programs"]))
    record = {"schema": SCHEMA, "machine": machine(), "programs": figures}
    if options.record or not (options.names or options.suite):
        record["start_up"] = start_up.measured(options.package, options.cache)
        print(start_up.for_people(record["start_up"]))
    text = json.dumps(record, indent=1, sort_keys=True) + "\n"
    if options.json:
        pathlib.Path(options.json).write_text(text)
    good = bool(figures) and not any("error" in one or one["refusal"] for one in figures.values())
    if options.record and good:
        # A run of some programs leaves the others' figures as they are.
        record = last | record | {"programs": last["programs"] | figures}
        tables.LAST.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
        tables.record_peers(figures, record["machine"]["date"])
        print(f"recorded in {tables.LAST}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

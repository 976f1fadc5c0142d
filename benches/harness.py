"""Measures the programs of programs/ with and without fatjit. Called by `cargo xtask bench`.

    harness.py --package FOLDER [--suite NAME] [--json FILE] [--quick] [--record] [NAME ...]

Each measurement is a process of its own (measure.py); plain and fatjit take turns, so that both see
the same machine. The results of every call are compared. The table is for people; README.md
describes the JSON.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
LAST = HERE / "results" / "last.json"
SCHEMA = 1
PATIENCE_SECONDS = 300


def arguments():
    parser = argparse.ArgumentParser(description="measure programs with and without fatjit")
    parser.add_argument("--package", required=True, help="the folder that holds the package fatjit")
    parser.add_argument("--suite", help="only programs of this suite")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs")
    parser.add_argument("--record", action="store_true", help="make this the last recorded run")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these programs")
    return parser.parse_args()


def suite_of(program):
    """The suite a program declares, read without running it."""
    for line in program.read_text().splitlines():
        if line.startswith("SUITE = "):
            return line.partition("=")[2].strip().strip('"')
    raise SystemExit(f"{program} declares no SUITE")


def chosen(options):
    """The programs to measure; a name that no program has ends the run."""
    programs = {path.stem: path for path in sorted((HERE / "programs").glob("*.py"))}
    suites = {name: suite_of(path) for name, path in programs.items()}
    unknown = [name for name in options.names if name not in programs]
    if unknown:
        raise SystemExit(f"no such program: {', '.join(unknown)} (there are {', '.join(programs)})")
    if options.suite and options.suite not in suites.values():
        known = ", ".join(sorted(set(suites.values())))
        raise SystemExit(f"no such suite: {options.suite} (there are {known})")
    return {
        name: path
        for name, path in programs.items()
        if (not options.names or name in options.names)
        and (not options.suite or suites[name] == options.suite)
    }


def measure(path, seconds, package=None):
    """One process: what measure.py says, or how it failed."""
    command = [sys.executable, "-B", str(HERE / "measure.py"), str(path), str(seconds)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FATJIT")}
    if package:
        command.append("--fatjit")
        kept["PYTHONPATH"] = package
    try:
        done = subprocess.run(
            command, env=kept | {"PYTHONHASHSEED": "0"}, stdin=subprocess.DEVNULL,
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


def summary(plain_runs, jit_runs):
    """One program: its figures from all processes, and what is wrong with them."""
    for run in (*plain_runs, *jit_runs):
        if "failure" in run:
            return {"error": run["failure"]}
    results = {result for run in (*plain_runs, *jit_runs) for result in run["results"]}
    if len(results) != 1:
        return {"error": f"results differ: {sorted(results)}"}
    told = {"suite": plain_runs[0]["suite"]}
    for side, runs in (("plain", plain_runs), ("fatjit", jit_runs)):
        told[side] = {
            "first_ms": statistics.median(run["first_ms"] for run in runs),
            "warm_up_calls": statistics.median(run["warm_up_calls"] for run in runs),
            "best_ms": min(run["best_ms"] for run in runs),
            "steady_ms": spread([run["median_ms"] for run in runs]),
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
    return told


def run_all(programs, options):
    """Measures every program; a progress line for each."""
    rounds, seconds = (3, 0.3) if options.quick else (5, 1.0)
    started = time.perf_counter()
    figures = {}
    for name, path in programs.items():
        plain_runs, jit_runs = [], []
        for _ in range(rounds):
            plain_runs.append(measure(path, seconds))
            jit_runs.append(measure(path, seconds, options.package))
        figures[name] = summary(plain_runs, jit_runs)
        elapsed = time.perf_counter() - started
        print(f"[{elapsed:6.1f} s] {name}: {figures[name].get('error', 'measured')}", flush=True)
    return figures


def last_recorded():
    """The programs of the last recorded run; none if there was none."""
    return json.loads(LAST.read_text())["programs"] if LAST.exists() else {}


def table(figures, last):
    """The figures for people."""
    head = (
        f"{'program':<16}{'plain ms':>10}{'fatjit ms':>11}{'ratio':>8}{'median':>8}{'last':>8}"
        f"{'spread of fatjit':>26}{'first ms':>10}{'warm-up':>8}{'compile ms':>11}"
        f"{'regions':>8}{'bytes':>8}{'us/inst':>8}"
    )
    lines = [head]
    for name, one in figures.items():
        if "error" in one:
            lines.append(f"{name:<16} {one['error']}")
            continue
        plain, jit, stats = one["plain"], one["fatjit"], one["stats"]
        steady = jit["steady_ms"]
        before = last.get(name, {}).get("ratio_best")
        per = one["compile_us_per_instruction"]
        range_of = f"{steady['min']:.3f}..{steady['median']:.3f}..{steady['max']:.3f}"
        lines.append(
            f"{name:<16}{plain['best_ms']:>10.3f}{jit['best_ms']:>11.3f}"
            f"{one['ratio_best']:>7.1f}x{one['ratio_median']:>7.1f}x"
            f"{f'{before:.1f}x' if before else '-':>8}  {range_of:>24}{jit['first_ms']:>10.2f}"
            f"{jit['warm_up_calls']:>8.0f}{stats['compile_ms']:>11.2f}"
            f"{stats['regions']:>8}{stats['code_bytes']:>8}{f'{per:.1f}' if per else '-':>8}"
        )
        if one["refusal"]:
            lines.append(f"{'':<16} fatjit refused to switch on: {one['refusal']}")
    return "\n".join(lines)


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
    figures = run_all(chosen(options), options)
    last = last_recorded()
    print(table(figures, last))
    record = {"schema": SCHEMA, "machine": machine(), "programs": figures}
    text = json.dumps(record, indent=1, sort_keys=True) + "\n"
    if options.json:
        pathlib.Path(options.json).write_text(text)
    good = not any("error" in one or one["refusal"] for one in figures.values())
    if options.record and good:
        # A run of some programs leaves the others' figures as they are.
        record["programs"] = last | figures
        LAST.parent.mkdir(exist_ok=True)
        LAST.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
        print(f"recorded in {LAST}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

"""What can be measured: the programs of programs/, and programs of pyperformance.

pyperformance's programs are not copied: its wheel is fetched once, of a fixed version, and unpacked into the
cache folder; they run from there as they are.
"""

import dataclasses
import pathlib
import subprocess
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
PYPERFORMANCE = "pyperformance==1.14.0"
PYPERFORMANCE_SUITE = "pyperformance"
PYPERFORMANCE_NAMES = ("nbody", "fannkuch", "spectral_norm")
PATIENCE_SECONDS = 120


@dataclasses.dataclass(frozen=True)
class Program:
    """A program and how it is measured."""

    name: str
    suite: str
    path: pathlib.Path
    switches: tuple = ()  # further arguments for measure.py


class Missing(Exception):
    """Something cannot be had here; the text says what, and why."""


def suite_of(program):
    """The suite a program declares, read without running it."""
    for line in program.read_text().splitlines():
        if line.startswith("SUITE = "):
            return line.partition("=")[2].strip().strip('"')
    raise SystemExit(f"{program} declares no SUITE")


def own_programs():
    """The programs of programs/, by name."""
    return {
        path.stem: Program(path.stem, suite_of(path), path)
        for path in sorted((HERE / "programs").glob("*.py"))
    }


def fetched(requirement, folder, *options):
    """Runs `pip` with ``options`` for ``requirement`` and the cache ``folder`` as destination."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *options, requirement]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise Missing(f"{requirement} could not be fetched within {PATIENCE_SECONDS} s") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Missing(f"{requirement} could not be fetched (is there a network?): {last}")


def pyperformance_programs(cache):
    """Those programs of pyperformance that are measured, by name.

    Raises Missing when the wheel can be neither found in ``cache`` nor fetched.
    """
    folder = cache / PYPERFORMANCE.replace("==", "-")
    wheels = list(folder.glob("*.whl"))
    if not wheels:
        fetched(PYPERFORMANCE, folder, "download", "--no-deps", "--only-binary", ":all:", "--dest", str(folder))
        wheels = list(folder.glob("*.whl"))
    found = {}
    with zipfile.ZipFile(wheels[0]) as wheel:
        for name in PYPERFORMANCE_NAMES:
            member = f"pyperformance/data-files/benchmarks/bm_{name}/run_benchmark.py"
            path = pathlib.Path(wheel.extract(member, folder))
            found[name] = Program(name, PYPERFORMANCE_SUITE, path, ("--pyperf",))
    return found


def chosen(names, suite, cache):
    """The programs to measure, by name, and what is missing, as texts. A name or suite that there is not ends
    the run."""
    own = own_programs()
    known = [*own, *PYPERFORMANCE_NAMES]
    suites = sorted({program.suite for program in own.values()} | {PYPERFORMANCE_SUITE})
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"no such program: {', '.join(unknown)} (there are {', '.join(known)})")
    if suite and suite not in suites:
        raise SystemExit(f"no such suite: {suite} (there are {', '.join(suites)})")
    programs, missing = own, []
    if suite in (None, PYPERFORMANCE_SUITE) and (not names or set(names) & set(PYPERFORMANCE_NAMES)):
        try:
            programs = own | pyperformance_programs(cache)
        except Missing as why:
            missing.append(f"suite {PYPERFORMANCE_SUITE} is left out: {why}")
    return {
        name: program
        for name, program in programs.items()
        if (not names or name in names) and (not suite or program.suite == suite)
    }, missing

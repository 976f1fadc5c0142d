"""What can be measured: the programs of programs/, and those of pyperformance.

pyperformance's programs are not copied: its wheel is fetched once, of a fixed version, and unpacked into the
cache folder, as are the packages that its programs pin; they run from there as they are.
"""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tomllib
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
PYPERFORMANCE = "pyperformance==1.14.0"
PYPERFORMANCE_SUITE = "pyperformance"
# Some of its programs take seconds for a call.
FIRST_CALLS = 3
FETCHING_SECONDS = 300
LOADING_SECONDS = 120
# Why a program of pyperformance is not measured, by the beginning of its name.
NOT_MEASURED = {
    "2to3": "it times a process of its own",
    "hg_startup": "it times a process of its own",
    "python_startup": "it times a process of its own",
    "async_tree_": "it is a variant of async_tree, most of which wait",
    "asyncio_": "it times a network",
    "fastapi": "it times a network",
    "tornado_http": "it times a network",
    "concurrent_imap": "it times processes and threads",
    "dask": "it times processes and threads",
}


@dataclasses.dataclass(frozen=True)
class Program:
    """A program and how it is measured."""

    name: str
    suite: str
    path: pathlib.Path
    switches: tuple = ()  # further arguments for measure.py
    packages: pathlib.Path | None = None  # a folder of packages it needs


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


def fetched(requirements, folder, *options):
    """Runs `pip` with ``options`` for ``requirements`` and the cache ``folder`` as destination."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *options, *requirements]
    folder.mkdir(parents=True, exist_ok=True)
    wanted = " ".join(requirements)
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=FETCHING_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise Missing(f"{wanted} could not be fetched within {FETCHING_SECONDS} s") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Missing(f"{wanted} could not be fetched (is there a network?): {last}")


def pyperformance_folder(cache):
    """The folder of pyperformance's programs.

    Raises Missing when it can be neither found in ``cache`` nor fetched.
    """
    folder = cache / PYPERFORMANCE.replace("==", "-")
    programs = folder / "pyperformance" / "data-files" / "benchmarks"
    if not programs.exists():
        fetched(
            [PYPERFORMANCE], folder, "download", "--no-deps", "--only-binary", ":all:", "--dest", str(folder)
        )
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            wheel.extractall(folder / "unpacking")
        (folder / "unpacking" / "pyperformance").rename(folder / "pyperformance")
    return programs


def packages_of(folder, cache):
    """The folder of the packages that the program in ``folder`` pins, fetched if need be; None if there are none.

    Raises Missing when they cannot be had.
    """
    pinned = folder / "requirements.txt"
    if not pinned.exists():
        return None
    packages = cache / "packages" / sys.implementation.cache_tag / folder.name
    if not (packages / "complete").exists():
        print(f"fetching what {folder.name} needs", flush=True)
        fetched(["--requirement", str(pinned)], packages, "install", "--upgrade", "--target", str(packages))
        (packages / "complete").touch()
    return packages


def environment(program):
    """Variables for a process that measures ``program``: none of fatjit's, and hashes that are the same each time."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FATJIT")}
    paths = [str(program.packages)] if program.packages else []
    return kept | {"PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(paths)}


def works_of(program):
    """One program for each work that ``program`` hands to its runner.

    Raises Missing when it cannot be loaded.
    """
    command = [sys.executable, "-B", str(HERE / "measure.py"), str(program.path), "-", *program.switches]
    try:
        done = subprocess.run(
            command, env=environment(program), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=LOADING_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise Missing(f"it was not loaded within {LOADING_SECONDS} s") from None
    if done.returncode:
        raise Missing((done.stderr.strip().splitlines() or ["no message"])[-1])
    names = json.loads(done.stdout)
    if len(names) == 1:
        return [program]
    return [
        dataclasses.replace(program, name=name, switches=(*program.switches, "--work", name)) for name in names
    ]


def declared_names(programs):
    """pyperformance's programs by name: for each, its folder and the words of its command line."""
    declared = {}
    for file in sorted(programs.glob("bm_*/*.toml")):
        with file.open("rb") as opened:
            said = tomllib.load(opened)["tool"]["pyperformance"]
        declared[said["name"]] = (file.parent, said.get("extra_opts", []))
    return declared


def pyperformance_programs(names, cache):
    """The programs of pyperformance that have one of these ``names`` (all, if there are none) or begin with one, and
    what is missing, as texts.

    Raises Missing when the suite cannot be had.
    """
    found, missing = {}, []
    for name, (folder, words) in declared_names(pyperformance_folder(cache)).items():
        if names and not any(name.startswith(one) for one in names):
            continue
        reason = next((why for start, why in NOT_MEASURED.items() if name.startswith(start)), None)
        try:
            if reason:
                raise Missing(reason)
            switches = ("--pyperf", f"--first={FIRST_CALLS}", *(f"--arguments={word}" for word in words))
            program = Program(
                name, PYPERFORMANCE_SUITE, folder / "run_benchmark.py", switches, packages_of(folder, cache)
            )
            found |= {work.name: work for work in works_of(program)}
        except Missing as why:
            missing.append(f"{name} is left out: {why}")
    return found, missing


def chosen(names, suite, cache):
    """The programs to measure, by name, and what is missing, as texts. A name or suite that there is not ends
    the run."""
    own = own_programs()
    suites = sorted({program.suite for program in own.values()} | {PYPERFORMANCE_SUITE})
    if suite and suite not in suites:
        raise SystemExit(f"no such suite: {suite} (there are {', '.join(suites)})")
    programs = {
        name: program
        for name, program in own.items()
        if (not names or name in names) and suite in (None, program.suite)
    }
    theirs = [name for name in names if name not in own]
    missing = []
    if suite in (None, PYPERFORMANCE_SUITE) and (theirs or not names):
        try:
            further, missing = pyperformance_programs(theirs, cache)
            programs |= further
        except Missing as why:
            missing.append(f"suite {PYPERFORMANCE_SUITE} is left out: {why}")
    for name in theirs:
        if not any(name in text for text in (*programs, *missing)):
            raise SystemExit(f"no such program: {name} (there are {', '.join(own)}, and pyperformance's)")
    return programs, missing

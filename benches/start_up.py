"""What it costs to start an interpreter with `FATJIT=1`: the time and the memory of `python -c pass`."""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
STARTS = 31
TELL_MEMORY = "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM:')))"


def environment_with(package, cache):
    """The `python` of a virtual environment in which ``package`` is installed as `pip install` does it."""
    folder = cache / f"start-up-{sys.implementation.cache_tag}"
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", folder], check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "lib" / version / "site-packages"
    shutil.copytree(pathlib.Path(package) / "fatjit", packages / "fatjit")
    shutil.copy(ROOT / "cpython" / "data" / "platlib" / "fatjit.pth", packages)
    return folder / "bin" / "python"


def once(python, variables):
    """Milliseconds of one start, and the KiB of another that tells."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FATJIT", "PYTHONPATH"))}
    environment = kept | variables
    start = time.perf_counter()
    subprocess.run([python, "-c", "pass"], env=environment, check=True)
    taken = time.perf_counter() - start
    told = subprocess.run(
        [python, "-c", TELL_MEMORY], env=environment, check=True, capture_output=True, text=True
    )
    return taken * 1e3, int(told.stdout)


def measured(package, cache):
    """Medians of starts without and with fatjit that take turns, and the quickest ones."""
    python = environment_with(package, cache)
    sides = {"plain": {}, "fatjit": {"FATJIT": "1"}}
    told = {name: [] for name in sides}
    for variables in sides.values():  # what is read from disk and compiled only once
        once(python, variables)
    for _ in range(STARTS):
        for name, variables in sides.items():
            told[name].append(once(python, variables))
    return {
        name: {
            "best_ms": min(taken for taken, _ in runs),
            "median_ms": statistics.median(taken for taken, _ in runs),
            "peak_memory_kib": statistics.median(memory for _, memory in runs),
        }
        for name, runs in told.items()
    }


def for_people(told):
    """One line."""
    plain, jit = told["plain"], told["fatjit"]
    return (
        f"start-up: {plain['median_ms']:.1f} ms and {plain['peak_memory_kib'] / 1024:.1f} MiB, with FATJIT=1 "
        f"{jit['median_ms'] - plain['median_ms']:+.1f} ms and "
        f"{(jit['peak_memory_kib'] - plain['peak_memory_kib']) / 1024:+.1f} MiB"
    )

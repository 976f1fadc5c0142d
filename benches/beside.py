"""Other ways to run the same programs, measured beside CPython: C (c/NAME.c), Numba, PyPy and other interpreters."""

import json
import shutil
import subprocess
import sys

from catalogue import HERE, Missing, environment, fetched

NUMBA = "numba==0.68.0"
PATIENCE_SECONDS = 300
# One kernel in C stands for two programs.
SAME_IN_C = {"module_while_sum": "while_sum", "module_range_sum": "range_sum"}


def answer(command, **options):
    """What a program that prints JSON says; None if it fails, as what a compiler cannot do does."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=PATIENCE_SECONDS, **options,
        )
    except subprocess.TimeoutExpired:
        return None
    return json.loads(done.stdout) if done.returncode == 0 else None


def first_line(command):
    """The first line that ``command`` prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]


class C:
    """The kernels of c/, by gcc -O2."""

    def __init__(self, cache, _named):
        self.gcc = shutil.which("gcc")
        if not self.gcc:
            raise Missing("there is no gcc")
        self.version = first_line([self.gcc, "--version"]) + ", -O2"
        self.folder = cache / "c"
        self.folder.mkdir(parents=True, exist_ok=True)

    def measure(self, program, seconds):
        name = SAME_IN_C.get(program.name, program.name)
        source = HERE / "c" / f"{name}.c"
        if not source.exists():
            return None
        binary = self.folder / name
        subprocess.run([self.gcc, "-O2", "-o", str(binary), str(source)], check=True)
        return answer([str(binary), str(seconds)])


class Numba:
    """The functions of programs/ with `numba.njit`, where Numba can compile them."""

    def __init__(self, cache, named):
        folder = cache / f"{NUMBA.replace('==', '-')}-{sys.implementation.cache_tag}"
        if not (folder / "numba").exists():
            if not named:
                raise Missing("it is fetched only when it is named")
            fetched([NUMBA], folder, "install", "--only-binary", ":all:", "--target", str(folder))
        self.version = NUMBA.replace("==", " ")
        self.environment = {"PYTHONPATH": str(folder)}

    def measure(self, program, seconds):
        if program.switches:
            return None
        command = [sys.executable, str(HERE / "measure.py"), str(program.path), str(seconds), "--numba"]
        return answer(command, env=self.environment)


class Interpreter:
    """All programs, by another interpreter."""

    def __init__(self, executable):
        self.executable = executable
        try:
            version = first_line([executable, "-c", "import sys; print(sys.version.replace(chr(10), ' '))"])
        except (OSError, subprocess.CalledProcessError) as error:
            raise Missing(f"{executable} cannot be run: {error}") from None
        self.version = version

    def measure(self, program, seconds):
        command = [self.executable, str(HERE / "measure.py"), str(program.path), str(seconds)]
        return answer([*command, *program.switches], env=environment(program))


def pypy(_cache, _named):
    """`pypy3`, if it is in PATH."""
    executable = shutil.which("pypy3")
    if not executable:
        raise Missing("there is no pypy3 in PATH")
    return Interpreter(executable)


KINDS = {"c": C, "numba": Numba, "pypy": pypy}


def choice(text):
    """A choice of peers in words of the command line, `c,numba,NAME=EXECUTABLE`: name → executable or None.

    Raises ValueError when there is no such peer.
    """
    named = {}
    for word in filter(None, text.split(",")):
        name, _, executable = word.partition("=")
        if not executable and name not in KINDS:
            raise ValueError(f"no such peer: {name} (there are {', '.join(KINDS)}, and NAME=EXECUTABLE)")
        named[name] = executable or None
    return named


def found(named, cache):
    """The peers to measure, by name: those ``named`` (a `choice`), or all that are here. What is named and cannot
    be had is told."""
    peers = {}
    for name, executable in (dict.fromkeys(KINDS) if named is None else named).items():
        try:
            peers[name] = Interpreter(executable) if executable else KINDS[name](cache, named is not None)
        except Missing as why:
            if named is not None:
                print(f"without {name}: {why}", flush=True)
    return peers


def measured(peers, program, seconds, rounds):
    """Best times of the peers for one program, in milliseconds, with their results; what a peer cannot run is
    not there."""
    told = {}
    for name, peer in peers.items():
        runs = [peer.measure(program, seconds) for _ in range(rounds)]
        if all(runs):
            told[name] = {
                "best_ms": min(run["best_ms"] for run in runs),
                "results": sorted({result for run in runs for result in run["results"]}),
                "version": peer.version,
            }
    return told

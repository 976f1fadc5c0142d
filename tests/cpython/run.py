"""CPython's own test suite, with fatjit switched on.

    run.py [--full | --language] [--workers N] [--together N] [--logs FOLDER] [NAME=VALUE ...] [MODULE ...]

Runs the modules of `quick.txt` (with --full: all that this interpreter has; with --language: those of `language.txt`;
or those named), each in a process of its own with FATJIT=1 and the variables given. With --together a process runs so many
of them, one after the other; if one fails, each runs again in its own. The package is found through PYTHONPATH and put
into a virtual environment, as users have it. A module that fails is run again without fatjit; one that fails then, too,
says nothing about fatjit and counts as skipped. With FATJIT_THRESHOLD=1 those tests may fail that `threshold_1.txt`
names. The last line is `N passed, N failed, N skipped`.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import installed  # noqa: E402

# Seconds that a module may take.
PATIENCE = {False: 600, True: 2400}
# What is told of a module of which only tests failed that may.
KNOWN = "all but "
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def listed_modules(file):
    """The modules of a list that this version has."""
    found = []
    for line in (HERE / file).read_text().splitlines():
        name, *versions = line.partition("#")[0].split()[:2] or [""]
        if name and (not versions or VERSION in versions):
            found.append(name)
    return found


def known_failures(module, variables):
    """The tests of a module that may fail with these variables: where all code is counted from its first round on."""
    if variables.get("FATJIT_THRESHOLD") != "1":
        return set()
    lines = (line.partition("#")[0].split() for line in (HERE / "threshold_1.txt").read_text().splitlines())
    return {test for version, of, test, _kind in filter(None, lines) if (version, of) == (VERSION, module)}


def all_modules(python, environment):
    """Every module of the interpreter's suite."""
    done = subprocess.run(
        [python, "-m", "test", "--list-tests"], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def plain_environment():
    """Without variables that change what tests find."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "FATJIT"))}


def as_from_a_shell():
    """Before a test's process begins: signals that somebody ignores around us are as ever."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def kill(process):
    """The process, and what it left running."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def run(python, modules, environment, patience, log, known=frozenset()):
    """Runs modules in one process: None if all passed, else why not in words, beginning with KNOWN if only tests failed that may. What
    it printed is in the log."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, open(log, "wb") as output:
        process = subprocess.Popen(
            [python, "-m", "test", "--timeout", str(patience), "--tempdir", folder, "-v", *modules],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            start_new_session=True,
            preexec_fn=as_from_a_shell,
        )
        try:
            status = process.wait(patience + 60)
        except subprocess.TimeoutExpired:
            return f"did not end within {patience} s"
        finally:
            kill(process)
            process.wait()
    text = log.read_text(errors="replace")
    if status < 0:
        return f"was killed by {signal.Signals(-status).name}"
    if status != 0 or "\nResult: SUCCESS" not in text:
        failed = sorted(set(re.findall(r"^(?:FAIL|ERROR): (\S+)", text, re.MULTILINE)))
        if failed and known.issuperset(failed):
            return f"{KNOWN}{', '.join(failed)}"
        return f"exit code {status}; {', '.join(failed) or 'no test is named'}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument("--full", action="store_true", help="all modules")
    extent.add_argument("--language", action="store_true", help="those of language.txt")
    parser.add_argument("--workers", type=int, default=1, help="so many modules at once")
    parser.add_argument("--together", type=int, default=1, help="so many modules in one process")
    parser.add_argument("--logs", help="where to keep what failing modules printed")
    parser.add_argument("rest", nargs="*", metavar="NAME=VALUE|MODULE")
    options = parser.parse_args()
    variables = dict(item.split("=", 1) for item in options.rest if "=" in item)
    named = [item for item in options.rest if "=" not in item]
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    with tempfile.TemporaryDirectory() as folder:
        python = installed.make(pathlib.Path(folder) / "environment")
        plain = plain_environment()
        logs = pathlib.Path(options.logs or folder).resolve()
        logs.mkdir(parents=True, exist_ok=True)
        if named:
            modules = named
        elif options.full:
            modules = all_modules(python, plain)
        else:
            modules = listed_modules("language.txt" if options.language else "quick.txt")

        def judge(module):
            """The verdict of a module, in words, and how long it took."""
            begun = time.monotonic()
            log = logs / f"{module}.log"
            patience = PATIENCE[options.full]
            known = known_failures(module, variables)
            why = run(python, [module], plain | {"FATJIT": "1"} | variables, patience, log, known)
            verdict, note = "passed", ""
            if why is not None and why.startswith(KNOWN):
                note = f": {why}"
            elif why is not None:
                without = run(python, [module], plain, patience, logs / f"{module}.plain.log")
                verdict = "failed" if without is None else "skipped"
                note = f": {why}" if without is None else ": fails without fatjit, too"
            return verdict, note, time.monotonic() - begun

        def judge_together(some):
            """The same of each of some modules; of what runs in one process each is said to have taken its share."""
            if len(some) > 1:
                begun = time.monotonic()
                patience = PATIENCE[options.full] * len(some)
                log = logs / f"{some[0]}-{some[-1]}.log"
                if run(python, some, plain | {"FATJIT": "1"} | variables, patience, log) is None:
                    took = (time.monotonic() - begun) / len(some)
                    return [("passed", "", took)] * len(some)
            return [judge(module) for module in some]

        step = max(options.together, 1)
        groups = [modules[at:at + step] for at in range(0, len(modules), step)]
        at = 0
        with concurrent.futures.ThreadPoolExecutor(max_workers=options.workers) as workers:
            for group, told in zip(groups, workers.map(judge_together, groups)):
                for module, (verdict, note, took) in zip(group, told):
                    at += 1
                    counts[verdict] += 1
                    print(f"  {verdict:8}{module} ({took:.1f} s, {at} of {len(modules)}){note}", flush=True)
    print(", ".join(f"{count} {name}" for name, count in counts.items()))
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())

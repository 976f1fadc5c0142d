"""``python -m fatjit bisect``: finds what of a program fatjit compiles wrongly.

The program is run again and again in processes of its own, plain and with less and less native code: first only so
many regions are compiled, then passes are left out. What counts is how it ends and what it prints; what already differs
between two plain runs is not compared.
"""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

from fatjit import _fatjit

# Rounds until loops are compiled that are tried in turn, until one shows the difference.
THRESHOLDS = (1000, 100, 10, 2)
# A program with fatjit may take so many times as long as without, and so many seconds more.
_PATIENCE = (20, 60)
# Variables that would have the plain program run with fatjit, or that are set here.
_OURS = ("FATJIT", "FATJIT_ONLY", "FATJIT_DISABLE_PASS", "FATJIT_DEBUG_LIMIT", "FATJIT_LOG", "FATJIT_STATS",
         "FATJIT_THRESHOLD")
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")


class Outcome(NamedTuple):
    """How a run ended, and what it printed."""

    status: object
    stdout: str
    stderr: str

    def in_words(self):
        if isinstance(self.status, str):
            return self.status
        if self.status < 0:
            return f"was killed by {signal.Signals(-self.status).name}"
        return f"ended with exit code {self.status}"


class Found(NamedTuple):
    """What was found."""

    # How many regions have to be compiled, and the last of them: `function:line of its def@line`.
    number: int
    region: str
    # The variables that show it.
    variables: dict
    # The passes without all of which it is right; none if it is wrong without any pass.
    passes: tuple


def search(compiled, is_wrong, passes):
    """Finds the first region with which a program is wrong, and the passes that it takes.

    ``compiled(variables)`` gives the names of the regions that a run under these variables compiles, in order;
    ``is_wrong(variables)`` whether a run goes wrong. Runs under no variables do. Answers None if no region is to blame.
    """
    variables = {}
    found = _first_region(variables, compiled, is_wrong)
    if found is None:
        return None
    number, region = found
    # Does it take the regions before?
    only = {"FATJIT_ONLY": region.rpartition("@")[0].rpartition(":")[0]}
    if is_wrong(only):
        alone = _first_region(only, compiled, is_wrong)
        if alone is not None:
            variables, (number, region) = only, alone
    variables = variables | {"FATJIT_DEBUG_LIMIT": str(number)}

    def wrong_without(left_out):
        return is_wrong(variables | {"FATJIT_DISABLE_PASS": ",".join(left_out)})

    return Found(number, region, variables, _passes(passes, wrong_without))


def _first_region(variables, compiled, is_wrong):
    """The number and name of the first region with which a run is wrong that is wrong with all."""
    names = compiled(variables)
    if not names or is_wrong(variables | {"FATJIT_DEBUG_LIMIT": "0"}):
        return None
    right, wrong = 0, len(names)
    while wrong - right > 1:
        middle = (right + wrong) // 2
        if is_wrong(variables | {"FATJIT_DEBUG_LIMIT": str(middle)}):
            wrong = middle
        else:
            right = middle
    return wrong, names[wrong - 1]


def _passes(passes, wrong_without):
    """A pass without which a run is right, or as many as that takes."""
    if wrong_without(passes):
        return ()
    wrong, right = 0, len(passes)
    while right - wrong > 1:
        middle = (right + wrong) // 2
        if wrong_without(passes[:middle]):
            wrong = middle
        else:
            right = middle
    last = passes[right - 1]
    return tuple(passes[:right]) if wrong_without([last]) else (last,)


class _Runs:
    """Runs of one program."""

    def __init__(self, program):
        self.program = program
        self.environment = {name: value for name, value in os.environ.items() if name not in _OURS}
        self.count = 0
        self.known = {}
        begun = time.monotonic()
        self.plain = self.run([], {"FATJIT": "0"}, None)
        times, more = _PATIENCE
        self.seconds = (time.monotonic() - begun) * times + more
        again = self.run([], {"FATJIT": "0"}, self.seconds)
        self.steady = [self.plain.status == again.status, self.plain.stdout == again.stdout,
                       self.plain.stderr == again.stderr]

    def run(self, options, variables, seconds):
        self.count += 1
        try:
            done = subprocess.run(
                [sys.executable, *options, *self.program],
                env=self.environment | variables,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            return Outcome(f"did not end within {seconds:.0f} s", "", "")
        return Outcome(done.returncode, done.stdout, _ADDRESS.sub("0x…", done.stderr))

    def with_fatjit(self, threshold, variables):
        """How a run ends, and the names of the regions that it compiles."""
        key = threshold, tuple(sorted(variables.items()))
        if key not in self.known:
            with tempfile.TemporaryDirectory() as folder:
                log = os.path.join(folder, "log.jsonl")
                options = ["-m", "fatjit", "--threshold", str(threshold)]
                outcome = self.run(options, variables | {"FATJIT_LOG": log}, self.seconds)
                self.known[key] = outcome, _compiled(log)
        return self.known[key]

    def differs(self, outcome):
        pairs = zip(self.steady, self.plain, outcome)
        return any(steady and plain != other for steady, plain, other in pairs)


def _compiled(log):
    """The regions that the first process of a log compiled, in order."""
    try:
        with open(log, encoding="utf-8") as file:
            events = [json.loads(line) for line in file]
    except OSError:
        return []
    return [
        event["region"]
        for event in events
        if event["event"] == "compiled" and event["process"] == events[0]["process"]
    ]


def bisect(program, threshold):
    """Tells on stdout what is found; the exit code: 0 if nothing differs, else 1."""
    def tell(words):
        print(words, flush=True)

    runs = _Runs(program)
    tell(f"plain: the program {runs.plain.in_words()}")
    for name, steady in zip(Outcome._fields, runs.steady):
        if not steady:
            tell(f"  two plain runs differ in their {name}, which is not compared")
    for threshold in THRESHOLDS if threshold is None else [threshold]:
        outcome, regions = runs.with_fatjit(threshold, {})
        tell(f"with --threshold {threshold}: {outcome.in_words()}, {len(regions)} regions compiled")
        if runs.differs(outcome):
            break
    else:
        tell("nothing differs")
        return 0
    found = search(
        lambda variables: runs.with_fatjit(threshold, variables)[1],
        lambda variables: runs.differs(runs.with_fatjit(threshold, variables)[0]),
        _fatjit._passes(),
    )
    if found is None:
        tell("it differs also with no region compiled: what watches and records is to blame, or the program itself")
        variables = {"FATJIT_DEBUG_LIMIT": "0"}
    else:
        variables = found.variables
        function, _, line = found.region.rpartition("@")
        tell(f"region {found.number}: {function.rpartition(':')[0]}, line {line} ({found.region})")
        if len(found.passes) == 1:
            tell(f"pass: {found.passes[0]}: without it, it is right")
        elif found.passes:
            tell(f"passes: it is right without these: {' '.join(found.passes)}")
        else:
            tell("no pass: it is wrong without all of them, too")
    tell(f"after {runs.count} runs; to see it:")
    words = [f"{name}={value}" for name, value in variables.items()]
    words += [sys.executable, "-m", "fatjit", "--threshold", str(threshold), *program]
    tell("  " + shlex.join(words))
    return 1

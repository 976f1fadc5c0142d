"""The differential runner: one program in two processes, plain and with fatjit, compared case by
case.

A mode says how fatjit runs: from which threshold on loops are compiled, and whether guards are made
to fail although they hold, so that every exit is taken sooner or later.
"""

import dataclasses
import difflib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = HERE / "programs"
# An emulator is about ten times as slow as the machine that it runs on.
EMULATED = os.environ.get("FATJIT_TEST_EMULATED") == "1"
SLOWNESS = 10 if EMULATED else 1
PATIENCE_SECONDS = 60 * SLOWNESS
SHOWN_CHARACTERS = 2000


@dataclasses.dataclass(frozen=True)
class Mode:
    """How one process runs a program; without a threshold, fatjit is not there at all."""

    name: str
    threshold: int | None = None
    exit_every: int | None = None
    seed: int | None = None
    code_kib: int | None = None

    def environment(self):
        """What the mode adds to the environment."""
        if self.threshold is None:
            return {}
        # Everything that can be compiled is to be tested, not what is worth it.
        added = {"FATJIT_DEBUG_FORCE": "1"}
        if self.exit_every is not None:
            added["FATJIT_DEBUG_EXIT_EVERY"] = str(self.exit_every)
        if self.seed is not None:
            added["FATJIT_DEBUG_SEED"] = str(self.seed)
        if self.code_kib is not None:
            added["FATJIT_CODE_KIB"] = str(self.code_kib)
        return added

    def complaints(self, said):
        """What a process said that it should not have: one line tells that memory for machine code is used up."""
        lines = said.splitlines(keepends=True)
        return "".join(line for line in lines if self.code_kib is None or "FATJIT_CODE_KIB" not in line)


PLAIN = Mode("plain")


def modes():
    """The modes every program runs in; FATJIT_TEST_SEEDS=N adds N more seeds of failing guards."""
    chosen = [
        Mode("threshold_1", 1),
        Mode("threshold_9", 9),
        Mode("every_guard_fails", 2, 1, 0),
        Mode("guards_fail_2_seed_1", 2, 2, 1),
        Mode("guards_fail_5_seed_2", 1, 5, 2),
        Mode("guards_fail_31_seed_3", 3, 31, 3),
        # Most programs have native code for some of their loops then, and none for the others.
        Mode("little_code_memory", 1, code_kib=64),
    ]
    if EMULATED:
        # What a mode finds that others do not does not depend on the processor.
        chosen = [mode for mode in chosen if mode.name in ("threshold_1", "guards_fail_5_seed_2")]
    for extra in range(int(os.environ.get("FATJIT_TEST_SEEDS", "0"))):
        every, seed = 2 + extra * 7 % 97, 100 + extra
        chosen.append(Mode(f"guards_fail_{every}_seed_{seed}", 1 + extra % 4, every, seed))
    return chosen


@dataclasses.dataclass
class Outcome:
    """What one process did with a program."""

    mode: Mode
    cases: dict  # "name, round" -> what it did
    native: set  # names of the cases in which native code was entered
    stats: dict | None
    expect_compiled: bool
    why_not: str
    death: str | None  # why the process ended early

    def lacks_native_code(self):
        """Why this run under fatjit proves nothing, if it does not."""
        if not self.expect_compiled:
            return None if self.why_not else "EXPECT_COMPILED = False needs EXPECT_COMPILED_WHY"
        if self.stats is None:
            return "no statistics were reported"
        if self.stats["regions"] < 1 or self.stats["entries"] < 1:
            return (
                f"native code was not entered: regions={self.stats['regions']}"
                f" entries={self.stats['entries']} refusals={self.stats['refusals']}"
            )
        if self.mode.exit_every is not None and not self.stats["exits"].get("spurious"):
            return f"no guard failed on purpose: exits={self.stats['exits']}"
        return None


def environment(**added):
    """The environment of every child: this one's, made deterministic, without fatjit's switches."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("FATJIT") and name not in ("PYTHONHASHSEED", "PYTHONWARNINGS")
    }
    return kept | {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"} | added


def python(*arguments, patience=PATIENCE_SECONDS, **variables):
    """Runs this interpreter with the arguments in a process of its own, with these variables of fatjit."""
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=patience,
    )


def how_it_ended(status):
    """The end of a process in words."""
    if status < 0:
        return f"was killed by {signal.Signals(-status).name}"
    return f"ended with exit code {status}"


def run(program, mode):
    """Runs ``program`` (a path) in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        record = pathlib.Path(folder) / "record"
        command = [sys.executable, str(HERE / "child.py"), str(program), str(record)]
        if mode.threshold is not None:
            command.append(str(mode.threshold))
        try:
            done = subprocess.run(
                command,
                env=environment(**mode.environment()),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=PATIENCE_SECONDS,
            )
            said = done.stdout + done.stderr
            end = None if done.returncode == 0 else how_it_ended(done.returncode)
        except subprocess.TimeoutExpired as late:
            said = ((late.stdout or b"") + (late.stderr or b"")).decode(errors="replace")
            end = f"did not end within {PATIENCE_SECONDS} s"
        lines = record.read_text().splitlines() if record.exists() else []
    return read_record(mode, lines, end, said)


def read_record(mode, lines, end, said):
    """An Outcome from the lines a child wrote, how its process ended, and what it said."""
    outcome = Outcome(mode, {}, set(), None, True, "", None)
    running = "before the first case"
    enabled = mode.threshold is None
    for line in map(json.loads, lines):
        if "enabled" in line:
            enabled = line["enabled"]
        elif "expect_compiled" in line:
            outcome.expect_compiled = line["expect_compiled"]
            outcome.why_not = line["why_not"]
        elif "begin" in line:
            running = f"in {line['begin']}, round {line['round']}"
        elif "case" in line:
            outcome.cases[f"{line['case']}, round {line['round']}"] = line["did"]
            if line["entries"]:
                outcome.native.add(line["case"])
            running = f"after {line['case']}, round {line['round']}"
        elif "stats" in line:
            outcome.stats = line["stats"]
    if end is not None:
        outcome.death = f"the process {end} {running}; it said:\n{said}"
    elif not enabled:
        outcome.death = f"fatjit refused to switch on; it said:\n{said}"
    elif not outcome.cases:
        outcome.death = f"no case ran; the process said:\n{said}"
    elif complaints := mode.complaints(said):
        # What the cases print is recorded: this came from below, such as a check that failed.
        outcome.death = f"the process complained:\n{complaints[:SHOWN_CHARACTERS]}"
    return outcome


def differences(plain, other):
    """What ``other`` did differently, a readable text for each case; by case."""
    found = {}
    for name in plain.cases.keys() | other.cases.keys():
        expected, got = plain.cases.get(name), other.cases.get(name)
        if expected is None or got is None:
            who = "plain" if expected is None else other.mode.name
            found[name] = f"{name} was not reached in mode {who}"
        elif expected != got:
            lines = difflib.unified_diff(
                _lines(expected), _lines(got), "plain", other.mode.name, lineterm="", n=4
            )
            found[name] = "\n".join(lines)
    return found


def _lines(did):
    return json.dumps(did, indent=1, sort_keys=True).splitlines()

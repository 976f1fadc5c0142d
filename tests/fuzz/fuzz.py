"""Random programs, plain and with fatjit, compared.

    fuzz.py --seeds A..B [--kind statements|kernels|objects] [--batch N] [--workers N] [--reduce] [--keep FOLDER]
            [PROGRAM.py ...]

Runs with the interpreter that runs this file; the package under test is found through PYTHONPATH. Prints each
finding with its seed and mode; with --reduce also the smallest program found that still fails, which --keep
saves. A crash, a hang, anything that differs, and anything fatjit says on stderr is a finding.
"""

import argparse
import concurrent.futures
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
sys.path[:0] = [str(HERE), str(HERE.parent)]

import generate  # noqa: E402
import kernels  # noqa: E402
import objects  # noqa: E402
import reduce  # noqa: E402
import runner  # noqa: E402
from runner import PLAIN, Mode  # noqa: E402

CORPUS = HERE / "corpus"
KINDS = {"statements": generate.program, "kernels": kernels.program, "objects": objects.program}
# What a process may use before it counts as hanging, in seconds of CPU time: a busy machine is no finding.
PATIENCE_SECONDS = 240 * runner.SLOWNESS
# And for how much longer than that it may wait, in seconds of any clock.
WAIT_FACTOR = 20
# Programs that take longer plain are left out, in seconds of CPU time.
LONGEST_SECONDS = 1.0 * runner.SLOWNESS


def modes(seed):
    """The modes a batch runs in; where guards fail on purpose, the places follow from the seed."""
    return [
        Mode("threshold_1", 1),
        Mode("threshold_3", 3),
        Mode("every_guard_fails", 1, 1, seed),
        Mode("guards_fail_2", 3, 2, seed),
        Mode("guards_fail_7", 1, 7, seed),
    ]


@dataclasses.dataclass
class Outcome:
    """What one process did with a batch."""

    done: dict  # program -> case -> what it did
    took: dict  # program -> seconds of CPU time
    death: str | None = None
    died_in: str | None = None
    entries: int | None = None


def run(batch, mode, patience=PATIENCE_SECONDS):
    """Runs a list of (name, text) in a process of its own, which may use ``patience`` seconds of CPU time."""
    late = f"did not end within {patience} s of CPU time"
    with tempfile.TemporaryDirectory() as folder:
        record, programs = pathlib.Path(folder, "record"), pathlib.Path(folder, "batch")
        programs.write_text(json.dumps(batch))
        command = [sys.executable, str(HERE / "batch.py"), str(programs), str(record), str(patience)]
        if mode.threshold is not None:
            command.append(str(mode.threshold))
        try:
            ended = subprocess.run(
                command, env=runner.environment(**mode.environment()), stdin=subprocess.DEVNULL,
                capture_output=True, text=True, errors="replace", timeout=patience * WAIT_FACTOR,
            )
            said = ended.stdout + ended.stderr
            death = None if ended.returncode == 0 else runner.how_it_ended(ended.returncode)
            if ended.returncode == -signal.SIGXCPU:
                death = late
        except subprocess.TimeoutExpired as waited:
            said = ((waited.stdout or b"") + (waited.stderr or b"")).decode(errors="replace")
            death = late
        lines = record.read_text().splitlines() if record.exists() else []
    outcome = Outcome({}, {})
    for line in map(json.loads, lines):
        if "begin" in line:
            outcome.died_in = line["begin"]
        elif "program" in line:
            outcome.done[line["program"]] = line["did"]
            outcome.took[line["program"]] = line["took"]
        elif "finished" in line:
            outcome.entries = line["entries"]
    if death is not None:
        outcome.death = f"the process {death}; it said:\n{said[-runner.SHOWN_CHARACTERS:]}"
    elif said:
        outcome.death = f"the process complained:\n{said[:runner.SHOWN_CHARACTERS]}"
    return outcome


def difference(expected, got):
    """What differs first between what a program did in two modes, as text; None if nothing."""
    for case in expected:
        if expected[case] != got.get(case):
            lines = [
                json.dumps(did, indent=1, sort_keys=True).splitlines()
                for did in (expected[case], got.get(case))
            ]
            found = difflib.unified_diff(*lines, "plain", "fatjit", lineterm="", n=3)
            return f"{case}:\n" + "\n".join(found)[: runner.SHOWN_CHARACTERS]
    return None


def findings(batch, mode_seed, chosen=None):
    """Yields (name, mode, text) for what went wrong with the programs of a batch, and at last a summary:
    (None, None, entries of native code)."""
    plain = run(batch, PLAIN)
    if plain.death:
        yield plain.died_in, PLAIN, plain.death
        return
    batch = [(name, text) for name, text in batch if plain.took[name] < LONGEST_SECONDS]
    entries = 0
    for mode in chosen or modes(mode_seed):
        left = batch
        while left:
            outcome = run(left, mode)
            entries += outcome.entries or 0
            for name, got in outcome.done.items():
                text = difference(plain.done[name], got)
                if text:
                    yield name, mode, text
            names = [name for name, _ in left]
            if not outcome.death:
                break
            if len(left) == 1:
                yield names[0], mode, outcome.death
                break
            if "complained" in outcome.death:
                # Which program it was shows when each runs alone, by halves.
                middle = len(left) // 2
                for half in (left[:middle], left[middle:]):
                    for found in findings(half, mode_seed, [mode]):
                        if found[0] is not None:
                            yield found
                break
            died = names.index(outcome.died_in)
            alone = run([left[died]], mode)
            if alone.death:
                yield outcome.died_in, mode, alone.death
            else:
                yield outcome.died_in, mode, "only in a batch: " + outcome.death
            left = left[died + 1 :]
    yield None, None, entries


def fails(text, mode):
    """Whether a program fails in a mode, and can run at all."""
    plain = run([("reduced", text)], PLAIN, 20)
    if plain.death:
        return False
    outcome = run([("reduced", text)], mode, 20)
    return bool(outcome.death or difference(plain.done["reduced"], outcome.done["reduced"]))


def programs(seeds, kinds=KINDS):
    """The random programs of these seeds, each seed of each kind, as (name, text)."""
    return [(f"{kind}_{seed}", KINDS[kind](seed)) for seed in seeds for kind in kinds]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default=None, help="A..B, without B")
    parser.add_argument("--kind", choices=KINDS, help="only programs of this kind")
    parser.add_argument("--batch", type=int, default=40, help="programs a process")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--reduce", action="store_true")
    parser.add_argument("--keep", type=pathlib.Path, help="where reduced programs are saved")
    parser.add_argument("programs", nargs="*", type=pathlib.Path)
    return parser.parse_args()


def main():
    options = arguments()
    named = [(path.stem, path.read_text()) for path in options.programs]
    batches = [named] if named else []
    if options.seeds:
        first, behind = map(int, options.seeds.split(".."))
        kinds = [options.kind] if options.kind else KINDS
        step = max(options.batch // len(kinds), 1)
        for start in range(first, behind, step):
            batches.append(programs(range(start, min(start + step, behind)), kinds))
    count = found = entries = 0
    with concurrent.futures.ThreadPoolExecutor(options.workers) as pool:
        todo = {
            pool.submit(lambda b=batch, s=seed: list(findings(b, s))): batch
            for seed, batch in enumerate(batches)
        }
        for future in concurrent.futures.as_completed(todo):
            batch = todo[future]
            count += len(batch)
            texts = dict(batch)
            reduced = set()
            for name, mode, text in future.result():
                if name is None:
                    entries += text
                    continue
                found += 1
                print(f"=== {name} in {mode}\n{text}", flush=True)
                if options.reduce and name not in reduced:
                    reduced.add(name)
                    small = reduce.reduce(texts[name], lambda t, m=mode: fails(t, m))
                    print(f"--- reduced:\n{small}", flush=True)
                    if options.keep:
                        (options.keep / f"{name}.py").write_text(small)
            print(f"{count} programs so far", file=sys.stderr, flush=True)
    print(f"{count} programs, {entries} entries of native code, {found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""Runs programs of programs/ and writes how many bytecode instructions the interpreter did for each, as JSON.

    share_child.py THRESHOLD PROGRAM...

FATJIT_DEBUG_COUNT=1 has them counted: all that run between the first line of a case and its end, of the program and of
whatever it calls.
"""

import contextlib
import io
import json
import pathlib
import sys

import child
import fatjit
from fatjit import _fatjit


def run(case):
    """The instructions that a case took."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        before = _fatjit._interpreted()
        try:
            case()
        except Exception:  # what cases raise is other tests' concern
            pass
        return _fatjit._interpreted() - before


def main():
    fatjit.enable(threshold=int(sys.argv[1]))
    counts = {}
    for path in map(pathlib.Path, sys.argv[2:]):
        module = child.load(str(path))
        cases = [getattr(module, name) for name in child.cases(module)]
        counts[path.stem] = sum(run(case) for _ in range(child.ROUNDS) for case in cases)
    print(json.dumps(counts))


if __name__ == "__main__":
    main()

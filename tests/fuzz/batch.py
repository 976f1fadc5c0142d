"""Runs the programs of a batch in this process and writes what they did, a JSON value a line.

    batch.py BATCH RECORD PATIENCE [THRESHOLD]

BATCH is a JSON file: a list of [name, text]. PATIENCE is the CPU time that this process may use, in seconds: then
SIGXCPU kills it, and it tells where it was. With a threshold fatjit is switched on; without one it is never
imported. Programs and cases are announced before they run, so that a process that dies tells where.
"""

import contextlib
import faulthandler
import gc
import io
import json
import pathlib
import resource
import signal
import sys
import time
import types
import warnings

# Bytes of address space: a program that grows without end must not take the machine with it.
MOST_MEMORY = 2 << 30

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import child  # noqa: E402


def collect():
    """Collects cycles; what dies in them may print, but when is nobody's promise."""
    with contextlib.redirect_stdout(io.StringIO()):
        gc.collect()


def main():
    batch_path, record_path, patience = sys.argv[1:4]
    faulthandler.enable()
    faulthandler.register(signal.SIGXCPU, chain=True)
    resource.setrlimit(resource.RLIMIT_CPU, (int(patience), int(patience) + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    gc.disable()
    if len(sys.argv) > 4:
        import fatjit

        fatjit.enable(threshold=int(sys.argv[4]))
    with open(batch_path, encoding="utf-8") as file:
        batch = json.load(file)
    with open(record_path, "w", encoding="utf-8") as record:
        def write(**fields):
            json.dump(fields, record)
            record.write("\n")
            record.flush()

        for name, text in batch:
            write(begin=name)
            filename = f"/programs/{name}.py"
            module = types.ModuleType(name)
            began = time.process_time()
            with warnings.catch_warnings(action="ignore"):
                code = compile(text, filename, "exec")
            exec(code, vars(module))
            done = {}
            for number in range(1, child.ROUNDS + 1):
                for case in child.cases(module):
                    did = child.run_case(getattr(module, case), lambda path, own=filename: path == own)
                    done[f"{case}, round {number}"] = did
                    collect()
            vars(module).clear()
            collect()
            write(program=name, did=done, took=time.process_time() - began)
        entries = fatjit.stats()["entries"] if len(sys.argv) > 4 else None
        write(finished=True, entries=entries)


if __name__ == "__main__":
    main()

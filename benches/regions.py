"""What compiling the kernels takes, and how much code it makes, on the machine that this runs on.

    regions.py

Runs each kernel once with all its loops compiled at once, and prints what was told of them (FATJIT_LOG) as one line of
JSON: for each region its name, the milliseconds it took, its bytes of machine code and its instructions of the
intermediate representation. `cargo xtask architectures` makes a table of it.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
KERNELS = [
    "collatz", "fib", "lcs", "mandelbrot", "matmul", "module_while_sum", "quicksort", "range_sum", "sieve_bytes",
    "sieve_list", "while_sum",
]
RUN = """
import sys
import fatjit
with open(sys.argv[1]) as file:
    text = file.read()
names = {"__name__": "kernel"}
fatjit.enable(threshold=2)
exec(compile(text, sys.argv[1], "exec"), names)
if "run" in names:
    names["run"]()
"""


def regions(program, folder):
    """What was compiled for a program."""
    log = pathlib.Path(folder, f"{program.stem}.jsonl")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("FATJIT")}
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(program)],
        env=plain | {"FATJIT_LOG": str(log)}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )
    if done.returncode or not log.exists():
        sys.exit(f"{program.name} ended with exit code {done.returncode}, or nothing was compiled")
    for line in log.read_text().splitlines():
        event = json.loads(line)
        if event["event"] == "compiled":
            yield {name: event[name] for name in ("compile_ms", "bytes", "instructions")} | {
                "region": f"{program.stem}: {event['region']}"
            }


def main():
    with tempfile.TemporaryDirectory() as folder:
        found = [one for name in KERNELS for one in regions(PROGRAMS / f"{name}.py", folder)]
    print(json.dumps(found))


if __name__ == "__main__":
    main()

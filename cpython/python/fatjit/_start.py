"""Switches fatjit on for programs that know nothing of it.

Where ``FATJIT=1``, ``fatjit.pth`` calls `start` before the program begins. Whatever is wrong is one line on
stderr, and the program runs without native code.
"""

import atexit
import os
import sys


_asked = False


def start():
    """Switch fatjit on as the environment says; in subinterpreters it stays off without a word.

    In virtual environments the interpreter reads each path file twice.
    """
    global _asked
    if _asked:
        return
    _asked = True
    try:
        from fatjit import _fatjit

        refusal = _fatjit._start()
    except ImportError as error:
        refusal = str(error)
    if refusal is not None:
        say(f"{refusal}; the program runs without it")
    elif os.environ.get("FATJIT_STATS", "0") not in ("", "0"):
        atexit.register(print_stats)


def print_stats():
    """Print counters as JSON on stderr."""
    # Imported here: it is most of what a start would cost.
    import json

    from fatjit import _fatjit

    say(json.dumps(_fatjit.stats()))


def say(line):
    """One line on stderr, if there is one."""
    if sys.stderr is not None:
        print(f"fatjit: {line}", file=sys.stderr)

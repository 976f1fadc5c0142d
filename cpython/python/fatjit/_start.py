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
    elif (form := os.environ.get("FATJIT_STATS", "0")) not in ("", "0"):
        _fatjit._keep()
        atexit.register(print_stats, form if form in ("text", "json") else "auto")


def print_stats(form):
    """Print counters on stderr."""
    from fatjit import _fatjit

    _fatjit._unseen(_print_stats, form)


def _print_stats(form):
    # Imported here: it is most of what a start would cost.
    from fatjit import _report

    _report.print_stats(form)


def say(line):
    """One line on stderr, if there is one."""
    if sys.stderr is not None:
        print(f"fatjit: {line}", file=sys.stderr)

"""Runs a program as plain ``python`` would, with fatjit switched on.

The program gets a fresh ``__main__``, its own ``sys.argv`` and ``sys.path``, and a stack that begins with
it: our own frames are hidden while it runs, so that tracebacks, ``sys._getframe`` and the recursion limit
are as ever. Whatever fatjit finds wrong is one line on stderr, and the program runs on without it.
"""

import atexit
import builtins
import errno
import importlib.machinery
import linecache
import os
import runpy
import sys
import types

import fatjit
from fatjit import _fatjit
from fatjit._start import print_stats, say

USAGE = """\
usage: python -m fatjit [OPTION ...] PROGRAM [ARGUMENT ...]
       python -m fatjit explain [OPTION ...] PROGRAM [ARGUMENT ...]
       python -m fatjit bisect [--threshold N] PROGRAM [ARGUMENT ...]

Runs a Python program with its hot loops compiled. PROGRAM is a script, or
-m MODULE, or -c CODE, or - for standard input. With `explain`, tells on
stderr when the program ends what became of its hot loops and functions, line
by line. With `bisect`, runs it again and again, without input, to find the
loop or function with which it goes otherwise than without fatjit. Scripts of
these names are ./explain and ./bisect.

  --stats[=text|json]  print counters on stderr when the program ends: as a
                       table, or as one line of JSON; either, as stderr is a
                       terminal or not
  --threshold N        compile a loop after N rounds
  --json               (explain) tell it as one line of JSON
  --output FILE        (explain) tell it in a file
"""


def main():
    """Runs what ``sys.argv`` names, and ends the process as the program would."""
    arguments = sys.argv[1:]
    command = arguments.pop(0) if arguments[:1] in (["explain"], ["bisect"]) else None
    options, program = _parse(arguments, command)
    if command == "bisect":
        sys.exit(_bisect(program, options["threshold"]))
    explains = command == "explain"
    try:
        fatjit.enable(options["threshold"])
    except RuntimeError as refusal:
        say(f"{refusal}; the program runs without it")
    if explains or options["stats"]:
        _fatjit._keep()
    if options["stats"]:
        atexit.register(print_stats, options["stats"])
    if explains:
        atexit.register(_fatjit._unseen, _print_explanation, options["json"], options["output"])
    kind, arguments = program[0], program[1:]
    if kind == "-m":
        status = _run_module(arguments)
    elif kind == "-c":
        status = _run_code(arguments)
    elif kind == "-":
        _begin(program)
        if not sys.flags.safe_path:
            sys.path[0] = ""
        status = _fatjit._run_program("stdin", None, ())
    else:
        status = _run_script(program)
    sys.exit(status)


def _bisect(program, threshold):
    from fatjit import _bisect

    if program[0] == "-":
        _usage_error("a program on standard input cannot be run twice")
    return _bisect.bisect(program, threshold)


def _print_explanation(as_json, path):
    from fatjit import _report

    _report.print_explanation(as_json, path)


def _parse(arguments, command):
    """Our options, and what is left: the program with its arguments."""
    options = {"stats": None, "threshold": None, "json": False, "output": None}
    left = list(arguments)
    while left and left[0].startswith("--"):
        name, equals, value = left.pop(0).partition("=")
        if name == "--" and not equals:
            break
        if name == "--stats" and command != "bisect" and (not equals or value in ("text", "json")):
            options["stats"] = value or "auto"
        elif name == "--json" and not equals and command == "explain":
            options["json"] = True
        elif name == "--output" and command == "explain":
            if not equals:
                value = left.pop(0) if left else ""
            if not value:
                _usage_error("--output needs the name of a file")
            options["output"] = value
        elif name == "--threshold":
            if not equals:
                value = left.pop(0) if left else ""
            if not value.isascii() or not value.isdigit() or int(value) < 1:
                _usage_error(f"--threshold needs a whole number from 1 on, not {value!r}")
            options["threshold"] = int(value)
        elif name == "--help" and not equals:
            print(USAGE, end="")
            sys.exit(0)
        else:
            _usage_error(f"unknown option {name}")
    if left and left[0][:2] in ("-m", "-c"):
        # As for the interpreter, the value may be glued to the letter.
        if len(left[0]) > 2:
            left[:1] = [left[0][:2], left[0][2:]]
        if len(left) < 2:
            _usage_error(f"argument expected for the {left[0]} option")
    elif left and left[0].startswith("-") and left[0] != "-":
        _usage_error(f"unknown option {left[0]}")
    if not left:
        _usage_error("a program is needed")
    return options, left


def _usage_error(problem):
    print(f"fatjit: {problem}\n{USAGE}", end="", file=sys.stderr)
    sys.exit(2)


def _begin(argv):
    """A fresh ``__main__``, as it stands before a program begins."""
    sys.argv[:] = argv
    module = types.ModuleType("__main__")
    module.__annotations__ = {}
    module.__builtins__ = builtins
    module.__loader__ = importlib.machinery.BuiltinImporter
    sys.modules["__main__"] = module
    return vars(module)


def _run_module(arguments):
    _begin(["-m", *arguments[1:]])
    return _fatjit._run_program("call", runpy._run_module_as_main, (arguments[0], True))


def _run_code(arguments):
    source = arguments[0] + "\n"
    namespace = _begin(["-c", *arguments[1:]])
    if not sys.flags.safe_path:
        sys.path[0] = ""
    code = source
    if sys.version_info >= (3, 13):
        # Tracebacks show the lines of such a program.
        try:
            code = compile(source, "<string>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            # Compiling it once more, with our frames hidden, reports it.
            code = source
        else:
            key = code if hasattr(linecache, "_code_key") else "<string>"
            linecache._register_code(key, source, "<string>")
    return _fatjit._run_program("call", exec, (code, namespace))


def _run_script(program):
    _begin(program)
    path = program[0]
    if not os.path.isabs(path):
        path = os.path.join(os.getcwd(), path)
    if _is_importable(path):
        # A directory or an archive with a __main__ inside.
        _set_first_path(path)
        return _fatjit._run_program("call", runpy._run_module_as_main, ("__main__", False))
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        words = f"can't open file {path!r}: [Errno {error.errno}] {os.strerror(error.errno)}"
        if error.errno == errno.EISDIR:
            words = f"{path!r} is a directory, cannot continue"
        print(f"{sys.orig_argv[0]}: {words}", file=sys.stderr)
        return 1 if error.errno == errno.EISDIR else 2
    if not sys.flags.safe_path:
        sys.path[0] = os.path.dirname(os.path.realpath(program[0]))
    return _fatjit._run_program("file", path, ())


def _set_first_path(path):
    if sys.flags.safe_path:
        sys.path.insert(0, path)
    else:
        sys.path[0] = path


def _is_importable(path):
    """Whether modules can be imported from this path."""
    for hook in sys.path_hooks:
        try:
            hook(path)
        except ImportError:
            continue
        return True
    return False

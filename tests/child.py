"""Runs the cases of one program in this process and writes what they did, a JSON value a line.

    child.py PROGRAM RECORD [THRESHOLD]

With a threshold fatjit is switched on first; without one it is never imported. Every case runs
twice: the second time finds what the first has compiled. Each case is announced before it runs, so
that a process that dies tells where.
"""

import ast
import contextlib
import faulthandler
import importlib
import importlib.util
import io
import json
import os
import sys
import threading

from describe import describe, describe_exception, without_addresses

ROUNDS = 2


def import_what_it_imports(path):
    """Imports the modules that the program at ``path`` begins with: to compile what runs while they are imported, such as
    the compiler of regular expressions, takes long, and is not what the program is about."""
    with open(path, encoding="utf-8") as file:
        statements = ast.parse(file.read()).body
    for statement in statements:
        if isinstance(statement, ast.Import):
            for name in statement.names:
                importlib.import_module(name.name)
        elif isinstance(statement, ast.ImportFrom):
            importlib.import_module(statement.module)


def load(path):
    """The program at ``path`` as a module."""
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def cases(module):
    """The cases of ``module`` in the order of their definition."""
    return [name for name in vars(module) if name.startswith("case_")]


def run_case(case, is_ours):
    """Calls ``case`` and returns what it did."""
    output, errors = io.StringIO(), io.StringIO()
    done = {}
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            done["returned"] = describe(case())
        except BaseException as error:
            # The first entry is this function.
            error.__traceback__ = error.__traceback__.tb_next
            done["raised"] = describe_exception(error, is_ours)
        finally:
            sys.settrace(None)
            sys.setprofile(None)
            threading.settrace(None)
    done["stdout"] = without_addresses(output.getvalue()).splitlines()
    done["stderr"] = without_addresses(errors.getvalue()).splitlines()
    return done


def main():
    path, record_path = sys.argv[1:3]
    threshold = int(sys.argv[3]) if len(sys.argv) > 3 else None
    faulthandler.enable()
    import_what_it_imports(path)
    own = os.path.dirname(os.path.abspath(__file__))

    def is_ours(filename):
        return os.path.dirname(os.path.abspath(filename)) != own and "fatjit" not in filename

    fatjit = None
    with open(record_path, "w", encoding="utf-8") as record:
        def write(**fields):
            json.dump(fields, record)
            record.write("\n")
            record.flush()

        if threshold is not None:
            import fatjit

            try:
                fatjit.enable(threshold=threshold)
            except RuntimeError as refusal:
                print(refusal, file=sys.stderr)
            write(enabled=fatjit.is_enabled())
        module = load(path)
        write(
            expect_compiled=getattr(module, "EXPECT_COMPILED", True),
            why_not=getattr(module, "EXPECT_COMPILED_WHY", ""),
        )
        for number in range(1, ROUNDS + 1):
            for name in cases(module):
                write(begin=name, round=number)
                before = fatjit.stats()["entries"] if fatjit else 0
                done = run_case(getattr(module, name), is_ours)
                after = fatjit.stats()["entries"] if fatjit else 0
                write(case=name, round=number, did=done, entries=after - before)
        write(stats=fatjit.stats() if fatjit else None)


if __name__ == "__main__":
    main()

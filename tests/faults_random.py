"""Runs random programs natively while single allocations fail: whatever that makes of them, the process goes on.

    faults_random.py THRESHOLD FIRST BEHIND

What plain CPython does not survive is taken out of the programs: where there is no memory for a function, MAKE_FUNCTION
gives up one reference to its code too many (later tuples of constants are used that were freed); a proxy for the locals
of a frame for which there is no object; warnings.
"""

import ast
import contextlib
import gc
import io
import pathlib
import sys
import types

import _testcapi
import child
import fatjit

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "fuzz"))

import kernels  # noqa: E402


class Survivable(ast.NodeTransformer):
    """Takes out what the interpreter does not survive."""

    def visit_GeneratorExp(self, node):
        self.generic_visit(node)
        return ast.ListComp(node.elt, node.generators)

    def visit_Attribute(self, node):
        self.generic_visit(node)
        return ast.Dict([], []) if node.attr == "f_locals" else node

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "locals":
            return ast.Dict([], [])
        return node

    def visit_Invert(self, _node):
        return ast.USub()

    def visit_Constant(self, node):
        # Module-level code that is compiled from a text.
        if isinstance(node.value, str) and "\n" in node.value:
            with contextlib.suppress(SyntaxError):
                return ast.Constant(survivable(node.value))
        return node


def survivable(text):
    return ast.unparse(ast.fix_missing_locations(Survivable().visit(ast.parse(text))))


def tried(function, at, count):
    """Calls the function while so many allocations fail from that one on. Whether it returned."""
    _testcapi.set_nomemory(at, at + count)
    try:
        function()
    except BaseException as error:
        # Without memory for another one the interpreter raises the same MemoryError again and again, traceback and all.
        error.__traceback__ = error.__context__ = None
        return False
    finally:
        _testcapi.remove_mem_hooks()
    return True


def main():
    threshold, first, behind = map(int, sys.argv[1:])
    fatjit.enable(threshold=threshold)
    for own in (tried, main):
        fatjit.exclude(own)
    gc.disable()
    failed = 0
    for seed in range(first, behind):
        module = types.ModuleType(f"kernels_{seed}")
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(survivable(kernels.program(seed)), f"/programs/{seed}.py", "exec"), vars(module))
            for name in child.cases(module):
                case = getattr(module, name)
                for _ in range(3):
                    with contextlib.suppress(Exception):
                        case()
                for count in (1, 5):
                    for at in range(40):
                        failed += not tried(case, at, count)
                        printed.seek(0)
                        printed.truncate()
        gc.collect()
    print(fatjit.stats()["entries"] > 0, failed > 0)


if __name__ == "__main__":
    main()

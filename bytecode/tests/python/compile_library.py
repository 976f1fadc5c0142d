"""Compile the standard library, tests included, and write its code objects to standard output.

A record is a tag byte, then a name and a body, each with its length in four bytes before it:

C  a compiled file: its path below the library, its code object marshalled
D  what `dis` says of the code objects of the file before, in text (for every SAMPLE-th file)
S  a file that is not source of this interpreter: its path, and why
E  the end: nothing, and `test` if the test package is installed
"""

import dis
import marshal
import os
import sys
import sysconfig
import types

SAMPLE = 12


def record(tag, name, body):
    name = name.encode("utf-8", "surrogateescape")
    out = sys.stdout.buffer
    out.write(tag)
    out.write(len(name).to_bytes(4, "little") + name)
    out.write(len(body).to_bytes(4, "little") + body)


def text(value):
    return "-" if value is None else str(value)


def operand(instruction):
    """What the argument stands for, as far as it is a name or an operator."""
    number, value = instruction.opcode, instruction.argval
    if instruction.opname == "BINARY_OP":
        return instruction.argrepr
    if number in dis.hascompare:
        return value + " as bool" * instruction.argrepr.startswith("bool(")
    if number in dis.hasname or number in dis.haslocal or number in dis.hasfree:
        return ", ".join(value) if isinstance(value, tuple) else value
    return "-"


def describe(code, lines):
    """Append one line for each instruction and entry of the exception table, inner code last."""
    lines.append(f"code {code.co_firstlineno} {len(code.co_code)}")
    for instruction in dis.get_instructions(code):
        if instruction.opname == "EXTENDED_ARG":
            continue
        target = instruction.argval if instruction.opcode in dis.hasjrel else None
        lines.append(
            " ".join(
                [
                    str(instruction.offset),
                    instruction.opname,
                    text(instruction.arg),
                    text(target),
                    *map(text, instruction.positions),
                    operand(instruction),
                ]
            )
        )
    for entry in dis._parse_exception_table(code):
        lines.append(
            f"except {entry.start} {entry.end} {entry.target} {entry.depth} {int(entry.lasti)}"
        )
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            describe(constant, lines)


def sources(library):
    for folder, folders, files in os.walk(library):
        folders[:] = sorted(set(folders) - {"__pycache__", "site-packages", "dist-packages"})
        for file in sorted(files):
            if file.endswith(".py"):
                yield os.path.join(folder, file)


def main():
    library = sysconfig.get_path("stdlib")
    for number, path in enumerate(sources(library)):
        name = os.path.relpath(path, library)
        with open(path, "rb") as file:
            source = file.read()
        try:
            code = compile(source, name, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            record(b"S", name, f"{type(error).__name__}: {error}".encode("utf-8", "replace"))
            continue
        record(b"C", name, marshal.dumps(code))
        if number % SAMPLE == 0:
            lines = []
            describe(code, lines)
            record(b"D", name, "\n".join(lines).encode())
    has_tests = os.path.isdir(os.path.join(library, "test", "test_import"))
    record(b"E", "", b"test" if has_tests else b"")
    sys.stdout.buffer.flush()


main()

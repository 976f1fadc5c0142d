"""Values as text, exactly enough to compare two runs of one program.

Types count (``1`` is not ``True``, ``0.0`` is not ``-0.0``), identities and addresses do not.
Describing runs no code of the program: no ``__repr__``, no ``__eq__``, no ``__iter__`` of its
classes. Iterators are described by what is left in them, without taking it.
"""

import dis
import re
import sys
import types

MAX_DEPTH = 8
ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")

_ITERATORS = {
    type(iter([])), type(iter(())), type(iter(range(0))), type(iter(range(1 << 70))),
    type(iter("")), type(iter("\u1234")), type(iter(b"")), type(iter(bytearray())),
    type(iter({})), type(iter({}.values())), type(iter({}.items())), type(iter(set())),
    type(reversed([])), type(reversed(())), enumerate, zip, map, filter,
}
_PLAIN = {type(None), type(NotImplemented), type(Ellipsis), str, bytes, bytearray, complex, range}


def without_addresses(text):
    """``text`` with every memory address made the same."""
    return ADDRESS.sub("0x...", text)


def describe(value, _outer=()):
    """``value`` as text."""
    kind = type(value)
    if kind is bool:
        return f"bool {value}"
    if kind is int:
        # Hexadecimal has no limit on digits.
        return f"int {value}" if value.bit_length() < 512 else f"int {value:#x}"
    if kind is float:
        return f"float {value!r} ({value.hex()})"
    if kind in _PLAIN:
        return f"{kind.__name__} {value!r}"
    if len(_outer) >= MAX_DEPTH or any(value is one for one in _outer):
        return f"<{kind.__qualname__} ...>"
    inner = (*_outer, value)
    if kind is tuple or kind is list:
        return _bracket(kind.__name__, (describe(one, inner) for one in value))
    if kind is dict:
        return _bracket("dict", _pairs(value, inner))
    if kind is set or kind is frozenset:
        return _bracket(kind.__name__, sorted(describe(one, inner) for one in value))
    if kind in _ITERATORS:
        # (constructor, arguments, state): how far the iterator has come.
        return _bracket(kind.__name__, (describe(one, inner) for one in value.__reduce__()[1:]))
    if kind is slice:
        return f"slice {describe((value.start, value.stop, value.step), inner)}"
    return _describe_special(value, kind, inner)


def _describe_special(value, kind, inner):
    if isinstance(value, type):
        return f"<class {value.__qualname__}>"
    if isinstance(value, BaseException):
        return f"<{kind.__qualname__} {describe(value.args, inner)}>"
    if kind is types.FunctionType or kind is types.BuiltinFunctionType:
        return f"<function {value.__qualname__}>"
    if kind is types.MethodType:
        return f"<method {value.__func__.__qualname__} of {describe(value.__self__, inner)}>"
    if kind is types.ModuleType:
        return f"<module {value.__name__}>"
    if kind is types.GeneratorType:
        frame = value.gi_frame
        if frame is None:
            return f"<generator {value.__qualname__}, finished>"
        state = describe(dict(frame.f_locals), inner)
        return f"<generator {value.__qualname__} at line {frame.f_lineno} with {state}>"
    if kind is types.FrameType:
        return f"<frame of {value.f_code.co_qualname} at line {value.f_lineno}>"
    if kind is types.TracebackType:
        return f"<traceback at line {value.tb_lineno}>"
    if kind.__module__ == "builtins":
        return f"<{kind.__qualname__} {without_addresses(object.__repr__(value))}>"
    return _describe_instance(value, kind, inner)


def _describe_instance(value, kind, inner):
    parts = []
    for base, reader in ((int, int.__index__), (float, float.__float__), (str, str.__str__)):
        if isinstance(value, base):
            parts.append(describe(reader(value), inner))
    if isinstance(value, (tuple, list)):
        parts.append(describe(list(tuple.__iter__(value)) if isinstance(value, tuple)
                              else list(list.__iter__(value)), inner))
    if isinstance(value, dict):
        parts.append(_bracket("dict", _pairs(dict(dict.items(value)), inner)))
    try:
        fields = object.__getattribute__(value, "__dict__")
    except AttributeError:
        fields = {}
    parts.append(_bracket("", _pairs(fields, inner)))
    for base in kind.__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__"):
                try:
                    field = object.__getattribute__(value, name)
                except AttributeError:
                    continue
                parts.append(f"{name}={describe(field, inner)}")
    return f"<{kind.__qualname__} {' '.join(parts)}>"


def _pairs(mapping, inner):
    return (f"{describe(key, inner)}: {describe(one, inner)}" for key, one in mapping.items())


def _bracket(name, parts):
    return f"{name}[{', '.join(parts)}]"


def describe_exception(error, is_ours, _seen=()):
    """An exception with everything that hangs on it, as a JSON value.

    ``is_ours(filename)`` tells whose frames are to be described: type, arguments, notes, the
    traceback as (function, line, position), the locals of each frame, cause and context.
    """
    if error is None:
        return None
    if any(error is one for one in _seen):
        return f"again {type(error).__qualname__}"
    seen = (*_seen, error)
    told = {
        "type": type(error).__qualname__,
        "args": describe(error.args),
        "text": without_addresses(str(error)),
        "traceback": _describe_traceback(error.__traceback__, is_ours),
        "cause": describe_exception(error.__cause__, is_ours, seen),
        "context": describe_exception(error.__context__, is_ours, seen),
        "suppress_context": error.__suppress_context__,
    }
    for name in ("name", "obj", "value", "code", "__notes__"):
        if hasattr(error, name):
            told[name] = describe(getattr(error, name))
    if isinstance(error, BaseExceptionGroup):
        told["exceptions"] = [describe_exception(one, is_ours, seen) for one in error.exceptions]
    return told


# Before 3.13 a frame stands on the last cache of these while Python code runs for them, but only if the interpreter has
# specialised them: that may differ from run to run.
_SPECIALISED = {"BINARY_SUBSCR", "CALL", "FOR_ITER", "LOAD_ATTR", "SEND"} if sys.version_info < (3, 13) else set()


def _position(code, offset):
    """The offset at which a frame stands, the same whatever the interpreter has specialised."""
    if not _SPECIALISED:
        return offset
    last = max((one for one in dis.get_instructions(code) if one.offset <= offset), key=lambda one: one.offset)
    return last.offset if last.opname in _SPECIALISED else offset


def _describe_traceback(entry, is_ours):
    entries = []
    while entry is not None:
        code = entry.tb_frame.f_code
        if is_ours(code.co_filename):
            entries.append({
                "function": code.co_qualname,
                "line": entry.tb_lineno,
                "position": _position(code, entry.tb_lasti),
                "locals": _describe_locals(entry.tb_frame),
            })
        entry = entry.tb_next
    return entries


def _describe_locals(frame):
    if frame.f_code.co_name == "<module>":
        return "(module)"
    return {name: describe(value) for name, value in sorted(frame.f_locals.items())}

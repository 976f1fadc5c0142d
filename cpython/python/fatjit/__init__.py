"""fatjit: hot int and float loops of pure Python at native speed, on the CPython you have.

Switch it on for a whole program with ``python -m fatjit script.py``, or from within::

    import fatjit
    fatjit.enable()

Nothing in the program changes but its speed. ``stats()`` tells how often native code ran,
``explain(function)`` what became of each loop of a function, and why. ``FATJIT=0`` in the environment
switches everything off.
"""

from fatjit import _fatjit

__all__ = ["compile", "disable", "enable", "exclude", "explain", "is_enabled", "stats"]

# What was asked for single code objects, for when fatjit is switched on.
_wishes = {}


def enable(threshold=None):
    """Switch native compilation on.

    ``threshold`` is the number of rounds after which a loop is compiled; without it the environment
    variable ``FATJIT_THRESHOLD`` counts, or a built-in default. Nothing happens if it is on already, or
    if ``FATJIT=0`` is set.

    Raises ``ValueError`` for a threshold below 1, and ``RuntimeError``, with one line that says what to do, where fatjit
    cannot work: in a subinterpreter, beside an extension that replaces the evaluation of frames or moves C stacks
    (greenlets), when another tool holds the monitoring id of optimisers, or when this interpreter is not the one
    fatjit was built for.
    """
    _fatjit.enable(threshold)
    for code, wish in _wishes.items():
        wish(code)


def disable():
    """Switch native compilation off. The program goes on in the interpreter."""
    _fatjit.disable()


def is_enabled():
    """Whether native compilation is on."""
    return _fatjit.is_enabled()


def stats(places=False):
    """Counters since the start of the process, as a dict.

    ``regions``
        loops and functions compiled, each version
    ``entries``
        how often native code was entered
    ``exits``
        how often it was left, by reason
    ``refusals``
        how many loops were not compiled, by reason, and how often native code was not entered
    ``invalidations``
        how often native code was given up because the program changed something that it took for granted
    ``compile_ms``, ``cpu_ms``, ``compile_share``
        processor time spent on compiling and by the whole process, in milliseconds, and the share
    ``native_ms``, ``interpreted_ms``, ``samples``
        processor time of threads up to samples that found native code, or the interpreter, running; calls of C
        code count for whoever made them. With a threshold no samples are taken
    ``code_bytes``
        bytes of machine code in use
    ``ir_instructions``
        instructions of the intermediate representation that were compiled
    ``places``
        only if asked for, because all code is looked through for it: a list of dicts with ``file``, ``function``,
        ``line``, ``count`` and either ``exit``, where native code was left, or ``refusal``, for what is not compiled;
        what happened most comes first
    """
    return _fatjit._unseen(_stats_with_places) if places else _fatjit.stats()


def _stats_with_places():
    from fatjit import _report

    return _report.stats_with_places()


def exclude(function):
    """Never compile this function, method or code object; also a decorator. Code inside it is not meant.

    Native code of it that runs is left at its next call of other code or round of a loop. The last of `exclude` and
    `compile` counts.
    """
    return _wish(function, _fatjit._exclude)


def compile(function):
    """Compile this function, method or code object as soon as it runs, without waiting for it to be hot; also a
    decorator. It has to run a few times, or rounds, first, to show its types. `explain` tells if it could not be.
    """
    return _wish(function, _fatjit._ask_for)


def _wish(function, wish):
    code = _code_of(function)
    _wishes[code] = wish
    if is_enabled():
        wish(code)
    return function


def explain(function):
    """What became of a function, method or code object. What it gives prints as words: what is compiled, what leaves
    native code and why, what to do about it. It is a list of dicts, one for the function itself, if that was of interest,
    and one for each loop:

    ``kind``
        ``"loop"`` or ``"function"``
    ``line``, ``text``
        the source line of the loop's head, or of the function
    ``compiled``
        whether there is native code for it
    ``reason``
        why not, in words; ``None`` if there is
    ``refusal``
        the reason's name, as in ``stats()``; ``None`` if it is compiled or was not hot yet
    ``opcode``
        the instruction that the loop begins with, if it is not compiled
    ``slow``
        where the interpreter's own routines do the work, or what stands in the way, the most expensive first: dicts
        with ``line``, ``opcode`` and ``text``
    ``advice``
        what can be done, as a list of texts
    ``entries``
        how often native code was entered there
    ``exits``
        the ways native code was left: dicts with ``line``, ``text``, ``opcode``, ``reason``, ``name`` and ``count``
    ``assumes``
        what the native code takes for granted about the rest of the program until it changes, in words:
        what globals, builtins and attributes of modules mean, what functions do
    ``fallen``
        what earlier native code took for granted and the program changed, once for each time
    """
    return _fatjit._unseen(_explained, _code_of(function))


def _explained(code):
    from fatjit import _explain

    return _explain.explain(code)


def _code_of(function):
    code = getattr(function, "__code__", function)
    if not hasattr(code, "co_code"):
        raise TypeError(f"a function, method or code object is needed, not {type(function).__name__}")
    return code

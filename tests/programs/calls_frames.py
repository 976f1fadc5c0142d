"""What callees see of their callers' frames while everything is hot: `sys._getframe`, `f_locals`, `f_lineno`,
`locals()`, `warnings`, `logging`, `inspect`, `traceback`."""

import inspect
import io
import logging
import sys
import traceback
import warnings

ROUNDS = 70


def numbers(frame):
    """The locals of a frame that are numbers or short containers, by name."""
    return {
        name: value for name, value in frame.f_locals.items()
        if isinstance(value, (int, float)) or isinstance(value, (list, tuple)) and len(value) < 5
    }


def stack(depth):
    """Function, line and numbers of the callers, innermost first."""
    told = []
    frame = sys._getframe(1)
    for _ in range(depth):
        told.append((frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno, numbers(frame)))
        frame = frame.f_back
    return told


def sometimes(i):
    return stack(4) if i % 23 == 22 else None


def inner(x, i):
    y = x * 2 + 1
    seen = sometimes(i)
    y += 1
    return y, seen


def middle(x, i):
    a = x + 0.5
    result, seen = inner(
        a,
        i,
    )
    a = -result
    return a, seen


def case_stack_of_callers():
    told = []
    total = 0.0
    for i in range(ROUNDS):
        value, seen = middle(i, i)
        total += value
        if seen:
            told.append(seen)
    return total, told


def case_stack_from_two_places():
    told = []
    total = 0
    for i in range(ROUNDS):
        total += middle(i, i)[0]; first = middle(i, i + 5)[1]
        total -= 1
        second = (
            middle(total, i + 9)
        )[1]
        told += [one for one in (first, second) if one]
    return told


def case_callee_inside_a_list_loop():
    def weigh(items, i):
        total = 0
        for k in range(len(items)):
            total += items[k]
            if i == 60 and k == 2:
                told.append(stack(3))
        return total

    told = []
    items = [1.5, 2.5, 3.5, 4.5]
    total = 0.0
    for i in range(ROUNDS):
        items[i % 4] = total * 0.25
        total += weigh(items, i)
    return told, total


def case_recursive_callers():
    def fib(n):
        if n == -1:
            return 0
        if n < 2:
            if n == 1 and len(told) < 40:
                told.append([(name, line) for name, line, _ in stack(3)])
            return n
        return fib(n - 1) + fib(n - 2)

    told = []
    return fib(12), told


def case_recursive_locals():
    def descend(n, x):
        y = x * 1.5
        if n == 0:
            return [values for _, _, values in stack(12)]
        found = descend(n - 1, y + n)
        return found

    return [descend(11, float(k)) for k in range(30)][-1]


def case_only_sometimes_looked_at():
    def maybe(i):
        return sys._getframe(1).f_locals["total"] if i > 60 else 0

    total = 0
    seen = []
    for i in range(ROUNDS):
        total += i * 3
        seen.append(maybe(i))
    return seen


def case_locals_called_in_a_callee():
    def work(a, b):
        c = a * b
        d = [c, a]
        return sorted(locals().items(), key=str)

    return [work(i, 0.5) for i in range(ROUNDS)][::13]


def case_vars_dir_and_eval():
    def work(a):
        b = a + 1
        return eval("a * b"), dir(), len(vars())

    return [work(i) for i in range(ROUNDS)][::17]


def case_exec_in_a_callee():
    def work(a):
        exec("a = a + 100; kept.append(a)", {"kept": kept}, {"a": a})
        return a

    kept = []
    return sum(work(i) for i in range(ROUNDS)), kept[::17]


def case_written_through_f_locals():
    """Since 3.13 such writes reach the frame; before, they do not. Either way native code must follow."""
    def poke(i):
        if i == 50:
            sys._getframe(1).f_locals["step"] = 1000
        return 1

    def work():
        step = 1
        total = 0
        for i in range(ROUNDS):
            total += step * poke(i)
        return total

    return work()


def case_frame_kept_by_a_callee():
    def keep(i):
        if i in (3, 40, 69):
            frames.append(sys._getframe(1))
        return 0

    def work(x):
        total = x
        for i in range(ROUNDS):
            total += i + keep(i)
        return total

    frames = []
    total = work(0.5)
    first = frames[0]
    line = first.f_lineno - first.f_code.co_firstlineno
    return total, all([frame is first for frame in frames]), numbers(first), line


def case_frame_of_a_finished_callee():
    def make(i):
        local = i * 2
        return sys._getframe()

    kept = []
    for i in range(ROUNDS):
        frame = make(i)
        if i % 25 == 24:
            kept.append((frame.f_locals["local"], frame.f_lineno - frame.f_code.co_firstlineno, frame.f_back is None))
    return kept


def case_f_lineno_line_by_line():
    def line():
        return sys._getframe(1).f_lineno

    seen = set()
    for i in range(ROUNDS):
        a = line()
        b = [
            line(),
            line(),
        ]
        c = line() if i % 2 else line() + 1
        seen.add((a, *b, c))
    first = case_f_lineno_line_by_line.__code__.co_firstlineno
    return sorted([tuple(n - first for n in lines) for lines in seen])


def case_f_lasti_and_code():
    def where():
        frame = sys._getframe(1)
        return frame.f_code.co_name, frame.f_lasti

    return sorted({where() for _ in range(ROUNDS)} | {(lambda: where())() for _ in range(ROUNDS)})


def case_warnings_from_callees():
    def complain(i, level):
        if i % 30 == 29:
            warnings.warn(f"round {i}", stacklevel=level)
        return i

    def between(i, level):
        return complain(i, level) + 1

    total = 0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for level in (1, 2, 3):
            for i in range(ROUNDS):
                total += between(i, level)
    first = case_warnings_from_callees.__code__.co_firstlineno
    return total, [(w.lineno - first, str(w.message), w.category.__name__) for w in caught]


def case_warnings_once_per_line():
    def complain(i):
        warnings.warn("the same", stacklevel=2)
        return i

    with warnings.catch_warnings(record=True) as caught:
        warnings.resetwarnings()
        warnings.simplefilter("default")
        globals().pop("__warningregistry__", None)
        for i in range(ROUNDS):
            complain(i)
            if i % 2:
                complain(i)
    return len(caught)


def case_warning_becomes_an_error():
    def complain(i):
        if i == 60:
            warnings.warn("enough", stacklevel=2)
        return i

    total = 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for i in range(ROUNDS):
            total += complain(i)


def case_logging_from_callees():
    def note(i):
        if i % 30 == 29:
            logger.warning("round %d of %s", i, "many")
            logger.info("from above", stacklevel=2)
        return i

    stream = io.StringIO()
    logger = logging.getLogger("calls_frames")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(funcName)s %(lineno)d %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        total = 0
        for i in range(ROUNDS):
            total += note(i)
    finally:
        logger.removeHandler(handler)
    return total, stream.getvalue()


def case_logged_exceptions():
    def fail(items, i):
        return items[i]

    stream = io.StringIO()
    logger = logging.getLogger("calls_frames.exceptions")
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    logger.propagate = False
    try:
        for i in range(ROUNDS):
            try:
                fail([1] * 60, i)
            except IndexError:
                if i % 5 == 0:
                    logger.exception("at %d", i)
    finally:
        logger.removeHandler(handler)
    return [line for line in stream.getvalue().splitlines() if "File" not in line]


def case_inspect_and_traceback():
    def names():
        return [info.function for info in inspect.stack(0)[:4]], [one.name for one in traceback.extract_stack(limit=3)]

    def between(i):
        return names() if i % 30 == 29 else None

    mapped = [found for found in map(between, range(ROUNDS)) if found]
    return mapped, [found for i in range(ROUNDS) if (found := between(i))]


def case_tracer_switched_on_by_a_callee():
    def maybe(i):
        if i == 40:
            sys.settrace(tracer)
        if i == 50:
            sys.settrace(None)
        return i

    def work(i):
        x = i + 1
        return x

    def tracer(frame, event, argument):
        if frame.f_code.co_name in ("maybe", "work"):
            events.append((frame.f_code.co_name, event, frame.f_lineno - frame.f_code.co_firstlineno))
        return tracer

    events = []
    total = 0
    try:
        for i in range(ROUNDS):
            total += maybe(i)
            total += work(i)
    finally:
        sys.settrace(None)
    return total, events


def case_profiler_switched_on_by_a_callee():
    def maybe(i):
        if i == 40:
            sys.setprofile(profiler)
        if i == 50:
            sys.setprofile(None)
        return i

    def work(i):
        return len([i]) + i

    def profiler(frame, event, argument):
        events.append((frame.f_code.co_name, event))

    events = []
    total = 0
    try:
        for i in range(ROUNDS):
            total += maybe(i)
            total += work(i)
    finally:
        sys.setprofile(None)
    return total, events

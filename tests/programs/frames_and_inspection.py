"""Frames seen from inside hot loops: sys._getframe, locals(), warnings, logging, tracebacks."""

import inspect
import io
import logging
import sys
import traceback
import warnings


def case_getframe_line_and_locals():
    seen = []
    total = 0
    for i in range(60):
        total += i
        frame = sys._getframe()
        seen.append((frame.f_lineno, frame.f_locals["i"], frame.f_locals["total"]))
        del frame
    return seen


def case_caller_reads_our_locals():
    def peek():
        caller = sys._getframe(1)
        return caller.f_lineno, caller.f_code.co_name, dict(caller.f_locals).get("x")

    x = 0.5
    seen = []
    for i in range(60):
        x = x * 1.5 + i
        seen.append(peek())
        seen.append(
            peek()
        )
    return seen


def case_frame_kept():
    frames = []
    total = 0
    for i in range(80):
        total += i
        if i == 50:
            frames.append(sys._getframe())
    frame = frames.pop()
    return frame.f_locals["total"], frame.f_lineno, total


def case_frame_is_the_same_one():
    first = None
    same = 0
    for i in range(60):
        frame = sys._getframe()
        if first is None:
            first = frame
        same += frame is first
    return same


def case_stack_of_functions():
    def names():
        frame = sys._getframe(1)
        found = []
        while frame is not None and len(found) < 2:
            found.append((frame.f_code.co_name, frame.f_lineno))
            frame = frame.f_back
        return found

    def middle(i):
        for j in range(3):
            result = names()
        return result

    seen = set()
    for i in range(60):
        seen.add(tuple(middle(i)))
    return sorted(seen)


def case_locals_written_by_f_locals():
    def poke(value):
        sys._getframe(1).f_locals["x"] = value

    x = 1
    total = 0
    for i in range(80):
        if i == 60:
            poke(100)
        total += x
    return total


def case_warning_lines():
    total = 0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for i in range(60):
            total += i
            if i % 20 == 19:
                warnings.warn(f"at {i}")
    return [(w.lineno, str(w.message)) for w in caught], total


def case_warning_from_an_inner_function():
    def complain(i):
        warnings.warn(f"i is {i}", stacklevel=2)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for i in range(60):
            if i > 55:
                complain(i)
    return [(w.lineno, str(w.message)) for w in caught]


def case_warning_as_error():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for i in range(60):
            if i == 57:
                warnings.warn("enough")


def case_deprecated_invert_of_bool():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        results = []
        for i in range(60):
            flag = i > 40
            results.append(~flag)
    return results, [(w.category.__name__, w.lineno) for w in caught][:3], len(caught)


def case_logging_finds_the_caller():
    stream = io.StringIO()
    logger = logging.getLogger("frames")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(funcName)s:%(lineno)d:%(message)s"))
    logger.addHandler(handler)
    try:
        for i in range(60):
            logger.debug("not shown %d", i)
            if i % 15 == 0:
                logger.info("shown %d", i)
    finally:
        logger.removeHandler(handler)
    return stream.getvalue().splitlines()


def case_traceback_text():
    texts = []
    for i in range(60):
        try:
            1 // (i % 20)
        except ZeroDivisionError:
            texts.append(traceback.format_exc().splitlines()[1:])
    return [[line.rpartition("/")[2] for line in text] for text in texts]


def case_format_stack():
    lines = []
    for i in range(40):
        stack = traceback.extract_stack(limit=1)
        lines.append((stack[0].name, stack[0].lineno))
    return lines


def case_inspect_current_frame():
    seen = []
    for i in range(50):
        info = inspect.getframeinfo(inspect.currentframe())
        seen.append((info.function, info.lineno))
    return seen


def case_locals_function():
    total = 0
    snapshots = []
    for i in range(50):
        total += i
        snapshots.append(locals()["total"])
    return snapshots


def case_locals_written_have_no_effect():
    x = 1
    total = 0
    for i in range(60):
        locals()["x"] = 1000
        total += x
    return total


def case_eval_sees_locals():
    total = 0
    step = 3
    for i in range(60):
        total += eval("i * step + 1")
    return total


def case_frame_of_an_inner_hot_function():
    def work(n):
        total = 0
        for i in range(n):
            total += i
            if i == n - 1:
                return sys._getframe()

    for n in range(1, 60):
        frame = work(n)
    return dict(frame.f_locals), frame.f_lineno


def case_traceback_kept_with_changing_locals():
    kept = []
    total = 0
    for i in range(60):
        total += i
        try:
            if i % 25 == 24:
                raise KeyError(i)
        except KeyError as error:
            kept.append(error.__traceback__)
    return [(tb.tb_lineno, tb.tb_frame.f_lineno, tb.tb_frame.f_locals["total"]) for tb in kept], total

"""Tracers, profilers and monitors switched on and off while a loop is hot."""

import sys
import threading


def lines_tracer(events, name):
    def trace(frame, event, argument):
        if frame.f_code.co_name == name:
            events.append((event, frame.f_lineno, frame.f_locals.get("i")))
        return trace

    return trace


def case_settrace_in_the_loop():
    events = []

    def work():
        total = 0
        for i in range(100):
            total += i
            if i == 70:
                sys.settrace(lines_tracer(events, "work"))
                sys._getframe().f_trace = sys.gettrace()
            if i == 75:
                sys.settrace(None)
                sys._getframe().f_trace = None
        return total

    return work(), events


def case_settrace_by_a_callee():
    events = []

    def switch(i):
        if i == 60:
            sys.settrace(lines_tracer(events, "work"))
            sys._getframe(1).f_trace = sys.gettrace()
        if i == 64:
            sys.settrace(None)

    def work():
        total = 0
        for i in range(80):
            switch(i)
            total += i
        return total

    return work(), events


def case_traced_from_the_start():
    events = []

    def work():
        i = 0
        while i < 30:
            i += 1
        return i

    for _ in range(40):
        work()
    sys.settrace(lines_tracer(events, "work"))
    result = work()
    sys.settrace(None)
    work()
    return result, events


def case_tracer_raises():
    def trace(frame, event, argument):
        if frame.f_code.co_name == "work" and frame.f_locals.get("i") == 65:
            raise KeyError("from the tracer")
        return trace

    def work():
        total = 0
        for i in range(80):
            total += i
        return total

    work()
    sys.settrace(trace)
    work()


def case_tracer_jumps():
    def work():
        total = 0
        for i in range(60):
            total += i
            total += 1000
        return total

    for _ in range(5):
        work()
    first = work.__code__.co_firstlineno
    jumps = []

    def trace(frame, event, argument):
        if frame.f_code is work.__code__ and event == "line" and not jumps:
            if frame.f_lineno == first + 4 and frame.f_locals["i"] == 50:
                jumps.append(frame.f_lineno)
                frame.f_lineno = first + 3
        return trace

    sys.settrace(trace)
    result = work()
    sys.settrace(None)
    return result, work()


def case_opcode_tracing():
    counted = []

    def trace(frame, event, argument):
        if frame.f_code.co_name == "work":
            frame.f_trace_opcodes = True
            if event == "opcode":
                counted.append(frame.f_lasti)
        return trace

    def work():
        total = 0
        for i in range(20):
            total += i
        return total

    for _ in range(20):
        work()
    sys.settrace(trace)
    work()
    sys.settrace(None)
    return len(counted), sorted(set(counted))


def case_profiler():
    events = []

    def inner(i):
        return i + 1

    def work():
        total = 0
        for i in range(30):
            total += inner(i)
            total += abs(-i)
        return total

    def profile(frame, event, argument):
        name = getattr(argument, "__name__", frame.f_code.co_name)
        if event.startswith("c_") or name in ("inner", "work"):
            events.append((event, name))

    for _ in range(10):
        work()
    sys.setprofile(profile)
    work()
    sys.setprofile(None)
    return len(events), events[:8], events[-6:]


def case_profiler_switched_on_inside():
    events = []

    def inner(i):
        return i + 1

    def work():
        total = 0
        for i in range(100):
            total += inner(i)
            if i == 80:
                sys.setprofile(lambda frame, event, argument: events.append((event, frame.f_lineno)))
            if i == 83:
                sys.setprofile(None)
        return total

    return work(), events


def case_monitoring():
    monitoring = sys.monitoring
    tool = 3
    lines = []

    def work():
        total = 0
        for i in range(20):
            total += i
        return total

    for _ in range(30):
        work()
    monitoring.use_tool_id(tool, "test")
    try:
        monitoring.register_callback(tool, monitoring.events.LINE, lambda code, line: lines.append(line))
        monitoring.set_local_events(tool, work.__code__, monitoring.events.LINE)
        work()
        monitoring.set_local_events(tool, work.__code__, 0)
        monitoring.register_callback(tool, monitoring.events.LINE, None)
    finally:
        monitoring.free_tool_id(tool)
    work()
    return lines


def case_monitoring_branches_and_jumps():
    monitoring = sys.monitoring
    events = monitoring.events
    tool = 3
    counts = {"jump": 0, "branch": 0, "start": 0, "return": 0}

    def work():
        total = 0
        i = 0
        while i < 40:
            i += 1
            if i % 3:
                total += i
        return total

    def counter(kind):
        def count(code, *rest):
            counts[kind] += 1

        return count

    for _ in range(20):
        work()
    wanted = {
        "jump": events.JUMP, "branch": events.BRANCH,
        "start": events.PY_START, "return": events.PY_RETURN,
    }
    monitoring.use_tool_id(tool, "test")
    try:
        for kind, event in wanted.items():
            monitoring.register_callback(tool, event, counter(kind))
        monitoring.set_local_events(tool, work.__code__, sum(wanted.values()))
        work()
        monitoring.set_local_events(tool, work.__code__, 0)
        for event in wanted.values():
            monitoring.register_callback(tool, event, None)
    finally:
        monitoring.free_tool_id(tool)
    return counts


def case_threading_settrace():
    seen = []

    def work():
        total = 0
        for i in range(50):
            total += i
        seen.append(total)

    for _ in range(5):
        work()
    events = []
    threading.settrace(lines_tracer(events, "work"))
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    threading.settrace(None)
    return seen, len(events), events[:6]

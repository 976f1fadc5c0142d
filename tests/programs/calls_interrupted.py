"""Signals, other threads, the collector and asynchronous exceptions that come while functions call each other and
recurse, without any loop that could be left."""

import ctypes
import gc
import signal
import sys
import threading
import time


class Enough(Exception):
    pass


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def add(a, b):
    return a + b


def between(a, b):
    return add(a, b) - b


def weigh(items, k):
    return 0.0 if k == len(items) else items[k] + weigh(items, k + 1)


def with_alarm(handler, work, seconds=0.02, interval=0.0):
    previous = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, seconds, interval)
    try:
        return work()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def names(error):
    found = []
    entry = error.__traceback__
    while entry:
        found.append(entry.tb_frame.f_code.co_name)
        entry = entry.tb_next
    return found


def raising(*_):
    raise Enough


def case_handler_raises_in_a_recursion():
    """The recursion alone would take hours."""
    def work():
        return fib(60)

    try:
        with_alarm(raising, work)
    except Enough as error:
        found = names(error)
        return found[:4], set(found[4:-1]) <= {"fib"}, found[-1], len(found) < 70


def case_handler_raises_between_calls():
    def work():
        total = 0
        while True:
            total = between(total, 1)

    try:
        with_alarm(raising, work)
    except Enough as error:
        found = names(error)
        return set(found[3:]) <= {"between", "add", "raising"}


def case_handler_looks_at_the_frames():
    def handler(number, frame):
        found = []
        while frame is not None:
            if frame.f_code.co_name == "fib":
                n = frame.f_locals["n"]
                # A function just begun is still at its first line.
                line = frame.f_lineno - fib.__code__.co_firstlineno
                found.append(type(n) is int and 0 <= n <= 18 and line in (0, 1))
            frame = frame.f_back
        seen.append(all(found) and len(found) <= 25)

    def work():
        while len(seen) < 3:
            result = fib(18)
        return result

    seen = []
    return with_alarm(handler, work, 0.01, 0.01), seen[:3]


def case_handler_calls_the_same_functions():
    def handler(*_):
        results.append((fib(10), between(3, 4), weigh([0.5] * 5, 0)))

    def work():
        while len(results) < 4:
            total = fib(16) + weigh([1.5] * 30, 0)
        return total

    results = []
    return with_alarm(handler, work, 0.005, 0.005), results[:4]


def case_results_are_right_under_alarms():
    ticks = []

    def work():
        return [fib(n % 17) for n in range(60)]

    results = with_alarm(lambda *_: ticks.append(1), work, 0.001, 0.001)
    return results, weigh([k / 2 for k in range(60)], 0)


def case_threads_take_turns():
    results = {}

    def work(k):
        results[k] = [fib(n) for n in range(15)], between(k, 2), weigh([k * 0.5] * 40, 0)

    previous = sys.getswitchinterval()
    sys.setswitchinterval(0.0002)
    try:
        threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(previous)
    return sorted(results.items())


def case_a_recursion_lets_others_run():
    progress = []
    stop = []

    def worker():
        while not stop:
            progress.append(1)
            time.sleep(0.001)

    previous = sys.getswitchinterval()
    sys.setswitchinterval(0.001)
    thread = threading.Thread(target=worker)
    thread.start()
    try:
        def deep(n):
            if len(progress) > 5:
                raise Enough
            return n if n < 2 else fib(12) + deep(n - 1) + deep(n - 2)

        try:
            deep(60)
        except Enough:
            return "others ran"
    finally:
        stop.append(1)
        thread.join()
        sys.setswitchinterval(previous)


def case_asynchronous_exception():
    def victim():
        try:
            started.append(threading.get_ident())
            fib(60)
        except Enough:
            ended.append("interrupted")

    started, ended = [], []
    thread = threading.Thread(target=victim)
    thread.start()
    while not started:
        time.sleep(0.001)
    time.sleep(0.01)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(started[0]), ctypes.py_object(Enough))
    thread.join(20)
    return ended, thread.is_alive()


def case_collector_runs_in_the_middle():
    class Node:
        def __init__(self, k):
            self.k = k
            self.me = self

        def __del__(self):
            died.append(self.k)

    def build(n):
        node = Node(n)
        return n if n == 0 else build(n - 1) + len(holder) + node.k

    died, holder = [], [[k] for k in range(10)]
    was = gc.get_threshold()
    gc.set_threshold(20, 2, 2)
    try:
        total = sum(build(n % 9) for n in range(200))
    finally:
        gc.set_threshold(*was)
    gc.collect()
    return total, sorted(died)


def case_handler_switches_a_tracer_on():
    def tracer(frame, event, argument):
        events.add((frame.f_code.co_name, event))
        return tracer

    def handler(*_):
        sys.settrace(tracer)
        frame = sys._getframe(1)
        while frame:
            if frame.f_code.co_name == "fib":
                frame.f_trace = tracer
            frame = frame.f_back

    def work():
        # The first event may be that the last call of all returns.
        while not {("fib", "call"), ("fib", "return")} <= events:
            result = fib(15)
        sys.settrace(None)
        return result

    events = set()
    try:
        return with_alarm(handler, work)
    finally:
        sys.settrace(None)

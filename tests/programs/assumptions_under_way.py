"""Globals that change while native code relies on them: from a finaliser, a signal handler, another thread, a loop
further in or out, and the loop itself; and what becomes of the values and the namespaces that it relied on."""

import signal
import threading
import time
import weakref

STEP = 1
text = "abc"


def restore(**names):
    """Puts globals of this module back when a case ends."""
    globals().update(names)


class Rebinds:
    """Rebinds a global when it ends."""

    def __init__(self, value):
        self.value = value

    def __del__(self):
        global STEP
        STEP = self.value


def case_from_a_finaliser():
    seen = []
    for i in range(100):
        holder = None
        if i in (30, 60, 61, 90):
            holder = Rebinds(i)
        seen.append(STEP)
    holder = None
    restore(STEP=1)
    return seen


def case_from_a_finaliser_on_the_stack():
    total = 0
    for i in range(100):
        total += STEP
        (Rebinds(i) if i in (40, 80) else None)
        total += STEP * 1000
    restore(STEP=1)
    return total


def case_two_stores_of_which_one_finalises():
    a = b = None
    seen = []
    for i in range(100):
        value = Rebinds(i) if i % 25 == 24 else None
        a, b = STEP, value
        value = None
        b, a = text, STEP
        seen.append((a, b))
    restore(STEP=1)
    return seen


def case_from_a_signal_handler():
    global running
    running = True

    def stop(number, frame):
        global running
        running = False

    previous = signal.signal(signal.SIGALRM, stop)
    rounds = []
    try:
        for _ in range(4):
            running = True
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            n = 0
            while running:
                n += 1
            rounds.append(n >= 0)
    finally:
        signal.signal(signal.SIGALRM, previous)
    return rounds


def case_from_another_thread():
    global running
    rounds = []
    for _ in range(3):
        running = True

        def stop():
            global running
            time.sleep(0.02)
            running = False

        thread = threading.Thread(target=stop)
        thread.start()
        n = 0
        while running:
            n += 1
        thread.join()
        rounds.append(n >= 0)
    return rounds


def case_from_an_inner_loop():
    def spin(n):
        global STEP
        total = 0
        for i in range(n):
            for j in range(10):
                total += STEP
                if j == 5 and i in (10, 20, 30):
                    STEP += 1
        return total

    results = [spin(40), spin(40), spin(20)]
    restore(STEP=1)
    return results


def case_recursion_changes_it_under_outer_levels():
    def level(depth):
        global STEP
        total = 0
        for i in range(12):
            total += STEP
            if depth and i == 6:
                total += level(depth - 1)
            if not depth and i == 6:
                STEP += 1
        return total

    results = [level(3), level(3), level(3)]
    restore(STEP=1)
    return results


def case_value_dies_when_it_is_rebound():
    global thing
    events = []

    class Thing:
        def __init__(self, name):
            self.name = name

        def __del__(self):
            events.append(f"{self.name} ends")

    def change(i):
        global thing
        if i in (30, 60, 90):
            thing = Thing(f"at {i}")
            events.append(f"rebound at {i}")
        return i

    thing = Thing("first")
    total = 0
    for i in range(100):
        total += len(thing.name) + change(i)
    thing = None
    return total, events


def case_value_is_on_the_stack_when_it_is_rebound():
    global function
    events = []

    def make(name):
        def made(value):
            return f"{name} {value}"

        weakref.finalize(made, events.append, f"{name} ends").atexit = False
        return made

    def change(i):
        global function
        if i in (30, 60):
            function = make(f"at {i}")
            events.append(f"rebound at {i}")
        return i

    function = make("first")
    seen = []
    for i in range(70):
        seen.append(function(change(i)))
    function = None
    return seen[28:32], seen[-12:], events


def case_namespace_ends():
    """Functions and their namespaces are collected although code was compiled for them."""
    ended = []
    for n in range(12):
        names = {"limit": 20 + n}
        exec(
            "def helper(x):\n"
            "    return x + 1\n"
            "def work():\n"
            "    total = i = 0\n"
            "    while i < limit:\n"
            "        total += helper(i)\n"
            "        i += 1\n"
            "    return total\n",
            names,
        )
        weakref.finalize(names["work"], ended.append, names["work"]()).atexit = False
        del names
    import gc

    gc.collect()
    return sorted(ended)


def case_stored_by_the_loop():
    global counter
    counter = 0
    total = 0
    for i in range(200):
        counter += 1
        total += counter
    return total, counter


def case_stored_by_another_loop():
    global counter

    def count():
        global counter
        for _ in range(20):
            counter += 1

    counter = 0
    total = 0
    for i in range(50):
        count()
        for j in range(10):
            total += counter
    return total

"""Threads that share a hot function, wait for each other, and stop each other."""

import ctypes
import queue
import sys
import threading
import time


def collatz_lengths(n):
    total = 0
    for start in range(1, n):
        k = start
        while k != 1:
            k = 3 * k + 1 if k % 2 else k // 2
            total += 1
    return total


def run_all(targets):
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def case_same_function_in_many_threads():
    results = {}

    def worker(k):
        results[k] = collatz_lengths(150 + k)

    run_all([lambda k=k: worker(k) for k in range(6)])
    return sorted(results.items())


def case_thread_switches_inside_a_hot_loop():
    stop = []

    def waiter():
        n = 0
        while not stop:
            n += 1

    previous = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        thread = threading.Thread(target=waiter)
        thread.start()
        total = collatz_lengths(400)
        stop.append(1)
        thread.join()
    finally:
        sys.setswitchinterval(previous)
    return total


def case_endless_loop_lets_others_run():
    done = []

    def finisher():
        time.sleep(0.02)
        done.append("finished")

    thread = threading.Thread(target=finisher)
    thread.start()
    spins = 0
    while not done:
        spins += 1
    thread.join()
    return done, spins > 0


def case_lock_protected_counter():
    lock = threading.Lock()
    count = 0

    def worker():
        nonlocal count
        for i in range(300):
            with lock:
                count += 1

    run_all([worker] * 4)
    return count


def case_global_flag():
    global go_on
    go_on = True

    def stopper():
        global go_on
        time.sleep(0.02)
        go_on = False

    thread = threading.Thread(target=stopper)
    thread.start()
    n = 0
    while go_on:
        n = (n + 1) % 1000
    thread.join()
    return go_on


def case_queue():
    numbers = queue.Queue()
    results = []

    def consumer():
        total = 0
        while True:
            n = numbers.get()
            if n is None:
                break
            total += n
        results.append(total)

    thread = threading.Thread(target=consumer)
    thread.start()
    for i in range(200):
        numbers.put(i)
    numbers.put(None)
    thread.join()
    return results


def case_async_exception():
    class Stop(Exception):
        pass

    outcome = []
    started = threading.Event()

    def victim():
        n = 0
        try:
            started.set()
            while True:
                n += 1
                n &= 1023
        except Stop:
            outcome.append("stopped")

    thread = threading.Thread(target=victim)
    thread.start()
    started.wait()
    time.sleep(0.02)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident), ctypes.py_object(Stop)
    )
    thread.join()
    return outcome


def case_thread_locals():
    local = threading.local()
    results = {}

    def worker(k):
        local.total = 0
        for i in range(200):
            local.total += i * k
        results[k] = local.total

    run_all([lambda k=k: worker(k) for k in range(4)])
    return sorted(results.items())


def case_exception_in_a_thread():
    caught = []
    previous = threading.excepthook
    threading.excepthook = lambda what: caught.append(
        (what.exc_type.__name__, what.exc_traceback.tb_next.tb_next.tb_lineno)
    )

    def worker():
        for i in range(100):
            1 // (80 - i)

    try:
        run_all([worker])
    finally:
        threading.excepthook = previous
    return caught[0][0]


def case_function_rebound_while_running():
    def one(n):
        return n + 1

    def two(n):
        return n + 2

    state = {"f": one}
    seen = set()
    finished = []

    def worker():
        while not finished:
            seen.add(state["f"](1))

    thread = threading.Thread(target=worker)
    thread.start()
    deadline = time.monotonic() + 10
    while 2 not in seen and time.monotonic() < deadline:
        pass
    state["f"] = two
    while 3 not in seen and time.monotonic() < deadline:
        pass
    finished.append(1)
    thread.join()
    return seen

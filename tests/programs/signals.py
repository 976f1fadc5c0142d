"""Signals that arrive while a loop runs natively: handlers run soon, and may raise."""

import _thread
import signal
import threading
import time


def with_alarm(handler, work, seconds=0.03, interval=0.0):
    previous = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, seconds, interval)
    try:
        return work()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def case_handler_sets_a_flag():
    flag = []

    def work():
        n = 0
        while not flag:
            n += 1
        return n > 0

    return with_alarm(lambda *_: flag.append(1), work), flag


def case_handler_rebinds_a_global():
    global running
    running = True

    def stop(number, frame):
        global running
        running = False

    def work():
        n = 0
        while running:
            n = (n + 1) & 1023
        return 0 <= n < 1024

    return with_alarm(stop, work)


def case_handler_raises():
    class Timeout(Exception):
        pass

    def stop(number, frame):
        raise Timeout(number)

    def work():
        n = 0
        while True:
            n += 1
            n -= 1

    try:
        with_alarm(stop, work)
    except Timeout as error:
        return error.args


def case_handler_raises_and_the_loop_catches():
    class Timeout(Exception):
        pass

    inside = []

    def stop(number, frame):
        # On a busy machine an alarm may come while nobody catches it.
        if inside:
            raise Timeout

    def work():
        rounds = 0
        while rounds < 3:
            try:
                inside.append(rounds)
                while True:
                    pass
            except Timeout:
                inside.clear()
                rounds += 1
        return rounds

    return with_alarm(stop, work, 0.02, 0.02)


def case_handler_sees_the_frame():
    seen = []

    def look(number, frame):
        seen.append((frame.f_code.co_name, "n" in frame.f_locals, frame.f_locals["n"] >= 0))

    def spin():
        n = 0
        while not seen:
            n += 1

    with_alarm(look, spin)
    return seen


def case_many_alarms():
    count = 0

    def tick(number, frame):
        nonlocal count
        count += 1

    def work():
        total = 0.0
        while count < 10:
            total += 0.5
        return total > 0.0

    return with_alarm(tick, work, 0.005, 0.005), count >= 10


def case_keyboard_interrupt_in_an_endless_loop():
    def work():
        n = 0
        while True:
            n = (n * 5 + 1) % 1000003

    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with_alarm(lambda *_: signal.raise_signal(signal.SIGINT), work)
    except KeyboardInterrupt as error:
        return type(error).__name__, error.args
    finally:
        signal.signal(signal.SIGINT, previous)


def case_interrupt_main_from_a_thread():
    def work():
        while True:
            for i in range(10**9):
                pass

    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.05, _thread.interrupt_main)
    timer.start()
    try:
        work()
    except KeyboardInterrupt:
        return "interrupted"
    finally:
        timer.join()
        signal.signal(signal.SIGINT, previous)


def case_handler_in_nested_loops():
    class Stop(Exception):
        pass

    def stop(number, frame):
        raise Stop

    def work():
        total = 0
        for a in range(10**6):
            for b in range(10**6):
                for c in range(10**6):
                    total += a ^ b ^ c

    try:
        with_alarm(stop, work)
    except Stop as error:
        names = []
        entry = error.__traceback__
        while entry:
            names.append(entry.tb_frame.f_code.co_name)
            entry = entry.tb_next
        return names


def case_raise_signal_from_the_loop():
    hits = []
    previous = signal.signal(signal.SIGUSR1, lambda *_: hits.append(i))
    try:
        for i in range(90):
            if i % 30 == 29:
                signal.raise_signal(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, previous)
    return hits


def case_sleep_is_interrupted():
    hits = []

    def work():
        for i in range(60):
            if i == 59:
                time.sleep(0.1)
        return i

    return with_alarm(lambda *_: hits.append(1), work), hits

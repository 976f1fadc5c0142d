"""Without a threshold hot code is found by looking now and then; code that is not hot carries no hook."""

import os
import subprocess
import sys
import tempfile
import textwrap
import unittest

import runner

PRELUDE = """
import sys, time
import fatjit
OPTIMIZER = 5

def busy(n):
    total = 0
    for i in range(n):
        total += i
    return total

def idle(n):
    total = 0
    for i in range(n):
        total += i
    return total

def keep_busy(until=lambda: fatjit.stats()["entries"] > 0, work=busy, seconds=20):
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            raise SystemExit("nothing was found")
        work(20_000)

fatjit.enable()
"""


class Sampling(unittest.TestCase):
    def check(self, code, *options, out="", **variables):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "program.py")
            with open(path, "w", encoding="utf-8") as file:
                file.write(PRELUDE + textwrap.dedent(code))
            done = subprocess.run(
                [sys.executable, *options, path],
                env=runner.environment(**variables),
                capture_output=True,
                text=True,
                timeout=120,
                cwd=folder,
            )
        self.assertEqual((done.returncode, done.stdout.strip(), done.stderr), (0, out, ""))

    def test_hot_loops_are_found(self):
        self.check(
            """
            keep_busy()
            print(any(loop["compiled"] for loop in fatjit.explain(busy)), list(fatjit.explain(idle)))
            """,
            out="True []",
        )

    def test_compiling_waits_when_it_took_its_share_of_the_time(self):
        self.check(
            """
            import os
            def is_compiled():
                return any(loop["compiled"] for loop in fatjit.explain(idle))
            def is_put_off():
                return fatjit.stats()["refusals"].get("later", 0) > 0

            keep_busy(is_put_off, idle)
            regions = fatjit.stats()["regions"]
            for _ in range(50):
                idle(20_000)
            loop = fatjit.explain(idle)[-1]
            print(loop["compiled"], "later" in loop["reason"], fatjit.stats()["regions"] - regions)
            print(bool(sys.monitoring.get_local_events(OPTIMIZER, idle.__code__) & sys.monitoring.events.JUMP))

            fatjit.disable()
            os.environ["FATJIT_DEBUG_BUDGET"] = "100000"
            fatjit.enable()
            keep_busy(is_compiled, idle)
            """,
            out="False True 0\nFalse",
            FATJIT_DEBUG_BUDGET="0",
        )

    def test_that_something_waits_is_told_once(self):
        # Each time it was tried again it would be grown, and has to wait.
        self.check(
            """
            import os
            def turns(n, odd=False):
                total = 0
                for i in range(n):
                    if odd and i % 2 == 0:
                        total -= i * 3
                    total += i
                return total

            def entries():
                return max(loop["entries"] for loop in fatjit.explain(turns))

            keep_busy(lambda: any(loop["compiled"] for loop in fatjit.explain(turns)), turns)
            fatjit.disable()
            os.environ.update(FATJIT_DEBUG_BUDGET="0", FATJIT_LOG="log")
            fatjit.enable()
            for trial in range(3):
                before = entries()
                keep_busy(lambda: entries() >= before + 400, lambda n: turns(n, True), 60)
            with open("log", encoding="utf-8") as lines:
                told = [line.split()[3] for line in lines if "put off" in line]
            print(len(told) > 0, len(told) == len(set(told)))
            """,
            out="True True",
            FATJIT_DEBUG_BUDGET="1000",
        )

    def test_growing_waits_when_compiling_took_its_share_of_the_time(self):
        self.check(
            """
            import os
            def turns(n, odd=False):
                total = 0
                for i in range(n):
                    if odd and i % 100 == 0:
                        total -= i * 3
                    total += i
                return total
            def regions():
                return fatjit.stats()["regions"]
            def limit(percent):
                fatjit.disable()
                os.environ["FATJIT_DEBUG_BUDGET"] = percent
                fatjit.enable()

            keep_busy(lambda: any(loop["compiled"] for loop in fatjit.explain(turns)), turns)
            limit("0")
            before = regions()
            expected = sum(range(20_000)) - 3 * sum(range(0, 20_000, 100))
            for _ in range(5):
                assert turns(20_000, True) == expected
            print(regions() - before)
            limit("1000")
            keep_busy(lambda: regions() > before, lambda n: turns(n, True))
            assert turns(20_000, True) == expected
            loop = fatjit.explain(turns)[-1]
            print(loop["compiled"], loop["entries"] > 400)
            """,
            out="0\nTrue True",
            FATJIT_DEBUG_BUDGET="1000",
        )

    def test_a_loop_that_never_ends_is_found_while_it_runs(self):
        self.check(
            """
            def endless():
                i = 0
                while True:
                    i += 1
                    if i % 1_000_000 == 0 and fatjit.stats()["entries"] > 0:
                        return "found"
            print(endless())
            """,
            out="found",
        )

    def test_functions_called_from_c_are_found(self):
        self.check(
            """
            def key(x):
                return (x * 2 + 1) % 1000 * 3 - x * x % 7 + (x - 5) * 11 % 13 + (x & 255) * (x | 3) % 17
            numbers = list(range(20_000))
            end = time.monotonic() + 20
            while not fatjit.stats()["regions"] and time.monotonic() < end:
                sorted(numbers, key=key)
            print(fatjit.stats()["regions"] > 0)
            """,
            out="True",
        )

    def test_what_does_little_is_native_only_for_native_callers(self):
        self.check(
            """
            def little(x):
                return x + 1
            def calls(n):
                total = 0
                for i in range(n):
                    total += little(i)
                return total
            def refused():
                report = fatjit.explain(little)
                return bool(report) and report[0]["refusal"] == "too-small"
            numbers = list(range(20_000))
            keep_busy(refused, lambda n: sorted(numbers, key=little))
            print(sys.monitoring.get_local_events(OPTIMIZER, little.__code__))

            keep_busy(lambda: fatjit.explain(little)[0]["compiled"], calls)
            before = fatjit.explain(little)[0]["entries"]
            for i in range(1000):
                little(i)
            print(fatjit.explain(little)[0]["entries"] - before)
            """,
            out="0\n0",
        )

    def test_loops_of_few_rounds_are_not_entered_until_they_have_more(self):
        self.check(
            """
            class Rounds:
                many = 3
            # With so many parameters it is not compiled as a whole.
            def turns(of, a=0, b=0, c=0, d=0, e=0, f=0, g=0, h=0, i=0, j=0, k=0, l=0, m=0, n=0, o=0, p=0):
                total = 0
                for i in range(of.many):
                    total += i
                return total
            def loop():
                return fatjit.explain(turns)[-1]
            def rests():
                return bool(fatjit.explain(turns)) and loop()["refusal"] == "short-runs"
            def several(n):
                for _ in range(n // 10):
                    turns(Rounds)

            keep_busy(rests, several)
            print(sys.monitoring.get_local_events(OPTIMIZER, turns.__code__) & sys.monitoring.events.JUMP)
            Rounds.many = 100_000
            keep_busy(lambda: loop()["compiled"], lambda n: turns(Rounds))
            before = loop()["entries"]
            for _ in range(500):
                assert turns(Rounds) == sum(range(100_000))
            print(loop()["compiled"], loop()["entries"] - before >= 500)
            """,
            out="0\nTrue True",
        )

    def test_beside_a_tracer_nothing_is_told_to_us(self):
        self.check(
            """
            def events():
                return sys.monitoring.get_local_events(OPTIMIZER, busy.__code__)
            keep_busy()
            found = events() != 0
            sys.settrace(lambda *_: None)
            busy(20_000)
            aside = events()
            for _ in range(100):
                busy(2_000)
            print(found, aside, events())
            sys.settrace(None)
            entries = fatjit.stats()["entries"]
            keep_busy(lambda: fatjit.stats()["entries"] > entries)
            """,
            out="True 0 0",
        )

    def test_loops_in_init_are_found(self):
        # Around such a call stands a frame of the interpreter's, with code in constant memory.
        self.check(
            """
            class Counter:
                def __init__(self, n):
                    self.total = 0
                    total = 0
                    for i in range(n):
                        total += i
                    self.total = total
            def compiled():
                Counter(20_000)
                return any(loop["compiled"] for loop in fatjit.explain(Counter.__init__))
            keep_busy(compiled)
            print("found")
            """,
            out="found",
        )

    def test_cold_code_has_no_events(self):
        self.check(
            """
            busy(1000)
            print(sys.monitoring.get_local_events(OPTIMIZER, busy.__code__))
            keep_busy()
            busy_has = sys.monitoring.get_local_events(OPTIMIZER, busy.__code__) != 0
            print(busy_has, sys.monitoring.get_local_events(OPTIMIZER, idle.__code__))
            """,
            out="0\nTrue 0",
        )

    def test_it_goes_on_where_it_was_after_a_pause(self):
        self.check(
            """
            keep_busy()
            fatjit.disable()
            print(sys.monitoring.get_local_events(OPTIMIZER, busy.__code__))
            fatjit.enable()
            entries = fatjit.stats()["entries"]
            keep_busy(lambda: fatjit.stats()["entries"] > entries)
            print("again")
            """,
            out="0\nagain",
        )

    def test_forking_is_not_disturbed(self):
        # The interpreter warns where a process with several threads forks.
        self.check(
            """
            import os
            os.register_at_fork(after_in_parent=lambda: sum(range(1000)), after_in_child=lambda: sum(range(1000)))
            for _ in range(20):
                busy(50_000)
                child = os.fork()
                if child == 0:
                    entries = fatjit.stats()["entries"]
                    keep_busy(lambda: fatjit.stats()["entries"] > entries)
                    os._exit(7)
                assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
            keep_busy()
            print("parent and children")
            """,
            "-W",
            "error",
            out="parent and children",
        )

    def test_forking_in_a_thread(self):
        self.check(
            """
            import os, threading, warnings
            warnings.simplefilter("ignore")
            def fork():
                child = os.fork()
                if child == 0:
                    busy(50_000)
                    os._exit(7)
                statuses.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            statuses = []
            for _ in range(5):
                thread = threading.Thread(target=fork)
                thread.start()
                busy(50_000)
                thread.join()
            keep_busy()
            print(statuses)
            """,
            out="[7, 7, 7, 7, 7]",
        )

    def test_children_of_every_kind(self):
        self.check(
            """
            import multiprocessing, os, subprocess
            if __name__ == "__main__":
                subprocess.run([sys.executable, "-c", "pass"], preexec_fn=lambda: busy(10), check=True)
                for method in ("fork", "forkserver", "spawn"):
                    context = multiprocessing.get_context(method)
                    with context.Pool(2) as pool:
                        assert pool.map(busy, [10, 1000, 100_000]) == [45, 499500, 4999950000]
                print("all")
            """,
            out="all",
        )

    def test_threads_that_are_still_there_at_the_end(self):
        # They are unwound wherever they stand: natively called functions included.
        for _ in range(8):
            self.check(
                """
                import threading
                for _ in range(4):
                    threading.Thread(target=lambda: [busy(1000) for _ in iter(int, 1)], daemon=True).start()
                keep_busy()
                print("over")
                """,
                out="over",
            )

    def test_the_thread_gets_no_signals(self):
        self.check(
            """
            import signal
            got = []
            signal.signal(signal.SIGALRM, lambda number, frame: got.append(number))
            signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
            keep_busy(lambda: len(got) > 20)
            signal.setitimer(signal.ITIMER_REAL, 0)
            print("signals")
            """,
            out="signals",
        )


if __name__ == "__main__":
    unittest.main()

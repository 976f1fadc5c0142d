"""When a signal ends the process, a note tells what native code ran last; all else is as without fatjit."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import textwrap
import unittest

import runner

SIGNALS = (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT)
TITLE = ". The last native code, latest first:"
PROGRAM = """
import faulthandler, os, signal, sys

def hot(n):
    total = 0
    for i in range(n):
        total += i
    return total

def calls(n, what):
    for i in range(n):
        what(i)

def late(i):
    if i == 98:
        die()

def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

def die(number=signal.SIGSEGV):
    os.kill(os.getpid(), number)
"""


class Crash(unittest.TestCase):
    def run_code(self, text, threshold="5", **variables):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(os.path.realpath(folder), "program.py")
            path.write_text(PROGRAM + textwrap.dedent(text))
            done = subprocess.run(
                [sys.executable, "-m", "fatjit", "--threshold", threshold, str(path)],
                env=runner.environment(FATJIT_ONLY="hot,calls,fib,gone", **variables),
                capture_output=True,
                text=True,
                timeout=runner.PATIENCE_SECONDS,
                preexec_fn=no_core,
            )
        return done

    def died(self, text, number=signal.SIGSEGV, **variables):
        done = self.run_code(text, **variables)
        self.assertEqual(done.returncode, -number, done.stderr)
        # An emulator adds a line of its own.
        lines = done.stderr.splitlines(keepends=True)
        return "".join(line for line in lines if not (runner.EMULATED and line.startswith("qemu: uncaught")))

    def test_each_signal(self):
        for number in SIGNALS:
            with self.subTest(signal=number.name):
                note = self.died(f"hot(100); hot(100); die({number})", number)
                first, second, *_, last = note.splitlines()
                self.assertEqual(first, f"fatjit: {number.name}{TITLE}")
                self.assertRegex(
                    second,
                    r"\Afatjit:   left: hot:4@6 of \S+/program\.py, at line 8: the loop ended \(2 times\)\Z",
                )
                self.assertIn("python -m fatjit bisect", last)

    def test_a_real_fault(self):
        self.assertIn(f"SIGSEGV{TITLE}\n", self.died("hot(100); faulthandler._sigsegv()"))
        self.assertIn(f"SIGABRT{TITLE}\n", self.died("hot(100); os.abort()", signal.SIGABRT))

    def test_native_code_that_runs(self):
        note = self.died("calls(100, late)", FATJIT_DEBUG_FORCE="1")
        self.assertRegex(note, r"latest first:\nfatjit:   running: calls:10@11 of ")

    def test_functions(self):
        note = self.died("fib(15); fib(15); fib(2.5); die()")
        self.assertRegex(note, r"fatjit:   returned: fib:18@18 of \S+/program.py")

    def test_what_is_gone_is_not_named(self):
        note = self.died("""
            hot(100)
            space = {}
            exec("def gone(n):\\n for i in range(n): n += i\\n return n", space)
            space["gone"](100)
            del space
            import gc
            gc.collect()
            die()
        """)
        self.assertRegex(note, r"latest first:\nfatjit:   left: code that is gone\nfatjit:   left: hot:4@6 of ")

    def test_no_more_than_the_last(self):
        note = self.died("for n in range(500): hot(100 + n % 2); fib(10)\ndie()")
        self.assertLessEqual(len(note.splitlines()), 14)

    def test_other_handlers_do_what_they_do(self):
        for text in ("faulthandler.enable(); hot(100)", "hot(100); faulthandler.enable()"):
            note = self.died(text + "; faulthandler._sigsegv()")
            self.assertEqual(note.count(TITLE), 1, note)
            self.assertEqual(note.count("Fatal Python error: Segmentation fault"), 1, note)
            self.assertRegex(note, r'File "\S+/program\.py", line \d+ in <module>')
        enabled = self.died("hot(100); faulthandler._sigsegv()", PYTHONFAULTHANDLER="1")
        self.assertEqual((enabled.count(TITLE), enabled.count("Fatal Python error")), (1, 1), enabled)

    def test_a_signal_that_the_program_handles_ends_nothing(self):
        done = self.run_code("""
            signal.signal(signal.SIGSEGV, lambda *_: print("handled"))
            hot(100)
            for _ in range(3):
                die()
            print("goes on")
        """)
        self.assertEqual((done.returncode, done.stdout), (0, "handled\n" * 3 + "goes on\n"), done.stderr)

    def test_a_signal_that_is_ignored_ends_nothing(self):
        text = """
            import subprocess
            child = "import fatjit, os, signal; fatjit.enable(); os.kill(os.getpid(), signal.SIGSEGV); print('goes on')"
            signal.signal(signal.SIGSEGV, signal.SIG_IGN)
            subprocess.run([sys.executable, "-c", child], restore_signals=False, check=True)
        """
        done = self.run_code(text)
        self.assertEqual((done.returncode, done.stdout), (0, "goes on\n"), done.stderr)

    def test_children_have_their_own(self):
        done = self.run_code("""
            hot(100)
            for _ in range(2):
                child = os.fork()
                if child == 0:
                    die()
                print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """)
        self.assertEqual((done.returncode, done.stdout), (0, "-11\n-11\n"), done.stderr)
        self.assertEqual(done.stderr.count(TITLE), 2, done.stderr)

    def test_no_note(self):
        self.assertEqual(self.died("die()"), "")
        self.assertEqual(self.died("hot(100); die()", FATJIT_CRASH_NOTE="0"), "")
        self.assertEqual(self.died("import fatjit; hot(100); fatjit.disable(); die()"), "")

    def test_after_a_pause_there_is_one_again(self):
        note = self.died("import fatjit; hot(100); fatjit.disable(); fatjit.enable(threshold=5); die()")
        self.assertEqual(note.count(TITLE), 1, note)


def no_core():
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    unittest.main()

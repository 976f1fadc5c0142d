"""`python -m fatjit` runs scripts, modules and commands as plain `python` does."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import textwrap
import unittest

import runner
from describe import without_addresses

SHOW_MAIN = """
import sys
module = sys.modules["__main__"]
print(sys.argv, sys.path[0])
for name in ("__name__", "__file__", "__package__", "__doc__", "__cached__"):
    print(name, getattr(module, name, "absent"))
print(__name__, type(__builtins__).__name__, type(__loader__).__name__)
print(__spec__ and (__spec__.name, __spec__.origin), sorted(vars(module)))
"""

HOT_AND_FAILING = """
def work(n):
    total = 0
    for i in range(n):
        total += 1000 // (500 - i)
    return total

try:
    work(2000)
except ZeroDivisionError:
    work(
        1000
    )
"""


class CommandLine(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(os.path.realpath(holder.name))

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return name

    def call(self, *arguments, stdin="", **variables):
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=runner.environment(**variables),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=runner.PATIENCE_SECONDS,
        )

    def both(self, *arguments, stdin=""):
        """Runs with and without fatjit, checks that all is the same, and returns it."""
        plain = self.call(*arguments, stdin=stdin)
        jit = self.call("-m", "fatjit", "--threshold", "2", *arguments, stdin=stdin)
        self.assertEqual(plain.stdout, jit.stdout)
        self.assertEqual(without_addresses(plain.stderr), without_addresses(jit.stderr))
        self.assertEqual(plain.returncode, jit.returncode)
        return plain

    def test_script_with_arguments(self):
        self.write("show.py", SHOW_MAIN)
        shown = self.both("show.py", "a", "--stats", "-m", "b c")
        self.assertIn("'--stats', '-m', 'b c'", shown.stdout)

    def test_script_in_another_folder(self):
        self.write("deeper/show.py", SHOW_MAIN)
        self.write("deeper/beside.py", "value = 7")
        self.write("deeper/uses.py", "import beside; print(beside.value)")
        self.both("deeper/show.py")
        self.assertEqual(self.both("deeper/uses.py").stdout, "7\n")

    def test_module(self):
        self.write("shown.py", SHOW_MAIN)
        shown = self.both("-m", "shown", "x", "-c", "y")
        self.assertIn("'x', '-c', 'y'", shown.stdout)

    def test_package(self):
        self.write("pack/__init__.py", "print('imported')")
        self.write("pack/__main__.py", "from . import other\n" + SHOW_MAIN)
        self.write("pack/other.py", "print(__name__)")
        self.both("-m", "pack", "1")
        self.both("-m", "pack.other")

    def test_command(self):
        self.both("-c", SHOW_MAIN, "x", "-m")

    def test_main_is_importable_by_pickle(self):
        self.write("classes.py", """
            import pickle
            class Thing:
                pass
            print(type(pickle.loads(pickle.dumps(Thing()))) is Thing)
        """)
        self.assertEqual(self.both("classes.py").stdout, "True\n")

    def test_traceback(self):
        self.write("failing.py", HOT_AND_FAILING)
        failed = self.both("failing.py")
        self.assertEqual(failed.returncode, 1)
        self.assertIn("During handling of the above exception", failed.stderr)
        self.assertEqual(failed.stderr.count(", in <module>"), 2)

    def test_traceback_of_command_and_module(self):
        self.both("-c", HOT_AND_FAILING)
        self.write("failing.py", HOT_AND_FAILING)
        # runpy's own frames stand above those of the program in both.
        plain = self.call("-m", "failing")
        jit = self.call("-m", "fatjit", "-m", "failing")
        marker = '  File "' + str(self.folder)
        self.assertEqual(plain.returncode, jit.returncode)
        self.assertEqual(plain.stderr.partition(marker)[1:], jit.stderr.partition(marker)[1:])

    def test_module_level_loop_fails(self):
        self.write("top.py", "for i in range(300):\n    x = 1 // (250 - i)\n")
        self.assertIn("ZeroDivisionError", self.both("top.py").stderr)

    def test_exit_codes(self):
        for text in (
            "import sys; sys.exit(3)", "import sys; sys.exit()", "import sys; sys.exit('bye')",
            "raise SystemExit(None)", "import os; os._exit(9)", "raise SystemExit(2.5)",
        ):
            with self.subTest(text=text):
                self.both("-c", text)
                self.both(self.write("leaving.py", text))

    def test_syntax_error(self):
        self.write("broken.py", "x = 1\nif x\n    pass\n")
        self.assertEqual(self.both("broken.py").returncode, 1)
        self.assertIn("SyntaxError", self.both("-c", "1 +").stderr)

    def test_missing_script(self):
        missing = self.call("-m", "fatjit", "absent.py")
        self.assertEqual(missing.returncode, 2)
        self.assertEqual(len(missing.stderr.splitlines()), 1, missing.stderr)
        self.assertIn("absent.py", missing.stderr)
        self.assertEqual(missing.stdout, "")

    def test_missing_module(self):
        plain = self.call("-m", "no_such_module")
        jit = self.call("-m", "fatjit", "-m", "no_such_module")
        self.assertEqual(plain.returncode, jit.returncode)
        self.assertIn("No module named no_such_module", jit.stderr)

    def test_stdin(self):
        self.write("echo.py", "import sys\nprint(input())\nfor line in sys.stdin: print(line, end='')")
        self.assertEqual(self.both("echo.py", stdin="a\nb\nc\n").stdout, "a\nb\nc\n")

    def test_exit_functions_and_unraisable(self):
        self.write("atexit_.py", """
            import atexit
            class Late:
                def __del__(self):
                    print("late", 1 // 0)
            late = Late()
            atexit.register(print, "at exit")
            for i in range(100):
                pass
        """)
        self.assertIn("at exit", self.both("atexit_.py").stdout)

    def test_keyboard_interrupt(self):
        self.write("spinning.py", """
            print("ready", flush=True)
            n = 0
            while True:
                n = (n + 1) % 1000
        """)
        codes = []
        for prefix in ([], ["-m", "fatjit", "--threshold", "2"]):
            child = subprocess.Popen(
                [sys.executable, *prefix, "spinning.py"],
                cwd=self.folder, env=runner.environment(), text=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                # An ignored SIGINT would be inherited, and Python would leave it ignored.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            )
            self.addCleanup(child.stderr.close)
            self.addCleanup(child.stdout.close)
            self.addCleanup(child.kill)
            self.assertEqual(child.stdout.readline(), "ready\n")
            try:
                child.wait(0.3)
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGINT)
            codes.append(child.wait(runner.PATIENCE_SECONDS))
            self.assertTrue(child.stderr.read().endswith("KeyboardInterrupt\n"))
        self.assertEqual(codes[0], codes[1])
        self.assertIn(codes[0], (130, -signal.SIGINT))

    def test_statistics_go_to_standard_error(self):
        self.write("summing.py", "t = 0\nfor i in range(10000):\n    t += i\nprint(t)\n")
        done = self.call("-m", "fatjit", "--stats", "--threshold", "5", "summing.py")
        self.assertEqual((done.returncode, done.stdout), (0, "49995000\n"))
        self.assertTrue(done.stderr.strip(), "no statistics")
        self.assertNotIn("Traceback", done.stderr)

    def test_statistics_after_a_failure(self):
        self.write("failing.py", HOT_AND_FAILING)
        done = self.call("-m", "fatjit", "--stats", "failing.py")
        self.assertEqual(done.returncode, 1)
        self.assertIn("ZeroDivisionError", done.stderr)

    def test_broken_environment_variable(self):
        for name in ("FATJIT_THRESHOLD", "FATJIT_DEBUG_EXIT_EVERY", "FATJIT_DEBUG_SEED"):
            for value in ("many", "-1", "9" * 30):
                with self.subTest(name=name, value=value):
                    done = self.call("-m", "fatjit", "-c", "print('ran')", **{name: value})
                    self.assertEqual((done.returncode, done.stdout), (0, "ran\n"), done.stderr)
                    self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
                    self.assertIn(name, done.stderr)

    def test_wrong_usage(self):
        for arguments in (["--threshold", "x", "a.py"], ["--no-such-option"], ["-m"], ["-c"]):
            with self.subTest(arguments=arguments):
                done = self.call("-m", "fatjit", *arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertNotIn("Traceback", done.stderr)

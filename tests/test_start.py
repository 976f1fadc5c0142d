"""`FATJIT=1` switches fatjit on for any program of an interpreter that has it installed."""

import json
import subprocess
import tempfile
import unittest

import installed
import runner

HOT = "total = 0\nfor i in range(100_000):\n    total += i\n"
SHOW = "import sys; print('fatjit' in sys.modules and sys.modules['fatjit'].is_enabled())"
SUBINTERPRETER = """
import sys
interpreters = __import__("_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters")
interpreters.run_string(interpreters.create(), "import fatjit; print(fatjit.is_enabled())")
"""


class Start(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(holder.cleanup)
        cls.python = installed.make(holder.name)

    def run_code(self, code, *options, **variables):
        environment = runner.environment(**variables)
        environment.pop("PYTHONPATH", None)
        return subprocess.run(
            [self.python, *options, "-c", code], env=environment, capture_output=True, text=True, timeout=120
        )

    def check(self, done, out, err=""):
        self.assertEqual((done.returncode, done.stdout.strip(), done.stderr), (0, out, err))

    def test_it_is_off_unless_asked_for(self):
        for variables in ({}, {"FATJIT": "0"}, {"FATJIT": ""}):
            self.check(self.run_code(SHOW, **variables), "False")

    def test_it_is_on(self):
        self.check(self.run_code(SHOW, FATJIT="1"), "True")
        self.check(self.run_code(SHOW, "-E", FATJIT="1"), "True")

    def test_without_site_it_is_off(self):
        self.check(self.run_code(SHOW, "-S", FATJIT="1"), "False")

    def test_children_have_it_too(self):
        code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SHOW!r}], check=True)"
        self.check(self.run_code(code, FATJIT="1"), "True")

    def test_the_counters_are_printed_at_the_end(self):
        done = self.run_code(HOT, FATJIT="1", FATJIT_STATS="1", FATJIT_THRESHOLD="100")
        self.assertEqual(done.returncode, 0, done.stderr)
        name, _, counters = done.stderr.partition(": ")
        self.assertEqual(name, "fatjit")
        self.assertEqual(json.loads(counters)["regions"], 1)

    def test_the_counters_as_a_table(self):
        done = self.run_code(HOT, FATJIT="1", FATJIT_STATS="text", FATJIT_THRESHOLD="100")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"fatjit: regions compiled +1\n")

    def test_bad_values_are_one_line(self):
        for name in ("FATJIT", "FATJIT_THRESHOLD"):
            variables = {"FATJIT": "1", name: "many"}
            done = self.run_code(SHOW, **variables)
            self.assertEqual((done.returncode, done.stdout.strip()), (0, "False"))
            self.assertRegex(done.stderr, rf"\Afatjit: .*{name}.*'?many.*; the program runs without it\n\Z")

    def test_subinterpreters_stay_without_a_word(self):
        self.check(self.run_code(SUBINTERPRETER, FATJIT="1"), "False")


if __name__ == "__main__":
    unittest.main()

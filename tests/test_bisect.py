"""`python -m fatjit bisect` finds the region and the pass that make a program go wrong."""

import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

import runner
from fatjit import _bisect, _fatjit

PASSES = ["a", "b", "c", "d", "e"]

# The defect is the program's own: it looks at what is compiled.
PROGRAM = """
import os
import fatjit

def first(n):
    total = 0
    for i in range(n):
        total += i
    return total

def second(n):
    total = 0
    for i in range(n):
        total += i * 2
    return total

def third(n):
    total = 0
    for i in range(n):
        total += i * 3
    return total

for work in (first, second, third):
    work(2000)
compiled = [any(loop["compiled"] for loop in fatjit.explain(work)) for work in (first, second, third)]
left_out = os.environ.get("FATJIT_DISABLE_PASS", "").split(",")
wrong = CONDITION
"""


class Faulty:
    """A program that is wrong when certain regions are compiled, unless certain passes are left out."""

    def __init__(self, regions, blamed, cured_by=()):
        self.regions = regions
        self.blamed = set(blamed)
        self.cured_by = set(cured_by)
        self.runs = 0

    def compiled(self, variables):
        only = variables.get("FATJIT_ONLY")
        names = [name for name in self.regions if only is None or name.split(":")[0] == only]
        return names[: int(variables.get("FATJIT_DEBUG_LIMIT", len(names)))]

    def is_wrong(self, variables):
        self.runs += 1
        left_out = set(variables.get("FATJIT_DISABLE_PASS", "").split(","))
        cured = bool(self.cured_by) and self.cured_by <= left_out
        return self.blamed <= set(self.compiled(variables)) and not cured

    def search(self):
        return _bisect.search(self.compiled, self.is_wrong, PASSES)


class Search(unittest.TestCase):
    def test_each_region(self):
        names = [f"f{n}:{n}@{n + 1}" for n in range(37)]
        for n, name in enumerate(names):
            faulty = Faulty(names, [name])
            variables = {"FATJIT_ONLY": f"f{n}", "FATJIT_DEBUG_LIMIT": "1"}
            self.assertEqual(faulty.search(), _bisect.Found(1, name, variables, ()))
            self.assertLess(faulty.runs, 20)

    def test_a_region_that_takes_another(self):
        names = [f"f{n}:{n}@{n + 1}" for n in range(10)]
        found = Faulty(names, [names[2], names[7]]).search()
        self.assertEqual(found, _bisect.Found(8, names[7], {"FATJIT_DEBUG_LIMIT": "8"}, ()))

    def test_each_pass(self):
        for name in PASSES:
            self.assertEqual(Faulty(["f:1@2"], ["f:1@2"], [name]).search().passes, (name,))

    def test_passes_that_have_to_be_left_out_together(self):
        self.assertEqual(Faulty(["f:1@2"], ["f:1@2"], ["b", "d"]).search().passes, ("a", "b", "c", "d"))

    def test_no_region_is_to_blame(self):
        self.assertIsNone(Faulty(["f:1@2"], []).search())
        self.assertIsNone(Faulty([], []).search())


class Command(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.path = pathlib.Path(holder.name) / "program.py"

    def bisect(self, condition, end="print('wrong' if wrong else 'right')", *options):
        self.path.write_text(PROGRAM.replace("CONDITION", condition) + textwrap.dedent(end) + "\n")
        return runner.python("-m", "fatjit", "bisect", *options, "--", str(self.path))

    def test_a_wrong_result(self):
        done = self.bisect("compiled[1] and 'strip' not in left_out")
        self.assertEqual((done.returncode, done.stderr), (1, ""), done.stdout)
        self.assertIn("\nregion 1: second, line 13 (second:11@13)\npass: strip: ", done.stdout)
        command = done.stdout.splitlines()[-1]
        self.assertTrue(command.startswith("  FATJIT_ONLY=second FATJIT_DEBUG_LIMIT=1 "), command)
        again = subprocess.run(
            command, shell=True, env=runner.environment(), capture_output=True, text=True, check=True
        )
        self.assertEqual(again.stdout, "wrong\n")

    def test_a_crash_that_takes_two_regions_and_no_pass(self):
        end = "if wrong: os.abort()"
        done = self.bisect("compiled[0] and compiled[2]", end, "--threshold=50")
        self.assertEqual((done.returncode, done.stderr), (1, ""), done.stdout)
        self.assertIn("with --threshold 50: was killed by SIGABRT, 3 regions compiled\n", done.stdout)
        self.assertIn("\nregion 3: third, line 19 (third:17@19)\nno pass: ", done.stdout)

    def test_nothing_differs(self):
        done = self.bisect("False", "import time; print(time.monotonic_ns())", "--threshold=50")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertIn("two plain runs differ in their stdout", done.stdout)
        self.assertTrue(done.stdout.endswith("nothing differs\n"))

    def test_native_code_is_not_to_blame(self):
        done = self.bisect("fatjit.is_enabled()", "raise SystemExit(wrong)", "--threshold=50")
        self.assertEqual((done.returncode, done.stderr), (1, ""), done.stdout)
        self.assertIn("it differs also with no region compiled", done.stdout)

    def test_standard_input_cannot_be_run_twice(self):
        done = runner.python("-m", "fatjit", "bisect", "-")
        self.assertEqual(done.returncode, 2)

    def test_the_number_of_regions_can_be_limited(self):
        for limit in range(4):
            self.path.write_text(PROGRAM.replace("CONDITION", "compiled") + "print(sum(wrong))\n")
            done = runner.python(
                "-m", "fatjit", "--threshold=50", str(self.path), FATJIT_DEBUG_LIMIT=str(limit)
            )
            self.assertEqual((done.stdout, done.stderr), (f"{limit}\n", ""))

    def test_passes_that_are_named_can_be_left_out(self):
        done = runner.python(
            "-m", "fatjit", "-c", "print('ran')", FATJIT_DISABLE_PASS=",".join(_fatjit._passes())
        )
        self.assertEqual((done.stdout, done.stderr), ("ran\n", ""))


if __name__ == "__main__":
    unittest.main()

"""Memory and reference counts stay flat over many entries, exits and throws.

FATJIT_TEST_LEAK_COUNT sets how many (200 000 unless told otherwise).
"""

import json
import os
import subprocess
import sys
import unittest

import leak_child
import runner

COUNT = int(os.environ.get("FATJIT_TEST_LEAK_COUNT", "200000"))
# What the interpreter itself may keep, whatever the count: caches, a code object's bookkeeping.
FREE_BLOCKS = 200
# Native code that may have come or gone since the first measurement.
CODE_BYTES = 8192


class Leaks(unittest.TestCase):
    def check(self, kind, count, **variables):
        done = subprocess.run(
            [sys.executable, str(runner.HERE / "leak_child.py"), kind, str(count)],
            env=runner.environment(FATJIT_DEBUG_FORCE="1", **variables),
            capture_output=True,
            text=True,
            timeout=10 * runner.PATIENCE_SECONDS,
        )
        end = f"{kind}: the process {runner.how_it_ended(done.returncode)}\n{done.stderr}"
        self.assertEqual(done.returncode, 0, end)
        told = json.loads(done.stdout)
        self.assertTrue(told["result_is_right"], told)
        self.assertGreater(told["regions"], 0, told)
        self.assertLess(abs(told["growth"]), FREE_BLOCKS, told)
        self.assertLess(told["code_bytes"], CODE_BYTES, told)
        for growth in told["references"]:
            self.assertLess(abs(growth), FREE_BLOCKS, told)
        return told

    def test_under_the_debugging_allocator(self):
        for kind in leak_child.KINDS:
            with self.subTest(kind=kind):
                self.check(kind, 5000, PYTHONMALLOC="debug")

    def test_with_failing_guards(self):
        for kind in leak_child.KINDS:
            with self.subTest(kind=kind):
                self.check(kind, 20000, FATJIT_DEBUG_EXIT_EVERY="3", FATJIT_DEBUG_SEED="1")


def _test_of(kind):
    def test(self):
        self.assertGreater(self.check(kind, COUNT)["entries"], 0)

    return test


for _kind in leak_child.KINDS:
    setattr(Leaks, f"test_{_kind}", _test_of(_kind))

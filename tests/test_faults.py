"""What fails around native code: allocations, and room for machine code."""

import importlib.util
import json
import pathlib
import unittest

import runner

HERE = pathlib.Path(__file__).resolve().parent


@unittest.skipUnless(importlib.util.find_spec("_testcapi"), "this interpreter has no _testcapi")
class Allocations(unittest.TestCase):
    """Allocations that fail are a MemoryError where the interpreter might have it; nothing of the program is lost."""

    def check(self, threshold, *how, **variables):
        child = str(HERE / "faults_child.py")
        patience = 5 * runner.PATIENCE_SECONDS
        done = runner.python(child, str(threshold), *how, patience=patience, FATJIT_DEBUG_FORCE="1", **variables)
        self.assertEqual((done.returncode, done.stderr), (0, ""), runner.how_it_ended(done.returncode))
        functions = json.loads(done.stdout)
        self.assertGreater(len(functions), 10)
        for name, found in functions.items():
            with self.subTest(function=name, variables=variables):
                self.assertLessEqual(set(found["did"]), {"returned right", "MemoryError in itself"})
                self.assertGreater(found["entries"], 0)
                self.assertEqual(found["leaked"], 0)
        failures = sum(found["did"].get("MemoryError in itself", 0) for found in functions.values())
        self.assertGreater(failures, 100)

    def test_in_native_code(self):
        self.check(3)

    def test_where_every_exit_is_taken(self):
        for every in (1, 3, 7):
            self.check(3, FATJIT_DEBUG_EXIT_EVERY=str(every))

    def test_while_compiling(self):
        self.check(1, "anew")
        self.check(5, "anew")

    def test_random_programs(self):
        for threshold in (1, 3):
            with self.subTest(threshold=threshold):
                done = runner.python(
                    str(HERE / "faults_random.py"), str(threshold), "0", "6",
                    patience=5 * runner.PATIENCE_SECONDS, FATJIT_DEBUG_FORCE="1", PYTHONMALLOC="debug",
                )
                self.assertEqual((done.returncode, done.stdout), (0, "True True\n"), done.stderr)


if __name__ == "__main__":
    unittest.main()

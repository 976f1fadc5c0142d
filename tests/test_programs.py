"""Every program of programs/ with fatjit does what it does without: in each mode, case by case."""

import concurrent.futures
import os
import unittest

import runner

WORKERS = concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1)


class ProgramTest(unittest.TestCase):
    """One program; the subclasses made below name it."""

    program = None
    following = None  # the class whose tests run next, if it is one of these
    futures = {}

    @classmethod
    def begin(cls):
        """All modes at once: the tests then wait for theirs."""
        if not cls.futures:
            cls.futures = {
                mode: WORKERS.submit(runner.run, cls.program, mode)
                for mode in (runner.PLAIN, *runner.modes())
            }

    @classmethod
    def setUpClass(cls):
        cls.begin()
        # So no worker waits while the last mode of this one runs.
        if cls.following:
            cls.following.begin()

    def check(self, mode):
        plain = self.futures[runner.PLAIN].result()
        self.assertIsNone(plain.death, plain.death)
        outcome = self.futures[mode].result()
        for name, text in runner.differences(plain, outcome).items():
            # Where the process died, the cases behind that point only repeat it.
            if outcome.death is None or name in outcome.cases:
                with self.subTest(case=name, seed=mode.seed):
                    self.fail(f"{self.program.name}, {mode}:\n{text}")
        self.assertIsNone(outcome.death, f"{self.program.name}, {mode}: {outcome.death}")
        lack = outcome.lacks_native_code()
        self.assertIsNone(lack, f"{self.program.name}, {mode}: {lack}")


def in_order(tests):
    """Tells the classes of ``tests``, which run in this order, which comes next."""
    classes = list(dict.fromkeys(type(test) for test in tests if isinstance(test, ProgramTest)))
    for one, following in zip(classes, classes[1:]):
        one.following = following


def _test_in(mode):
    return lambda self: self.check(mode)


def load_tests(loader, _tests, _pattern):
    """A class for each program, a test for each mode."""
    suite = unittest.TestSuite()
    for program in sorted(runner.PROGRAMS.glob("*.py")):
        methods = {f"test_{mode.name}": _test_in(mode) for mode in runner.modes()}
        made = type(program.stem, (ProgramTest,), {"program": program, **methods})
        suite.addTests(loader.loadTestsFromTestCase(made))
    return suite

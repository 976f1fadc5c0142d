"""Runs the tests of this folder with the interpreter that runs this file.

    run.py [--emulated] [PART-OF-A-TEST-NAME ...]

With --emulated, for an interpreter that runs under an emulator, ten times as slow as others: only what `emulated.txt`
names, in fewer modes, with more patience (FATJIT_TEST_EMULATED=1 tells the tests).
One line a test with the time it took; the last line is `N passed, N failed, N skipped`.
The package under test is found through PYTHONPATH.
"""

import os
import pathlib
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent


class Report(unittest.TestResult):
    """Prints each test as it ends; a test with failing subtests is one failed test."""

    def __init__(self):
        super().__init__()
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}

    def startTest(self, test):
        super().startTest(test)
        self.started = time.perf_counter()
        self.verdict = "passed"
        self.told = []

    def _failed(self, test, error):
        self.verdict = "failed"
        self.told.append(self._exc_info_to_string(error, test))

    def addFailure(self, test, err):
        self._failed(test, err)

    def addError(self, test, err):
        if hasattr(test, "_testMethodName"):
            self._failed(test, err)
        else:
            # A fixture of a class or module: its tests did not run.
            print(f"  FAILED {test}\n{self._exc_info_to_string(err, test)}", flush=True)
            self.counts["failed"] += 1

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.told.append(str(subtest))
            self._failed(test, err)

    def addSkip(self, test, reason):
        if hasattr(test, "_testMethodName"):
            self.verdict = "skipped"
            self.told.append(reason)
        else:
            print(f"  skipped {test}: {reason}", flush=True)
            self.counts["skipped"] += 1

    def addExpectedFailure(self, test, err):
        self._failed(test, err)

    def addUnexpectedSuccess(self, test):
        self.verdict = "failed"
        self.told.append("unexpected success")

    def stopTest(self, test):
        super().stopTest(test)
        self.counts[self.verdict] += 1
        took = time.perf_counter() - self.started
        mark = {"passed": "ok", "failed": "FAILED", "skipped": "skipped"}[self.verdict]
        print(f"  {mark:<7} {test.id()} ({took:.1f} s)", flush=True)
        for text in self.told:
            print("\n".join("    " + line for line in text.splitlines()), flush=True)


def every(suite):
    """The tests of ``suite``, one by one."""
    for one in suite:
        if isinstance(one, unittest.TestSuite):
            yield from every(one)
        else:
            yield one


def for_emulators(tests):
    """Those of ``tests`` that `emulated.txt` names and does not take away again; a word of it that is in no name is an
    error: it would leave out what it was to bring."""
    lines = [line.partition("#")[0].strip() for line in (HERE / "emulated.txt").read_text().splitlines()]
    wanted = [line for line in lines if line and not line.startswith("-")]
    unwanted = [line[1:] for line in lines if line.startswith("-")]
    tests = list(tests)
    for word in wanted + unwanted:
        if not any(word in test.id() for test in tests):
            sys.exit(f"emulated.txt: there is no test {word}")
    kept = [test for test in tests if any(word in test.id() for word in wanted)]
    return [test for test in kept if not any(word in test.id() for word in unwanted)]


def main():
    words = [word for word in sys.argv[1:] if word != "--emulated"]
    emulated = len(words) < len(sys.argv) - 1
    if emulated:
        os.environ["FATJIT_TEST_EMULATED"] = "1"
    sys.path.insert(0, str(HERE))
    tests = every(unittest.defaultTestLoader.discover(str(HERE), "test_*.py", str(HERE)))
    if emulated:
        tests = for_emulators(tests)
    import test_programs  # it is on the path only now

    chosen = [test for test in tests if not words or any(word in test.id() for word in words)]
    test_programs.in_order(chosen)
    report = Report()
    unittest.TestSuite(chosen).run(report)
    counts = report.counts
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 0 if counts["passed"] and not counts["failed"] else 1


if __name__ == "__main__":
    sys.exit(main())

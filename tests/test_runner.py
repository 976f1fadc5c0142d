"""The differential runner itself: it finds every kind of difference, and cannot pass vacuously."""

import pathlib
import tempfile
import textwrap
import unittest

import runner
from describe import describe

OTHER = runner.Mode("other")


def outcome_of(text):
    """Runs a program of this text, plain."""
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "program.py"
        program.write_text(textwrap.dedent(text))
        return runner.run(program, OTHER)


class Differences(unittest.TestCase):
    def assert_differs(self, one, other, word):
        found = runner.differences(outcome_of(one), outcome_of(other))
        self.assertTrue(found, "no difference was found")
        self.assertIn(word, "\n".join(found.values()))

    def assert_value_differs(self, one, other):
        self.assert_differs(
            f"def case_a():\n    return {one}", f"def case_a():\n    return {other}", "returned"
        )

    def test_the_same_is_the_same(self):
        text = """
            def case_a():
                print([float("nan"), -0.0, object()])
                raise ValueError(1) from KeyError(2)
        """
        self.assertEqual(runner.differences(outcome_of(text), outcome_of(text)), {})

    def test_values(self):
        for one, other in [
            ("1", "True"), ("1", "1.0"), ("0.0", "-0.0"), ("float('nan')", "0.0"), ("(1,)", "[1]"),
            ("2**64", "2**64 + 1"), ("{1: 2, 3: 4}", "{3: 4, 1: 2}"), ("iter([1, 2])", "iter([2])"),
            ("[1, [2, 0.1]]", "[1, [2, 0.1 + 2e-17 * 2]]"), ("'a'", "b'a'"),
            ("iter(range(5))", "iter(range(6))"),
        ]:
            with self.subTest(one=one, other=other):
                self.assert_value_differs(one, other)

    def test_output(self):
        self.assert_differs("def case_a(): print(1)", "def case_a(): print(2)", "stdout")
        text = "import sys\ndef case_a(): print({}, file=sys.stderr)"
        self.assert_differs(text.format(1), text.format(2), "stderr")

    def test_exceptions(self):
        for one, other, word in [
            ("raise ValueError(1)", "raise ValueError(2)", "args"),
            ("raise ValueError(1)", "raise TypeError(1)", "type"),
            ("raise ValueError(1)", "return 1", "raised"),
            ("raise ValueError(1)", "\n    raise ValueError(1)", "line"),
            ("a = 1; raise ValueError", "a = 1.0; raise ValueError", "locals"),
            ("raise ValueError from KeyError(1)", "raise ValueError from KeyError(2)", "cause"),
        ]:
            with self.subTest(one=one, other=other):
                self.assert_differs(
                    f"def case_a():\n    {one}", f"def case_a():\n    {other}", word
                )

    def test_context(self):
        text = """
            def case_a():
                try:
                    raise KeyError({})
                except KeyError:
                    raise ValueError
        """
        self.assert_differs(text.format(1), text.format(2), "context")

    def test_a_missing_case(self):
        self.assert_differs(
            "def case_a(): pass\ndef case_b(): pass", "def case_a(): pass", "not reached"
        )


class NotVacuous(unittest.TestCase):
    def test_a_crash_is_told_with_its_case(self):
        outcome = outcome_of("import os\ndef case_a(): pass\ndef case_b(): os.abort()")
        self.assertIn("SIGABRT in case_b, round 1", outcome.death)
        self.assertEqual(list(outcome.cases), ["case_a, round 1"])

    def test_a_complaint_from_below_is_a_failure(self):
        outcome = outcome_of("import os\ndef case_a(): os.write(2, b'check failed')")
        self.assertIn("complained:\ncheck failed", outcome.death)

    def test_a_program_without_cases(self):
        self.assertIn("no case ran", outcome_of("x = 1").death)

    def test_a_refusal_to_switch_on(self):
        mode = runner.Mode("on", 1)
        outcome = runner.read_record(mode, ['{"enabled": false}'], None, "why")
        self.assertIn("refused to switch on; it said:\nwhy", outcome.death)

    def outcome(self, regions, entries, **declared):
        stats = {"regions": regions, "entries": entries, "refusals": {}, "exits": {}}
        outcome = runner.Outcome(runner.Mode("on", 1), {}, set(), stats, True, "", None)
        for name, value in declared.items():
            setattr(outcome, name, value)
        return outcome

    def test_native_code_must_have_run(self):
        self.assertIsNone(self.outcome(1, 1).lacks_native_code())
        self.assertIsNotNone(self.outcome(0, 0).lacks_native_code())
        self.assertIsNotNone(self.outcome(3, 0).lacks_native_code())
        self.assertIsNotNone(self.outcome(1, 1, stats=None).lacks_native_code())

    def test_guards_must_have_failed_on_purpose(self):
        failing = runner.Mode("failing", 1, 5, 1)
        outcome = self.outcome(1, 1, mode=failing)
        self.assertIsNotNone(outcome.lacks_native_code())
        outcome.stats["exits"]["spurious"] = 3
        self.assertIsNone(outcome.lacks_native_code())

    def test_an_exemption_needs_a_reason(self):
        self.assertIsNotNone(self.outcome(0, 0, expect_compiled=False).lacks_native_code())
        exempt = self.outcome(0, 0, expect_compiled=False, why_not="no loop in it")
        self.assertIsNone(exempt.lacks_native_code())


class Describing(unittest.TestCase):
    def test_iterators_are_not_consumed(self):
        numbers = iter([1, 2, 3])
        next(numbers)
        self.assertEqual(describe(numbers), describe(numbers))
        self.assertEqual(list(numbers), [2, 3])

    def test_no_code_of_the_program_runs(self):
        class Fuse:
            def __repr__(self):
                raise RuntimeError

            __eq__ = __iter__ = __len__ = __bool__ = __repr__

        fuse = Fuse()
        fuse.me = fuse
        self.assertIn("Fuse", describe([fuse, {1: fuse}]))

"""Random programs, and those that once failed, do with fatjit what they do without.

`fuzz/fuzz.py` runs more of them: any range of seeds, for as long as one likes.
"""

import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "fuzz"))

import fuzz  # noqa: E402
import reduce  # noqa: E402

SEEDS = range(1, 3) if fuzz.runner.EMULATED else range(1, 9)


class Fuzz(unittest.TestCase):
    def check(self, batch, seed):
        entries = 0
        for name, mode, text in fuzz.findings(batch, seed):
            if name is None:
                entries = text
            else:
                with self.subTest(program=name, mode=mode.name):
                    self.fail(f"{name} in {mode}:\n{text}")
        self.assertGreater(entries, 0, "no native code was entered")

    def test_random_programs(self):
        self.check(fuzz.programs(SEEDS), 1)

    def test_programs_that_once_failed(self):
        kept = sorted(fuzz.CORPUS.glob("*.py"))
        self.check([(path.stem, path.read_text()) for path in kept], 2)

    def test_a_difference_is_found(self):
        text = "import sys\ndef case_it():\n    return 'fatjit' in sys.modules\n"
        found = list(fuzz.findings([("same", "def case_it():\n    return 1\n"), ("other", text)], 3))
        self.assertEqual({name for name, _, _ in found}, {"other", None})
        self.assertEqual(len(found), len(fuzz.modes(3)) + 1)

    def test_a_death_is_found(self):
        text = "import os, sys\ndef case_it():\n    'fatjit' in sys.modules and os.abort()\n"
        batch = [("before", ""), ("dies", text), ("behind", "def case_it():\n    return 1\n")]
        found = list(fuzz.findings(batch, 3))
        self.assertEqual({name for name, _, _ in found}, {"dies", None})

    def test_a_program_that_does_not_end_is_found(self):
        text = "import sys\ndef case_it():\n    while 'fatjit' in sys.modules: pass\n"
        outcome = fuzz.run([("endless", text)], fuzz.modes(3)[0], patience=1)
        self.assertIn("did not end", outcome.death)
        self.assertEqual(outcome.died_in, "endless")

    def test_reducing_expressions(self):
        text = "def case_it(a):\n    return print(f(a + wrong(3, [a])), 7)\n"
        smallest = "def case_it(a):\n    return wrong(3, a)\n"
        self.assertEqual(reduce.reduce(text, lambda smaller: "wrong(" in smaller), smallest)

    def test_reducing_inside_matches_and_handlers(self):
        text = "match a:\n    case [1, b]:\n        pass\n    case _:\n        wrong()\n"
        self.assertEqual(reduce.reduce(text, lambda smaller: "wrong" in smaller), "wrong\n")
        text = "try:\n    a\nexcept KeyError:\n    b\nexcept ValueError:\n    wrong()\n"
        self.assertEqual(reduce.reduce(text, lambda smaller: "wrong" in smaller), "wrong\n")

    def test_reducing_keeps_what_fails(self):
        text = "a = 1\nfor i in range(3):\n    if i:\n        wrong = i\n    b = i\nc = 2\n"
        self.assertEqual(reduce.reduce(text, lambda smaller: "wrong" in smaller), "wrong = i\n")

    def test_the_same_seed_is_the_same_program(self):
        self.assertEqual(fuzz.programs([7, 8]), fuzz.programs([7, 8]))
        self.assertEqual(len({text for _, text in fuzz.programs([7, 8])}), 2 * len(fuzz.KINDS))


if __name__ == "__main__":
    unittest.main()

"""What `fatjit.explain` says in words, and what `python -m fatjit explain` says of a program."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

import runner

PROGRAM = """\
import operator
import sys

class Account:
    def __init__(self):
        self.kept = 0
    sum = property(operator.attrgetter("kept"), lambda self, value: setattr(self, "kept", value))
    def fill(self, n):
        for i in range(n):
            self.sum += i
        return self.sum


def squares(n, limit):
    total = 0
    i = 0
    while i < n:
        total += i * i % 7
        if total > limit:
            total -= limit
        i += 1
    return total


def pairs(n):
    for i in range(n):
        yield i * 2


def run():
    squares(500, 10**9)
    squares(60_000, 1000)
    Account().fill(20_000)
    sum(pairs(20_000))


for turn in range(3000):
    if turn % 1000 == 0:
        run()
print("done", *sys.argv[1:])
"""


class Words(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(os.path.realpath(holder.name))
        (self.folder / "program.py").write_text(PROGRAM)

    def call(self, *arguments, **variables):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=runner.environment(**variables),
            capture_output=True,
            text=True,
            timeout=runner.PATIENCE_SECONDS,
        )
        self.assertNotIn("Traceback", done.stderr)
        return done

    def told(self, *arguments, status=0, **variables):
        done = self.call("-m", "fatjit", "explain", *arguments, **variables)
        self.assertEqual((done.returncode, done.stdout), (status, "done a -b\n"), done.stderr)
        return done.stderr

    def test_a_program_is_explained_line_by_line(self):
        words = self.told("--threshold", "100", "program.py", "a", "-b")
        squares = words.partition("squares (")[2].partition("\n\n")[0]
        # The test of a `while` is compiled to the loop's end.
        self.assertRegex(squares, r"\A\S*program.py:14\)\n  loop, line 17: compiled, entered \d+ times\n")
        self.assertIn("        17 | while i < n:\n", squares)
        self.assertRegex(squares, r"left 5\d times at line 20: a path was taken that had not run before\n")
        self.assertIn("        20 | total -= limit\n", squares)
        fill = words.partition("Account.fill (")[2].partition("\n\n")[0]
        self.assertIn("loop, line 9: not compiled: most of its work is calls, attributes", fill)
        self.assertIn("line 10 sets an attribute: self.sum\n", fill)
        self.assertIn("-> Attributes: read them into local variables before the loop", fill)
        pairs = words.partition("pairs (")[2].partition("\n\n")[0]
        self.assertRegex(pairs, r"loop, line 26: not compiled: ")
        self.assertIn("line 27 hands a value over, in a generator or coroutine: yield i * 2\n", pairs)
        # Its code is gone by then, but for us.
        self.assertIn("<module> (", words)
        self.assertNotIn("\x1b", words)

    def test_code_that_was_sampled_is_told_with_its_time(self):
        text = PROGRAM.replace("range(3000)", "range(30_000)")
        (self.folder / "program.py").write_text(text)
        told = json.loads(self.told("--json", "program.py", "a", "-b"))
        self.assertGreater(told["stats"]["samples"], 0)
        times = [row["native_ms"] + row["interpreted_ms"] for row in told["code"]]
        self.assertEqual(times, sorted(times, reverse=True))
        self.assertGreater(times[0], 0)

    def test_json_has_it_as_data(self):
        told = json.loads(self.told("--json", "--threshold=100", "program.py", "a", "-b"))
        rows = {row["name"]: row for row in told["code"]}
        (loop,) = (region for region in rows["squares"]["regions"] if region["kind"] == "loop")
        self.assertEqual((loop["line"], loop["text"], loop["compiled"]), (17, "while i < n:", True))
        (hot,) = (way for way in loop["exits"] if way["name"] == "not-seen")
        self.assertEqual((hot["line"], hot["text"]), (20, "total -= limit"))
        (loop,) = (region for region in rows["Account.fill"]["regions"] if region["kind"] == "loop")
        self.assertEqual(loop["refusal"], "not-worthwhile")
        self.assertEqual({place["text"] for place in loop["slow"]}, {"self.sum"})
        self.assertTrue(loop["advice"])
        self.assertEqual(told["stats"]["regions"] > 0, True)

    def test_it_can_go_to_a_file(self):
        told = self.told("--output", "told.txt", "--threshold", "100", "program.py", "a", "-b")
        self.assertEqual(told, "")
        self.assertIn("squares (", (self.folder / "told.txt").read_text())

    def test_it_is_told_after_a_failure_too(self):
        (self.folder / "program.py").write_text(PROGRAM + "sys.exit(7)\n")
        words = self.told("--threshold", "100", "program.py", "a", "-b", status=7)
        self.assertIn("squares (", words)

    def test_nothing_hot(self):
        done = self.call("-m", "fatjit", "explain", "-c", "print(1)")
        self.assertEqual((done.returncode, done.stdout), (0, "1\n"))
        self.assertTrue(done.stderr.endswith("nothing happened: no sample met it often enough, or it did too few rounds\n"))

    def test_off(self):
        done = self.call("-m", "fatjit", "explain", "program.py", FATJIT="0")
        self.assertTrue(done.stderr.endswith("nothing happened: fatjit is off\n"), done.stderr)
        done = self.call("-c", "import fatjit\ndef f(): pass\nprint(fatjit.explain(f))")
        self.assertEqual(done.stdout, "f (<string>:2)\n  nothing happened to it: fatjit is off\n")

    def test_without_source_there_are_words_all_the_same(self):
        done = self.call("-c", textwrap.dedent("""
            import fatjit
            fatjit.enable(threshold=5)
            space = {}
            text = "def hot(n):\\n  t = 0\\n  for i in range(n): t += i\\n  return t"
            exec(compile(text, "made", "exec"), space)
            space["hot"](1000)
            print(fatjit.explain(space["hot"]))
        """))
        self.assertIn("hot (made:1)\n  loop, line 3: compiled, entered once\n    left once", done.stdout)

    def test_functions(self):
        (self.folder / "program.py").write_text(textwrap.dedent("""
            import fatjit

            def decorated(function):
                return function

            @decorated
            @decorated
            def area(a, b):
                return a * b, str(object=a), str(object=b), str(object=7), a.real

            def total(*numbers):
                return numbers[0] + total(*numbers[1:]) if numbers else 0

            fatjit.enable(threshold=5)
            for i in range(100):
                area(i, 2)
                total(1, 2, 3)
            print(fatjit.explain(area))
            print(fatjit.explain(total))
        """))
        words = self.call("program.py").stdout
        self.assertIn("\n  function, line 9: not compiled: most of its work is calls", words)
        self.assertIn("\n         9 | def area(a, b):\n    what stands in the way:\n", words)
        self.assertIn("-> Calls: have the loop call only Python functions", words)
        self.assertIn("\n  function, line 12: compiled", words)

    def test_telling_is_not_counted(self):
        done = self.call("-c", textwrap.dedent("""
            import json
            import fatjit
            def hot(n):
                t = 0
                for i in range(n): t += i
                return t
            fatjit.enable(threshold=1)
            hot(100)
            def counted():
                told = fatjit.stats()
                return told["regions"], told["entries"]
            before = counted()
            str(fatjit.explain(hot))
            fatjit.stats(places=True)
            print(counted() == before, fatjit.is_enabled(), hot(100), counted() == before)
        """))
        self.assertEqual(done.stdout, "True True 4950 False\n", done.stderr)

    def test_the_example_of_the_readme(self):
        readme = pathlib.Path(__file__).resolve().parent.parent / "README.md"
        program, _, rest = readme.read_text().partition("```python\n")[2].partition("```\n")
        shown = rest.partition("```text\n")[2].partition("```\n")[0]
        (self.folder / "example.py").write_text(program)
        self.assertEqual(self.call("example.py").stdout, shown)

    def test_every_reason_has_its_advice_or_none(self):
        from fatjit import _fatjit, _words

        self.assertEqual(set(_words.ADVICE), set(_fatjit._reasons()))


if __name__ == "__main__":
    unittest.main()

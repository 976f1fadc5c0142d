"""The counters: `fatjit.stats`, `--stats`, `FATJIT_STATS`."""

import json
import textwrap
import unittest

import runner

PROGRAM = """
import fatjit
step = 1
def hot(n):
    total = 0
    for i in range(n):
        total += i * step
    return total
def texts(n):
    for i in range(n):
        list(map(str, [i]))
"""


class Stats(unittest.TestCase):
    def python(self, text, *options, **variables):
        done = runner.python(*options, "-c", PROGRAM + textwrap.dedent(text), **variables)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def told(self, text, **variables):
        return json.loads(self.python("import json\n" + textwrap.dedent(text), **variables).stdout)

    def test_places(self):
        told = self.told("""
            fatjit.enable(threshold=5)
            hot(1000)
            hot(1000)
            texts(1000)
            print(json.dumps(fatjit.stats(places=True)))
        """)
        places = [place for place in told["places"] if place["file"] == "<string>"]
        hot = {"file": "<string>", "function": "hot"}
        self.assertIn(hot | {"exit": "finished", "line": 8, "count": 2}, places)
        texts = {"file": "<string>", "function": "texts"}
        self.assertIn(texts | {"refusal": "not-worthwhile", "line": 10, "count": 1}, places)
        counts = [place["count"] for place in told["places"]]
        self.assertEqual(counts, sorted(counts, reverse=True))

    def test_what_the_program_changed_is_counted(self):
        told = self.told("""
            fatjit.enable(threshold=5)
            seen = []
            for step in (1, 2, 3):
                hot(1000)
                seen.append(fatjit.stats()["invalidations"])
            print(json.dumps(seen))
        """)
        self.assertEqual(told, [0, 1, 2])

    def test_the_share_of_the_compiler(self):
        told = self.told("fatjit.enable(threshold=5); hot(1000); print(json.dumps(fatjit.stats()))")
        self.assertGreater(told["cpu_ms"], told["compile_ms"])
        self.assertAlmostEqual(told["compile_share"], told["compile_ms"] / told["cpu_ms"])

    def test_what_is_refused_takes_time_as_well(self):
        told = self.told("""
            fatjit.enable(threshold=5)
            texts(1000)
            print(json.dumps(fatjit.stats()))
        """)
        self.assertEqual(told["regions"], 0)
        self.assertGreater(told["compile_ms"], 0)

    def test_time_in_native_code_and_out_of_it(self):
        told = self.told("""
            import time
            def until(work, enough):
                end = time.monotonic() + 30
                while not enough(fatjit.stats()) and time.monotonic() < end:
                    work()
                return fatjit.stats()

            fatjit.enable()
            native = until(lambda: hot(300_000), lambda stats: stats["native_ms"] > 200)
            fatjit.exclude(hot)
            before = native["interpreted_ms"]
            other = until(lambda: hot(300_000), lambda stats: stats["interpreted_ms"] > before + 200)
            print(json.dumps([native, other]))
        """)
        native, other = told
        self.assertGreater(native["native_ms"], 200)
        self.assertGreater(native["samples"], 0)
        self.assertGreater(other["interpreted_ms"], native["interpreted_ms"] + 200)
        # What was on its way when the function was excluded.
        self.assertLess(other["native_ms"], native["native_ms"] + 100)

    def test_what_native_code_calls_is_not_left_for_ever(self):
        told = self.told("""
            def place(limits, value):
                for i in range(len(limits) - 1):
                    if value >= limits[i] and value < limits[i + 1]:
                        return i
                return -1

            def search(limits, value, times):
                total = 0
                for _ in range(times):
                    total += place(limits, value)
                return total

            fatjit.enable(threshold=5)
            limits = list(range(0, 100, 10))
            found = [search(limits, 5, 1000) for _ in range(5)]
            found += [search(limits, 55, 1000) for _ in range(20)]
            print(json.dumps([found, fatjit.stats()["exits"]]))
        """)
        found, exits = told
        self.assertEqual(found, [0] * 5 + [5000] * 20)
        self.assertLess(sum(exits.values()), 2000, exits)

    def check_table(self, table):
        for line in table.splitlines():
            self.assertTrue(line.startswith("fatjit: "), line)
        self.assertRegex(table, r"fatjit: regions compiled +1\n")
        self.assertRegex(table, r"fatjit: left: finished +once\n")

    def check_line(self, line):
        self.assertEqual(line.count("\n"), 1)
        told = json.loads(line.removeprefix("fatjit: "))
        self.assertEqual((told["regions"], told["exits"]), (1, {"finished": 1}))
        self.assertIn("places", told)

    def test_forms_of_the_option(self):
        run = ("-m", "fatjit", "--threshold=5")
        def told(option):
            return self.python("hot(1000)", *run, option, FATJIT_ONLY="hot").stderr

        self.check_table(told("--stats=text"))
        self.check_line(told("--stats=json"))
        # Standard error is no terminal.
        self.check_line(told("--stats"))
        self.assertEqual(runner.python(*run, "--stats=yaml", "-c", "1").returncode, 2)


if __name__ == "__main__":
    unittest.main()

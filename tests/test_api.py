"""The Python API: enable, disable, is_enabled, stats, explain; and what the package carries."""

import ast
import importlib.util
import json
import pathlib
import subprocess
import sys
import textwrap
import unittest

import runner

PUBLIC = ("enable", "disable", "is_enabled", "stats", "explain")
STATISTICS = {
    "regions": int, "entries": int, "exits": dict, "refusals": dict, "compile_ms": (int, float),
    "code_bytes": int,
}
HOT = """
def hot(n):
    total = 0
    for i in range(n):
        total += i
    return total
"""


class Api(unittest.TestCase):
    def python(self, text, **variables):
        """Runs ``text`` in a process of its own; it must end well. Returns what it printed."""
        done = runner.python("-c", "import fatjit\n" + HOT + textwrap.dedent(text), **variables)
        end = f"the process {runner.how_it_ended(done.returncode)}\n{done.stderr}"
        self.assertEqual(done.returncode, 0, end)
        return done.stdout

    def test_import_alone_switches_nothing_on(self):
        self.assertEqual(self.python("hot(5000); print(fatjit.is_enabled())"), "False\n")

    def test_switching(self):
        told = self.python("""
            states = []
            for _ in range(3):
                fatjit.enable(threshold=5)
                states.append((fatjit.is_enabled(), hot(1000)))
                fatjit.enable(threshold=5)
                states.append((fatjit.is_enabled(), hot(1000)))
                fatjit.disable()
                states.append((fatjit.is_enabled(), hot(1000)))
                fatjit.disable()
                states.append((fatjit.is_enabled(), hot(1000)))
            print([on for on, _ in states], {total for _, total in states})
        """)
        self.assertEqual(told, f"{[True, True, False, False] * 3} {{499500}}\n")

    def test_disabled_means_no_entries(self):
        told = self.python("""
            fatjit.enable(threshold=5)
            hot(1000)
            fatjit.disable()
            before = fatjit.stats()["entries"]
            hot(1000)
            print(before > 0, fatjit.stats()["entries"] - before)
        """)
        self.assertEqual(told, "True 0\n")

    def test_generators_are_resumed_while_it_is_on(self):
        told = self.python("""
            def items(n):
                for i in range(n):
                    x = (i * 3 + 1) * (i + 2) - i * i % 7
                    y = (x ^ 5) * 2 + (x & 255) * i - (x >> 3)
                    yield x * y % 1009 + (x + y) % 11

            def resumed():
                before = fatjit.stats()["exits"].get("suspended", 0)
                total = sum(items(400))
                return total, fatjit.stats()["exits"].get("suspended", 0) - before

            states = []
            for _ in range(3):
                fatjit.enable(threshold=5)
                resumed()
                states.append(resumed())
                fatjit.disable()
                states.append(resumed())
            print([count > 300 for _, count in states], len({total for total, _ in states}))
            print([count for _, count in states[1::2]])
        """)
        self.assertEqual(told, f"{[True, False] * 3} 1\n{[0] * 3}\n")

    def test_disable_inside_a_hot_loop(self):
        told = self.python("""
            def work():
                total = 0
                for i in range(500):
                    total += i
                    if i == 300:
                        fatjit.disable()
                    if i == 400:
                        fatjit.enable(threshold=3)
                return total

            fatjit.enable(threshold=3)
            print(work(), work())
        """)
        self.assertEqual(told, "124750 124750\n")

    def test_statistics(self):
        told = json.loads(self.python("""
            import json
            fatjit.enable(threshold=5)
            hot(1000)
            print(json.dumps(fatjit.stats()))
        """))
        for name, kind in STATISTICS.items():
            self.assertIsInstance(told[name], kind, name)
        self.assertGreater(told["regions"], 0)
        self.assertGreater(told["entries"], 0)
        self.assertGreater(told["code_bytes"], 0)
        self.assertGreater(told["compile_ms"], 0)

    def test_code_memory_has_a_limit(self):
        """Beyond it loops stay interpreted; one line on stderr tells."""
        text = HOT + textwrap.dedent("""
            import fatjit
            fatjit.enable(threshold=3)
            functions = []
            for at in range(6):
                space = {}
                exec(compile(HOT, f"hot{at}", "exec"), space)
                functions.append(space["hot"])
            print({function(1000) for function in functions})
            told = fatjit.stats()
            print(told["regions"] > 0, told["refusals"].get("code-memory-full", 0) > 0)
        """).replace("HOT", repr(HOT))
        done = subprocess.run(
            [sys.executable, "-c", text],
            env=runner.environment(FATJIT_CODE_KIB="16"),
            capture_output=True,
            text=True,
            timeout=runner.PATIENCE_SECONDS,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, "{499500}\nTrue True\n", done.stderr)
        self.assertEqual(done.stderr.count("FATJIT_CODE_KIB"), 1, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_threshold(self):
        text = "fatjit.enable(threshold={}); hot(1000); print(fatjit.stats()['regions'])"
        self.assertEqual(self.python(text.format(10**6)), "0\n")
        self.assertNotEqual(self.python(text.format(10)), "0\n")

    def test_threshold_from_the_environment(self):
        text = "fatjit.enable(); hot(1000); print(fatjit.stats()['regions'])"
        self.assertNotEqual(self.python(text, FATJIT_THRESHOLD="10"), "0\n")

    def test_wrong_thresholds(self):
        told = self.python("""
            for wrong in (0, -1, "many", 2**70, 1.5):
                try:
                    fatjit.enable(threshold=wrong)
                except (TypeError, ValueError, OverflowError) as error:
                    print(len(str(error)) > 0, fatjit.is_enabled())
        """)
        self.assertEqual(told, "True False\n" * 5)

    def explain(self, text):
        return json.loads(self.python(text + "\nimport json; print(json.dumps(fatjit.explain(hot)))"))

    def test_explain_a_compiled_loop(self):
        (loop,) = self.explain("fatjit.enable(threshold=5); hot(1000); hot(1000)")
        # The text begins with the import and an empty line.
        self.assertEqual((loop["line"], loop["compiled"], loop["reason"]), (5, True, None))
        self.assertGreater(loop["entries"], 0)
        for way in loop["exits"]:
            self.assertGreater(way["count"], 0)
            self.assertTrue(way["reason"])
        self.assertTrue(loop["exits"])

    def test_explain_what_is_assumed_and_what_fell(self):
        told = json.loads(self.python("""
            import json, math
            scale, other = 3, 1
            def work(n):
                total = 0.0
                i = 0
                while i < n:
                    total += math.pi * scale
                    i += 1
                return total
            fatjit.enable(threshold=5)
            seen = []
            for n in range(4):
                assert work(1000) > 0
                seen.append(fatjit.explain(work)[0])
                other = n
                scale = n + 5
            print(json.dumps(seen))
        """))
        pi = ["global 'math' is module math", "attribute 'pi' of module math is 3.141592653589793"]
        self.assertEqual(told[0]["assumes"], [*pi, "global 'scale' is 3"])
        self.assertEqual(told[1]["assumes"], [*pi, "global 'scale' is 5"])
        # What changed twice is looked up.
        self.assertEqual(told[2]["assumes"], pi)
        self.assertEqual(told[3]["assumes"], pi)
        self.assertEqual([len(loop["fallen"]) for loop in told], [0, 1, 2, 2])
        self.assertEqual(told[3]["fallen"], ["global 'scale'"] * 2)

    def test_what_fell_while_native_code_ran_is_counted(self):
        told = json.loads(self.python("""
            import json
            step = 1
            class Changes:
                def __delitem__(self, i):
                    global step
                    if i == 500:
                        step = 2
            def work(n, changes):
                total = 0
                for i in range(n):
                    del changes[i]
                    total += step * i
                return total
            fatjit.enable(threshold=5)
            print(json.dumps([work(1000, Changes()), fatjit.stats()["exits"]]))
        """, FATJIT_DEBUG_FORCE="1"))
        self.assertEqual(told[0], sum(range(501)) - 500 + 2 * sum(range(500, 1000)))
        self.assertEqual(told[1].get("assumption-fell"), 1)

    def test_a_function_with_many_paths_stays_compiled(self):
        arms = "".join(f"                if k == {k}: return x * {k} + 0.5\n" for k in range(20))
        told = json.loads(self.python(f"""
            import json
            def arms(x, k):
{arms}                return x
            def work():
                total = 0.0
                for k in range(20):
                    for i in range(200):
                        total += arms(1.5, k) + arms(1.5, 0) + arms(1.5, 1) + arms(i, 0.5)
                return total
            fatjit.enable(threshold=5)
            print(json.dumps([work(), work(), fatjit.explain(arms)]))
        """))
        self.assertEqual(told[0], told[1])
        self.assertEqual([region["compiled"] for region in told[2]], [True])

    def test_loops_of_modules_are_compiled(self):
        told = json.loads(self.python("""
            import json
            fatjit.enable(threshold=5)
            s = i = 0
            while i < 1000:
                s += i
                i += 1
            total = 0
            for k in range(1000):
                total += k if k % 2 else -k
            print(json.dumps([s, total, k, fatjit.stats()]))
        """))
        self.assertEqual(told[:3], [499500, 500, 999])
        stats = told[3]
        self.assertEqual(stats["refusals"].get("not-worthwhile", 0), 0, stats)
        self.assertGreaterEqual(stats["exits"]["finished"], 2)

    def test_explain_before_anything_happened(self):
        for loop in self.explain("fatjit.enable(threshold=10**6); hot(5)"):
            self.assertFalse(loop["compiled"])
            self.assertTrue(loop["reason"])

    def test_explain_what_is_no_function(self):
        told = self.python("""
            for wrong in (5, len, "hot"):
                try:
                    fatjit.explain(wrong)
                except TypeError as error:
                    print(str(error).count(type(wrong).__name__))
        """)
        self.assertEqual(told, "1\n1\n1\n")

    def test_kill_switch(self):
        told = self.python("""
            fatjit.enable(threshold=5)
            print(fatjit.is_enabled(), hot(1000), fatjit.stats()["regions"])
        """, FATJIT="0")
        self.assertEqual(told, "False 499500 0\n")

    @unittest.skipUnless(importlib.util.find_spec("_testcapi"), "this Python has no _testcapi")
    def test_a_subinterpreter_goes_on_without(self):
        told = self.python("""
            import _testcapi
            text = "\\n".join([
                "try:",
                "    import fatjit",
                "    fatjit.enable()",
                "except Exception as refused:",
                "    print(len(str(refused)) > 0)",
                "else:",
                "    print(not fatjit.is_enabled())",
                "total = 0",
                "for i in range(1000): total += i",
                "assert total == 499500",
            ])
            print(_testcapi.run_in_subinterp(text))
        """)
        self.assertEqual(told, "True\n0\n")


class Package(unittest.TestCase):
    def test_is_typed_and_documented(self):
        import fatjit

        folder = pathlib.Path(fatjit.__file__).parent
        self.assertTrue((folder / "py.typed").exists())
        stubs = sorted(folder.glob("*.pyi"))
        self.assertTrue(stubs, "no type stubs")
        for stub in stubs:
            ast.parse(stub.read_text())
        for name in PUBLIC:
            self.assertTrue(getattr(fatjit, name).__doc__, f"{name} has no docstring")

"""`fatjit.exclude` and `fatjit.compile`: what is asked for single functions."""

import sys
import textwrap
import unittest

import runner

PRELUDE = """
import fatjit

def busy(n):
    total = 0
    for i in range(n):
        total += i
    return total

def add(a, b):
    return a + b * 2

def calls(n):
    total = 0
    for i in range(n):
        total = add(total, i)
    return total

def compiled(function):
    return any(loop["compiled"] for loop in fatjit.explain(function))
"""


class Wishes(unittest.TestCase):
    def python(self, text, **variables):
        done = runner.python("-c", PRELUDE + textwrap.dedent(text), **variables)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def test_excluded_code_is_not_compiled(self):
        told = self.python("""
            assert fatjit.exclude(busy) is busy
            fatjit.enable(threshold=5)
            busy(10_000)
            print(compiled(busy), fatjit.stats()["regions"])
        """)
        self.assertEqual(told, ["False 0"])

    def test_excluded_code_leaves_native_code(self):
        told = self.python("""
            fatjit.enable(threshold=5)
            busy(10_000)
            print(compiled(busy))
            fatjit.exclude(busy)
            entries = fatjit.stats()["entries"]
            print(busy(10_000), compiled(busy), fatjit.stats()["entries"] - entries)
            print(fatjit.explain(busy)[0]["reason"])
        """)
        self.assertEqual(
            told, ["True", "49995000 False 0", "the program excluded it: fatjit.exclude()"]
        )

    def test_an_excluded_function_is_not_called_natively(self):
        told = self.python("""
            import sys
            fatjit.enable(threshold=5)
            calls(20_000)
            native = fatjit.stats()["entries"]
            seen = []
            fatjit.exclude(add)
            # Now a frame of its own can be seen in every call.
            def trace(frame, event, argument):
                seen.append(frame.f_code.co_name)
            before = calls(20_000)
            sys.setprofile(trace)
            calls(3)
            sys.setprofile(None)
            print(native > 0, before, seen.count("add"))
        """)
        total = 0
        for i in range(20_000):
            total = total + i * 2
        self.assertEqual(told, [f"True {total} 6"])

    def test_an_excluded_generator_is_not_done_where_it_is_consumed(self):
        told = self.python("""
            def counted(n):
                for i in range(n):
                    yield i

            def consumes(n):
                total = 0
                for i in counted(n):
                    total += i
                return total

            def relies():
                return any("code of counted" in told for loop in fatjit.explain(consumes) for told in loop["assumes"])

            fatjit.enable(threshold=5)
            consumes(1000)
            print(compiled(consumes), relies())
            fatjit.exclude(counted)
            print(consumes(1000), consumes(1000), relies())
        """)
        self.assertEqual(told, ["True True", "499500 499500 False"])

    def test_an_excluded_closure_is_not_called_natively(self):
        told = self.python("""
            def adder(k):
                def add(a, b):
                    return a + b * k
                return add

            def calls(function, n):
                total = 0
                for i in range(n):
                    total = function(total, i)
                return total

            fatjit.enable(threshold=5)
            function = adder(2)
            calls(function, 20_000)
            relied = [what for loop in fatjit.explain(calls) for what in loop["assumes"]]
            fatjit.exclude(function)
            total = calls(function, 20_000)
            fallen = [what for loop in fatjit.explain(calls) for what in loop["fallen"]]
            print(total, any("add" in what for what in relied), any("add" in what for what in fallen))
        """)
        self.assertEqual(told, [f"{sum(i * 2 for i in range(20_000))} True True"])

    def test_the_last_wish_counts(self):
        told = self.python("""
            fatjit.enable(threshold=5)
            fatjit.exclude(busy)
            busy(1000)
            fatjit.compile(busy)
            busy(1000)
            print(compiled(busy))
        """)
        self.assertEqual(told, ["True"])

    def test_what_is_asked_for_is_compiled_at_once(self):
        told = self.python("""
            @fatjit.compile
            def asked(n):
                total = 0
                for i in range(n):
                    total += i
                return total

            fatjit.enable(threshold=100_000)
            busy(1000)
            asked(1000)
            print(compiled(busy), compiled(asked))
        """)
        self.assertEqual(told, ["False True"])

    def test_functions_without_loops_can_be_asked_for(self):
        told = self.python("""
            fatjit.enable(threshold=100_000)
            fatjit.compile(add)
            for i in range(100):
                add(i, i)
            print(fatjit.stats()["regions"])
        """)
        self.assertEqual(told, ["1"])

    def test_wrong_arguments(self):
        told = self.python("""
            for function in (fatjit.exclude, fatjit.compile):
                try:
                    function(3)
                except TypeError as error:
                    print(error)
        """)
        self.assertEqual(told, ["a function, method or code object is needed, not int"] * 2)


if __name__ == "__main__":
    unittest.main()

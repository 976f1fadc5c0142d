"""With a threshold of 1, most of what programs do is done natively: the share of their bytecode instructions.

What the interpreter did is counted, with native code and in a run where nothing may be compiled. The difference is what
native code did.
"""

import json
import pathlib
import unittest

import runner

HERE = pathlib.Path(__file__).resolve().parent
# The least share of each program that native code has to do, in percent. Most programs leave native code all the time,
# on purpose; where numbers are reckoned nearly everything is native.
FLOORS = {
    "while_loops": 99,
    "nested_loops": 99,
    "numeric_kernels": 97,
    "float_operators": 93,
    "elements_building": 92,
    "bit_kernels": 89,
    "elements_texts": 76,
    "elements_lists": 75,
    "calls_closures": 73,
    "exceptions_handled": 72,
    "int_operators": 65,
    "container_loops": 62,
    "range_loops": 64,
    "calls_recursion": 74,
    "generators": 60,
    "iterators_zipped": 53,
    "module_level": 49,
    "calls_inlined": 40,
    "user_classes": 20,
}
FLOOR_OF_ALL = 80


def interpreted(**variables):
    """The instructions that the interpreter did, by program."""
    programs = [str(runner.PROGRAMS / f"{name}.py") for name in FLOORS]
    done = runner.python(
        str(HERE / "share_child.py"), "1", *programs,
        patience=10 * runner.PATIENCE_SECONDS,
        FATJIT_DEBUG_COUNT="1",
        # However slow the machine is: the time that compiling takes is no matter.
        FATJIT_DEBUG_BUDGET="1000",
        **variables,
    )
    if done.returncode != 0:
        raise AssertionError(f"the process {runner.how_it_ended(done.returncode)}\n{done.stderr}")
    return json.loads(done.stdout)


# Prints how many instructions the interpreter does for so many rounds of loops that run for the first time.
FIRST_ROUNDS = """
import sys, fatjit
from fatjit import _fatjit

fatjit.enable()

def count(n):
    i = 0
    while i < n:
        i += 1

def called(a, b):
    return a * b + 1

def calls(n):
    total = 0
    for i in range(n):
        total += called(i, 3)

def nested(n):
    total = 0
    for i in range(n):
        for j in range(n):
            total += i * j

for function in (count, calls, nested):
    before = _fatjit._interpreted()
    function(int(sys.argv[1]))
    print(_fatjit._interpreted() - before)
"""


class Share(unittest.TestCase):
    def test_the_second_round_is_native(self):
        def told(rounds):
            done = runner.python(
                "-c", FIRST_ROUNDS, str(rounds),
                FATJIT_THRESHOLD="1", FATJIT_DEBUG_COUNT="1", FATJIT_DEBUG_FORCE="1",
            )
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return done.stdout.split()

        self.assertEqual(told(3), told(50))

    def test_most_is_done_natively(self):
        without, with_native = interpreted(FATJIT_ONLY="no such function"), interpreted()
        for name, floor in FLOORS.items():
            share = 100 * (1 - with_native[name] / without[name])
            print(f"    {name}: {share:.1f} % natively (at least {floor})")
            with self.subTest(program=name):
                self.assertGreaterEqual(share, floor)
        share = 100 * (1 - sum(with_native.values()) / sum(without.values()))
        print(f"    all: {share:.1f} % natively (at least {FLOOR_OF_ALL})")
        self.assertGreaterEqual(share, FLOOR_OF_ALL)

    def test_without_being_asked_nothing_is_counted(self):
        done = runner.python("-c", "import fatjit; fatjit.enable(); print(fatjit._fatjit._interpreted())")
        self.assertEqual((done.stdout, done.stderr), ("None\n", ""))


if __name__ == "__main__":
    unittest.main()

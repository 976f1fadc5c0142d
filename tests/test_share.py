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
    "while_loops": 98,
    "nested_loops": 98,
    "numeric_kernels": 96,
    "float_operators": 91,
    "elements_building": 90,
    "bit_kernels": 87,
    "elements_texts": 74,
    "elements_lists": 73,
    "calls_closures": 70,
    "exceptions_handled": 66,
    "int_operators": 63,
    "container_loops": 58,
    "range_loops": 56,
    "calls_recursion": 54,
    "generators": 52,
    "iterators_zipped": 52,
    "module_level": 45,
    "calls_inlined": 33,
    "user_classes": 2,
}
FLOOR_OF_ALL = 75


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


class Share(unittest.TestCase):
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

"""The benchmarks' harness: the same work in Python and C, what is compared, and the README's table."""

import json
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BENCHES = HERE.parent / "benches"
sys.path.insert(0, str(BENCHES))

import beside  # noqa: E402
import catalogue  # noqa: E402
import harness  # noqa: E402
import tables  # noqa: E402

FOR_PYPERF = """
    import pyperf

    STATE = [0]

    def work(loops, step):
        start = pyperf.perf_counter()
        for _ in range(loops):
            STATE[0] += step
        return pyperf.perf_counter() - start

    if __name__ == "__main__":
        runner = pyperf.Runner()
        runner.metadata["description"] = "counts"
        runner.argparser.add_argument("--step", type=int, default=STEP)
        runner.bench_time_func("count", work, runner.parse_args().step)
"""


def measured(path, *switches):
    """What measure.py says of the program at ``path``, plain."""
    command = [sys.executable, "-B", str(BENCHES / "measure.py"), str(path), "0", *switches]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


class Bench(unittest.TestCase):
    def test_c_does_what_python_does(self):
        with tempfile.TemporaryDirectory() as folder:
            try:
                gcc = beside.C(pathlib.Path(folder), True)
            except catalogue.Missing as why:
                self.skipTest(str(why))
            for name, program in catalogue.own_programs().items():
                told = beside.measured({"c": gcc}, program, 0, 1)
                self.assertEqual(bool(told), program.suite == "kernels", name)
                if told:
                    with self.subTest(program=name):
                        self.assertIsNone(harness.same_results([measured(program.path)], told))

    def test_results_that_differ_are_found(self):
        run = {"results": ["1"], "left_behind": "a"}
        self.assertIsNone(harness.same_results([run, run], {"c": {"results": ["1"]}}))
        self.assertIn("differ", harness.same_results([run, run | {"results": ["2"]}], {}))
        self.assertIn("differ", harness.same_results([run, run | {"left_behind": "b"}], {}))
        self.assertIn("differ", harness.same_results([run | {"results": ["1", "2"]}] * 2, {}))
        self.assertIn("other", harness.same_results([run], {"c": {"results": ["2"]}}))

    def test_programs_for_pyperf_run_as_they_are(self):
        with tempfile.TemporaryDirectory() as folder:
            told = []
            for step in ("1", "1", "2"):
                program = pathlib.Path(folder, "program.py")
                program.write_text(textwrap.dedent(FOR_PYPERF).replace("STEP", step))
                told.append(measured(program, "--pyperf"))
        self.assertIsNone(harness.same_results(told[:2], {}))
        self.assertIn("differ", harness.same_results(told, {}))

    def test_module_level_code_runs_anew_each_time(self):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder, "program.py")
            program.write_text("try:\n    result += 1\nexcept NameError:\n    result = 7\n")
            told = measured(program)
        self.assertEqual(told["results"], ["7"])
        self.assertGreater(told["calls"], 1)

    def test_the_table_of_the_readme_is_what_was_recorded(self):
        text = tables.README.read_text()
        shown = text.partition(tables.BEGIN)[2].partition(tables.END)[0]
        self.assertEqual(shown, tables.for_readme(), "run `cargo xtask bench --table`")


if __name__ == "__main__":
    unittest.main()

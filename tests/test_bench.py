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
import measure  # noqa: E402
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


SEVERAL_FOR_PYPERF = """
    import pyperf

    def plus(number):
        return number + 1

    async def awaited(number):
        print("said")
        return -number

    if __name__ == "__main__":
        runner = pyperf.Runner()
        runner.argparser.add_argument("number", type=int)
        number = runner.parse_args().number
        runner.bench_func("plus", plus, number)
        runner.bench_async_func("awaited", awaited, number)
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
        run = {"results": ["1"], "printed": "", "left_behind": "a"}
        self.assertIsNone(harness.same_results([run, run], {"c": {"results": ["1"]}}))
        self.assertIn("differ", harness.same_results([run, run | {"results": ["2"]}], {}))
        self.assertIn("differ", harness.same_results([run, run | {"left_behind": "b"}], {}))
        self.assertIn("differ", harness.same_results([run, run | {"printed": "b"}], {}))
        self.assertIn("differ", harness.same_results([run | {"results": ["1", "2"]}] * 2, {}))
        self.assertIsNone(harness.same_results([run | {"results": ["1", "2"]}] * 2, {}, same_each_time=False))
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

    def test_the_works_of_a_program_are_told_apart(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "program.py")
            path.write_text(textwrap.dedent(SEVERAL_FOR_PYPERF))
            program = catalogue.Program("program", catalogue.PYPERFORMANCE_SUITE, path, ("--pyperf", "--arguments=3"))
            works = catalogue.works_of(program)
            told = {work.name: measured(path, *work.switches) for work in works}
        self.assertEqual(list(told), ["plus", "awaited"])
        self.assertEqual(told["plus"]["results"], ["4"] * len(told["plus"]["results"]))
        self.assertEqual(told["awaited"]["results"], ["-3"] * len(told["awaited"]["results"]))
        self.assertEqual(told["awaited"]["printed"], repr("said\n" * measure.FIRST_CALLS))

    def test_peers_are_chosen_by_name_or_as_an_executable(self):
        self.assertEqual(beside.choice("c,other=/bin/other"), {"c": None, "other": "/bin/other"})
        with self.assertRaises(ValueError):
            beside.choice("no-such-peer")
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder, "program.py")
            program.write_text("def run():\n    return 7\n")
            peers = beside.found({"self": sys.executable, "none": "/no/such/file"}, pathlib.Path(folder))
            told = beside.measured(peers, catalogue.Program("program", "others", program), 0, 1)
        self.assertEqual(set(told["self"]["results"]), {"7"})
        self.assertEqual(list(told), ["self"])

    def test_module_level_code_runs_anew_each_time(self):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder, "program.py")
            program.write_text("try:\n    result += 1\nexcept NameError:\n    result = 7\n")
            told = measured(program)
        self.assertEqual(set(told["results"]), {"7"})
        self.assertGreater(told["calls"], 1)

    def test_the_tables_of_the_documents_are_what_was_recorded(self):
        for file, made in ((tables.README, tables.for_readme()), (tables.PAGE, tables.for_page())):
            self.assertEqual(tables.between_marks(file)[1], made, f"{file}: run `cargo xtask bench --table`")


if __name__ == "__main__":
    unittest.main()

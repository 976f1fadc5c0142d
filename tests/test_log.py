"""`FATJIT_LOG` tells what fatjit does, as text or as lines of JSON."""

import json
import pathlib
import tempfile
import unittest

import runner

PROGRAM = """
import math
import fatjit

LIMIT = 7

def busy(n):
    total = 0
    for i in range(n):
        total += i % LIMIT
    return total

def not_worth_it(n):
    found = []
    for i in range(n):
        found.append(str(object=i).split(sep="1"))
    return found

fatjit.enable(threshold=5)
busy(1000)
not_worth_it(1000)
LIMIT = 8
print(busy(1000))
"""


class Log(unittest.TestCase):
    def run_program(self, log):
        done = runner.python("-c", PROGRAM, FATJIT_LOG=str(log))
        self.assertEqual(done.stdout, f"{sum(i % 8 for i in range(1000))}\n")
        self.assertEqual(done.returncode, 0)
        return done.stderr

    def test_text(self):
        lines = self.run_program("stderr").splitlines()
        for line in lines:
            self.assertRegex(line, r"\Afatjit: +\d+\.\d ms: \w+:\d+@\d+ ")
        told = "\n".join(line.partition(" ms: ")[2] for line in lines)
        self.assertRegex(told, r"busy:7@9 compiled in \d+\.\d ms: \d+ bytes of \d+ instructions")
        self.assertIn("not_worth_it:13@15 not compiled: most of its work is calls", told)
        self.assertIn("busy:7@9 left: global 'LIMIT' changed", told)

    def test_lines_of_json_are_added_to_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "log.jsonl"
            for _ in range(2):
                self.assertEqual(self.run_program(log), "")
            lines = [json.loads(line) for line in log.read_text().splitlines()]
        self.assertEqual(len({line["process"] for line in lines}), 2)
        events = [(line["event"], line["region"]) for line in lines]
        self.assertEqual(events.count(("refused", "not_worth_it:13@15")), 2)
        self.assertEqual(events.count(("fell", "busy:7@9")), 2)
        self.assertEqual(events.count(("compiled", "busy:7@9")), 4)
        for line in lines:
            self.assertGreaterEqual(line["ms"], 0)
            if line["event"] == "compiled":
                self.assertGreater(min(line["compile_ms"], line["bytes"], line["instructions"]), 0)

    def test_a_log_that_cannot_be_opened_is_one_line(self):
        done = runner.python(
            "-m", "fatjit", "-c", "print('runs')", FATJIT_LOG="/no/such/folder/log"
        )
        self.assertEqual((done.returncode, done.stdout), (0, "runs\n"))
        self.assertRegex(
            done.stderr,
            r"\Afatjit: FATJIT_LOG: \"/no/such/folder/log\" cannot be opened: No such file .*; "
            r"the program runs without it\n\Z",
        )


if __name__ == "__main__":
    unittest.main()

"""What programs written for pyperf need of it, so that they can be run as they are: the runner does not measure
but keeps what it is given.
"""

import argparse
from time import perf_counter  # noqa: F401  (programs time themselves with it)

_handed_over = []


class Runner:
    """Takes the place of ``pyperf.Runner``: no command line, no processes, nothing is run."""

    def __init__(self, add_cmdline_args=None):
        self.metadata = {}
        self.argparser = argparse.ArgumentParser()

    def parse_args(self):
        """The defaults of the program's own options."""
        return self.argparser.parse_args([])

    def bench_func(self, name, function, *arguments):
        """Keeps a function that does the program's work once."""
        _handed_over.append(lambda: function(*arguments))

    def bench_time_func(self, name, function, *arguments):
        """Keeps a function that does the work as often as told and returns the time it took."""
        def once():
            # The time it returns is no result that two runs could have in common.
            function(1, *arguments)

        _handed_over.append(once)


def handed_over():
    """The one function that the program handed to a runner."""
    (function,) = _handed_over
    return function

"""What programs written for pyperf need of it, so that they can be run as they are: the runner does not measure
but keeps what it is given.
"""

import argparse
import dataclasses
import platform
from time import perf_counter
from typing import Callable


@dataclasses.dataclass(frozen=True)
class Work:
    """What a program has timed under a name. ``run`` does it a number of times, and returns the seconds that took
    and the last result (of a program that times itself there is none)."""

    name: str
    run: Callable


_handed_over = []


def python_implementation():
    """As pyperf's."""
    return platform.python_implementation().lower()


def timed(function):
    """A `run` that calls ``function``."""

    def run(times):
        result = None
        start = perf_counter()
        for _ in range(times):
            result = function()
        return perf_counter() - start, result

    return run


class Runner:
    """Takes the place of ``pyperf.Runner``: no processes, nothing is run. The command line is the program's own."""

    def __init__(self, add_cmdline_args=None, **_kept_by_pyperf):
        self.metadata = {}
        self.argparser = argparse.ArgumentParser()
        self.args = None

    def parse_args(self, arguments=None):
        """What the command line says to the program's own options."""
        if self.args is None:
            self.args = self.argparser.parse_args(arguments)
        return self.args

    def bench_func(self, name, function, *arguments, **_kept_by_pyperf):
        """Keeps a function that does the program's work once."""
        _handed_over.append(Work(name, timed(lambda: function(*arguments))))

    def bench_time_func(self, name, function, *arguments, **_kept_by_pyperf):
        """Keeps a function that does the work as often as told and returns the time it took."""
        _handed_over.append(Work(name, lambda times: (function(times, *arguments), None)))

    def bench_async_func(self, name, function, *arguments, loop_factory=None, **_kept_by_pyperf):
        """Keeps a coroutine function that does the work once, in one event loop of as many rounds as told."""
        import asyncio

        async def run(times):
            result = None
            start = perf_counter()
            for _ in range(times):
                result = await function(*arguments)
            return perf_counter() - start, result

        def in_a_loop(times):
            if loop_factory is None:
                return asyncio.run(run(times))
            with asyncio.Runner(loop_factory=loop_factory) as runner:
                return runner.run(run(times))

        _handed_over.append(Work(name, in_a_loop))

    def bench_command(self, name, command):
        """What is a process of its own is not measured."""


def handed_over():
    """All that the program handed to a runner."""
    return list(_handed_over)

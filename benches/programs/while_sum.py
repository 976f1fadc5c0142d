"""The sum of ints in a `while` loop."""

SUITE = "kernels"


def run():
    total = 0
    i = 0
    while i < 1_000_000:
        total += i
        i += 1
    return total

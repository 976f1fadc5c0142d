"""Exceptions raised and caught in a loop."""

SUITE = "others"


def check(i):
    if i % 3 == 0:
        raise ValueError(i)
    return i


def run():
    good = bad = 0
    for i in range(150_000):
        try:
            good += check(i)
        except ValueError:
            bad += 1
    return good, bad

"""Numbers that flow through two generators."""

SUITE = "others"


def numbers(n):
    i = 0
    while i < n:
        yield i
        i += 1


def odd(source):
    for n in source:
        if n & 1:
            yield n


def run():
    total = 0
    for n in odd(numbers(600_000)):
        total += n
    return total

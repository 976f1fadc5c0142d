"""The lengths of Collatz sequences: nested loops with `%` and `//`."""

SUITE = "kernels"


def run():
    best = 0
    for start in range(1, 7_000):
        n = start
        length = 1
        while n != 1:
            if n % 2 == 0:
                n = n // 2
            else:
                n = 3 * n + 1
            length += 1
        if length > best:
            best = length
    return best

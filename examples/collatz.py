"""Searches for Collatz records: starting points whose way down to 1 is longer than any before.

    python collatz.py [LIMIT]
"""

import sys


def length(n):
    """Steps from ``n`` to 1."""
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n //= 2
        else:
            n = 3 * n + 1
        steps += 1
    return steps


def peak(n):
    """The highest number on the way from ``n`` to 1."""
    top = n
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        if n > top:
            top = n
    return top


def records(limit):
    """Yields (start, steps) of each record below ``limit``."""
    longest = -1
    for start in range(1, limit):
        steps = length(start)
        if steps > longest:
            longest = steps
            yield start, steps


def main():
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else 250_000
    print("   start  steps             peak")
    for start, steps in records(limit):
        print(f"{start:8} {steps:6} {peak(start):16}")


if __name__ == "__main__":
    main()

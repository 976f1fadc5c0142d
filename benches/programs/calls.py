"""Calls of small Python functions and of builtins from a loop."""

SUITE = "others"


def clamp(value, low, high):
    return max(low, min(value, high))


def mix(a, b=3, *, c=5):
    return a * b + c


def run():
    total = 0
    for i in range(200_000):
        total += clamp(mix(i % 100, c=i & 7), 20, 200)
    return total

"""The sum of ints in a `while` loop at module level."""

SUITE = "kernels"

total = 0
i = 0
while i < 1_000_000:
    total += i
    i += 1
result = total

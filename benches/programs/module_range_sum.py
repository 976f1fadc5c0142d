"""A branchy sum over `for … in range(…)` at module level."""

SUITE = "kernels"

total = 0
for i in range(1_000_000):
    if i & 1:
        total += i
    else:
        total -= 1
result = total

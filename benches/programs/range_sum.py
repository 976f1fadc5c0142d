"""A branchy sum over `for … in range(…)`."""

SUITE = "kernels"


def run():
    total = 0
    for i in range(1_000_000):
        if i & 1:
            total += i
        else:
            total -= 1
    return total

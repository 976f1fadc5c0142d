"""The sieve of Eratosthenes over a bytearray."""

SUITE = "kernels"


def count_primes(limit):
    composite = bytearray(limit + 1)
    count = 0
    for i in range(2, limit + 1):
        if not composite[i]:
            count += 1
            for multiple in range(i * i, limit + 1, i):
                composite[multiple] = 1
    return count


def run():
    return count_primes(400_000)

"""The sieve of Eratosthenes over a list of bools, again and again over one that fits the second-level cache."""

SUITE = "kernels"


def count_primes(limit):
    prime = [True] * (limit + 1)
    prime[0] = prime[1] = False
    i = 2
    while i * i <= limit:
        if prime[i]:
            for multiple in range(i * i, limit + 1, i):
                prime[multiple] = False
        i += 1
    count = 0
    for flag in prime:
        if flag:
            count += 1
    return count


def run():
    count = 0
    for _ in range(8):
        count += count_primes(50_000)
    return count

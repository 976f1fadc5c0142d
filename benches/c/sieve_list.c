/* programs/sieve_list.py in C; a list's item is a word. */

#include "measure.h"

static int64_t result;

static int64_t count_primes(int64_t limit)
{
    int64_t *prime = malloc((limit + 1) * sizeof *prime);
    if (!prime)
        abort();
    for (int64_t i = 0; i <= limit; i++)
        prime[i] = 1;
    prime[0] = prime[1] = 0;
    for (int64_t i = 2; i * i <= limit; i++)
        if (prime[i])
            for (int64_t multiple = i * i; multiple <= limit; multiple += i)
                prime[multiple] = 0;
    int64_t count = 0;
    for (int64_t i = 0; i <= limit; i++)
        if (prime[i])
            count += 1;
    free(prime);
    return count;
}

static void run(void)
{
    result = 0;
    for (int i = 0; i < 8; i++)
        result += count_primes(50000);
}

static void write_result(void)
{
    printf("%lld", (long long)result);
}

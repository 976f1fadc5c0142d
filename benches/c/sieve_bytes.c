/* programs/sieve_bytes.py in C. */

#include "measure.h"

static int64_t result;

static int64_t count_primes(int64_t limit)
{
    unsigned char *composite = calloc(limit + 1, 1);
    if (!composite)
        abort();
    int64_t count = 0;
    for (int64_t i = 2; i <= limit; i++)
        if (!composite[i]) {
            count += 1;
            for (int64_t multiple = i * i; multiple <= limit; multiple += i)
                composite[multiple] = 1;
        }
    free(composite);
    return count;
}

static void run(void)
{
    result = count_primes(400000);
}

static void write_result(void)
{
    printf("%lld", (long long)result);
}

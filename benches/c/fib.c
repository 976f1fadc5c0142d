/* programs/fib.py in C. */

#include "measure.h"

static int64_t result;

static int64_t fib(int64_t n)
{
    if (n < 2)
        return n;
    return fib(n - 1) + fib(n - 2);
}

static void run(void)
{
    result = fib(30);
}

static void write_result(void)
{
    printf("%lld", (long long)result);
}

/* programs/collatz.py in C. */

#include "measure.h"

static int64_t result;

static void run(void)
{
    int64_t best = 0;
    for (int64_t start = 1; start < 7000; start++) {
        int64_t n = start;
        int64_t length = 1;
        while (n != 1) {
            if (n % 2 == 0)
                n = n / 2;
            else
                n = 3 * n + 1;
            length += 1;
        }
        if (length > best)
            best = length;
    }
    result = best;
}

static void write_result(void)
{
    printf("%lld", (long long)result);
}

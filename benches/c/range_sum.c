/* programs/range_sum.py and module_range_sum.py in C. */

#include "measure.h"

static int64_t result;

static void run(void)
{
    int64_t total = 0;
    for (int64_t i = 0; i < 1000000; i++) {
        if (i & 1)
            total += i;
        else
            total -= 1;
    }
    result = total;
}

static void write_result(void)
{
    printf("%lld", (long long)result);
}

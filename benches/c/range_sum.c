/* programs/range_sum.py and module_range_sum.py in C. */

#include "measure.h"

static int64_t result;

static void run(void)
{
    int64_t total = 0;
    for (int64_t i = 0; i < 1000000; i++) {
        if (i & 1)
            total += i;
        else if (i % 3 == 0)
            total -= 1;
        else
            total += 2;
    }
    result = total;
}

static void write_result(void)
{
    printf("%lld", (long long)result);
}

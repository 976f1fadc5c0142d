/* programs/while_sum.py and module_while_sum.py in C. */

#include "measure.h"

static int64_t result;
/* Read at run time: the sum of a fixed range is computed by the compiler. */
static volatile int64_t limit = 1000000;

static void run(void)
{
    const int64_t behind = limit;
    int64_t total = 0;
    int64_t i = 0;
    while (i < behind) {
        total += i;
        i += 1;
    }
    result = total;
}

static void write_result(void)
{
    printf("%lld", (long long)result);
}

/* programs/quicksort.py in C. */

#include "measure.h"

#include <string.h>

enum { COUNT = 30000 };

static int64_t items[COUNT];

static void quicksort(int64_t *items, int64_t low, int64_t high)
{
    if (low >= high)
        return;
    int64_t pivot = items[(low + high) / 2];
    int64_t i = low;
    int64_t j = high;
    while (i <= j) {
        while (items[i] < pivot)
            i += 1;
        while (items[j] > pivot)
            j -= 1;
        if (i <= j) {
            int64_t kept = items[i];
            items[i] = items[j];
            items[j] = kept;
            i += 1;
            j -= 1;
        }
    }
    quicksort(items, low, j);
    quicksort(items, i, high);
}

static void run(void)
{
    static int64_t numbers[COUNT];
    if (!numbers[0]) {
        int64_t state = 1;
        for (int64_t i = 0; i < COUNT; i++) {
            state = (state * 1103515245 + 12345) % 2147483648;
            numbers[i] = state;
        }
    }
    memcpy(items, numbers, sizeof items);
    quicksort(items, 0, COUNT - 1);
}

static void write_result(void)
{
    printf("(%lld, %lld, %lld)", (long long)items[0], (long long)items[15000],
           (long long)items[COUNT - 1]);
}

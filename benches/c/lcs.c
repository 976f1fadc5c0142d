/* programs/lcs.py in C; the rows of the table are allocated one by one, as lists of lists are. */

#include "measure.h"

enum { LENGTH_A = 600, LENGTH_B = 500 };

static int64_t result;

static void numbers(int64_t *found, int64_t count, int64_t state)
{
    for (int64_t i = 0; i < count; i++) {
        state = (state * 1103515245 + 12345) % 2147483648;
        found[i] = state / 65536 % 4;
    }
}

static int64_t longest_common_subsequence(const int64_t *a, const int64_t *b)
{
    int64_t *table[LENGTH_A + 1];
    for (int64_t i = 0; i <= LENGTH_A; i++) {
        table[i] = calloc(LENGTH_B + 1, sizeof **table);
        if (!table[i])
            abort();
    }
    for (int64_t i = 1; i <= LENGTH_A; i++)
        for (int64_t j = 1; j <= LENGTH_B; j++)
            if (a[i - 1] == b[j - 1]) {
                table[i][j] = table[i - 1][j - 1] + 1;
            } else {
                int64_t above = table[i - 1][j], left = table[i][j - 1];
                table[i][j] = above > left ? above : left;
            }
    int64_t length = table[LENGTH_A][LENGTH_B];
    for (int64_t i = 0; i <= LENGTH_A; i++)
        free(table[i]);
    return length;
}

static void run(void)
{
    static int64_t a[LENGTH_A], b[LENGTH_B];
    static int made;
    if (!made) {
        numbers(a, LENGTH_A, 1);
        numbers(b, LENGTH_B, 2);
        made = 1;
    }
    result = longest_common_subsequence(a, b);
}

static void write_result(void)
{
    printf("%lld", (long long)result);
}

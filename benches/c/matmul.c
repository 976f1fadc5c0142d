/* programs/matmul.py in C; rows are allocated one by one, as lists of lists are. */

#include "measure.h"

enum { ROWS = 90, INNER = 100, COLUMNS = 90 };

static double first, middle, last;

static double **matrix(int64_t rows, int64_t columns, double scale)
{
    double **made = malloc(rows * sizeof *made);
    if (!made)
        abort();
    for (int64_t i = 0; i < rows; i++) {
        made[i] = malloc(columns * sizeof **made);
        if (!made[i])
            abort();
        for (int64_t j = 0; j < columns; j++)
            made[i][j] = (i * columns + j) % 17 * scale;
    }
    return made;
}

static void release(double **matrix, int64_t rows)
{
    for (int64_t i = 0; i < rows; i++)
        free(matrix[i]);
    free(matrix);
}

static double **multiply(double **a, double **b)
{
    double **product = matrix(ROWS, COLUMNS, 0.0);
    for (int64_t i = 0; i < ROWS; i++)
        for (int64_t j = 0; j < COLUMNS; j++) {
            double total = 0.0;
            for (int64_t k = 0; k < INNER; k++)
                total += a[i][k] * b[k][j];
            product[i][j] = total;
        }
    return product;
}

static void run(void)
{
    static double **a, **b;
    if (!a) {
        a = matrix(ROWS, INNER, 0.25);
        b = matrix(INNER, COLUMNS, 0.5);
    }
    double **product = multiply(a, b);
    first = product[0][0];
    middle = product[41][87];
    last = product[89][89];
    release(product, ROWS);
}

static void write_result(void)
{
    printf("(%.17g, %.17g, %.17g)", first, middle, last);
}

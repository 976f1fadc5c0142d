/* Arithmetic that is the interpreter's own. */
#include "numbers.h"

#include <float.h>
#include <math.h>

/* A float and what its last bit lacks. */
struct exact {
    double high;
    double low;
};

static struct exact product(double x, double y)
{
    double high = x * y;
    return (struct exact){high, fma(x, y, -high)};
}

/* Of numbers of which the first is not less. */
static struct exact sum(double x, double y)
{
    double high = x + y;
    return (struct exact){high, (x - high) + y};
}

/* After vector_norm() in Modules/mathmodule.c: scaled by a power of two, the squares are summed up with what is lost
 * by rounding, and the root is corrected by what its own square misses. */
static double norm(double x, double y)
{
    double greatest = x < y ? y : x;
    if (greatest == 0.0) {
        return greatest;
    }
    int exponent;
    frexp(greatest, &exponent);
    if (exponent < -1023) {
        return DBL_MIN * norm(x / DBL_MIN, y / DBL_MIN);
    }
    double scale = ldexp(1.0, -exponent), total = 1.0, squares = 0.0, sums = 0.0;
    double root = 0.0;
    for (int step = 0; step < 3; step++) {
        struct exact square;
        if (step < 2) {
            double part = (step == 0 ? x : y) * scale;
            square = product(part, part);
        } else {
            root = sqrt(total - 1.0 + (squares + sums));
            square = product(-root, root);
        }
        struct exact partial = sum(total, square.high);
        total = partial.high;
        squares += square.low;
        sums += partial.low;
    }
    return (root + (total - 1.0 + (squares + sums)) / (2.0 * root)) / scale;
}

double fatjit_hypot(double x, double y)
{
    return norm(fabs(x), fabs(y));
}

/* programs/mandelbrot.py in C. */

#include "measure.h"

static int64_t result;

static void run(void)
{
    const int64_t width = 150, height = 110, limit = 100;
    int64_t total = 0;
    for (int64_t y = 0; y < height; y++) {
        double ci = 2.4 * y / height - 1.2;
        for (int64_t x = 0; x < width; x++) {
            double cr = 3.2 * x / width - 2.2;
            double zr = 0.0, zi = 0.0;
            int64_t n = 0;
            while (n < limit) {
                double zr2 = zr * zr;
                double zi2 = zi * zi;
                if (zr2 + zi2 > 4.0)
                    break;
                zi = 2.0 * zr * zi + ci;
                zr = zr2 - zi2 + cr;
                n += 1;
            }
            total += n;
        }
    }
    result = total;
}

static void write_result(void)
{
    printf("%lld", (long long)result);
}

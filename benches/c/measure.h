/* Measures one kernel: `bench SECONDS` calls run() again and again and prints the best and the median time of a
   call and the result as JSON. A kernel defines run() and write_result(). */

#ifndef MEASURE_H
#define MEASURE_H

#define _POSIX_C_SOURCE 199309L

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FEWEST_CALLS = 6, MOST_CALLS = 3000 };

/* The kernel's work, once. The compiler must take neither its code nor its result for granted. */
static void run(void) __attribute__((noipa));

/* Prints the result of the last call, as a literal of Python. */
static void write_result(void);

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec * 1e-9;
}

static int compare_times(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

int main(int count, char **arguments)
{
    static double times[MOST_CALLS];
    int calls = 0;
    double seconds = count > 1 ? atof(arguments[1]) : 1.0;
    double end = seconds_now() + seconds;
    while (calls < FEWEST_CALLS || (calls < MOST_CALLS && seconds_now() < end)) {
        double start = seconds_now();
        run();
        times[calls++] = seconds_now() - start;
    }
    qsort(times, calls, sizeof *times, compare_times);
    printf("{\"best_ms\": %.9f, \"median_ms\": %.9f, \"results\": [\"", times[0] * 1e3,
           times[calls / 2] * 1e3);
    write_result();
    printf("\"]}\n");
    return 0;
}

#endif

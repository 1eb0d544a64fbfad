/* Tests of distributions. The seeds of the tests are fixed, so a test that passes once passes always; the bounds are
 * what a right program would exceed about once in 10^5 seeds. */
#ifndef GD_TESTS_STATISTICS_H
#define GD_TESTS_STATISTICS_H

#include <math.h>
#include <stdlib.h>

/* Bound on |x - mean| in standard deviations, for a normal x. */
#define SIGMAS_BOUND 4.5

/* Bound on Kolmogorov's D sqrt(n): 2 exp(-2 x²) = 10^-5. */
#define KOLMOGOROV_BOUND 2.47

static inline int stat_ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The largest distance between the distribution of the values (which get sorted) and `cdf`, times sqrt(count). */
static inline double stat_kolmogorov(double *values, size_t count, double (*cdf)(const void *self, double x),
                                     const void *self)
{
    double most = 0, n = (double)count;
    qsort(values, count, sizeof *values, stat_ascending);
    for (size_t k = 0; k < count; k++) {
        double p = cdf(self, values[k]);
        most = fmax(most, fmax(p - (double)k / n, (double)(k + 1) / n - p));
    }
    return most * sqrt(n);
}

/* Uniform between the two numbers of `self`. */
static inline double stat_uniform_cdf(const void *self, double x)
{
    const double *range = self;
    return (x - range[0]) / (range[1] - range[0]);
}

static inline double stat_normal_cdf(double x)
{
    return 0.5 * erfc(-x / sqrt(2));
}

/* Pearson's sum of (observed - expected)²/expected, less its 10^-5 bound: positive means refused. The bound is Wilson
 * and Hilferty's approximation. The expected counts must all be above 5. */
static inline double stat_chi_square_excess(const double *observed, const double *expected, size_t bins)
{
    double sum = 0, freedom = (double)bins - 1, c = 2 / (9 * freedom);
    for (size_t k = 0; k < bins; k++)
        sum += (observed[k] - expected[k]) * (observed[k] - expected[k]) / expected[k];
    return sum - freedom * pow(1 - c + 4.265 * sqrt(c), 3);
}

#endif

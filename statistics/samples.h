/* Samples of numbers, and what two of them say about each other. */
#ifndef GD_STATISTICS_SAMPLES_H
#define GD_STATISTICS_SAMPLES_H

#include <stddef.h>

#include "engine/base/error.h"

/* The quantile 0 <= q <= 1 of sorted numbers, between neighbours by a line (type 7 of R. J. Hyndman and Y. Fan, Am.
 * Stat. 50, 361 (1996)); NaN of none. */
double gd_quantile(const double *sorted, size_t count, double q);

/* NaN of none. */
double gd_mean(const double *values, size_t count);

/* *p: the two-sided p of the mean of paired differences being 0: how often it is as far from 0 when each difference
 * gets a random sign. All 2^n signs are tried up to n = 20, 100,000 random ones beyond (from a Philox stream, so that
 * the same numbers give the same p). NaN for n = 0. GD_NO_MEMORY only. */
enum gd_status gd_sign_flip_test(const double *differences, size_t count, double *p);

/* How often a number of the first sample is below one of the second, a tie counting one half: 0.5 when neither tends to
 * be lower (A. Vargha and H. D. Delaney, J. Educ. Behav. Stat. 25, 101 (2000)). NaN when one is empty. */
double gd_superiority(const double *first, size_t first_count, const double *second, size_t second_count);

/* Corrects p [count] for their number (S. Holm, Scand. J. Stat. 6, 65 (1979)), in place. NaN is no test and stays.
 * GD_NO_MEMORY only. */
enum gd_status gd_holm_correct(double *p, size_t count);

#endif

/* Shares of successes. */
#ifndef GD_STATISTICS_PROPORTIONS_H
#define GD_STATISTICS_PROPORTIONS_H

#include <stddef.h>

struct gd_interval {
    double low, high;
};

/* The x that a standard normal number is below with probability p, 0 < p < 1. */
double gd_normal_quantile(double p);

/* The probability that a standard normal number is farther from 0 than z. */
double gd_normal_two_sided(double z);

/* The interval of a share of k successes among n trials at a level such as 0.95 (Wilson, J. Am. Stat. Assoc. 22, 209
 * (1927)): inside [0, 1], and right for few trials. NaN for n = 0. */
struct gd_interval gd_wilson(size_t successes, size_t trials, double level);

/* The cost of independent attempts until one has succeeded with the given confidence, when each costs `cost` and
 * succeeds with probability `share`: cost ln(1 - confidence)/ln(1 - share), at least one attempt. Infinite for share 0.
 */
double gd_attempts_cost(double cost, double share, double confidence);

#endif

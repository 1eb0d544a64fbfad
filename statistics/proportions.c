#include "statistics/proportions.h"

#include <math.h>

/* Bisection on erfc, whose relative error is small in the tail too. */
double gd_normal_quantile(double p)
{
    double low = 0, high = 40;
    const double tail = fmin(p, 1 - p);
    if (p == 0.5)
        return 0;
    for (int k = 0; k < 200 && low < high; k++) {
        const double middle = 0.5 * (low + high);
        if (middle == low || middle == high)
            break;
        if (0.5 * erfc(middle * M_SQRT1_2) > tail)
            low = middle;
        else
            high = middle;
    }
    return p < 0.5 ? -low : low;
}

double gd_normal_two_sided(double z)
{
    return erfc(fabs(z) * M_SQRT1_2);
}

struct gd_interval gd_wilson(size_t successes, size_t trials, double level)
{
    if (trials == 0)
        return (struct gd_interval){NAN, NAN};
    const double n = (double)trials, p = (double)successes / n, z = gd_normal_quantile(0.5 + 0.5 * level);
    const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    return (struct gd_interval){successes == 0 ? 0 : centre - half, successes == trials ? 1 : centre + half};
}

double gd_attempts_cost(double cost, double share, double confidence)
{
    if (!(share > 0))
        return isnan(share) ? NAN : INFINITY;
    return share < 1 ? fmax(cost, cost * log1p(-confidence) / log1p(-share)) : cost;
}

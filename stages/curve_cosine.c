#include <math.h>

#include "stages/curve.h"

#define PI 3.14159265358979323846

/* to + (from - to) (1 + cos(π fraction)) / 2, as a sum that is exact at both ends */
static double value(const void *params, double from, double to, double fraction)
{
    (void)params;
    double half = sin(0.5 * PI * fraction);
    double rise = half * half;
    return (1 - rise) * from + rise * to;
}

const struct gd_curve_class gd_curve_cosine = {
    .base = {.name = "cosine", .summary = "half a period of the cosine: slow at both ends"},
    .value = value,
};

#include <math.h>

#include "engine/base/numbers.h"
#include "stages/curve.h"

/* to + (from - to) (1 + cos(π fraction)) / 2, as a sum that is exact at both ends */
static enum gd_status value(const void *params, const struct gd_curve_point *at, double *value, struct gd_error *error)
{
    (void)params, (void)error;
    double half = sin(0.5 * GD_PI * gd_curve_fraction(at)), rise = half * half;
    *value = (1 - rise) * at->from + rise * at->to;
    return GD_OK;
}

const struct gd_curve_class gd_curve_cosine = {
    .base = {.name = "cosine", .summary = "half a cosine period: slow at both ends"},
    .value = value,
};

#include "stages/curve.h"

static double value(const void *params, double from, double to, double fraction)
{
    (void)params;
    return (1 - fraction) * from + fraction * to;
}

const struct gd_curve_class gd_curve_linear = {
    .base = {.name = "linear", .summary = "the same difference from step to step"},
    .value = value,
};

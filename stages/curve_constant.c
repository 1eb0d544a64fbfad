#include "stages/curve.h"

static double value(const void *params, double from, double to, double fraction)
{
    (void)params, (void)to, (void)fraction;
    return from;
}

const struct gd_curve_class gd_curve_constant = {
    .base = {.name = "constant", .summary = "the first value all along"},
    .value = value,
};

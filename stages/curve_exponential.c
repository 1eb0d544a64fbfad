#include <math.h>

#include "stages/curve.h"

static double value(const void *params, double from, double to, double fraction)
{
    (void)params;
    return fraction < 1 ? from * pow(to / from, fraction) : to;
}

const struct gd_curve_class gd_curve_exponential = {
    .base = {.name = "exponential", .summary = "the same factor from step to step: from (to/from)^fraction"},
    .value = value,
};

#include "stages/curve.h"

static enum gd_status value(const void *params, const struct gd_curve_point *at, double *value, struct gd_error *error)
{
    (void)params, (void)error;
    *value = gd_curve_geometric(at->from, at->to, gd_curve_fraction(at));
    return GD_OK;
}

const struct gd_curve_class gd_curve_exponential = {
    .base = {.name = "exponential", .summary = "constant ratio per iteration: from (to/from)^fraction"},
    .value = value,
};

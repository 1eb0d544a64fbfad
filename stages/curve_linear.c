#include "stages/curve.h"

static enum gd_status value(const void *params, const struct gd_curve_point *at, double *value, struct gd_error *error)
{
    (void)params, (void)error;
    double fraction = gd_curve_fraction(at);
    *value = (1 - fraction) * at->from + fraction * at->to;
    return GD_OK;
}

const struct gd_curve_class gd_curve_linear = {
    .base = {.name = "linear", .summary = "constant difference per iteration"},
    .value = value,
};

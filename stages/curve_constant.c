#include "stages/curve.h"

static enum gd_status value(const void *params, const struct gd_curve_point *at, double *value, struct gd_error *error)
{
    (void)params, (void)error;
    *value = at->from;
    return GD_OK;
}

const struct gd_curve_class gd_curve_constant = {
    .base = {.name = "constant", .summary = "constant: the first value"},
    .value = value,
};

#include "stages/curve.h"

struct hold {
    int64_t plateaus;
};

static const struct gd_param rows[] = {
    {.name = "plateaus",
     .type = GD_INT,
     .offset = offsetof(struct hold, plateaus),
     .initial = "5",
     .min = 2,
     .max = 1e6,
     .help = "number of plateaus, including the first and last value; at most one per iteration"},
    {0},
};

static enum gd_status value(const void *params, const struct gd_curve_point *at, double *value, struct gd_error *error)
{
    (void)error;
    const struct hold *hold = params;
    int64_t plateaus = hold->plateaus < at->n ? hold->plateaus : at->n;
    struct gd_curve_point plateau = {.k = at->k * plateaus / at->n, .n = plateaus};
    *value = gd_curve_geometric(at->from, at->to, gd_curve_fraction(&plateau));
    return GD_OK;
}

const struct gd_curve_class gd_curve_hold = {
    .base = {.name = "hold",
             .summary = "plateaus of equal length with a constant ratio",
             .params = rows,
             .size = sizeof(struct hold)},
    .value = value,
};

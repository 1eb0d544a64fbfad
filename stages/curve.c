#include "stages/curve.h"

#include <math.h>

const struct gd_kind gd_kind_curve = {.name = "curve",
                                      .summary = "how a number goes from its first to its last value",
                                      .form = GD_WRAPPED,
                                      .callbacks = (const size_t[]){offsetof(struct gd_curve_class, value), 0},
                                      .function = "k, n, state"};

double gd_curve_geometric(double from, double to, double fraction)
{
    return fraction < 1 ? from * pow(to / from, fraction) : to;
}

#include "stages/curve.h"

const struct gd_kind gd_kind_curve = {
    .name = "curve", .summary = "how a number goes from its first to its last value", .form = GD_WRAPPED};

/* Annealing curves: how a number goes from its first to its last value. Components of kind "curve". */
#ifndef GD_STAGES_CURVE_H
#define GD_STAGES_CURVE_H

#include "engine/registry.h"

struct gd_curve_class {
    struct gd_component base;
    /* The value at `fraction` of the way, 0 <= fraction <= 1; from, to > 0. A way of one point has fraction 0. */
    double (*value)(const void *params, double from, double to, double fraction);
};

extern const struct gd_kind gd_kind_curve;
extern const struct gd_curve_class *const gd_curves[]; /* NULL-ended: constant, cosine, exponential, linear */

#endif

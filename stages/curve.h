/* Annealing curves: how a number goes from its first to its last value. Components of kind "curve". */
#ifndef GD_STAGES_CURVE_H
#define GD_STAGES_CURVE_H

#include "engine/language/registry.h"

/* Where on its way a curve is asked for its value. */
struct gd_curve_point {
    double from, to;        /* first and last value; both > 0 */
    int64_t k, n;           /* point k of n, 0 <= k < n */
    double previous;        /* the value at point k - 1, by whatever curve; not used at k = 0 */
    const double *energies; /* [count] of all structures evaluated so far, eV */
    size_t count;
};

struct gd_curve_class {
    struct gd_component base;
    enum gd_status (*value)(const void *params, const struct gd_curve_point *at, double *value, struct gd_error *error);
    bool falling; /* is for from >= to only */
};

extern const struct gd_kind gd_kind_curve;
extern const struct gd_curve_class *const gd_curves[]; /* NULL-ended, in the order of CMakeLists.txt */

/* The part of the way that is done: 0 at the first point, 1 at the last. A way of one point has 0. */
static inline double gd_curve_fraction(const struct gd_curve_point *at)
{
    return at->n > 1 ? (double)at->k / (double)(at->n - 1) : 0;
}

/* from (to/from)^fraction, exact at both ends. */
double gd_curve_geometric(double from, double to, double fraction);

#endif

/* The plain statement of every operation: loops in the order of the formulas in model/operations.h, sums in double. */
#ifndef GD_MODEL_REFERENCE_H
#define GD_MODEL_REFERENCE_H

#include "model/backend.h"

#define GD_REFERENCE_PROTOTYPE(name) void gd_reference_##name(struct gd_backend *backend, const struct gd_##name *a);
GD_OPERATIONS(GD_REFERENCE_PROTOTYPE)

double gd_reference_silu(double x);
double gd_reference_silu_slope(double x);

extern const struct gd_backend_class gd_backend_reference;

#endif

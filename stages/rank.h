/* Where numbers are among each other. */
#ifndef GD_STAGES_RANK_H
#define GD_STAGES_RANK_H

#include "engine/base/error.h"

/* ranks[k] = the share of values that are below value k, and half of those that are equal to it, itself included: with
 * n different values from 1/2n, the lowest, to 1 - 1/2n. Of values that are finite alone; the rank of others is not a
 * number. */
enum gd_status gd_rank(const double *values, size_t count, double *ranks, struct gd_error *error);

#endif

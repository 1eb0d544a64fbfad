/* Heads whose output is a scalar of each structure, the sum over its atoms with an output of
 * e = Dense(H->1)(silu(Dense(F->H)(q))), where beside q is the time if the output depends on it; H is F or F/2. A prior
 * is added to it. Tensors: PREFIX.0.…, PREFIX.2.… */
#ifndef GD_MODEL_SCALAR_HEAD_H
#define GD_MODEL_SCALAR_HEAD_H

#include "model/prior.h"
#include "model/time_rows.h"

struct gd_scalar_head {
    struct gd_head base;
    struct gd_net net;
    int told; /* width of what it is told (gd_time_rows_width) */
    struct gd_prior prior;

    /* Of a pass. */
    struct gd_time_rows time;
    float *joined;               /* [n][F + told]; NULL when told nothing: q itself */
    struct gd_net_arrays arrays; /* n rows */
    int *structure;              /* [n] */
    float *dscalar;              /* [n] training only */
};

extern const struct gd_head_form gd_scalar_head;

#endif

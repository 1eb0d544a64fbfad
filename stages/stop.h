/* When training ends by itself. Components of kind "stop". */
#ifndef GD_STAGES_STOP_H
#define GD_STAGES_STOP_H

#include "engine/language/registry.h"

/* How far training is, after an optimisation step. */
struct gd_stop_point {
    int64_t step;      /* optimisation steps done, from 1 */
    double validation; /* the validation loss, when this step ended an epoch; NaN: it did not */
    double agreement;  /* cosine of the angle between this step's gradient and the momentum of those before it, as AdamW
                          keeps it; NaN at the first step */
};

struct gd_stop_class {
    struct gd_component base;
    size_t memory;              /* bytes that `done` keeps from step to step, zero before the first */
    bool validation, agreement; /* what it looks at; the other is NaN */
    bool (*done)(const void *params, void *memory, const struct gd_stop_point *at);
};

extern const struct gd_stop_class *const gd_stops[]; /* NULL-ended */

#endif

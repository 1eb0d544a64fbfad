/* Criterion `threshold`: any rise of the energy up to a threshold is accepted (Dueck and Scheuer, J. Comput. Phys. 90,
 * 161 (1990)). */
#include "stages/criterion.h"

struct threshold {
    double rise;
};

static const struct gd_param rows[] = {
    {.name = "rise",
     .type = GD_FLOAT,
     .offset = offsetof(struct threshold, rise),
     .initial = "0.1",
     .max = 1e6,
     .unit = "eV",
     .help = "largest rise that is accepted"},
    {0},
};

static enum gd_status judge(const void *params, struct gd_trial *trial, enum gd_outcome *outcome,
                            struct gd_error *error)
{
    const struct threshold *threshold = params;
    (void)error;
    *outcome = trial->proposed - trial->current <= threshold->rise ? GD_CHAIN_ACCEPTED : GD_CHAIN_REJECTED;
    return GD_OK;
}

const struct gd_criterion_class gd_criterion_threshold = {
    .base = {.name = "threshold",
             .summary = "any rise of the energy up to a threshold is accepted",
             .params = rows,
             .size = sizeof(struct threshold)},
    .judge = judge,
};

/* Criterion `lowest`: only what lowers the energy is accepted. */
#include "stages/criterion.h"

static enum gd_status judge(const void *params, struct gd_trial *trial, enum gd_outcome *outcome,
                            struct gd_error *error)
{
    (void)params, (void)error;
    *outcome = trial->proposed < trial->current ? GD_CHAIN_ACCEPTED : GD_CHAIN_REJECTED;
    return GD_OK;
}

const struct gd_criterion_class gd_criterion_lowest = {
    .base = {.name = "lowest", .summary = "only a lower energy is accepted"},
    .judge = judge,
};

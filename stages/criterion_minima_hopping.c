/* Criterion `minima-hopping`: a rise of the energy up to a difference that each chain adapts is accepted, and the
 * kinetic energy of its escapes is adapted to how new the minima are that they find (Goedecker, J. Chem. Phys. 120,
 * 9911 (2004), whose letters for the factors are given). */
#include <math.h>

#include "stages/criterion.h"

struct hopping {
    double difference, same;
    double accepted, rejected, returned, known, found;
};

#define FACTOR(field, first, text)                                                                                     \
    {                                                                                                                  \
        .name = #field, .type = GD_FLOAT, .offset = offsetof(struct hopping, field), .initial = first, .min = 0.1,     \
        .max = 10, .help = text                                                                                        \
    }

static const struct gd_param rows[] = {
    {.name = "difference",
     .type = GD_FLOAT,
     .offset = offsetof(struct hopping, difference),
     .initial = "0.5",
     .max = 1e6,
     .above_min = true,
     .unit = "eV",
     .help = "largest rise that is accepted at the beginning"},
    {.name = "same",
     .type = GD_FLOAT,
     .offset = offsetof(struct hopping, same),
     .initial = "0.001",
     .max = 1e3,
     .unit = "eV",
     .help = "minima whose energies differ by no more than this are the same"},
    FACTOR(accepted, "0.952", "factor of the difference after an accepted proposal (α1)"),
    FACTOR(rejected, "1.05", "factor of the difference after a rejected proposal (α2)"),
    FACTOR(returned, "1.05", "factor of the kinetic energy after an escape to the same minimum (β1)"),
    FACTOR(known, "1.05", "factor of the kinetic energy after one to another minimum of the archive (β2)"),
    FACTOR(found, "0.952", "factor of the kinetic energy after one to a new minimum (β3)"),
    {0},
};

/* Whether an older structure of the archive has the energy of the proposal. */
static bool is_known(const struct hopping *hopping, const struct gd_trial *trial)
{
    const struct gd_set *archive = trial->archive;
    for (size_t k = 0; archive && k < archive->count; k++)
        if (archive->serials[k] < trial->before && fabs(archive->energies[k] - trial->proposed) <= hopping->same)
            return true;
    return false;
}

static enum gd_outcome judge_minimum(const struct hopping *hopping, struct gd_trial *trial)
{
    struct gd_chain *chain = trial->chain;
    if (fabs(trial->proposed - trial->current) <= hopping->same) {
        chain->kinetic *= hopping->returned;
        return GD_CHAIN_SAME;
    }
    const bool accepted = trial->proposed - trial->current <= hopping->difference * chain->threshold;
    chain->kinetic *= is_known(hopping, trial) ? hopping->known : hopping->found;
    chain->threshold *= accepted ? hopping->accepted : hopping->rejected;
    return accepted ? GD_CHAIN_ACCEPTED : GD_CHAIN_REJECTED;
}

/* Factors so far from 1 that they would lead out of the numbers end there. */
static double bound(double factor)
{
    return fmin(fmax(factor, 1e-6), 1e6);
}

static enum gd_status judge(const void *params, struct gd_trial *trial, enum gd_outcome *outcome,
                            struct gd_error *error)
{
    (void)error;
    *outcome = judge_minimum(params, trial);
    trial->chain->kinetic = bound(trial->chain->kinetic);
    trial->chain->threshold = bound(trial->chain->threshold);
    return GD_OK;
}

const struct gd_criterion_class gd_criterion_minima_hopping = {
    .base = {.name = "minima-hopping",
             .summary = "a rise up to an adapted difference is accepted; the kinetic energy of escapes is adapted",
             .params = rows,
             .size = sizeof(struct hopping)},
    .judge = judge,
};

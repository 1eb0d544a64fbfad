/* Criteria: whether a chain takes its proposal, or which structures the next generation has. Components of kind
 * "criterion". */
#ifndef GD_STAGES_CRITERION_H
#define GD_STAGES_CRITERION_H

#include "atoms/system.h"
#include "engine/language/registry.h"
#include "stages/chains.h"

/* A proposal of a chain, with the structure that the chain has. Energies in eV, both finite. */
struct gd_trial {
    double current, proposed;
    double temperature;           /* eV: the chain's own, or the slot's; 0: neither has a value */
    struct gd_stream *stream;     /* of this chain alone */
    struct gd_chain *chain;       /* whose factors the criterion may change */
    const struct gd_set *archive; /* NULL: none */
    int64_t before; /* structures of the archive with lower serial numbers are older than all proposals at hand */
};

/* Structures that may become the next population. */
struct gd_generation {
    const struct gd_system *system;
    const struct gd_set *set; /* those of the population, then those of the batch; all with finite energies, eV */
    size_t old;               /* how many are the population's */
    int threads;
};

/* One of judge and renew is given. */
struct gd_criterion_class {
    struct gd_component base;
    /* GD_CHAIN_ACCEPTED or another outcome. Of one chain after another. GD_BAD_INPUT when it needs a temperature. */
    enum gd_status (*judge)(const void *params, struct gd_trial *trial, enum gd_outcome *outcome,
                            struct gd_error *error);
    /* For populations that are no chains. outcomes [set->count]: GD_CHAIN_ACCEPTED for what the next population has,
     * GD_CHAIN_SAME for what is left out because it has the same already. */
    enum gd_status (*renew)(const void *params, const struct gd_generation *generation, enum gd_outcome *outcomes,
                            struct gd_error *error);
    /* Whether with these parameters it needs the slot `temperature`. NULL: it does not. */
    bool (*needs_temperature)(const void *params);
};

extern const struct gd_criterion_class *const gd_criteria[]; /* NULL-ended */

#endif

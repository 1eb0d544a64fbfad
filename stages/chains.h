/* What a search knows about each of its chains (Monte Carlo walkers) beside its structure: the value of the slot
 * `chains`. Chain k has structure k of `population`. */
#ifndef GD_STAGES_CHAINS_H
#define GD_STAGES_CHAINS_H

#include "engine/run/context.h"

struct gd_chain {
    double step;        /* lengths of moves are multiplied by it */
    double kinetic;     /* kinetic energies of escapes are multiplied by it */
    double threshold;   /* energy differences of minima hopping are multiplied by it */
    double temperature; /* eV; 0: it has none of its own */
    double outcome;     /* enum gd_outcome of its last proposal */
};

enum gd_outcome { GD_NO_OUTCOME, GD_CHAIN_REJECTED, GD_CHAIN_ACCEPTED, GD_CHAIN_SAME /* the same minimum again */ };

struct gd_chains {
    size_t count;
    struct gd_chain *chains; /* [count] */
};

extern const struct gd_slot gd_slot_chains;

/* The slot's value with `count` chains, made anew, with factors of 1, when it has none or another number of them; NULL
 * on failure. */
struct gd_chains *gd_chains_of(struct gd_context *context, size_t count);

#endif

/* What the relaxation at the end of a run has found: the value of the slot `minima`. */
#ifndef GD_STAGES_MINIMA_H
#define GD_STAGES_MINIMA_H

#include "atoms/structure.h"
#include "engine/run/state.h"

/* Counts beside the minima; kept as one array in files. */
struct gd_minima_counts {
    int64_t evaluations;        /* of energies and forces */
    int64_t relaxed, converged; /* structures */
    int64_t judged;             /* 1 when there was a target */
    int64_t found;              /* the evaluation, counted from 1 in the relaxation, that ended in a hit; 0: none; of
                                   a hit that stays from an earlier end of the run the last */
};

struct gd_minima {
    struct gd_set set; /* distinct minima, the lowest first; serials: evaluations of the structures relaxed into them */
    int64_t *met; /* [set.count] how many structures of the archive fall on each; 0: it stays from an earlier end */
    struct gd_minima_counts counts;
};

/* None yet, of the atoms of a set, with room for so many; NULL when out of memory. */
struct gd_minima *gd_minima_new(const struct gd_set *like, size_t count, struct gd_error *error);
void gd_minima_free(void *minima); /* accepts NULL */

/* The probability that one more structure as low as these falls on a minimum that none has fallen on: the share of
 * those that fall on the minima whose minimum was met once (Good, Biometrika 40, 237 (1953)); NaN when there are none.
 */
double gd_minima_unseen(const struct gd_minima *minima);

extern const struct gd_slot gd_slot_minima;

#endif

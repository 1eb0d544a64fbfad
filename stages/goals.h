/* The slots of what `estimate` finds.
 *
 * The slot `goals`: noised structures, and what the score is to be there. A set of structures x_t whose `forces` are
 * that score, 1/Å (0 for template atoms), and whose `energies` are the times t. */
#ifndef GD_STAGES_GOALS_H
#define GD_STAGES_GOALS_H

#include "engine/run/state.h"

extern const struct gd_slot gd_slot_goals;

/* The slot `goal_energies`: what the energy of the noised distribution is to be for each of them, in units of T. */
struct gd_goal_energies {
    size_t count;
    double *energies; /* [count] */
};

extern const struct gd_slot gd_slot_goal_energies;

/* All 0; NULL when out of memory. It is to be given to the slot. */
struct gd_goal_energies *gd_goal_energies_new(size_t count, struct gd_error *error);

#endif

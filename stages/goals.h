/* The slot `goals`: noised structures, and what the score is to be there. A set of structures x_t whose `forces` are
 * that score, 1/Å (0 for template atoms), and whose `energies` are the times t. */
#ifndef GD_STAGES_GOALS_H
#define GD_STAGES_GOALS_H

#include "engine/run/state.h"

extern const struct gd_slot gd_slot_goals;

#endif

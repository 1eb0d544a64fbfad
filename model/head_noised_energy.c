/* Head `noised_energy`: U(x, t) = -log of the density that noise of time t leaves of exp(-E/T), but for a constant of
 * the time; in units of T. Minus its gradient is the score. A network's prior (prior.h) is part of it. */
#include "model/scalar_head.h"

const struct gd_head_class gd_head_noised_energy = {
    .name = "noised_energy",
    .summary = "energy of the noised distribution over T, whose slope is the score",
    .form = &gd_scalar_head,
    .score = GD_SCORE_SLOPE,
    .prefix = "noised_energy_head",
    .timed = true,
    .prior = true,
};

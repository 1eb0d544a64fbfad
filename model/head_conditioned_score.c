/* Head `conditioned_score`: the score of structures whose energy has a given rank, or without one that of all, as
 * classifier-free guidance needs it (J. Ho and T. Salimans, arXiv:2207.12598). */
#include "model/vector_head.h"

const struct gd_head_class gd_head_conditioned_score = {
    .name = "conditioned_score",
    .summary = "the score of the diffusion, given the rank of the energy",
    .form = &gd_vector_head,
    .score = GD_SCORE_OUTPUT,
    .prefix = "conditioned_head",
    .timed = true,
    .conditioned = true,
};

/* Head `score`: the score of the diffusion, which depends on the time. */
#include "model/vector_head.h"

const struct gd_head_class gd_head_score = {
    .name = "score",
    .summary = "the score of the diffusion",
    .form = &gd_vector_head,
    .score = GD_SCORE_OUTPUT,
    .prefix = "head",
    .timed = true,
};

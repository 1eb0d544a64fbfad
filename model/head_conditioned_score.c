/* Head `conditioned_score`: the score of structures whose energy has a given rank, or without one that of all, as
 * classifier-free guidance needs it (J. Ho and T. Salimans, arXiv:2207.12598). */
#include "model/vector_head.h"

#define PREFIX "conditioned_head"

static void list_tensors(int features, struct gd_tensor_list *list)
{
    gd_vector_head_tensors(PREFIX, GD_TIME_ROWS_CONDITIONED, features, list);
}

static void open_head(struct gd_head *head, const struct gd_model *model)
{
    gd_vector_head_open(head, PREFIX, GD_TIME_ROWS_CONDITIONED, model);
}

const struct gd_head_class gd_head_conditioned_score = {
    .name = "conditioned_score",
    .summary = "the score of the diffusion, given the rank of the energy",
    .width = 3,
    .score = GD_SCORE_OUTPUT,
    .conditioned = true,
    .size = sizeof(struct gd_vector_head),
    .tensors = list_tensors,
    .open = open_head,
    .close = gd_vector_head_close,
    .largest = gd_vector_head_largest,
    .carve = gd_vector_head_carve,
    .prepare = gd_vector_head_prepare,
    .forward = gd_vector_head_forward,
    .backward = gd_vector_head_backward,
};

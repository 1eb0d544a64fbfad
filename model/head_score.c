/* Head `score`: the score of the diffusion, which depends on the time. */
#include "model/vector_head.h"

static void list_tensors(int features, struct gd_tensor_list *list)
{
    gd_vector_head_tensors("head", GD_TIME_ROWS_WIDTH, features, list);
}

static void open_head(struct gd_head *head, const struct gd_model *model)
{
    gd_vector_head_open(head, "head", GD_TIME_ROWS_WIDTH, model);
}

const struct gd_head_class gd_head_score = {
    .name = "score",
    .summary = "the score of the diffusion",
    .width = 3,
    .score = GD_SCORE_OUTPUT,
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

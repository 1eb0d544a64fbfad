/* Head `noised_energy`: U(x, t) = -log of the density that noise of time t leaves of exp(-E/T), but for a constant of
 * the time; in units of T. Minus its gradient is the score. */
#include "model/scalar_head.h"

#define PREFIX "noised_energy_head"

static void list_tensors(int features, struct gd_tensor_list *list)
{
    gd_scalar_head_tensors(PREFIX, true, features, features, list);
}

static void open_head(struct gd_head *head, const struct gd_model *model)
{
    gd_scalar_head_open(head, PREFIX, true, head->features, model);
}

const struct gd_head_class gd_head_noised_energy = {
    .name = "noised_energy",
    .summary = "energy of the noised distribution over T, whose slope is the score",
    .width = 1,
    .of_structure = true,
    .score = GD_SCORE_SLOPE,
    .size = sizeof(struct gd_scalar_head),
    .tensors = list_tensors,
    .open = open_head,
    .close = gd_scalar_head_close,
    .largest = gd_scalar_head_largest,
    .carve = gd_scalar_head_carve,
    .prepare = gd_scalar_head_prepare,
    .forward = gd_scalar_head_forward,
    .backward = gd_scalar_head_backward,
};

/* Head `force`: the forces on the atoms in eV/Å. It is asked for at time 0, where the backbone sees the time. */
#include "model/vector_head.h"

static void list_tensors(int features, struct gd_tensor_list *list)
{
    gd_vector_head_tensors("force_head", 0, features, list);
}

static void open_head(struct gd_head *head, const struct gd_model *model)
{
    gd_vector_head_open(head, "force_head", 0, model);
}

const struct gd_head_class gd_head_force = {
    .name = "force",
    .summary = "forces on the atoms, eV/Å",
    .width = 3,
    .size = sizeof(struct gd_vector_head),
    .tensors = list_tensors,
    .open = open_head,
    .close = gd_vector_head_close,
    .largest = gd_vector_head_largest,
    .carve = gd_vector_head_carve,
    .forward = gd_vector_head_forward,
    .backward = gd_vector_head_backward,
};

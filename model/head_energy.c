/* Head `energy`: the energy in eV of the atoms with an output (the mobile ones, unless every atom has one). It
 * is asked for at time 0, where the backbone sees the time. It knows nothing of what a template adds: that is a
 * constant of the runs that it learns from. */
#include "model/scalar_head.h"

#define PREFIX "energy_head"

static void list_tensors(int features, struct gd_tensor_list *list)
{
    gd_scalar_head_tensors(PREFIX, false, features, features / 2, list);
}

static void open_head(struct gd_head *head, const struct gd_model *model)
{
    gd_scalar_head_open(head, PREFIX, false, head->features / 2, model);
}

const struct gd_head_class gd_head_energy = {
    .name = "energy",
    .summary = "energy of the structure, eV",
    .width = 1,
    .of_structure = true,
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

#include "stages/selection.h"

#include "engine/base/sort.h"

const struct gd_kind gd_kind_selection = {
    .name = "selection",
    .summary = "which structures are kept, by their energies",
    .form = GD_WRAPPED,
    .callbacks = (const size_t[]){offsetof(struct gd_selection_class, choose), 0},
};

void gd_selection_sort(const struct gd_set *set, size_t *order)
{
    for (size_t k = 0; k < set->count; k++)
        order[k] = k;
    gd_sort_places(order, set->count, set->energies);
}

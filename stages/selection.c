#include "stages/selection.h"

#include <stdlib.h>

#include "engine/base/memory.h"

const struct gd_kind gd_kind_selection = {
    .name = "selection",
    .summary = "which structures are kept, by their energies",
    .form = GD_WRAPPED,
    .callbacks = (const size_t[]){offsetof(struct gd_selection_class, choose), 0},
};

struct ranked {
    double energy;
    size_t place;
};

static int by_energy(const void *a, const void *b)
{
    const struct ranked *one = a, *other = b;
    if (one->energy != other->energy)
        return one->energy < other->energy ? -1 : 1;
    return (one->place > other->place) - (one->place < other->place);
}

enum gd_status gd_selection_sort(const struct gd_set *set, size_t *order, struct gd_error *error)
{
    struct ranked *ranked = gd_array(set->count, sizeof *ranked);
    if (!ranked)
        return gd_no_memory(error, "structures in the order of their energies");
    for (size_t k = 0; k < set->count; k++)
        ranked[k] = (struct ranked){set->energies[k], k};
    qsort(ranked, set->count, sizeof *ranked, by_energy);
    for (size_t k = 0; k < set->count; k++)
        order[k] = ranked[k].place;
    free(ranked);
    return GD_OK;
}

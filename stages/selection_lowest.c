/* Selection `lowest`: the structures of the lowest energies. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "stages/selection.h"

static enum gd_status choose(const void *params, const struct gd_candidates *candidates, size_t keep, size_t *chosen,
                             size_t *count, struct gd_error *error)
{
    size_t *order = gd_array(candidates->set->count, sizeof *order);
    (void)params;
    if (!order)
        return gd_no_memory(error, "structures to choose from");
    gd_selection_sort(candidates->set, order);
    memcpy(chosen, order, keep * sizeof *chosen);
    *count = keep;
    free(order);
    return GD_OK;
}

const struct gd_selection_class gd_selection_lowest = {
    .base = {.name = "lowest", .summary = "The lowest energies."},
    .choose = choose,
};

#include "engine/run/counts.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

static size_t count_leaves(const struct gd_step *steps, size_t count)
{
    size_t leaves = 0;
    for (size_t k = 0; k < count; k++)
        leaves += (steps[k].stage || steps[k].pipeline ? 1 : 0) + count_leaves(steps[k].steps, steps[k].count);
    return leaves;
}

static void collect_leaves(struct gd_counts *counts, const struct gd_step *steps, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        collect_leaves(counts, steps[k].steps, steps[k].count);
        if (steps[k].stage || steps[k].pipeline)
            counts->leaves[counts->count++].step = &steps[k];
    }
}

enum gd_status gd_counts_make(struct gd_counts *counts, const struct gd_pipeline *pipeline, struct gd_error *error)
{
    *counts =
        (struct gd_counts){.leaves = gd_array(count_leaves(pipeline->steps, pipeline->count), sizeof *counts->leaves)};
    if (!counts->leaves)
        return gd_no_memory(error, "the steps of the run");
    collect_leaves(counts, pipeline->steps, pipeline->count);
    return GD_OK;
}

void gd_counts_clear(struct gd_counts *counts)
{
    free(counts->leaves);
    *counts = (struct gd_counts){0};
}

struct gd_leaf *gd_counts_leaf(const struct gd_counts *counts, const char *path)
{
    for (size_t k = 0; k < counts->count; k++)
        if (strcmp(counts->leaves[k].step->path, path) == 0)
            return &counts->leaves[k];
    return NULL;
}

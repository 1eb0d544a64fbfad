#include "stages/crossover.h"

#include <math.h>
#include <string.h>

#include "atoms/vector.h"
#include "engine/base/numbers.h"

const struct gd_kind gd_kind_crossover = {
    .name = "crossover",
    .summary = "how two structures make a third",
    .form = GD_WRAPPED,
    .callbacks = (const size_t[]){offsetof(struct gd_crossover_class, cross), 0},
};

/* The second parent's lowest atom of an element that is not taken yet. */
static size_t lowest_left(const struct gd_crossing *crossing, int species)
{
    size_t lowest = crossing->count;
    for (size_t j = 0; j < crossing->count; j++)
        if (crossing->species[j] == species && !crossing->taken[j] &&
            (lowest == crossing->count || crossing->heights[1][j] < crossing->heights[1][lowest]))
            lowest = j;
    return lowest;
}

bool gd_crossing_splice(struct gd_crossing *crossing)
{
    size_t above = 0;
    memset(crossing->taken, 0, crossing->count * sizeof *crossing->taken);
    for (size_t i = 0; i < crossing->count; i++) {
        const bool own = crossing->heights[0][i] > 0;
        const size_t from = own ? i : lowest_left(crossing, crossing->species[i]);
        above += own;
        if (!own)
            crossing->taken[from] = true;
        for (int axis = 0; axis < 3; axis++)
            crossing->child[i][axis] = crossing->centres[0][axis] + crossing->moved[!own][from][axis];
    }
    return above > 0 && above < crossing->count;
}

bool gd_crossing_free(const struct gd_crossing *crossing)
{
    return crossing->system->fixed == 0 && !crossing->system->confined;
}

void gd_crossing_normal(struct gd_crossing *crossing, double normal[3])
{
    const double azimuth = 2 * GD_PI * gd_stream_uniform(crossing->stream);
    gd_set_direction(normal, azimuth, gd_crossing_free(crossing) ? 2 * gd_stream_uniform(crossing->stream) - 1 : 0);
}

/* Crossover `slabs`: a strip of the cell, half as wide as the cell, from the first parent, the rest from the second.
 * For layers of atoms all over a surface, and for crystals; nothing is moved. */
#include <math.h>
#include <string.h>

#include "stages/crossover.h"

/* One of the cell vectors that the strip may lie across: a periodic one that the window or region does not bound, if
 * there is any, else one that is not bounded, else any. */
static int draw_direction(struct gd_crossing *crossing)
{
    const struct gd_system *system = crossing->system;
    int directions[3], count = 0;
    for (int required = 2; required >= 0 && count == 0; required--)
        for (int k = 0; k < 3; k++)
            if ((required < 1 || !gd_system_bounds(system, k)) && (required < 2 || system->basis.periodic[k]))
                directions[count++] = k;
    return directions[gd_stream_below(crossing->stream, (size_t)count)];
}

/* How far inside the strip around `middle` a place is, in cell vectors. */
static double depth(const struct gd_crossing *crossing, const double moved[3], int direction, double middle)
{
    double point[3], fractional[3];
    for (int axis = 0; axis < 3; axis++)
        point[axis] = crossing->centres[0][axis] + moved[axis];
    gd_to_fractional(&crossing->system->basis, point, fractional);
    double off = fractional[direction] - middle;
    if (crossing->system->basis.periodic[direction])
        off -= round(off);
    return 0.25 - fabs(off);
}

static bool cross(const void *params, struct gd_crossing *crossing)
{
    const int direction = draw_direction(crossing);
    const double middle = gd_stream_uniform(crossing->stream);
    (void)params;
    for (int parent = 0; parent < 2; parent++)
        for (size_t i = 0; i < crossing->count; i++) {
            for (int axis = 0; axis < 3; axis++)
                crossing->moved[parent][i][axis] =
                    crossing->places[parent][i][axis] + (crossing->centres[parent][axis] - crossing->centres[0][axis]);
            crossing->heights[parent][i] = depth(crossing, crossing->moved[parent][i], direction, middle);
        }
    return gd_crossing_splice(crossing);
}

const struct gd_crossover_class gd_crossover_slabs = {
    .base = {.name = "slabs", .summary = "A strip of the cell from one parent, the rest from the other."},
    .cross = cross,
};

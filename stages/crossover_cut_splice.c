/* Crossover `cut-splice`: both parents are cut by a plane, and one side of the first is joined with the other side of
 * the second.
 *
 * Free clusters are cut through their centres by a plane of any direction, the second one turned at random first, and
 * moved along the normal until the right number of its atoms is beyond the plane: Deaven and Ho, Phys. Rev. Lett. 75,
 * 288 (1995). On a template the plane is perpendicular to z = 0: Vilhelmsen and Hammer, Phys. Rev. Lett. 108, 126101
 * (2012). */
#include <math.h>
#include <string.h>

#include "atoms/vector.h"
#include "engine/base/numbers.h"
#include "stages/crossover.h"

struct params {
    bool align;
};

static const struct gd_param rows[] = {
    {.name = "align",
     .type = GD_BOOL,
     .offset = offsetof(struct params, align),
     .initial = "true",
     .help = "on a template, the second parent is moved in the plane until the centres of both agree"},
    {0},
};

/* A random rotation: Shoemake's quaternion, Graphics Gems III, 124 (1992). */
static void draw_rotation(struct gd_stream *stream, double rotation[3][3])
{
    const double u = gd_stream_uniform(stream);
    const double a = 2 * GD_PI * gd_stream_uniform(stream), b = 2 * GD_PI * gd_stream_uniform(stream);
    const double x = sqrt(1 - u) * sin(a), y = sqrt(1 - u) * cos(a), z = sqrt(u) * sin(b), w = sqrt(u) * cos(b);
    const double matrix[3][3] = {{1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)},
                                 {2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)},
                                 {2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)}};
    memcpy(rotation, matrix, sizeof matrix);
}

static void turn(struct gd_crossing *crossing)
{
    double rotation[3][3];
    draw_rotation(crossing->stream, rotation);
    for (size_t i = 0; i < crossing->count; i++)
        for (int axis = 0; axis < 3; axis++)
            crossing->moved[1][i][axis] = gd_dot(rotation[axis], crossing->places[1][i]);
}

/* From the centre of the second parent to that of the first: in z always, in the plane unless they are aligned. */
static void shift(struct gd_crossing *crossing, bool align, double way[3])
{
    for (int axis = 0; axis < 3; axis++)
        way[axis] = crossing->centres[1][axis] - crossing->centres[0][axis];
    if (align)
        way[0] = way[1] = 0;
    else
        gd_minimum_image(&crossing->system->basis, way);
    for (size_t i = 0; i < crossing->count; i++)
        for (int axis = 0; axis < 3; axis++)
            crossing->moved[1][i][axis] = crossing->places[1][i][axis] + way[axis];
}

static void set_heights(struct gd_crossing *crossing, const double normal[3], double plane)
{
    for (int parent = 0; parent < 2; parent++)
        for (size_t i = 0; i < crossing->count; i++)
            crossing->heights[parent][i] = gd_dot(crossing->moved[parent][i], normal) - plane;
}

/* The height that is exceeded by `above` of the second parent's atoms, half way to the next one below. */
static double height_exceeded_by(const struct gd_crossing *crossing, size_t above)
{
    const double *heights = crossing->heights[1];
    double lower = -INFINITY, upper = INFINITY;
    for (size_t i = 0; i < crossing->count; i++) {
        size_t higher = 0;
        for (size_t j = 0; j < crossing->count; j++)
            higher += heights[j] > heights[i] || (heights[j] == heights[i] && j < i);
        if (higher == above)
            lower = heights[i];
        if (higher + 1 == above)
            upper = heights[i];
    }
    return (lower + upper) / 2;
}

/* As many of the second parent's atoms come above the plane as of the first one's. */
static void level(struct gd_crossing *crossing, const double normal[3])
{
    size_t above = 0;
    for (size_t i = 0; i < crossing->count; i++)
        above += crossing->heights[0][i] > 0;
    if (above == 0 || above == crossing->count)
        return;
    const double excess = height_exceeded_by(crossing, above);
    for (size_t i = 0; i < crossing->count; i++) {
        crossing->heights[1][i] -= excess;
        gd_add_scaled(crossing->moved[1][i], -excess, normal);
    }
}

static bool cross(const void *params, struct gd_crossing *crossing)
{
    const bool turns = gd_crossing_free(crossing);
    double normal[3], way[3] = {0};
    gd_crossing_normal(crossing, normal);
    memcpy(crossing->moved[0], crossing->places[0], crossing->count * sizeof *crossing->moved[0]);
    if (turns)
        turn(crossing);
    else
        shift(crossing, ((const struct params *)params)->align, way);
    set_heights(crossing, normal, gd_dot(way, normal) / 2);
    if (turns)
        level(crossing, normal);
    return gd_crossing_splice(crossing);
}

const struct gd_crossover_class gd_crossover_cut_splice = {
    .base = {.name = "cut-splice",
             .summary = "One side of a plane from one parent, the other from the other.",
             .params = rows,
             .size = sizeof(struct params)},
    .cross = cross,
};

/* Move `rotate`: the mobile atoms, or those on one side of a plane, are turned about an axis through the centre of all
 * and shifted. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/vector.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "stages/move.h"

enum part { HALF, ALL };
enum axis { RANDOM, Z };

static const char *const parts[] = {"half", "all", NULL};
static const char *const axes[] = {"random", "z", NULL};

struct rotate {
    int part, axis;
    double angle, shift;
};

static const struct gd_param rows[] = {
    {.name = "part",
     .type = GD_CHOICE,
     .offset = offsetof(struct rotate, part),
     .choices = parts,
     .initial = "half",
     .help = "which mobile atoms: those on one side of a random plane through their centre, or all"},
    {.name = "axis",
     .type = GD_CHOICE,
     .offset = offsetof(struct rotate, axis),
     .choices = axes,
     .initial = "random",
     .help = "about which they are turned: the normal of the plane, or z, to which the plane then is parallel"},
    {.name = "angle",
     .type = GD_FLOAT,
     .offset = offsetof(struct rotate, angle),
     .initial = "180",
     .max = 180,
     .unit = "°",
     .help = "largest angle"},
    {.name = "shift",
     .type = GD_FLOAT,
     .offset = offsetof(struct rotate, shift),
     .initial = "0",
     .max = 1000,
     .unit = "Å",
     .help = "largest shift along each axis"},
    {0},
};

/* Mobile atoms as one piece: their places relative to the first of them, under the minimum image. */
struct piece {
    size_t count;
    double (*places)[3]; /* [count] */
    bool *turned;        /* [count] */
};

static enum gd_status open_piece(struct piece *piece, const struct gd_proposal *proposal, struct gd_error *error)
{
    const struct gd_system *system = proposal->system;
    const double(*positions)[3] = (const double(*)[3])proposal->positions + system->fixed;
    piece->count = gd_system_mobile(system);
    piece->places = gd_array(piece->count, sizeof *piece->places);
    piece->turned = gd_array(piece->count, sizeof *piece->turned);
    if (!piece->places || !piece->turned)
        return gd_no_memory(error, "a rotation");
    for (size_t k = 0; k < piece->count; k++) {
        for (int axis = 0; axis < 3; axis++)
            piece->places[k][axis] = positions[k][axis] - positions[0][axis];
        gd_minimum_image(&system->basis, piece->places[k]);
    }
    return GD_OK;
}

static void close_piece(struct piece *piece)
{
    free(piece->places);
    free(piece->turned);
}

static void find_centre(const struct piece *piece, double centre[3])
{
    memset(centre, 0, 3 * sizeof *centre);
    for (size_t k = 0; k < piece->count; k++)
        gd_add_scaled(centre, 1 / (double)piece->count, piece->places[k]);
}

/* A random direction; in the plane z = 0 when `flat`. */
static void draw_normal(struct gd_stream *stream, bool flat, double normal[3])
{
    for (int axis = 0; axis < 3; axis++)
        normal[axis] = flat && axis == 2 ? 0 : gd_stream_normal(stream);
    const double length = gd_length(normal);
    for (int axis = 0; axis < 3; axis++)
        normal[axis] /= length;
}

/* Chooses the atoms above the plane, or all, as a single one is; true when there are any. */
static bool choose(struct piece *piece, const struct rotate *rotate, const double normal[3])
{
    double centre[3];
    const bool all = rotate->part == ALL || piece->count == 1;
    bool any = false;
    find_centre(piece, centre);
    for (size_t k = 0; k < piece->count; k++) {
        piece->turned[k] = all || gd_dot(piece->places[k], normal) > gd_dot(centre, normal);
        any = any || piece->turned[k];
    }
    return any;
}

/* The difference that the rotation of `arm` about an axis makes (Rodrigues' formula). */
static void turn(const double arm[3], const double axis[3], double angle, double difference[3])
{
    double across[3], along = gd_dot(arm, axis);
    gd_cross(axis, arm, across);
    for (int k = 0; k < 3; k++)
        difference[k] = (cos(angle) - 1) * (arm[k] - along * axis[k]) + sin(angle) * across[k];
}

static void turn_piece(const struct piece *piece, const struct rotate *rotate, struct gd_proposal *proposal,
                       const double axis[3])
{
    const double degree = GD_PI / 180;
    const double angle =
        rotate->angle * degree * fmin(proposal->step, 1) * (2 * gd_stream_uniform(proposal->stream) - 1);
    double centre[3], shift[3];
    find_centre(piece, centre);
    for (int k = 0; k < 3; k++)
        shift[k] = rotate->shift * proposal->step * (2 * gd_stream_uniform(proposal->stream) - 1);
    for (size_t k = 0; k < piece->count; k++) {
        double arm[3] = {piece->places[k][0], piece->places[k][1], piece->places[k][2]}, difference[3];
        double *position = proposal->positions[proposal->system->fixed + k];
        if (!piece->turned[k])
            continue;
        gd_add_scaled(arm, -1, centre);
        turn(arm, axis, angle, difference);
        gd_add_scaled(position, 1, difference);
        gd_add_scaled(position, 1, shift);
    }
}

static enum gd_status move(const void *params, struct gd_proposal *proposal, struct gd_error *error)
{
    const struct rotate *rotate = params;
    static const double z[3] = {0, 0, 1};
    double normal[3];
    struct piece piece;
    enum gd_status status = open_piece(&piece, proposal, error);
    if (!status) {
        draw_normal(proposal->stream, rotate->axis == Z, normal);
        proposal->moved = choose(&piece, rotate, normal);
    }
    if (proposal->moved)
        turn_piece(&piece, rotate, proposal, rotate->axis == Z ? z : normal);
    close_piece(&piece);
    return status;
}

static enum gd_status check(const void *params, const struct gd_system *system, struct gd_error *error)
{
    const struct rotate *rotate = params;
    return gd_system_mobile(system) > 1 || rotate->shift > 0
               ? GD_OK
               : gd_fail(error, GD_BAD_INPUT, "a single mobile atom cannot be turned, and shift is 0");
}

const struct gd_move_class gd_move_rotate = {
    .base = {.name = "rotate",
             .summary = "turns and shifts the mobile atoms, or those on one side of a plane",
             .params = rows,
             .size = sizeof(struct rotate)},
    .move = move,
    .check = check,
};

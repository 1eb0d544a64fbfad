#include "atoms/region.h"

#include <math.h>
#include <string.h>

#include "atoms/region_priv.h"
#include "atoms/vector.h"
#include "engine/base/numbers.h"

#define AT_WALL (1 - 1e-12) /* of the radius: what is as far from the centre counts as being at the wall */

const struct gd_kind gd_kind_region = {
    .name = "region",
    .summary = "where mobile atoms may be",
    .form = GD_WRAPPED,
    .callbacks = (const size_t[]){offsetof(struct gd_region_class, add), 0},
};

/* --- Making ------------------------------------------------------------------------------------------------------- */

enum origin { MIDDLE, SURFACE, ORIGIN };

const char *const gd_region_origins[] = {"middle", "surface", "origin", NULL};

enum gd_status gd_region_centre(const struct gd_region_place *place, const struct gd_region_frame *frame,
                                double centre[3], struct gd_error *error)
{
    if ((place->from == SURFACE && isnan(frame->top)) || (place->from == ORIGIN && !frame->has_template))
        return gd_error_set_key(gd_fail(error, GD_BAD_INPUT, "from: %s needs a template%s",
                                        gd_region_origins[place->from], place->from == SURFACE ? " with atoms" : ""),
                                error, "from");
    for (int axis = 0; axis < 3; axis++)
        centre[axis] = place->centre[axis] + (place->from == ORIGIN ? 0 : frame->middle[axis]);
    if (place->from == SURFACE)
        centre[2] = place->centre[2] + frame->top;
    return GD_OK;
}

struct gd_region_part *gd_region_add(struct gd_region *region, struct gd_error *error)
{
    if (region->count == GD_REGION_PARTS) {
        gd_fail(error, GD_BAD_INPUT, "a region of more than %d parts", GD_REGION_PARTS);
        return NULL;
    }
    struct gd_region_part *part = &region->parts[region->count++];
    *part = (struct gd_region_part){0};
    return part;
}

void gd_region_add_ball(struct gd_region_part *part, int axes, const double centre[3], double radius)
{
    part->balls[part->count++] = (struct gd_ball){axes, {centre[0], centre[1], centre[2]}, radius};
}

enum gd_status gd_region_add_window(struct gd_region *region, double low, double high, struct gd_error *error)
{
    if (!(low < high))
        return gd_fail(error, GD_BAD_INPUT, "the window from %g to %g Å is empty", low, high);
    struct gd_region_part *part = gd_region_add(region, error);
    if (!part)
        return GD_BAD_INPUT;
    gd_region_add_ball(part, GD_Z_AXIS, (double[3]){0, 0, (low + high) / 2}, (high - low) / 2);
    region->is_window = region->count == 1;
    region->window[0] = low;
    region->window[1] = high;
    return GD_OK;
}

static struct gd_region_frame frame_of(const struct gd_structure *template_)
{
    struct gd_region_frame frame = {.top = NAN, .has_template = true};
    for (int k = 0; k < 3; k++)
        gd_add_scaled(frame.middle, 0.5, template_->cell.vectors[k]);
    for (size_t i = 0; i < template_->count; i++)
        frame.top = fmax(frame.top, template_->positions[i][2]);
    return frame;
}

static int axes_of(const struct gd_region_part *part)
{
    int axes = 0;
    for (int k = 0; k < part->count; k++)
        axes |= part->balls[k].axes;
    return axes;
}

int gd_region_axes(const struct gd_region *region)
{
    return region->count ? axes_of(&region->parts[0]) : 0;
}

static enum gd_status add_parts(struct gd_region *region, const struct gd_choice *choice,
                                const struct gd_region_frame *frame, struct gd_error *error)
{
    const struct gd_region_class *class = (const struct gd_region_class *)choice->component;
    *region = (struct gd_region){0};
    enum gd_status status = gd_error_set_key(
        gd_status_require_message(class->add(choice->params, frame, region, error), error, class->base.name), error,
        class->base.name);
    for (int k = 1; k < region->count && !status; k++)
        if (axes_of(&region->parts[k]) != axes_of(&region->parts[0]))
            status = gd_fail(error, GD_BAD_INPUT,
                             "a region of windows, which bound z alone, and of shapes that bound all directions");
    region->is_window = region->is_window && region->count == 1;
    return status;
}

/* How far the region reaches from the origin along an axis. */
static double reach(const struct gd_region *region, int axis)
{
    double farthest = 0;
    for (int k = 0; k < region->count; k++)
        for (int ball = 0; ball < region->parts[k].count; ball++) {
            const struct gd_ball *at = &region->parts[k].balls[ball];
            if (at->axes >> axis & 1)
                farthest = fmax(farthest, fabs(at->centre[axis]) + at->radius);
        }
    return farthest;
}

enum gd_status gd_region_make(struct gd_region *region, const struct gd_choice *choice,
                              const struct gd_structure *template_, double room[3], struct gd_error *error)
{
    struct gd_region_frame frame = {.top = NAN};
    if (template_)
        frame = frame_of(template_);
    enum gd_status status = add_parts(region, choice, &frame, error);
    if (template_ || status)
        return status;
    if (gd_region_axes(region) != GD_ALL_AXES)
        return gd_fail(error, GD_BAD_INPUT, "a window needs a template");
    for (int axis = 0; axis < 3; axis++) {
        room[axis] = 2 * (reach(region, axis) + GD_REGION_MARGIN);
        frame.middle[axis] = room[axis] / 2;
    }
    return add_parts(region, choice, &frame, error);
}

/* --- Use ---------------------------------------------------------------------------------------------------------- */

static void stop_in(const struct gd_region_part *part, double point[3])
{
    for (int k = 0; k < part->count; k++) {
        double outward[3];
        if (gd_ball_outward(&part->balls[k], point, outward) > part->balls[k].radius)
            gd_ball_place(&part->balls[k], outward, part->balls[k].radius, point);
    }
}

/* The part whose nearest point is nearest. */
static const struct gd_region_part *nearest_part(const struct gd_region *region, const double point[3])
{
    const struct gd_region_part *nearest = NULL;
    double least = INFINITY;
    for (int k = 0; k < region->count; k++) {
        double moved[3] = {point[0], point[1], point[2]};
        stop_in(&region->parts[k], moved);
        gd_add_scaled(moved, -1, point);
        if (!nearest || gd_dot(moved, moved) < least) {
            nearest = &region->parts[k];
            least = gd_dot(moved, moved);
        }
    }
    return nearest;
}

void gd_region_stop(const struct gd_region *region, double point[3])
{
    const struct gd_region_part *part = nearest_part(region, point);
    if (part)
        stop_in(part, point);
}

/* Whether a point is inside, and not at a wall. */
static bool is_within(const struct gd_region_part *part, const double point[3])
{
    double outward[3];
    for (int k = 0; k < part->count; k++)
        if (gd_ball_outward(&part->balls[k], point, outward) >= AT_WALL * part->balls[k].radius)
            return false;
    return true;
}

void gd_region_hold(const struct gd_region *region, const double point[3], double force[3])
{
    const struct gd_region_part *part = nearest_part(region, point);
    for (int k = 0; k < region->count; k++)
        if (is_within(&region->parts[k], point))
            return;
    for (int k = 0; part && k < part->count; k++) {
        double outward[3];
        const double distance = gd_ball_outward(&part->balls[k], point, outward), press = gd_dot(force, outward);
        if (distance >= AT_WALL * part->balls[k].radius && press > 0)
            gd_add_scaled(force, -press, outward);
    }
}

/* In the box around it, until it is in the ball. */
static void draw_in_ball(const struct gd_ball *ball, struct gd_stream *stream, double point[3])
{
    double unused[3];
    do
        for (int axis = 0; axis < 3; axis++)
            if (ball->axes >> axis & 1)
                point[axis] = ball->centre[axis] + ball->radius * (2 * gd_stream_uniform(stream) - 1);
    while (gd_ball_outward(ball, point, unused) > ball->radius);
}

/* Of the coordinates that it bounds. */
static double volume_of(const struct gd_region_part *part)
{
    const double ball[4] = {1, 2, GD_PI, 4 * GD_PI / 3};
    double volume = 1;
    for (int k = 0; k < part->count; k++) {
        const int axes = part->balls[k].axes, dimension = (axes & 1) + (axes >> 1 & 1) + (axes >> 2 & 1);
        volume *= ball[dimension] * pow(part->balls[k].radius, dimension);
    }
    return volume;
}

static const struct gd_region_part *draw_part(const struct gd_region *region, struct gd_stream *stream)
{
    double total = 0, left;
    int k = 0;
    for (int part = 0; part < region->count; part++)
        total += volume_of(&region->parts[part]);
    left = total * gd_stream_uniform(stream);
    for (; k < region->count - 1 && left >= volume_of(&region->parts[k]); k++)
        left -= volume_of(&region->parts[k]);
    return &region->parts[k];
}

/* A point that is in several parts is drawn from each of them, and so taken from one of them alone. */
void gd_region_draw(const struct gd_region *region, struct gd_stream *stream, double point[3])
{
    for (;;) {
        const struct gd_region_part *part = region->count > 1 ? draw_part(region, stream) : &region->parts[0];
        for (int k = 0; k < part->count; k++)
            draw_in_ball(&part->balls[k], stream, point);
        const struct gd_region_part *first = region->parts;
        while (first != part && !gd_part_contains(first, point))
            first++;
        if (first == part)
            return;
    }
}

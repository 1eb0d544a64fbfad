/* Regions that mobile atoms may be in. Components of kind "region". */
#ifndef GD_ATOMS_REGION_H
#define GD_ATOMS_REGION_H

#include "atoms/ball.h"
#include "atoms/structure.h"
#include "engine/base/random.h"
#include "engine/language/registry.h"

/* The points that are in at least one of its parts. The zero value, without parts, is everywhere. */
struct gd_region {
    int count;
    struct gd_region_part parts[GD_REGION_PARTS];
    bool is_window; /* its one part is an interval along z, exactly from window[0] to window[1] */
    double window[2];
};

/* What a region is placed by. */
struct gd_region_frame {
    double middle[3]; /* of the cell, Å */
    double top;       /* z of the highest template atom, Å; NaN: there is none */
    bool has_template;
};

struct gd_region_class {
    struct gd_component base;
    /* Adds its parts to a region. GD_BAD_INPUT when it is empty, has no place, or there are too many parts. */
    enum gd_status (*add)(const void *params, const struct gd_region_frame *frame, struct gd_region *region,
                          struct gd_error *error);
};

/* The parameters of a window, of which one is not zero: z above the highest template atom, or absolute, Å. */
struct gd_window {
    double above[2], between[2];
};

extern const struct gd_param gd_window_rows[];

/* The bounds that are given, and whether they count from the template; NULL: none are. */
const double *gd_window_bounds(const struct gd_window *window, bool *above);
bool gd_window_twice(const struct gd_window *window); /* whether both are given */

extern const struct gd_kind gd_kind_region;
extern const struct gd_region_class *const gd_regions[]; /* NULL-ended */

/* The region of a choice, in a cell that has a template (may be empty), or without (NULL). Without one the region is
 * around the middle of *room, which is made the edges (Å) of a box with GD_REGION_MARGIN around the region; else they
 * are not changed. GD_BAD_INPUT also for parts that do not all bound the same directions. */
#define GD_REGION_MARGIN 5.0 /* Å */
enum gd_status gd_region_make(struct gd_region *region, const struct gd_choice *choice,
                              const struct gd_structure *template_, double room[3], struct gd_error *error);

/* The axes that the region bounds, as of struct gd_ball: 0, GD_Z_AXIS or GD_ALL_AXES. */
#define GD_Z_AXIS   4
#define GD_ALL_AXES 7
int gd_region_axes(const struct gd_region *region);

/* The nearest point of the region; a point inside stays. */
void gd_region_stop(const struct gd_region *region, double point[3]);

/* Takes out of a force at a wall, or beyond it, what presses against the wall. */
void gd_region_hold(const struct gd_region *region, const double point[3], double force[3]);

/* Draws the coordinates of a point along the axes that the region bounds, all with the same chance; the others are
 * given. */
void gd_region_draw(const struct gd_region *region, struct gd_stream *stream, double point[3]);

#endif

/* What a run searches: a fixed template, mobile atoms on it, and where they may be. The value of the slot `system`.
 *
 * Atoms of the template that are sampled are mobile atoms, the first of them. */
#ifndef GD_ATOMS_SYSTEM_H
#define GD_ATOMS_SYSTEM_H

#include "atoms/cell.h"
#include "atoms/region.h"
#include "engine/base/random.h"

struct gd_system {
    struct gd_structure structure; /* template atoms first, then those added to it (their positions are zero) */
    size_t fixed;                  /* template atoms that are not sampled */
    struct gd_basis basis;
    bool confined;           /* the mobile atoms stay in window[0] <= z <= window[1] */
    double window[2];        /* Å, absolute */
    struct gd_region region; /* any other place that they stay in; without parts when there is none */
};

static inline size_t gd_system_mobile(const struct gd_system *system)
{
    return system->structure.count - system->fixed;
}

/* Template and mobile atoms joined. `window` is relative to the highest template atom when `above`; NULL: not confined.
 * GD_BAD_INPUT for a zero-volume cell, template atoms at one place, no mobile atoms, an empty window, a cell vector
 * that gives the mobile atoms no room, a window in a cell without two vectors in the plane z = 0, or atoms of the
 * template that are sampled and outside of the window; `template`, `add` or `window` is blamed. Copies what it keeps;
 * on failure the system is empty. */
enum gd_status gd_system_make(struct gd_system *system, const struct gd_structure *template_, const int *mobile,
                              size_t mobile_count, const double *window, bool above, struct gd_error *error);

/* The same with a region in place of a window, which is copied; one that is a window alone is that of above. Where it
 * bounds all directions the cell need not have an extent. Blames `template`, `add` or `region`. */
enum gd_status gd_system_make_in(struct gd_system *system, const struct gd_structure *template_, const int *mobile,
                                 size_t mobile_count, const struct gd_region *region, struct gd_error *error);
void gd_system_clear(struct gd_system *system);
void gd_system_free(void *system); /* clear and free; accepts NULL */

/* Whether structures of one system are structures of the other: the same atoms in the same order, cell and template,
 * of which free atoms may be elsewhere; the windows may differ. GD_BAD_INPUT with the first difference. */
enum gd_status gd_system_match(const struct gd_system *system, const struct gd_system *other, struct gd_error *error);

/* Whether only the places of atoms relative to each other mean something, and not that of their mean: there are
 * several, none is fixed, and no direction is periodic. What sees absolute positions may still tell. */
bool gd_system_floats(const struct gd_system *system);

/* True for a cell vector whose direction the window or region bounds. */
bool gd_system_bounds(const struct gd_system *system, int vector);

/* Moves the point of a mobile atom that is beyond a wall of the window or region to the wall. */
void gd_system_stop(const struct gd_system *system, double point[3]);

/* Takes out of a force on a mobile atom at a wall of the window or region, or beyond it, what presses it against the
 * wall. */
void gd_system_hold(const struct gd_system *system, const double point[3], double force[3]);

/* Brings the point of a mobile atom back to where it may be: by reflection at the walls of the window or region, and by
 * wrapping along the periodic directions that these do not bound. After an odd number of reflections `vector` ([3];
 * NULL: none) is reflected too: at a wall of a window its z is turned over. The point must be finite.
 *
 * At curved walls the point is reflected along the line through the centre. A set of parts brings a point back by that
 * part which moves it least. */
void gd_system_confine(const struct gd_system *system, double point[3], double *vector);

/* Whether gd_system_confine leaves the point where it is, periodic images being the same place. */
bool gd_system_contains(const struct gd_system *system, const double point[3]);

/* A point where mobile atoms may be, all with the same chance; without window and region, of the cell. */
void gd_system_draw(const struct gd_system *system, struct gd_stream *stream, double point[3]);

#endif

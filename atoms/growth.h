/* Structures that grow atom by atom: random, but connected and without overlaps.
 *
 * The growth of AGOX (Christiansen, Rønne, Hammer, J. Chem. Phys. 157, 054701 (2022)): an atom is placed next to one
 * that is there already, at a distance between `near` and `far` times the sum of the two radii. */
#ifndef GD_ATOMS_GROWTH_H
#define GD_ATOMS_GROWTH_H

#include "atoms/system.h"
#include "engine/base/random.h"

/* How the direction is drawn in which an atom is placed: with a uniform polar angle, which prefers ±z, or uniform on
 * the sphere. */
enum gd_growth_direction { GD_GROWTH_BIASED, GD_GROWTH_UNBIASED };

extern const char *const gd_growth_directions[]; /* NULL-ended */

struct gd_growth {
    double near, far; /* in sums of two radii, near < far */
    double radius;    /* of every atom, Å; 0: the covalent radii of the elements */
    int64_t tries;    /* for an atom, before the structure begins anew */
    int direction;    /* enum gd_growth_direction */
};

/* The radius of an atom of the system, Å; not finite when its element has none. */
double gd_growth_radius(const struct gd_growth *growth, const struct gd_system *system, size_t atom);

/* GD_BAD_INPUT, naming the element, when an atom of the system has no radius, and when near is not below far. */
enum gd_status gd_growth_check(const struct gd_growth *growth, const struct gd_system *system, struct gd_error *error);

/* Places the mobile atoms of positions [count][3], whose first ones are the template's: in random order, the first one
 * anywhere in the domain, each further one next to a mobile atom that is there. No two atoms, the template's included,
 * are closer than `near` allows, and each has a neighbour within `far`, but for the first one without a template.
 * GD_FAILED when many structures in a row could not be finished. */
enum gd_status gd_growth_place(const struct gd_growth *growth, const struct gd_system *system, struct gd_stream *stream,
                               double (*positions)[3], struct gd_error *error);

/* Draws a place for atom `atom` next to atom `next_to`; true when it suits: in the window, not closer than `near`
 * allows to any other atom `there` [count], and within `far` of one. It may be out of a cell that is not periodic.
 */
bool gd_growth_attach(const struct gd_growth *growth, const struct gd_system *system, struct gd_stream *stream,
                      double (*positions)[3], const bool *there, size_t atom, size_t next_to);

/* Whether the place of atom `atom` suits in this sense; any place does when no other atom is there. */
bool gd_growth_suits(const struct gd_growth *growth, const struct gd_system *system, const double (*positions)[3],
                     const bool *there, size_t atom);

#endif

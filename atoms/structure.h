/* Atoms in a cell, one structure or many alike.
 *
 * Units: Å, eV, eV/Å. Positions are Cartesian, [atom][xyz]. */
#ifndef GD_ATOMS_STRUCTURE_H
#define GD_ATOMS_STRUCTURE_H

#include <stdint.h>

#include "engine/base/error.h"

/* A cell of any shape: rows are the lattice vectors. A direction that is not periodic may have a zero vector. */
struct gd_cell {
    double vectors[3][3];
    bool periodic[3];
};

/* One structure. The arrays are owned unless it is a view (gd_set_view). */
struct gd_structure {
    struct gd_cell cell;
    size_t count;           /* atoms */
    int *species;           /* [count] atomic numbers, 1..118 */
    double (*positions)[3]; /* [count] Å */
    double (*forces)[3];    /* [count] eV/Å, or NULL */
    double energy;          /* eV; NaN: not known */
    size_t free_atoms;      /* of a template, and of structures on it: how many of its last atoms relaxations move */
    size_t sampled;         /* of a template: how many of its last atoms are mobile ones, like those added to it */
};

/* Both overwrite what `structure` or `to` held without freeing it, and leave it empty on failure. A new structure has
 * zeros for atoms and cell and an unknown energy. */
enum gd_status gd_structure_alloc(struct gd_structure *structure, size_t count, bool forces, struct gd_error *error);
enum gd_status gd_structure_copy(struct gd_structure *to, const struct gd_structure *from, struct gd_error *error);
void gd_structure_clear(struct gd_structure *structure); /* accepts NULL */

/* Many structures of the same atoms in the same cell, as one run makes them: the archive, a batch, a buffer. */
struct gd_set {
    struct gd_cell cell;
    size_t atoms;           /* of each structure */
    size_t fixed;           /* the first of them do not move: the template ... */
    size_t free_atoms;      /* ... of which relaxations move so many of the last */
    int *species;           /* [atoms] */
    size_t count, capacity; /* structures */
    double *positions;      /* [count][atoms][3] Å */
    double *forces;         /* [count][atoms][3] eV/Å; NaN: not known */
    double *energies;       /* [count] eV; NaN: not known */
    int64_t *serials;       /* [count] number of the evaluation, from 1; 0: not evaluated */
    double *path_weights;   /* [count] logarithm of 1/p(path) that drew it: model/path_weight.h; NaN: not known */
};

/* An empty set for the atoms of `like`, with its free ones (positions ignored); overwrites *set. Whatever fails below
 * leaves the set as it was, and this one leaves it empty. */
enum gd_status gd_set_init(struct gd_set *set, const struct gd_structure *like, size_t fixed, struct gd_error *error);
enum gd_status gd_set_reserve(struct gd_set *set, size_t count, struct gd_error *error);
/* Appends structures [first, first+count) of another set of the same atoms; GD_FAILED when they are not the same. */
enum gd_status gd_set_append(struct gd_set *set, const struct gd_set *from, size_t first, size_t count,
                             struct gd_error *error);
/* Appends one structure with positions [atoms][3]; energy, forces and path weight NaN, serial 0. */
enum gd_status gd_set_push(struct gd_set *set, const double *positions, struct gd_error *error);
/* A new, empty set for the atoms of `like` (positions ignored); NULL when out of memory. Free with gd_set_free, or give
 * it to a slot. */
struct gd_set *gd_set_new(const struct gd_structure *like, size_t fixed, struct gd_error *error);
/* A new set of the structures `chosen` [count] of another one, in that order; `chosen` NULL: of the first `count`. */
struct gd_set *gd_set_copy(const struct gd_set *from, const size_t *chosen, size_t count, struct gd_error *error);
/* Gives structure `to` of the set positions, energy, forces, serial number and path weight of structure `k` of another
 * set of the same atoms. */
void gd_set_assign(struct gd_set *set, size_t to, const struct gd_set *from, size_t k);
/* Structure `k` counts as not evaluated: its energy and forces are not known. */
void gd_set_forget_evaluation(struct gd_set *set, size_t k);
/* Structure `k` has been moved: it counts as not evaluated, and its path weight is not known any more. */
void gd_set_mark_moved(struct gd_set *set, size_t k);
/* The set is no longer what was drawn, as its structures were chosen: of no path the weight is known any more. */
void gd_set_forget_paths(struct gd_set *set);
void gd_set_clear(struct gd_set *set);
void gd_set_free(void *set); /* clear and free; accepts NULL; usable as a slot's destroy */

/* The atoms of a set without positions, sharing its memory: what gd_set_init takes. */
struct gd_structure gd_set_atoms(const struct gd_set *set);

/* The place of the lowest energy that is finite; set->count when there is none. */
size_t gd_set_lowest(const struct gd_set *set);

/* Structure `k` of a set, sharing its memory. */
struct gd_structure gd_set_view(const struct gd_set *set, size_t k);

#endif

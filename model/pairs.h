/* Pairs of atoms within a cutoff, each once. */
#ifndef GD_MODEL_PAIRS_H
#define GD_MODEL_PAIRS_H

#include "atoms/neighbours.h"

/* Atoms a and b (a == b: an atom and its own image), and the unit vector from a to b; 0 when they coincide. */
struct gd_pair {
    int a, b;
    float distance, unit[3];
};

/* Zero-initialise; free with gd_pairs_clear. */
struct gd_pairs {
    struct gd_pair *items;
    size_t count, capacity;
    struct gd_neighbours neighbours; /* memory of searches in large structures */
};

/* Appends the pairs of which at least one atom is among atoms `from` .. `atoms`-1. Positions are finite. Cutoff 0:
 * none. */
enum gd_status gd_pairs_find(struct gd_pairs *pairs, const struct gd_basis *basis, size_t atoms, size_t from,
                             const double (*positions)[3], double cutoff, struct gd_error *error);
void gd_pairs_clear(struct gd_pairs *pairs);

#endif

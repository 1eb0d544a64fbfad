/* How strongly a potential holds atoms together, and whether relaxations by it can see that. */
#ifndef GD_POTENTIALS_ATTRACTION_H
#define GD_POTENTIALS_ATTRACTION_H

#include "potentials/potential.h"

/* What holds two atoms together: the depth of the well of their energy, eV, and the strongest force, eV/Å. */
struct gd_bond {
    double energy, force;
};

/* The bond of two atoms of these species alone in open space, from 50 Å inwards to where they repel each other by more
 * than the depth of the well, or to 0.3 Å; to 1 in 50; NaN: there is none,
 * or it is not known, as of potentials that are slow, external or learned, that depend on places in space, or do not
 * know such atoms. */
struct gd_bond gd_potential_bond(const struct gd_potential *potential, int first, int second);

/* The largest numbers of the bonds of one of the last atoms of a structure, from `fixed` on, and any other one. */
struct gd_bond gd_potential_strongest_bond(const struct gd_potential *potential, const struct gd_structure *structure,
                                           size_t fixed);

/* Whether a relaxation that ends when no force is longer than `fmax` (eV/Å) takes for minima what is none, because
 * hardly any force that holds the last atoms of the structure, from `fixed` on, is longer; and then, in words, why, and
 * what to choose. */
bool gd_potential_doubt_fmax(const struct gd_potential *potential, const struct gd_structure *structure, size_t fixed,
                             double fmax, char *text, size_t size);

#endif

/* Atoms that are too close for their elements. */
#ifndef GD_ATOMS_OVERLAP_H
#define GD_ATOMS_OVERLAP_H

#include "atoms/cell.h"

/* Whether two atoms, own periodic images included, are closer than `near` times the sum of their covalent radii; pairs
 * of two of the first `fixed` atoms are left out. An element without a radius overlaps with nothing. */
bool gd_overlaps(const struct gd_structure *structure, const struct gd_basis *basis, size_t fixed, double near);

/* The same for pairs closer than `least` Å; for two atoms that can bond within 1.1 Å, such as hydrogen with itself and
 * with oxygen, 0.7 times the sum of their covalent radii, where that is less. */
bool gd_clashes(const struct gd_structure *structure, const struct gd_basis *basis, size_t fixed, double least);

/* The length of the shortest bond that one of the atoms from `fixed` on can have with another, by covalent radii, Å,
 * and whose it is; NaN: none is known. `limited`: leaves out those for which gd_clashes has limits of its own, and
 * noble gases, which have no bonds. */
double gd_shortest_bond(const struct gd_structure *structure, size_t fixed, bool limited, int pair[2]);

/* Whether the nearest images of two atoms are closer than `scale` times the sum of their covalent radii; of an element
 * without a radius no atom is. species [atoms], positions [atoms][3] Å. */
bool gd_bonded(const struct gd_basis *basis, const int *species, const double *positions, size_t i, size_t j,
               double scale);

#endif

/* Atoms that are too close for their elements. */
#ifndef GD_ATOMS_OVERLAP_H
#define GD_ATOMS_OVERLAP_H

#include "atoms/cell.h"

/* Whether two atoms, own periodic images included, are closer than `near` times the sum of their covalent radii; pairs
 * of two of the first `fixed` atoms are left out. An element without a radius overlaps with nothing. */
bool gd_overlaps(const struct gd_structure *structure, const struct gd_basis *basis, size_t fixed, double near);

#endif

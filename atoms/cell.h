/* Periodic geometry. */
#ifndef GD_ATOMS_CELL_H
#define GD_ATOMS_CELL_H

#include "atoms/structure.h"

/* The cell with its zero vectors completed to a right-handed basis (unit length, orthogonal to the others), and the
 * inverse: fractional = cartesian · inverse.
 *
 * `reduced` spans the same periodic lattice with vectors as short and as orthogonal as they get (Minkowski), which
 * makes searches through images short however skewed the cell is: reduced[i] = sum over j of combination[i][j] ·
 * vectors[j]. Its directions that are not periodic are unit vectors orthogonal to all others. */
struct gd_basis {
    double vectors[3][3], inverse[3][3], volume;
    bool periodic[3];
    double reduced[3][3], reduced_inverse[3][3];
    double height[3]; /* distance of the lattice planes of `reduced`, Å */
    int combination[3][3];
};

bool gd_cell_same(const struct gd_cell *a, const struct gd_cell *b); /* to the last bit */

/* GD_BAD_INPUT for a zero volume, a periodic zero vector, numbers that are not finite, and cells skewed beyond reason.
 */
enum gd_status gd_basis_make(struct gd_basis *basis, const struct gd_cell *cell, struct gd_error *error);

void gd_to_fractional(const struct gd_basis *basis, const double cartesian[3], double fractional[3]);
void gd_to_cartesian(const struct gd_basis *basis, const double fractional[3], double cartesian[3]);

/* Moves a point into the cell along the periodic directions. */
void gd_wrap(const struct gd_basis *basis, double point[3]);

/* The shortest image of a difference vector, exact for any cell shape; returns its length. */
double gd_minimum_image(const struct gd_basis *basis, double difference[3]);

/* The smallest distance between two atoms of a structure, own periodic images included, pairs of two of the first
 * `fixed` atoms left out; +inf when there is no pair. Stops early at the first pair closer than `enough` (0: never).
 * *first, *second may be NULL. */
double gd_closest_pair(const struct gd_structure *structure, const struct gd_basis *basis, size_t fixed, double enough,
                       size_t *first, size_t *second);

#endif

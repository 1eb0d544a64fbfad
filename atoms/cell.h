/* Periodic geometry. */
#ifndef GD_ATOMS_CELL_H
#define GD_ATOMS_CELL_H

#include "atoms/structure.h"

/* The cell with its zero vectors completed to a right-handed basis (unit length, orthogonal to the others), and the
 * inverse: fractional = cartesian · inverse. GD_BAD_INPUT for a zero volume or a periodic zero vector. */
struct gd_basis {
    double vectors[3][3], inverse[3][3], volume;
    bool periodic[3];
};
enum gd_status gd_basis_make(struct gd_basis *basis, const struct gd_cell *cell, struct gd_error *error);

void gd_to_fractional(const struct gd_basis *basis, const double cartesian[3], double fractional[3]);
void gd_to_cartesian(const struct gd_basis *basis, const double fractional[3], double cartesian[3]);

/* Moves a point into the cell along the periodic directions. */
void gd_wrap(const struct gd_basis *basis, double point[3]);

/* The shortest image of a difference vector, exact for any cell shape; returns its length. */
double gd_minimum_image(const struct gd_basis *basis, double difference[3]);

/* The smallest distance between two atoms of a structure, own periodic images included; +inf for fewer than one pair.
 * Stops early at the first pair closer than `enough` (0: never). *first, *second may be NULL. */
double gd_closest_pair(const struct gd_structure *structure, const struct gd_basis *basis, size_t fixed, double enough,
                       size_t *first, size_t *second);

#endif

/* Writing VASP's POSCAR. */
#ifndef GD_ATOMS_POSCAR_WRITE_H
#define GD_ATOMS_POSCAR_WRITE_H

#include <stdbool.h>
#include <stdio.h>

#include "atoms/structure.h"

/* Writes a structure as a POSCAR of version 5 with Cartesian positions (17 significant digits) and, where atoms are
 * fixed, selective dynamics; movable [count]: which are not. The atoms keep their order, so that a symbol may come
 * again.
 *
 * A POSCAR is periodic in all directions. Where the structure is not, and its atoms are out of the cell or less than 6
 * Å from their images, the cell vector gets the length that leaves 10 Å, and all atoms are moved into the middle;
 * *boxed: for any of the vectors. GD_BAD_INPUT for cells that gd_basis_make refuses, GD_FAILED when it cannot be
 * written. */
enum gd_status gd_poscar_write(FILE *file, const struct gd_structure *structure, const bool *movable, const char *title,
                               bool *boxed, struct gd_error *error);

#endif

/* Writing VASP's POSCAR. */
#ifndef GD_ATOMS_POSCAR_WRITE_H
#define GD_ATOMS_POSCAR_WRITE_H

#include <stdio.h>

#include "atoms/structure.h"

/* Writes a structure as a POSCAR of version 5 with Cartesian positions (17 significant digits) and, where atoms are
 * fixed, selective dynamics; `fixed`: how many of the first are. The atoms keep their order, so that a symbol may come
 * again. GD_BAD_INPUT for a cell without three vectors. */
enum gd_status gd_poscar_write(FILE *file, const struct gd_structure *structure, size_t fixed, const char *title,
                               struct gd_error *error);

#endif

/* Files of structures that other programs read and write: through the Atomic Simulation Environment (ASE), in a Python
 * of the user. It is the interpreter that the variable GODIFF_PYTHON names, or python3. */
#ifndef GD_ATOMS_FOREIGN_H
#define GD_ATOMS_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/error.h"

/* Whether a file is read through ASE, by the ending of its name: .cif, .traj, .cell, .db, ... */
bool gd_foreign_name(const char *path);

/* The structures of a file as extended XYZ, a new text, free with free(). format: a name of ASE's; NULL: as the file
 * says. *lost: what of them is not in the text, such as "velocities, stress", a new string; NULL: nothing. GD_BAD_INPUT
 * when ASE cannot read it, or there is no Python with ASE, with what to do. */
enum gd_status gd_foreign_read(const char *path, const char *format, char **text, size_t *length, char **lost,
                               struct gd_error *error);

/* Writes the structures of a file of extended XYZ into another, which appears when it is complete. *lost: what of
 * them is not in it, as above; NULL also where ASE cannot read what it has written. */
enum gd_status gd_foreign_write(const char *from, const char *path, const char *format, char **lost,
                                struct gd_error *error);

#endif

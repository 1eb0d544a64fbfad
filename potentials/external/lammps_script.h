/* Structures as LAMMPS wants them, and the script that makes it a client of i-PI for them. */
#ifndef GD_POTENTIALS_EXTERNAL_LAMMPS_SCRIPT_H
#define GD_POTENTIALS_EXTERNAL_LAMMPS_SCRIPT_H

#include "atoms/structure.h"
#include "engine/base/memory.h"

/* Puts a structure into a cell with three vectors, those of directions that are not periodic orthogonal to all others
 * and with room around the atoms, which are moved so that the cell is around the origin there: `fix ipi` has it so.
 * positions: [count], of the result; forces are shared. GD_BAD_INPUT for a cell that cannot be. */
enum gd_status gd_lammps_box(const struct gd_structure *structure, double (*positions)[3], struct gd_structure *boxed,
                             struct gd_error *error);

struct gd_lammps_setup {
    const char *commands, *style, *folder; /* folder NULL: where the program runs */
    const int *types;                      /* [kinds] atomic numbers */
    int kinds;
    const char *socket; /* the NAME of /tmp/ipi_NAME */
};

/* Appends the script for a structure made by gd_lammps_box, whose species are among the types. */
void gd_lammps_script(struct gd_text *text, const struct gd_lammps_setup *setup, const struct gd_structure *boxed);

#endif

/* Atoms at one place. */
#ifndef GD_ATOMS_COINCIDENCE_H
#define GD_ATOMS_COINCIDENCE_H

#include "atoms/structure.h"

/* Å. Atoms nearer than this are at one place: no energy function is defined there, whatever number it gives. */
#define GD_ONE_PLACE 1e-6

/* GD_BAD_INPUT when two atoms are at one place, under periodic images, or an atom is where an image of itself is; the
 * message names them, counted from 1. GD_BAD_INPUT also for positions that are not finite, and for periodic vectors
 * that span nothing. In time that goes with the number of atoms. */
enum gd_status gd_coincidence_check(const struct gd_structure *structure, struct gd_error *error);

#endif

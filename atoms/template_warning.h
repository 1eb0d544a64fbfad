/* Warnings about template atoms that can be used, but are hardly meant. */
#ifndef GD_ATOMS_TEMPLATE_WARNING_H
#define GD_ATOMS_TEMPLATE_WARNING_H

#include "atoms/system.h"

/* Whether the fixed atoms of the system are probably a mistake: two are closer than 0.4 of the sum of their covalent
 * radii, or atoms would be bonded across an edge of the cell along which it is not periodic. The text says what, and
 * what to change; "" when there is nothing to say, or no memory to find out. In time that goes with the number of
 * atoms. */
bool gd_template_warning(const struct gd_system *system, char *text, size_t size);

#endif

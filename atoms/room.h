/* Warnings about places that have no room for the mobile atoms. */
#ifndef GD_ATOMS_ROOM_H
#define GD_ATOMS_ROOM_H

#include "atoms/system.h"

/* Whether the place that mobile atoms may be in is probably a mistake: much of it is out of the cell or under the
 * surface of a slab, or no way was found to place the atoms without overlap (two are closer than 0.4 of the sum of
 * their covalent radii). Found by random points, always the same ones for the same system. The text says what, and what
 * to change; "" when there is nothing to say, or no memory to find out. */
bool gd_room_warning(const struct gd_system *system, char *text, size_t size);

#endif

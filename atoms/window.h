/* Warnings about windows. */
#ifndef GD_ATOMS_WINDOW_H
#define GD_ATOMS_WINDOW_H

#include "atoms/system.h"

/* Whether the window of a system is probably a mistake: it lies in the template, or reaches its image, or out of the
 * cell, or the template is cut in two by the cell's wall, so that its highest atom is not its surface. The text says
 * what, and what to change, with numbers in Å; "" when there is nothing to say, as without a window. */
bool gd_window_warning(const struct gd_system *system, char *text, size_t size);

/* How many mobile atoms of a structure with forces are held at a wall of the window or region, by more than `least`
 * eV/Å; *most: the largest of these. Without the wall they would leave. */
size_t gd_window_pressed(const struct gd_system *system, const struct gd_structure *structure, double least,
                         double *most);

#endif

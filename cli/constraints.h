/* Which atoms may move, taken from another file. */
#ifndef GD_CLI_CONSTRAINTS_H
#define GD_CLI_CONSTRAINTS_H

#include "atoms/extxyz.h"

/* Gives every frame the constraints of the last frame of a file, in place of its own: fixed are the atoms at the places
 * (within 0.01 Å) of atoms of their element that are fixed there, all others may move. Warns of
 * constraints of other kinds that the file has. GD_BAD_INPUT when no atom is fixed there, or a frame lacks one. */
enum gd_status gd_constraints_apply(const char *path, struct gd_frames *frames, struct gd_error *error);

#endif

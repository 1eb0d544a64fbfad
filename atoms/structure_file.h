/* Files of structures, in the format that follows from their content, whatever they are called: a scale and three
 * lattice vectors after the title are a POSCAR, a number of atoms alone in the first line is extended XYZ. What looks
 * like both is a POSCAR, unless its name ends in .xyz or .extxyz. What looks like neither goes by its name: *POSCAR*,
 * *CONTCAR* (in any case) and *.vasp are POSCAR, endings of other programs (.cif, .traj, .cell, .db, ...) are read
 * through ASE (atoms/foreign.h), everything else is extended XYZ. Wherever a file of structures is read,
 * it is here. */
#ifndef GD_ATOMS_STRUCTURE_FILE_H
#define GD_ATOMS_STRUCTURE_FILE_H

#include <stdint.h>

#include "atoms/extxyz.h"
#include "engine/run/context.h"

/* Every frame, at least one; a POSCAR has one. As gd_extxyz_read. */
enum gd_status gd_frames_read(const char *path, struct gd_frames *frames, struct gd_error *error);

/* Whether a name is that of a POSCAR, or of extended XYZ. */
bool gd_poscar_name(const char *path);
bool gd_xyz_name(const char *path);

/* The same from memory, with a NUL at text[length]; `name` is that of messages. */
enum gd_status gd_frames_parse(const char *name, const char *text, size_t length, struct gd_frames *frames,
                               struct gd_error *error);

/* The frame of a number, counted from 0, or with a negative number from the end: *frame, which is in `frames`, to be
 * freed with gd_frames_clear. After a failure there is neither; GD_BAD_INPUT blames "frame" when there is no such. */
enum gd_status gd_frame_read(const char *path, int64_t number, struct gd_frames *frames, struct gd_frame **frame,
                             struct gd_error *error);

/* The structure of one frame, counted in the same way; overwrites *structure. *frames_there: how many
 * there are; may be NULL. */
enum gd_status gd_structure_read(const char *path, int64_t frame, struct gd_structure *structure, size_t *frames_there,
                                 struct gd_error *error);

/* Row of the parameter `frame` of whatever reads one structure. */
#define GD_FRAME_ROW(at)                                                                                               \
    {                                                                                                                  \
        .name = "frame", .type = GD_INT, .offset = at, .initial = "-1", .min = -1e9, .max = 1e9,                       \
        .help = "Structure in the file: 0 is the first, -1 the last."                                                  \
    }

/* Warns, at a key, of a file with several frames of which the last is taken. Does not warn about one that cannot be
 * read.
 */
void gd_frame_check(struct gd_check *check, const char *key, const char *path, int64_t frame);

#endif

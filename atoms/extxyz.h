/* Extended XYZ, in and out, and POSCAR in. */
#ifndef GD_ATOMS_EXTXYZ_H
#define GD_ATOMS_EXTXYZ_H

#include <stdio.h>

#include "atoms/structure.h"

/* A column that godiff does not interpret, kept as text. */
struct gd_extra_column {
    const char *name;
    char type; /* S, R, I, L */
    int width;
    const char **cells; /* [count * width] */
};

/* A word of the comment line, as it was written (with quotes or brackets, if it had any). */
struct gd_info {
    const char *key;   /* NULL: the comment line is free text, which is the value */
    const char *value; /* NULL: a key alone */
};

/* One frame of a file: the structure, and all else in it. The strings are in the text of the frames. */
struct gd_frame {
    struct gd_structure structure;
    struct gd_extra_column *columns;
    size_t column_count;
    struct gd_info *info;
    size_t info_count;
};

/* Zero-initialise; free with gd_frames_clear. */
struct gd_frames {
    struct gd_frame *items;
    size_t count, capacity;
    char *text;
    char *lost; /* what a file of another format had that is not here, in words; NULL: nothing */
};

/* Reads every frame, at least one. Species from `species` (or `Z`/`numbers`), positions from `pos`, `forces`/`force`
 * and energy when there, Lattice and pbc (without pbc: periodic when there is a Lattice); quoted values,
 * any column order. Without Properties a line is a symbol and a position. All numbers are finite, but an energy or
 * force that is NaN, infinite or None is NaN: not known. The cell is not checked: gd_basis_make does.
 * Messages begin with file:line:column. `frames` is empty after a failure. */
enum gd_status gd_extxyz_read(const char *path, struct gd_frames *frames, struct gd_error *error);
enum gd_status gd_extxyz_parse(const char *name, const char *text, size_t length, struct gd_frames *frames,
                               struct gd_error *error);

/* Writes one frame: doubles with 17 significant digits, so that reading gives the same bits. Extra columns and info are
 * kept; an energy that is not finite, and forces of which one is not, are left out. `score` ([count][3], 1/Å) adds a
 * column of that name unless NULL. */
enum gd_status gd_extxyz_write(FILE *file, const struct gd_frame *frame, const double (*score)[3],
                               struct gd_error *error);

/* Removes the extra columns, and the words of the comment line, of these NULL-ended names, in any case. */
void gd_frame_drop(struct gd_frame *frame, const char *const *names);

/* All structures of a set; a `move_mask` column (L) is F for fixed atoms that relaxations do not move, and `evaluation`
 * in the comment line is the serial. */
enum gd_status gd_extxyz_write_set(const char *path, const struct gd_set *set, struct gd_error *error);

/* Adds the structures from `first` on to the end of such a file. */
enum gd_status gd_extxyz_append_set(const char *path, const struct gd_set *set, size_t first, struct gd_error *error);

/* gd_extxyz_write_set with NAME=counts[k] in the comment line of structure k. */
enum gd_status gd_extxyz_write_counted(const char *path, const struct gd_set *set, const char *name,
                                       const int64_t *counts, struct gd_error *error);

/* The column that says which atoms may move (T), as the Atomic Simulation Environment writes constraints: L, of width
 * 1, or 3 for directions. */
#define GD_MOVE_MASK "move_mask"

/* Whether a frame says which atoms may move. */
bool gd_frame_has_mask(const struct gd_frame *frame);

/* Whether each atom of a frame may move, into movable [count]: by its column move_mask, or all. GD_BAD_INPUT when an
 * atom may move along some directions only. *fixed, if not NULL: how many may not. */
enum gd_status gd_frame_movable(const struct gd_frame *frame, bool *movable, size_t *fixed, struct gd_error *error);

/* VASP's POSCAR/CONTCAR (version 5: with element symbols; remarks and all after the positions skipped). Selective
 * dynamics become a column move_mask, of width 3 when an atom may move along some lattice vectors only. Overwrites
 * *frame, which is empty after a failure; free with gd_frame_clear. */
enum gd_status gd_poscar_read(const char *path, struct gd_frame *frame, struct gd_error *error);
enum gd_status gd_poscar_parse(const char *name, const char *text, size_t length, struct gd_frame *frame,
                               struct gd_error *error);

void gd_frame_clear(struct gd_frame *frame);
void gd_frames_clear(struct gd_frames *frames); /* accepts NULL */

#endif

/* Extended XYZ, in and out, and POSCAR in. */
#ifndef GD_ATOMS_EXTXYZ_H
#define GD_ATOMS_EXTXYZ_H

#include <stdio.h>

#include "atoms/structure.h"

/* A column that godiff does not interpret, kept as text. */
struct gd_extra_column {
    char *name;
    char type;      /* S, R, I, L */
    int width;
    char **cells;   /* [count * width] */
};

/* One frame of a file: the structure, and all else it said. */
struct gd_frame {
    struct gd_structure structure;
    struct gd_extra_column *columns;
    size_t column_count;
    char **info;    /* [info_count][2]: further key, value pairs of the comment line, flattened */
    size_t info_count;
};

struct gd_frames {
    struct gd_frame *items;
    size_t count, capacity;
};

/* Reads every frame. Species from `species` (or `Z`/`numbers`), positions from `pos`, `forces`/`force` and energy when
 * there, Lattice and pbc; quoted values, any column order. Messages say file:line:column. */
enum gd_status gd_extxyz_read(const char *path, struct gd_frames *frames, struct gd_error *error);
enum gd_status gd_extxyz_parse(const char *name, const char *text, size_t length, struct gd_frames *frames,
                               struct gd_error *error);

/* Writes one frame: doubles with 17 significant digits, so that reading gives the same bits. Extra columns and info are
 * kept. `score` ([count][3], 1/Å) adds a column of that name unless NULL. */
enum gd_status gd_extxyz_write(FILE *file, const struct gd_frame *frame, const double (*score)[3],
                               struct gd_error *error);

/* All structures of a set; fixed atoms are marked in a `move_mask` column (L). */
enum gd_status gd_extxyz_write_set(const char *path, const struct gd_set *set, struct gd_error *error);

/* VASP's POSCAR/CONTCAR (version 5: with element symbols; selective dynamics read over). */
enum gd_status gd_poscar_read(const char *path, struct gd_structure *structure, struct gd_error *error);

/* By the name: POSCAR, CONTCAR, *.vasp are POSCAR, everything else extxyz (its first frame). */
enum gd_status gd_structure_read(const char *path, struct gd_structure *structure, struct gd_error *error);

void gd_frame_clear(struct gd_frame *frame);
void gd_frames_clear(struct gd_frames *frames);

#endif

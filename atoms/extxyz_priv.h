/* What the parts of the reader of extended XYZ share: extxyz_read.c, extxyz_comment.c, extxyz_columns.c,
 * extxyz_words.c; each uses those after it. */
#ifndef GD_ATOMS_EXTXYZ_PRIV_H
#define GD_ATOMS_EXTXYZ_PRIV_H

#include "atoms/extxyz.h"
#include "atoms/scan.h"

/* What a column of Properties is for. */
enum gd_extxyz_role {
    GD_EXTXYZ_EXTRA,
    GD_EXTXYZ_SPECIES,
    GD_EXTXYZ_NUMBER,
    GD_EXTXYZ_POSITION,
    GD_EXTXYZ_FORCE,
    GD_EXTXYZ_ROLES
};

struct gd_extxyz_column {
    const char *name;
    char type;
    int width;
    enum gd_extxyz_role role;
    size_t extra; /* GD_EXTXYZ_EXTRA: which of the frame's columns */
};

/* A word of the comment line: a key, and a value when there is one. */
struct gd_extxyz_pair {
    char *key, *value;
};

/* One frame being read. */
struct gd_extxyz_reader {
    struct gd_scan *scan;
    struct gd_frame *frame;
    int64_t atoms;
    struct gd_extxyz_column *columns;
    size_t column_count, capacity;
    struct gd_extxyz_pair *pairs;
    size_t pair_count, pair_capacity;
    size_t words;   /* per atom line */
    char plain[32]; /* the Properties of a file without */
    bool has[GD_EXTXYZ_ROLES], has_properties;
};

/* The comment line, which is the current one: cell, energy, columns, and what else it holds, into the frame. */
enum gd_status gd_extxyz_read_comment(struct gd_extxyz_reader *reader);

/* The value of Properties: the columns and their roles. */
enum gd_status gd_extxyz_read_properties(struct gd_extxyz_reader *reader, char *value);

/* The pairs of the rest of the line. */
enum gd_status gd_extxyz_read_pairs(struct gd_extxyz_reader *reader);

/* The words of a value, whatever quotes, brackets and commas are around them; NULL at its end. */
char *gd_extxyz_next_part(char **value);

/* An energy or force: NaN when it is not known. */
enum gd_status gd_extxyz_read_result(const struct gd_scan *scan, const char *word, const char *what, double *value);

#endif

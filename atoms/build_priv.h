/* What the builders share. */
#ifndef GD_ATOMS_BUILD_PRIV_H
#define GD_ATOMS_BUILD_PRIV_H

#include "atoms/build.h"

#define GD_MOST_ATOMS 10000000

/* Rows of a crystal's element: `symbol`, and `a`, which is 0 when left out. */
#define GD_CRYSTAL_ROWS(params)                                                                                        \
    {                                                                                                                  \
        .name = "symbol",                                                                                              \
        .type = GD_STRING,                                                                                             \
        .offset = offsetof(params, symbol),                                                                            \
        .accepts = gd_build_symbol,                                                                                    \
        .help = "Symbol of the element.",                                                                              \
    },                                                                                                                 \
    {                                                                                                                  \
        .name = "a", .type = GD_FLOAT, .offset = offsetof(params, a), .optional = true, .max = 100, .unit = "Å",       \
        .help = "Lattice constant of the cubic cell; default: that of the element, if it is fcc.",                     \
    }

#define GD_VACUUM_ROW(params, what)                                                                                    \
    {                                                                                                                  \
        .name = "vacuum", .type = GD_FLOAT, .offset = offsetof(params, vacuum), .initial = "8.0", .max = 1e4,          \
        .unit = "Å", .help = what,                                                                                     \
    }

/* Whether there is an element of this symbol. */
enum gd_status gd_build_symbol(const char *symbol, struct gd_error *error);

/* The element of a symbol, and its fcc lattice constant unless *lattice is above 0 already. */
enum gd_status gd_build_element(const char *symbol, int *number, double *lattice, struct gd_error *error);

/* `count` atoms of one element, at zero. GD_BAD_INPUT for more than GD_MOST_ATOMS. */
enum gd_status gd_build_alloc(struct gd_structure *structure, int number, double count, struct gd_error *error);

/* Shifts the atoms so that `vacuum` is left below and above them along an axis, and makes this the cell's height. */
void gd_build_pad(struct gd_structure *structure, int axis, double vacuum);

#endif

/* What the builders share. */
#ifndef GD_ATOMS_BUILD_PRIV_H
#define GD_ATOMS_BUILD_PRIV_H

#include "atoms/build.h"

#define GD_MOST_ATOMS 10000000

/* Crystals of elements. */
enum gd_crystal { GD_FCC, GD_BCC, GD_HCP };

/* Rows of a crystal's element: `symbol`, and `a`, which is 0 when left out; `crystal`: "fcc", ... */
#define GD_CRYSTAL_ROWS(params, crystal)                                                                               \
    {                                                                                                                  \
        .name = "symbol",                                                                                              \
        .type = GD_STRING,                                                                                             \
        .offset = offsetof(params, symbol),                                                                            \
        .accepts = gd_build_symbol,                                                                                    \
        .help = "Symbol of the element.",                                                                              \
    },                                                                                                                 \
    {                                                                                                                  \
        .name = "a", .type = GD_FLOAT, .offset = offsetof(params, a), .optional = true, .max = 100, .unit = "Å",       \
        .help = "Lattice constant; default: that of the element, if it is " crystal ".",                               \
    }

#define GD_VACUUM_ROW(params, what)                                                                                    \
    {                                                                                                                  \
        .name = "vacuum", .type = GD_FLOAT, .offset = offsetof(params, vacuum), .initial = "8.0", .max = 1e4,          \
        .unit = "Å", .help = what,                                                                                     \
    }

/* Whether there is an element of this symbol. */
enum gd_status gd_build_symbol(const char *symbol, struct gd_error *error);

/* The element of a symbol, and the lattice constant of its crystal (Å) unless *lattice is above 0 already; of hcp also
 * *height, c, unless above 0 (NULL for other crystals): c is then that of the element, in proportion to a, or the ideal
 * √(8/3) a. GD_BAD_INPUT, blaming `symbol`, for an element of another crystal. */
enum gd_status gd_build_element(const char *symbol, enum gd_crystal crystal, int *number, double *lattice,
                                double *height, struct gd_error *error);

/* Parameters of slabs of layers, with rows of their own. */
struct gd_layered {
    const char *symbol;
    int64_t size[3];
    double a, c, vacuum;
    bool orthogonal;
};

#define GD_SIZE_ROW(params)                                                                                            \
    {                                                                                                                  \
        .name = "size", .type = GD_INT, .offset = offsetof(params, size), .count = 3, .min = 1, .max = 10000,          \
        .help = "Atoms along the two edges of the cell, and layers.",                                                  \
    }

#define GD_ORTHOGONAL_ROW                                                                                              \
    {                                                                                                                  \
        .name = "orthogonal", .type = GD_BOOL, .offset = offsetof(struct gd_layered, orthogonal), .initial = "false",  \
        .help = "Whether the cell has right angles; the second number of `size` must then be even.",                   \
    }

#define GD_LAYERED_ROWS(crystal)                                                                                       \
    GD_CRYSTAL_ROWS(struct gd_layered, crystal), GD_SIZE_ROW(struct gd_layered),                                       \
        GD_VACUUM_ROW(struct gd_layered, "Empty space below and above the slab.")

/* A slab of equal layers of one atom per cell. */
struct gd_layers {
    double edges[2][3];   /* of the cell of a layer, Å */
    double shifts[3][2];  /* of the layers, counted from the top, in parts of the edges ... */
    int period;           /* ... which come again after so many */
    double odd[3];        /* where rows are at right angles to the layer: shifts of the odd rows of each, as above */
    double rise, divisor; /* layers are rise/divisor Å apart */
};

/* GD_BAD_INPUT when `orthogonal` asks for a cell that `size` does not have. */
enum gd_status gd_build_orthogonal(const struct gd_layered *params, struct gd_error *error);

/* Builds a slab, ordered from its bottom layer up, as gd_build_fcc111 pads it. */
enum gd_status gd_build_layers(const struct gd_layers *layers, int number, const int64_t size[3], double vacuum,
                               struct gd_structure *structure, struct gd_error *error);

/* The same with the parameters of a template, for a crystal with one lattice constant: `layers` are those of a = 1. */
enum gd_status gd_build_layered(const struct gd_layered *params, enum gd_crystal crystal,
                                const struct gd_layers *layers, struct gd_structure *structure, struct gd_error *error);

/* `count` atoms of one element, at zero. GD_BAD_INPUT for more than GD_MOST_ATOMS. */
enum gd_status gd_build_alloc(struct gd_structure *structure, int number, double count, struct gd_error *error);

/* Shifts the atoms so that `vacuum` is left below and above them along an axis, and makes this the cell's height. */
void gd_build_pad(struct gd_structure *structure, int axis, double vacuum);

#endif

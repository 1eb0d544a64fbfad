#include <math.h>

#include "atoms/build_priv.h"
#include "atoms/vector.h"

struct params {
    const char *symbol;
    int64_t size[3];
    double a, vacuum;
};

static const struct gd_param rows[] = {
    GD_CRYSTAL_ROWS(struct params),
    {
        .name = "size",
        .type = GD_INT,
        .offset = offsetof(struct params, size),
        .count = 3,
        .min = 1,
        .max = 10000,
        .help = "Atoms along the two edges of the cell, and layers.",
    },
    GD_VACUUM_ROW(struct params, "Empty space below and above the slab."),
    {0},
};

/* Atoms stand above each other every third layer, counted from the top; the two between are moved by these parts of
 * the edges between neighbours (hcp and fcc hollows). */
static const double hollows[3][2] = {{0, 0}, {-1.0 / 3, 2.0 / 3}, {1.0 / 3, 1.0 / 3}};

enum gd_status gd_build_fcc111(int number, const int64_t size[3], double lattice, double vacuum,
                               struct gd_structure *structure, struct gd_error *error)
{
    const double edges[2][3] = {{lattice * sqrt(0.5), 0, 0}, {lattice * sqrt(0.125), lattice * sqrt(0.375), 0}};
    enum gd_status status = gd_error_set_key(
        gd_build_alloc(structure, number, (double)size[0] * (double)size[1] * (double)size[2], error), error, "size");
    if (status)
        return status;
    double(*position)[3] = structure->positions;
    for (int64_t z = 0; z < size[2]; z++)
        for (int64_t y = 0; y < size[1]; y++)
            for (int64_t x = 0; x < size[0]; x++, position++) {
                const double *hollow = hollows[(size[2] - 1 - z) % 3];
                gd_add_scaled(*position, (double)x + hollow[0], edges[0]);
                gd_add_scaled(*position, (double)y + hollow[1], edges[1]);
                (*position)[2] = (double)z * lattice / sqrt(3);
            }
    for (int k = 0; k < 2; k++) {
        gd_add_scaled(structure->cell.vectors[k], (double)size[k], edges[k]);
        structure->cell.periodic[k] = true;
    }
    gd_build_pad(structure, 2, vacuum);
    return GD_OK;
}

static enum gd_status build(const void *values, struct gd_structure *structure, struct gd_error *error)
{
    const struct params *params = values;
    double lattice = params->a;
    int number;
    enum gd_status status = gd_build_element(params->symbol, &number, &lattice, error);
    return status ? status : gd_build_fcc111(number, params->size, lattice, params->vacuum, structure, error);
}

const struct gd_template_class gd_template_fcc111 = {
    .base = {"fcc111", "A slab with the close-packed surface of an fcc metal, ordered from its bottom layer up.", rows,
             sizeof(struct params)},
    .build = build,
};

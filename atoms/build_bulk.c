/* Crystals that go on in all directions, with the cells of ase.build.bulk of the Atomic Simulation Environment. */
#include <math.h>
#include <string.h>

#include "atoms/build_priv.h"
#include "atoms/vector.h"

static const char *const crystals[] = {"fcc", "bcc", "hcp", NULL};

struct params {
    const char *symbol;
    int crystal; /* enum gd_crystal */
    double a, c;
    int64_t size[3];
    bool cubic;
};

static const struct gd_param rows[] = {
    GD_CRYSTAL_ROWS(struct params, "of this crystal"),
    {
        .name = "crystal",
        .type = GD_CHOICE,
        .offset = offsetof(struct params, crystal),
        .choices = crystals,
        .initial = "fcc",
        .help = "Its structure.",
    },
    {
        .name = "c",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, c),
        .optional = true,
        .max = 100,
        .unit = "Å",
        .needs = "crystal=hcp",
        .help = "Height of the hexagonal cell; default: in proportion to `a` as the element has it.",
    },
    {
        .name = "size",
        .type = GD_INT,
        .offset = offsetof(struct params, size),
        .count = 3,
        .min = 1,
        .max = 10000,
        .help = "Cells along each of its vectors.",
    },
    {
        .name = "cubic",
        .type = GD_BOOL,
        .offset = offsetof(struct params, cubic),
        .initial = "false",
        .needs = "crystal=fcc|crystal=bcc",
        .help = "Whether the cell is the cube instead of the smallest one.",
    },
    {0},
};

/* A cell, in units of a and c, and the places of its atoms in parts of its vectors. */
struct cell {
    double vectors[3][3];
    size_t atoms;
    double places[4][3];
};

static const struct cell primitive[] = {
    [GD_FCC] = {{{0, 0.5, 0.5}, {0.5, 0, 0.5}, {0.5, 0.5, 0}}, 1, {{0}}},
    [GD_BCC] = {{{-0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0.5, 0.5, -0.5}}, 1, {{0}}},
    [GD_HCP] = {{{1, 0, 0}, {-0.5, 0.86602540378443864676, 0}, {0, 0, 1}}, 2, {{0}, {1.0 / 3, 2.0 / 3, 0.5}}},
};

static const struct cell cubic[] = {
    [GD_FCC] = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, 4, {{0}, {0, 0.5, 0.5}, {0.5, 0, 0.5}, {0.5, 0.5, 0}}},
    [GD_BCC] = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, 2, {{0}, {0.5, 0.5, 0.5}}},
};

/* Cells in the order of ase's repetition: along the third vector first, the atoms of a cell together. */
static void place(const struct cell *cell, const double vectors[3][3], const int64_t size[3], double (*position)[3])
{
    for (int64_t x = 0; x < size[0]; x++)
        for (int64_t y = 0; y < size[1]; y++)
            for (int64_t z = 0; z < size[2]; z++)
                for (size_t k = 0; k < cell->atoms; k++, position++) {
                    const double at[3] = {(double)x, (double)y, (double)z};
                    for (int axis = 0; axis < 3; axis++)
                        gd_add_scaled(*position, at[axis] + cell->places[k][axis], vectors[axis]);
                }
}

static enum gd_status build(const void *values, struct gd_structure *structure, struct gd_error *error)
{
    const struct params *params = values;
    const bool hexagonal = params->crystal == GD_HCP;
    const struct cell *cell = params->cubic && !hexagonal ? &cubic[params->crystal] : &primitive[params->crystal];
    double a = params->a, c = params->c, vectors[3][3], count = (double)cell->atoms;
    int number;
    enum gd_status status =
        gd_build_element(params->symbol, (enum gd_crystal)params->crystal, &number, &a, hexagonal ? &c : NULL, error);
    for (int k = 0; k < 3; k++)
        count *= (double)params->size[k];
    if (!status)
        status = gd_error_set_key(gd_build_alloc(structure, number, count, error), error, "size");
    if (status)
        return status;
    for (int k = 0; k < 9; k++)
        vectors[k / 3][k % 3] = cell->vectors[k / 3][k % 3] * (hexagonal && k == 8 ? c : a);
    place(cell, (const double(*)[3])vectors, params->size, structure->positions);
    for (int k = 0; k < 3; k++) {
        gd_add_scaled(structure->cell.vectors[k], (double)params->size[k], vectors[k]);
        structure->cell.periodic[k] = true;
    }
    return GD_OK;
}

const struct gd_template_class gd_template_bulk = {
    .base = {"bulk", "A crystal, periodic in all directions.", rows, sizeof(struct params)},
    .build = build,
};

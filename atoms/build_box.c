#include "atoms/build_priv.h"

struct params {
    double lengths[3];
    bool periodic[3];
};

static const struct gd_param rows[] = {
    {
        .name = "lengths",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, lengths),
        .count = 3,
        .max = 1e5,
        .above_min = true,
        .unit = "Å",
        .help = "Edges of the box, along x, y and z.",
    },
    {
        .name = "periodic",
        .type = GD_BOOL,
        .offset = offsetof(struct params, periodic),
        .count = 3,
        .initial = "[false, false, false]",
        .help = "Whether the box is periodic along each edge.",
    },
    {0},
};

static enum gd_status build(const void *values, struct gd_structure *structure, struct gd_error *error)
{
    const struct params *params = values;
    enum gd_status status = gd_structure_alloc(structure, 0, false, error);
    for (int k = 0; !status && k < 3; k++) {
        structure->cell.vectors[k][k] = params->lengths[k];
        structure->cell.periodic[k] = params->periodic[k];
    }
    return status;
}

const struct gd_template_class gd_template_box = {
    .base = {"box", "An empty box without template atoms.", rows, sizeof(struct params)},
    .build = build,
};

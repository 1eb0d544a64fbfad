#include <math.h>

#include "atoms/build_priv.h"

static const struct gd_param rows[] = {
    GD_LAYERED_ROWS("hcp"),
    GD_ORTHOGONAL_ROW,
    {
        .name = "c",
        .type = GD_FLOAT,
        .offset = offsetof(struct gd_layered, c),
        .optional = true,
        .max = 100,
        .unit = "Å",
        .help = "Height of the hexagonal cell, of two layers; default: in proportion to `a` as the element has it.",
    },
    {0},
};

/* Every second layer is in the same hollows. */
static enum gd_status build(const void *values, struct gd_structure *structure, struct gd_error *error)
{
    const struct gd_layered *params = values;
    double a = params->a, c = params->c;
    int number;
    enum gd_status status = gd_build_orthogonal(params, error);
    if (!status)
        status = gd_build_element(params->symbol, GD_HCP, &number, &a, &c, error);
    struct gd_layers layers = {
        .edges = {{a, 0, 0}, {a / 2, a * sqrt(0.75), 0}},
        .shifts = {{0, 0}, {-1.0 / 3, 2.0 / 3}},
        .period = 2,
        .rise = c,
        .divisor = 2,
    };
    if (params->orthogonal) {
        layers.edges[1][0] = layers.shifts[1][0] = 0;
        layers.odd[0] = layers.odd[1] = 0.5;
    }
    return status ? status : gd_build_layers(&layers, number, params->size, params->vacuum, structure, error);
}

const struct gd_template_class gd_template_hcp0001 = {
    .base = {"hcp0001", "A slab with the close-packed surface of an hcp metal, ordered from its bottom layer up.", rows,
             sizeof(struct gd_layered)},
    .build = build,
};

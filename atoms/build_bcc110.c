#include <math.h>

#include "atoms/build_priv.h"

static const struct gd_param rows[] = {GD_LAYERED_ROWS("bcc"), GD_ORTHOGONAL_ROW, {0}};

/* The atoms of a layer are over the bridges of the one below. */
static enum gd_status build(const void *values, struct gd_structure *structure, struct gd_error *error)
{
    const struct gd_layered *params = values;
    struct gd_layers layers = {
        .edges = {{1, 0, 0}, {0.5, sqrt(0.5), 0}},
        .shifts = {{0, 0}, {-0.5, 1}},
        .period = 2,
        .rise = 1,
        .divisor = sqrt(2),
    };
    if (params->orthogonal) {
        layers.edges[1][0] = layers.shifts[1][0] = 0;
        layers.odd[0] = layers.odd[1] = 0.5;
    }
    const enum gd_status status = gd_build_orthogonal(params, error);
    return status ? status : gd_build_layered(params, GD_BCC, &layers, structure, error);
}

const struct gd_template_class gd_template_bcc110 = {
    .base = {"bcc110", "A slab with the densest surface of a bcc metal, ordered from its bottom layer up.", rows,
             sizeof(struct gd_layered)},
    .build = build,
};

#include <math.h>

#include "atoms/build_priv.h"

static const struct gd_param rows[] = {GD_LAYERED_ROWS("fcc"), {0}};

/* The rows along y are a apart; those of the next layer are between them. */
static enum gd_status build(const void *values, struct gd_structure *structure, struct gd_error *error)
{
    const struct gd_layers layers = {
        .edges = {{1, 0, 0}, {0, sqrt(0.5), 0}},
        .shifts = {{0, 0}, {0.5, 0.5}},
        .period = 2,
        .rise = 1,
        .divisor = sqrt(8),
    };
    return gd_build_layered(values, GD_FCC, &layers, structure, error);
}

const struct gd_template_class gd_template_fcc110 = {
    .base = {"fcc110", "A slab with the surface in rows of an fcc metal, ordered from its bottom layer up.", rows,
             sizeof(struct gd_layered)},
    .build = build,
};

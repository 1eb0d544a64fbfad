#include <math.h>

#include "atoms/build_priv.h"

static const struct gd_param rows[] = {GD_LAYERED_ROWS("bcc"), {0}};

/* The atoms of a layer are over the hollows of the one below. */
static enum gd_status build(const void *values, struct gd_structure *structure, struct gd_error *error)
{
    const struct gd_layers layers = {
        .edges = {{1, 0, 0}, {0, 1, 0}},
        .shifts = {{0, 0}, {0.5, 0.5}},
        .period = 2,
        .rise = 1,
        .divisor = 2,
    };
    return gd_build_layered(values, GD_BCC, &layers, structure, error);
}

const struct gd_template_class gd_template_bcc100 = {
    .base = {"bcc100", "A slab with the square surface of a bcc metal, ordered from its bottom layer up.", rows,
             sizeof(struct gd_layered)},
    .build = build,
};

#include <math.h>

#include "atoms/build_priv.h"

static const struct gd_param rows[] = {GD_LAYERED_ROWS("fcc"), GD_ORTHOGONAL_ROW, {0}};

/* Atoms stand above each other every third layer; the two between are in the hcp and fcc hollows. */
enum gd_status gd_build_fcc111(int number, const int64_t size[3], double lattice, double vacuum,
                               struct gd_structure *structure, struct gd_error *error)
{
    const struct gd_layers layers = {
        .edges = {{lattice * sqrt(0.5), 0, 0}, {lattice * sqrt(0.125), lattice * sqrt(0.375), 0}},
        .shifts = {{0, 0}, {-1.0 / 3, 2.0 / 3}, {1.0 / 3, 1.0 / 3}},
        .period = 3,
        .rise = lattice,
        .divisor = sqrt(3),
    };
    return gd_build_layers(&layers, number, size, vacuum, structure, error);
}

static enum gd_status build_orthogonal(int number, const struct gd_layered *params, double lattice,
                                       struct gd_structure *structure, struct gd_error *error)
{
    const struct gd_layers layers = {
        .edges = {{lattice * sqrt(0.5), 0, 0}, {0, lattice * sqrt(0.375), 0}},
        .shifts = {{0, 0}, {0, 2.0 / 3}, {0.5, 1.0 / 3}},
        .odd = {0.5, 0.5, -0.5},
        .period = 3,
        .rise = lattice,
        .divisor = sqrt(3),
    };
    return gd_build_layers(&layers, number, params->size, params->vacuum, structure, error);
}

static enum gd_status build(const void *values, struct gd_structure *structure, struct gd_error *error)
{
    const struct gd_layered *params = values;
    double lattice = params->a;
    int number;
    enum gd_status status = gd_build_orthogonal(params, error);
    if (!status)
        status = gd_build_element(params->symbol, GD_FCC, &number, &lattice, NULL, error);
    if (!status && params->orthogonal)
        return build_orthogonal(number, params, lattice, structure, error);
    return status ? status : gd_build_fcc111(number, params->size, lattice, params->vacuum, structure, error);
}

const struct gd_template_class gd_template_fcc111 = {
    .base = {"fcc111", "A slab with the close-packed surface of an fcc metal, ordered from its bottom layer up.", rows,
             sizeof(struct gd_layered)},
    .build = build,
};

#include <math.h>
#include <string.h>

#include "atoms/build_priv.h"

struct params {
    double lengths[3], angles[3];
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
        .help = "Edges of the box: the first along x, the second in the plane of x and y.",
    },
    {
        .name = "angles",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, angles),
        .count = 3,
        .initial = "[90, 90, 90]",
        .max = 180,
        .above_min = true,
        .unit = "degrees",
        .help = "Angles between the second and third, the first and third, and the first and second edge.",
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

/* The cosine, exactly 0 at a right angle. */
static double cosine(double degrees)
{
    return degrees == 90 ? 0 : cos(degrees * acos(-1) / 180);
}

/* The edges of a parallelepiped from lengths and angles, oriented as by ase.geometry.cellpar_to_cell. */
static enum gd_status span(const struct params *params, double vectors[3][3], struct gd_error *error)
{
    const double alpha = cosine(params->angles[0]), beta = cosine(params->angles[1]), gamma = cosine(params->angles[2]);
    const double side = params->angles[2] == 90 ? 1 : sqrt(1 - gamma * gamma), along = (alpha - beta * gamma) / side;
    const double height = 1 - beta * beta - along * along, flat = 1e-6;
    const double edges[3][3] = {{1, 0, 0}, {gamma, side, 0}, {beta, along, sqrt(height)}};
    if (!(height > flat) || !(side > flat))
        return gd_error_set_key(gd_fail(error, GD_BAD_INPUT, "no box has the angles %g, %g and %g", params->angles[0],
                                        params->angles[1], params->angles[2]),
                                error, "angles");
    for (int k = 0; k < 9; k++)
        vectors[k / 3][k % 3] = params->lengths[k / 3] * edges[k / 3][k % 3];
    return GD_OK;
}

static enum gd_status build(const void *values, struct gd_structure *structure, struct gd_error *error)
{
    const struct params *params = values;
    double vectors[3][3];
    enum gd_status status = span(params, vectors, error);
    if (!status)
        status = gd_structure_alloc(structure, 0, false, error);
    if (status)
        return status;
    memcpy(structure->cell.vectors, vectors, sizeof vectors);
    memcpy(structure->cell.periodic, params->periodic, sizeof params->periodic);
    return GD_OK;
}

const struct gd_template_class gd_template_box = {
    .base = {"box", "An empty box without template atoms.", rows, sizeof(struct params)},
    .build = build,
};

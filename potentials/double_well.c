/* Pairs with two wells: a (r - r0)² + c (r - r0)⁴. Four particles in a plane with the defaults, at T = 1, are the
 * benchmark DW-4 of samplers, as L. Klein, A. Krämer and F. Noé (arXiv:2306.15030) and T. Akhound-Sadegh et al.
 * (arXiv:2402.06121) have it. */
#include <math.h>

#include "potentials/pairwise.h"

struct params {
    struct gd_pairwise_params pairs; /* no cutoff: the energy grows with the distance */
    double quadratic, quartic, distance;
};

static const struct gd_param rows[] = {
    {
        .name = "quadratic",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, quadratic),
        .initial = "-4.0",
        .min = -1e6,
        .max = 1e6,
        .unit = "eV/Å²",
        .help = "Factor of the square of r - distance; below 0: two wells.",
    },
    {
        .name = "quartic",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, quartic),
        .initial = "0.9",
        .max = 1e6,
        .above_min = true,
        .unit = "eV/Å⁴",
        .help = "Factor of its fourth power.",
    },
    {
        .name = "distance",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, distance),
        .initial = "4.0",
        .max = 1e3,
        .above_min = true,
        .unit = "Å",
        .help = "Distance of a pair between the wells.",
    },
    {0},
};

static double double_well_energy(const void *values, double squared, double *slope)
{
    const struct params *params = values;
    const double r = sqrt(squared), off = r - params->distance, off2 = off * off;
    *slope = off * (2 * params->quadratic + 4 * params->quartic * off2) / r;
    return off2 * (params->quadratic + params->quartic * off2);
}

extern const struct gd_potential_class gd_potential_double_well;

static enum gd_status create(const void *params, struct gd_potential **potential, struct gd_error *error)
{
    return gd_pairwise_create(&gd_potential_double_well, params, double_well_energy, potential, error);
}

const struct gd_potential_class gd_potential_double_well = {
    .base = {"double-well", "Pairs with two wells, of any species; four in a plane are the benchmark DW-4.", rows,
             sizeof(struct params)},
    .create = create,
    .supports = gd_potential_supports_open,
    .evaluate = gd_pairwise_evaluate,
    .destroy = gd_pairwise_destroy,
};

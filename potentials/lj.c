/* The 12-6 potential of Lennard-Jones: 4 ε ((σ/r)¹² - (σ/r)⁶). */
#include "potentials/pairwise.h"

struct params {
    struct gd_pairwise_params pairs;
    double epsilon, sigma;
};

static const struct gd_param rows[] = {
    {
        .name = "epsilon",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, epsilon),
        .initial = "1.0",
        .max = 1e6,
        .above_min = true,
        .unit = "eV",
        .help = "Depth of the potential well.",
    },
    {
        .name = "sigma",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, sigma),
        .initial = "1.0",
        .max = 1e3,
        .above_min = true,
        .unit = "Å",
        .help = "Distance at which the energy of a pair is zero.",
    },
    GD_PAIRWISE_ROWS(struct params, "2.5"),
    {0},
};

static double lj_energy(const void *values, double squared, double *slope)
{
    const struct params *params = values;
    double sixth = params->sigma * params->sigma / squared;
    sixth = sixth * sixth * sixth;
    *slope = 24 * params->epsilon * sixth * (1 - 2 * sixth) / squared;
    return 4 * params->epsilon * sixth * (sixth - 1);
}

GD_PAIRWISE_POTENTIAL(lj, "Lennard-Jones pairs, of any species.", rows, struct params, lj_energy);

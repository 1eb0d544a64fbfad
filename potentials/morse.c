/* The potential of P. M. Morse, Phys. Rev. 34, 57 (1929): with x = exp(ρ (1 - r/r0)), a pair has the energy D x (x -
 * 2). ρ as in J. P. K. Doye and D. J. Wales, J. Chem. Soc., Faraday Trans. 93, 4233 (1997). */
#include <math.h>

#include "potentials/pairwise.h"

struct params {
    struct gd_pairwise_params pairs;
    double rho, depth, distance;
};

static const struct gd_param rows[] = {
    {
        .name = "rho",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, rho),
        .initial = "6.0",
        .max = 100,
        .above_min = true,
        .help = "Steepness: the range of the attraction is distance/rho.",
    },
    {
        .name = "depth",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, depth),
        .initial = "1.0",
        .max = 1e6,
        .above_min = true,
        .unit = "eV",
        .help = "Depth of the potential well.",
    },
    {
        .name = "distance",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, distance),
        .initial = "1.0",
        .max = 1e3,
        .above_min = true,
        .unit = "Å",
        .help = "Distance at which the energy of a pair is lowest.",
    },
    GD_PAIRWISE_ROWS(struct params, "2.0"),
    {0},
};

static double morse_energy(const void *values, double squared, double *slope)
{
    const struct params *params = values;
    double r = sqrt(squared), x = exp(params->rho * (1 - r / params->distance));
    *slope = -2 * params->depth * params->rho / params->distance * x * (x - 1) / r;
    return params->depth * x * (x - 2);
}

GD_PAIRWISE_POTENTIAL(morse, "Morse pairs, of any species.", rows, struct params, morse_energy);

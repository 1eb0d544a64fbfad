/* The potential of A. P. Sutton and J. Chen, Philos. Mag. Lett. 61, 139 (1990):
 * ε Σ_i [ ½ Σ_j (a/r)ⁿ - c √(Σ_j (a/r)ᵐ) ]. */
#include <inttypes.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "potentials/second_moment.h"

struct params {
    struct gd_second_moment_range range;
    int64_t n, m;
    double c, a, epsilon;
};

struct sutton_chen {
    struct gd_second_moment common;
    struct params params;
};

extern const struct gd_potential_class gd_potential_sutton_chen;

static const struct gd_param rows[] = {
    {
        .name = "n",
        .type = GD_INT,
        .offset = offsetof(struct params, n),
        .initial = "12",
        .min = 1,
        .max = 50,
        .help = "Exponent of the repulsion.",
    },
    {
        .name = "m",
        .type = GD_INT,
        .offset = offsetof(struct params, m),
        .initial = "6",
        .min = 1,
        .max = 50,
        .help = "Exponent of the sum under the root.",
    },
    {
        .name = "c",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, c),
        .initial = "144.41",
        .max = 1e6,
        .above_min = true,
        .help = "Strength of the attraction; as published 144.41 for 12-6, 39.432 for 9-6, 34.408 for 10-8.",
    },
    {
        .name = "a",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, a),
        .initial = "1.0",
        .example = "4.09",
        .max = 1e3,
        .above_min = true,
        .unit = "Å",
        .help = "Lattice constant of the fcc crystal.",
    },
    {
        .name = "epsilon",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, epsilon),
        .initial = "1.0",
        .example = "0.0025415",
        .max = 1e6,
        .above_min = true,
        .unit = "eV",
        .help = "Unit of energy.",
    },
    GD_SECOND_MOMENT_ROWS(struct params, "8.0", "1.0"),
    {0},
};

static double power(double base, int64_t exponent)
{
    double product = 1;
    for (; exponent; exponent >>= 1, base *= base)
        if (exponent & 1)
            product *= base;
    return product;
}

static void add_bond(const struct gd_second_moment *potential, int number_a, int number_b, double r,
                     struct gd_second_moment_pair *bond)
{
    const struct params *params = &((const struct sutton_chen *)potential)->params;
    double ratio = params->a / r, strength = params->epsilon * params->c;
    (void)number_a, (void)number_b;
    bond->repulsion = params->epsilon * power(ratio, params->n);
    bond->repulsion_slope = -(double)params->n * bond->repulsion / r;
    bond->squared = strength * strength * power(ratio, params->m);
    bond->squared_slope = -(double)params->m * bond->squared / r;
}

static enum gd_status create(const void *values, struct gd_potential **potential, struct gd_error *error)
{
    const struct params *params = values;
    enum gd_status status = gd_second_moment_check_range(&params->range, error);
    if (!status && 2 * params->n <= params->m) /* r^-n against √(r^-m) */
        status = gd_error_set_key(gd_fail(error, GD_BAD_INPUT,
                                          "n, %" PRId64 ", is not above half of m, %" PRId64
                                          ": the attraction of near atoms is stronger than their repulsion",
                                          params->n, params->m),
                                  error, "n");
    struct sutton_chen *made = status ? NULL : gd_array(1, sizeof *made);
    if (!made)
        return status ? status : gd_no_memory(error, "a potential");
    *made = (struct sutton_chen){{{&gd_potential_sutton_chen}, add_bond, params->range}, *params};
    *potential = &made->common.base;
    return GD_OK;
}

static void destroy(struct gd_potential *potential)
{
    free(potential);
}

const struct gd_potential_class gd_potential_sutton_chen = {
    .base = {"sutton-chen", "Sutton-Chen: powers of the distance, any species, one set of parameters.", rows,
             sizeof(struct params)},
    .create = create,
    .supports = gd_second_moment_supports,
    .evaluate = gd_second_moment_evaluate,
    .destroy = destroy,
};

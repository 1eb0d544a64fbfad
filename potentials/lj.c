/* The 12-6 potential of Lennard-Jones: 4 ε ((σ/r)¹² - (σ/r)⁶) between all atoms, whatever their species. */
#include <math.h>
#include <stdlib.h>

#include "atoms/neighbours.h"
#include "atoms/vector.h"
#include "engine/base/memory.h"
#include "potentials/potential.h"

struct params {
    double epsilon, sigma, cutoff;
    bool shift;
};

struct lj {
    struct gd_potential base;
    struct params params;
    double offset; /* added to every pair's energy, eV */
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
        .help = "Depth of the well.",
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
    {
        .name = "cutoff",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, cutoff),
        .initial = "0.0",
        .example = "2.5",
        .max = 1e4,
        .unit = "Å",
        .help = "Pairs farther apart do not interact; 0: all pairs do, which a periodic cell does not allow.",
    },
    {
        .name = "shift",
        .type = GD_BOOL,
        .offset = offsetof(struct params, shift),
        .initial = "false",
        .help = "Shift the energy of a pair so that it is zero at the cutoff.",
    },
    {0},
};

/* Energy of a pair at a squared distance; *slope is dE/dr divided by r. */
static double pair_energy(const struct params *params, double squared, double *slope)
{
    double sixth = params->sigma * params->sigma / squared;
    sixth = sixth * sixth * sixth;
    *slope = 24 * params->epsilon * sixth * (1 - 2 * sixth) / squared;
    return 4 * params->epsilon * sixth * (sixth - 1);
}

extern const struct gd_potential_class gd_potential_lj;

static enum gd_status create(const void *params, struct gd_potential **potential, struct gd_error *error)
{
    struct lj *lj = gd_array(1, sizeof *lj);
    if (!lj)
        return gd_no_memory(error, "a potential");
    double slope;
    lj->base.type = &gd_potential_lj;
    lj->params = *(const struct params *)params;
    if (lj->params.shift && lj->params.cutoff > 0)
        lj->offset = -pair_energy(&lj->params, lj->params.cutoff * lj->params.cutoff, &slope);
    *potential = &lj->base;
    return GD_OK;
}

static enum gd_status supports(const struct gd_potential *potential, const struct gd_structure *structure,
                               struct gd_error *error)
{
    const struct lj *lj = (const struct lj *)potential;
    const bool *periodic = structure->cell.periodic;
    if (lj->params.cutoff > 0 || !(periodic[0] || periodic[1] || periodic[2]))
        return GD_OK;
    return gd_blame(gd_fail(error, GD_BAD_INPUT, "lj without a cutoff cannot be summed over a periodic cell"), error,
                    "cutoff");
}

/* Adds one pair, `vector` from i to j; returns its energy. */
static double add_pair(const struct lj *lj, const double vector[3], double force_i[3], double force_j[3])
{
    double slope, energy = pair_energy(&lj->params, gd_dot(vector, vector), &slope);
    gd_add_scaled(force_i, slope, vector);
    gd_add_scaled(force_j, -slope, vector);
    return energy + lj->offset;
}

static void evaluate_all_pairs(const struct lj *lj, const struct gd_structure *structure, double *energy,
                               double (*forces)[3])
{
    for (size_t i = 0; i < structure->count; i++)
        for (size_t j = 0; j < i; j++) {
            double vector[3];
            for (int axis = 0; axis < 3; axis++)
                vector[axis] = structure->positions[j][axis] - structure->positions[i][axis];
            *energy += add_pair(lj, vector, forces[i], forces[j]);
        }
}

static enum gd_status evaluate_within_cutoff(const struct lj *lj, const struct gd_structure *structure, double *energy,
                                             double (*forces)[3], struct gd_error *error)
{
    struct gd_neighbours list = {0};
    struct gd_basis basis;
    enum gd_status status = gd_basis_make(&basis, &structure->cell, error);
    if (!status)
        status = gd_neighbours_find(&list, &basis, structure->count, structure->positions, lj->params.cutoff, error);
    for (size_t i = 0; !status && i < structure->count; i++)
        for (size_t k = list.first[i]; k < list.first[i + 1]; k++)
            if (gd_neighbours_once(&list, i, k))
                *energy += add_pair(lj, list.vector[k], forces[i], forces[list.neighbour[k]]);
    gd_neighbours_clear(&list);
    return status;
}

static enum gd_status evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                               double *energy, double (*forces)[3], struct gd_error *error)
{
    const struct lj *lj = (const struct lj *)potential;
    enum gd_status status = supports(potential, structure, error);
    *energy = 0;
    for (size_t i = 0; i < structure->count; i++)
        forces[i][0] = forces[i][1] = forces[i][2] = 0;
    if (status == GD_OK && lj->params.cutoff > 0)
        status = evaluate_within_cutoff(lj, structure, energy, forces, error);
    else if (status == GD_OK)
        evaluate_all_pairs(lj, structure, energy, forces);
    return status;
}

static void destroy(struct gd_potential *potential)
{
    free(potential);
}

const struct gd_potential_class gd_potential_lj = {
    .base = {"lj", "Lennard-Jones pairs, of any species.", rows, sizeof(struct params)},
    .create = create,
    .supports = supports,
    .evaluate = evaluate,
    .destroy = destroy,
};

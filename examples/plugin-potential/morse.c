/* The Morse potential between all pairs of atoms, as a plugin: with x = exp(ρ (1 - r/r0)), the energy of a pair is
 * depth · x (x - 2). P. M. Morse, Phys. Rev. 34, 57 (1929); ρ as in J. P. K. Doye and D. J. Wales, J. Chem. Soc.,
 * Faraday Trans. 93, 4233 (1997). */
#include <godiff/stage.h>
#include <math.h>
#include <stdlib.h>

struct params {
    double depth, rho, distance;
};

struct morse {
    struct gd_potential base;
    struct params params;
};

static const struct gd_param rows[] = {
    {.name = "depth",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, depth),
     .initial = "1.0",
     .max = 1e6,
     .above_min = true,
     .unit = "eV",
     .help = "Depth of the pair potential."},
    {.name = "rho",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, rho),
     .initial = "6.0",
     .max = 100,
     .above_min = true,
     .help = "Steepness: the range of the potential is r0/rho."},
    {.name = "r0",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, distance),
     .initial = "1.0",
     .max = 1e3,
     .above_min = true,
     .unit = "Å",
     .help = "Distance of the minimum of the pair potential."},
    {0},
};

static const struct gd_potential_class morse_class;

static enum gd_status create(const void *params, struct gd_potential **potential, struct gd_error *error)
{
    struct morse *morse = gd_array(1, sizeof *morse);
    if (!morse)
        return gd_no_memory(error, "a Morse potential");
    morse->base.type = &morse_class;
    morse->params = *(const struct params *)params;
    *potential = &morse->base;
    return GD_OK;
}

/* Any species; no periodic cells, because the potential has no cutoff. */
static enum gd_status supports(const struct gd_potential *potential, const struct gd_structure *structure,
                               struct gd_error *error)
{
    const bool *periodic = structure->cell.periodic;
    (void)potential;
    if (periodic[0] || periodic[1] || periodic[2])
        return gd_fail(error, GD_BAD_INPUT, "morse has no cutoff, and cannot be summed over a periodic cell");
    return GD_OK;
}

/* Energy of a pair, `vector` from i to j; adds its forces. */
static double add_pair(const struct params *params, const double vector[3], double force_i[3], double force_j[3])
{
    double r = sqrt(vector[0] * vector[0] + vector[1] * vector[1] + vector[2] * vector[2]);
    double x = exp(params->rho * (1 - r / params->distance));
    double slope = -2 * params->depth * params->rho / params->distance * x * (x - 1); /* dE/dr */
    for (int axis = 0; axis < 3; axis++) {
        force_i[axis] += slope * vector[axis] / r;
        force_j[axis] -= slope * vector[axis] / r;
    }
    return params->depth * x * (x - 2);
}

static enum gd_status evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                               double *energy, double (*forces)[3], struct gd_error *error)
{
    const struct morse *morse = (const struct morse *)potential;
    if (supports(potential, structure, error) != GD_OK)
        return GD_BAD_INPUT;
    *energy = 0;
    for (size_t i = 0; i < structure->count; i++)
        forces[i][0] = forces[i][1] = forces[i][2] = 0;
    for (size_t i = 0; i < structure->count; i++)
        for (size_t j = 0; j < i; j++) {
            double vector[3];
            for (int axis = 0; axis < 3; axis++)
                vector[axis] = structure->positions[j][axis] - structure->positions[i][axis];
            *energy += add_pair(&morse->params, vector, forces[i], forces[j]);
        }
    return GD_OK;
}

static void destroy(struct gd_potential *potential)
{
    free(potential);
}

static const struct gd_potential_class morse_class = {
    .base = {"morse", "Morse pair potential, any species.", rows, sizeof(struct params)},
    .create = create,
    .supports = supports,
    .evaluate = evaluate,
    .destroy = destroy,
};

static enum gd_status extend(struct gd_registry *registry, struct gd_error *error)
{
    return gd_registry_add_component(registry, "potential", &morse_class.base, error);
}

const struct gd_plugin godiff_plugin = {GD_PLUGIN_ABI, "morse", "1.0", extend};

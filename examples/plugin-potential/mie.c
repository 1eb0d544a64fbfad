/* The potential of G. Mie, Ann. Phys. 316, 657 (1903), between all pairs of atoms, as a plugin: C ε ((σ/r)ⁿ - (σ/r)ᵐ),
 * where C = n/(n - m) (n/m)^(m/(n - m)) makes ε the depth of the well. 12-6 is the potential of Lennard-Jones. */
#include <godiff/stage.h>
#include <math.h>
#include <stdlib.h>

struct params {
    double n, m, epsilon, sigma;
};

struct mie {
    struct gd_potential base;
    struct params params;
    double factor; /* C ε, eV */
};

static const struct gd_param rows[] = {
    {.name = "n",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, n),
     .initial = "12.0",
     .min = 1,
     .max = 100,
     .help = "Exponent of the repulsion."},
    {.name = "m",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, m),
     .initial = "6.0",
     .min = 1,
     .max = 100,
     .help = "Exponent of the attraction, less than n."},
    {.name = "epsilon",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, epsilon),
     .initial = "1.0",
     .max = 1e6,
     .above_min = true,
     .unit = "eV",
     .help = "Depth of the pair potential."},
    {.name = "sigma",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, sigma),
     .initial = "1.0",
     .max = 1e3,
     .above_min = true,
     .unit = "Å",
     .help = "Distance at which the energy of a pair is zero."},
    {0},
};

static const struct gd_potential_class mie_class;

static enum gd_status create(const void *values, struct gd_potential **potential, struct gd_error *error)
{
    const struct params *params = values;
    const double n = params->n, m = params->m;
    if (!(n > m))
        return gd_fail(error, GD_BAD_INPUT, "mie: n = %g is not above m = %g", n, m);
    struct mie *mie = gd_array(1, sizeof *mie);
    if (!mie)
        return gd_no_memory(error, "a Mie potential");
    mie->base.type = &mie_class;
    mie->params = *params;
    mie->factor = params->epsilon * n / (n - m) * pow(n / m, m / (n - m));
    *potential = &mie->base;
    return GD_OK;
}

/* Any species; no periodic cells, because the potential has no cutoff. */
static enum gd_status supports(const struct gd_potential *potential, const struct gd_structure *structure,
                               struct gd_error *error)
{
    const bool *periodic = structure->cell.periodic;
    (void)potential;
    if (periodic[0] || periodic[1] || periodic[2])
        return gd_fail(error, GD_BAD_INPUT, "mie has no cutoff, and cannot be summed over a periodic cell");
    return GD_OK;
}

/* Energy of a pair, `vector` from i to j; adds its forces. */
static double add_pair(const struct mie *mie, const double vector[3], double force_i[3], double force_j[3])
{
    const struct params *params = &mie->params;
    double squared = vector[0] * vector[0] + vector[1] * vector[1] + vector[2] * vector[2];
    double ratio = params->sigma / sqrt(squared);
    double repulsion = mie->factor * pow(ratio, params->n), attraction = mie->factor * pow(ratio, params->m);
    double slope = (params->m * attraction - params->n * repulsion) / squared; /* dE/dr / r */
    for (int axis = 0; axis < 3; axis++) {
        force_i[axis] += slope * vector[axis];
        force_j[axis] -= slope * vector[axis];
    }
    return repulsion - attraction;
}

static enum gd_status evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                               double *energy, double (*forces)[3], struct gd_error *error)
{
    const struct mie *mie = (const struct mie *)potential;
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
            *energy += add_pair(mie, vector, forces[i], forces[j]);
        }
    return GD_OK;
}

static void destroy(struct gd_potential *potential)
{
    free(potential);
}

static const struct gd_potential_class mie_class = {
    .base = {"mie", "Mie pair potential, any species.", rows, sizeof(struct params)},
    .create = create,
    .supports = supports,
    .evaluate = evaluate,
    .destroy = destroy,
};

static enum gd_status extend(struct gd_registry *registry, struct gd_error *error)
{
    return gd_registry_add_component(registry, "potential", &mie_class.base, error);
}

const struct gd_plugin godiff_plugin = {GD_PLUGIN_ABI, "mie", "1.0", extend};

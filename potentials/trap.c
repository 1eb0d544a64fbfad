/* A harmonic trap around the mean position: ½ k Σ |x_i - x̄|². It holds a cluster of Lennard-Jones particles together in
 * the benchmarks LJ-13 and LJ-55 of samplers (L. Klein, A. Krämer and F. Noé, arXiv:2306.15030). */
#include <stdlib.h>

#include "atoms/vector.h"
#include "engine/base/memory.h"
#include "potentials/potential.h"

struct params {
    double stiffness;
};

struct trap {
    struct gd_potential base;
    double stiffness;
};

static const struct gd_param rows[] = {
    {
        .name = "stiffness",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, stiffness),
        .initial = "1.0",
        .max = 1e6,
        .above_min = true,
        .unit = "eV/Å²",
        .help = "The factor k.",
    },
    {0},
};

extern const struct gd_potential_class gd_potential_trap;

static enum gd_status create(const void *values, struct gd_potential **potential, struct gd_error *error)
{
    const struct params *params = values;
    struct trap *trap = gd_array(1, sizeof *trap);
    if (!trap)
        return gd_no_memory(error, "a potential");
    *trap = (struct trap){{&gd_potential_trap}, params->stiffness};
    *potential = &trap->base;
    return GD_OK;
}

static enum gd_status evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                               double *energy, double (*forces)[3], struct gd_error *error)
{
    const double stiffness = ((const struct trap *)potential)->stiffness;
    double mean[3] = {0};
    enum gd_status status = gd_potential_supports_open(potential, structure, error);
    for (size_t i = 0; i < structure->count; i++)
        gd_add_scaled(mean, 1 / (double)structure->count, structure->positions[i]);
    *energy = 0;
    for (size_t i = 0; i < structure->count; i++) {
        for (int axis = 0; axis < 3; axis++)
            forces[i][axis] = stiffness * (mean[axis] - structure->positions[i][axis]);
        *energy += gd_dot(forces[i], forces[i]) / (2 * stiffness);
    }
    return status;
}

static void destroy(struct gd_potential *potential)
{
    free(potential);
}

const struct gd_potential_class gd_potential_trap = {
    .base = {"trap", "A harmonic trap around the mean position of the atoms.", rows, sizeof(struct params)},
    .create = create,
    .supports = gd_potential_supports_open,
    .evaluate = evaluate,
    .destroy = destroy,
};

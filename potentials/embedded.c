#include "potentials/embedded.h"

#include <stdlib.h>

#include "atoms/vector.h"
#include "engine/base/memory.h"
#include "potentials/pairs.h"

struct pair {
    size_t i, j;
    double unit[3]; /* from i to j */
    struct gd_embedded_pair values;
};

struct work {
    const struct gd_potential *potential;
    const struct gd_embedded_functions *functions;
    const int *species;
    struct pair *pairs;
    size_t count, capacity;
    double *density; /* [atoms], then the derivative of the energy by it */
    double energy;
    struct gd_error *error;
};

static enum gd_status add_pair(void *context, size_t i, size_t j, const double vector[3])
{
    struct work *work = context;
    if (!gd_grow(&work->pairs, &work->capacity, work->count + 1, sizeof *work->pairs))
        return gd_no_memory(work->error, "an evaluation");
    struct pair *pair = &work->pairs[work->count++];
    double r = gd_length(vector);
    *pair = (struct pair){.i = i, .j = j, .unit = {vector[0] / r, vector[1] / r, vector[2] / r}};
    work->energy += work->functions->pair(work->potential, work->species[i], work->species[j], r, &pair->values);
    work->density[i] += pair->values.density_i;
    work->density[j] += pair->values.density_j;
    return GD_OK;
}

static void add_forces(const struct work *work, double (*forces)[3])
{
    for (size_t k = 0; k < work->count; k++) {
        const struct pair *pair = &work->pairs[k];
        const struct gd_embedded_pair *values = &pair->values;
        double slope =
            values->slope + work->density[pair->i] * values->slope_i + work->density[pair->j] * values->slope_j;
        gd_add_scaled(forces[pair->i], slope, pair->unit);
        gd_add_scaled(forces[pair->j], -slope, pair->unit);
    }
}

enum gd_status gd_embedded_evaluate(const struct gd_potential *potential, const struct gd_embedded_functions *functions,
                                    double cutoff, const struct gd_structure *structure, double *energy,
                                    double (*forces)[3], struct gd_error *error)
{
    struct work work = {.potential = potential, .functions = functions, .species = structure->species, .error = error};
    work.density = gd_array(structure->count, sizeof *work.density);
    enum gd_status status = work.density ? GD_OK : gd_no_memory(error, "an evaluation");
    if (!status)
        status = gd_pairs_visit(structure, cutoff, add_pair, &work, error);
    for (size_t i = 0; i < structure->count && !status; i++) {
        work.energy += functions->embed(potential, structure->species[i], &work.density[i]);
        forces[i][0] = forces[i][1] = forces[i][2] = 0;
    }
    if (!status) {
        add_forces(&work, forces);
        *energy = work.energy;
    }
    free(work.pairs);
    free(work.density);
    return status;
}

#include "potentials/pairwise.h"

#include <stdlib.h>
#include <string.h>

#include "atoms/vector.h"
#include "engine/base/memory.h"
#include "potentials/pairs.h"

struct pairwise {
    struct gd_potential base;
    gd_pairwise_energy *energy;
    void *params; /* begins with a struct gd_pairwise_params */
    double cutoff;
    double offset; /* added to every pair's energy, eV */
};

enum gd_status gd_pairwise_create(const struct gd_potential_class *type, const void *params, gd_pairwise_energy *energy,
                                  struct gd_potential **potential, struct gd_error *error)
{
    const struct gd_pairwise_params *common = params;
    struct pairwise *pairwise = gd_array(1, sizeof *pairwise);
    void *copy = gd_array(type->base.size, 1);
    if (!pairwise || !copy) {
        free(pairwise);
        free(copy);
        return gd_no_memory(error, "a potential");
    }
    double slope;
    *pairwise = (struct pairwise){{type}, energy, memcpy(copy, params, type->base.size), common->cutoff, 0};
    if (common->shift && common->cutoff > 0)
        pairwise->offset = -energy(copy, common->cutoff * common->cutoff, &slope);
    *potential = &pairwise->base;
    return GD_OK;
}

enum gd_status gd_pairwise_supports(const struct gd_potential *potential, const struct gd_structure *structure,
                                    struct gd_error *error)
{
    return gd_pairs_check_cutoff(potential->type->base.name, structure, ((const struct pairwise *)potential)->cutoff,
                                 error);
}

struct sum {
    const struct pairwise *pairwise;
    double energy, (*forces)[3];
};

static enum gd_status add_pair(void *context, size_t i, size_t j, const double vector[3])
{
    struct sum *sum = context;
    const struct pairwise *pairwise = sum->pairwise;
    double slope, energy = pairwise->energy(pairwise->params, gd_dot(vector, vector), &slope);
    gd_add_scaled(sum->forces[i], slope, vector);
    gd_add_scaled(sum->forces[j], -slope, vector);
    sum->energy += energy + pairwise->offset;
    return GD_OK;
}

enum gd_status gd_pairwise_evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                                    double *energy, double (*forces)[3], struct gd_error *error)
{
    struct sum sum = {(const struct pairwise *)potential, 0, forces};
    enum gd_status status = gd_pairwise_supports(potential, structure, error);
    for (size_t i = 0; i < structure->count; i++)
        forces[i][0] = forces[i][1] = forces[i][2] = 0;
    if (!status)
        status = gd_pairs_visit(structure, sum.pairwise->cutoff, add_pair, &sum, error);
    *energy = sum.energy;
    return status;
}

void gd_pairwise_destroy(struct gd_potential *potential)
{
    struct pairwise *pairwise = (struct pairwise *)potential;
    free(pairwise->params);
    free(pairwise);
}

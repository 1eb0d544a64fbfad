#include "potentials/pairwise.h"

#include <stdlib.h>
#include <string.h>

#include "atoms/neighbours.h"
#include "atoms/vector.h"
#include "engine/base/memory.h"

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
    const struct pairwise *pairwise = (const struct pairwise *)potential;
    const bool *periodic = structure->cell.periodic;
    if (pairwise->cutoff > 0 || !(periodic[0] || periodic[1] || periodic[2]))
        return GD_OK;
    return gd_error_set_key(gd_fail(error, GD_BAD_INPUT, "%s without a cutoff cannot be summed over a periodic cell",
                                    potential->type->base.name),
                            error, "cutoff");
}

/* Adds one pair, `vector` from i to j; returns its energy. */
static double add_pair(const struct pairwise *pairwise, const double vector[3], double force_i[3], double force_j[3])
{
    double slope, energy = pairwise->energy(pairwise->params, gd_dot(vector, vector), &slope);
    gd_add_scaled(force_i, slope, vector);
    gd_add_scaled(force_j, -slope, vector);
    return energy + pairwise->offset;
}

static void sum_all_pairs(const struct pairwise *pairwise, const struct gd_structure *structure, double *energy,
                          double (*forces)[3])
{
    for (size_t i = 0; i < structure->count; i++)
        for (size_t j = 0; j < i; j++) {
            double vector[3];
            for (int axis = 0; axis < 3; axis++)
                vector[axis] = structure->positions[j][axis] - structure->positions[i][axis];
            *energy += add_pair(pairwise, vector, forces[i], forces[j]);
        }
}

static enum gd_status sum_within_cutoff(const struct pairwise *pairwise, const struct gd_structure *structure,
                                        double *energy, double (*forces)[3], struct gd_error *error)
{
    struct gd_neighbours list = {0};
    struct gd_basis basis;
    enum gd_status status = gd_basis_make(&basis, &structure->cell, error);
    if (!status)
        status = gd_neighbours_find(&list, &basis, structure->count, structure->positions, pairwise->cutoff, error);
    for (size_t i = 0; !status && i < structure->count; i++)
        for (size_t k = list.first[i]; k < list.first[i + 1]; k++)
            if (gd_neighbours_once(&list, i, k))
                *energy += add_pair(pairwise, list.vector[k], forces[i], forces[list.neighbour[k]]);
    gd_neighbours_clear(&list);
    return status;
}

enum gd_status gd_pairwise_evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                                    double *energy, double (*forces)[3], struct gd_error *error)
{
    const struct pairwise *pairwise = (const struct pairwise *)potential;
    enum gd_status status = gd_pairwise_supports(potential, structure, error);
    *energy = 0;
    for (size_t i = 0; i < structure->count; i++)
        forces[i][0] = forces[i][1] = forces[i][2] = 0;
    if (!status && pairwise->cutoff > 0)
        status = sum_within_cutoff(pairwise, structure, energy, forces, error);
    else if (!status)
        sum_all_pairs(pairwise, structure, energy, forces);
    return status;
}

void gd_pairwise_destroy(struct gd_potential *potential)
{
    struct pairwise *pairwise = (struct pairwise *)potential;
    free(pairwise->params);
    free(pairwise);
}

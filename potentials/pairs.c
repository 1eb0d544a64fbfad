#include "potentials/pairs.h"

#include "atoms/neighbours.h"

static enum gd_status visit_all(const struct gd_structure *structure, gd_pair_visit *visit, void *context)
{
    enum gd_status status = GD_OK;
    for (size_t i = 0; i < structure->count; i++)
        for (size_t j = 0; j < i && !status; j++) {
            double vector[3];
            for (int axis = 0; axis < 3; axis++)
                vector[axis] = structure->positions[j][axis] - structure->positions[i][axis];
            status = visit(context, i, j, vector);
        }
    return status;
}

static enum gd_status visit_near(const struct gd_structure *structure, double cutoff, gd_pair_visit *visit,
                                 void *context, struct gd_error *error)
{
    struct gd_neighbours list = {0};
    struct gd_basis basis;
    enum gd_status status = gd_basis_make(&basis, &structure->cell, error);
    if (!status)
        status = gd_neighbours_find(&list, &basis, structure->count, structure->positions, cutoff, error);
    for (size_t i = 0; i < structure->count && !status; i++)
        for (size_t k = list.first[i]; k < list.first[i + 1] && !status; k++)
            if (gd_neighbours_once(&list, i, k))
                status = visit(context, i, (size_t)list.neighbour[k], list.vector[k]);
    gd_neighbours_clear(&list);
    return status;
}

enum gd_status gd_pairs_visit(const struct gd_structure *structure, double cutoff, gd_pair_visit *visit, void *context,
                              struct gd_error *error)
{
    return cutoff > 0 ? visit_near(structure, cutoff, visit, context, error) : visit_all(structure, visit, context);
}

enum gd_status gd_pairs_check_cutoff(const char *name, const struct gd_structure *structure, double cutoff,
                                     struct gd_error *error)
{
    const bool *periodic = structure->cell.periodic;
    if (cutoff > 0 || !(periodic[0] || periodic[1] || periodic[2]))
        return GD_OK;
    return gd_error_set_key(
        gd_fail(error, GD_BAD_INPUT, "%s without a cutoff cannot be summed over a periodic cell", name), error,
        "cutoff");
}

#include "atoms/coincidence.h"

#include <string.h>

#include "atoms/elements.h"
#include "atoms/neighbours.h"

/* The periodic vectors alone: the others do not matter here, and may be invalid. */
static enum gd_status make_basis(const struct gd_cell *cell, struct gd_basis *basis, struct gd_error *error)
{
    struct gd_cell periodic = *cell;
    for (int k = 0; k < 3; k++)
        if (!cell->periodic[k])
            memset(periodic.vectors[k], 0, sizeof periodic.vectors[k]);
    return gd_basis_make(basis, &periodic, error);
}

static enum gd_status name_pair(const struct gd_structure *structure, size_t i, size_t j, struct gd_error *error)
{
    const char *first = gd_element_symbol(structure->species[i]), *second = gd_element_symbol(structure->species[j]);
    const double *at = structure->positions[i];
    if (i == j)
        return gd_fail(error, GD_BAD_INPUT, "atom %zu (%s) and a periodic image of it coincide: the cell is too small",
                       i + 1, first);
    return gd_fail(error, GD_BAD_INPUT, "atoms %zu (%s) and %zu (%s) coincide, (%g, %g, %g)", i + 1, first, j + 1,
                   second, at[0], at[1], at[2]);
}

enum gd_status gd_coincidence_check(const struct gd_structure *structure, struct gd_error *error)
{
    struct gd_neighbours list = {0};
    struct gd_basis basis;
    enum gd_status status = make_basis(&structure->cell, &basis, error);
    if (!status)
        status = gd_neighbours_find(&list, &basis, structure->count, (const double(*)[3])structure->positions,
                                    GD_ONE_PLACE, error);
    for (size_t i = 0; !status && list.edges && i < structure->count; i++)
        if (list.first[i] < list.first[i + 1])
            status = name_pair(structure, i, (size_t)list.neighbour[list.first[i]], error);
    gd_neighbours_clear(&list);
    return status;
}

/* Slabs of equal layers, one atom per cell in each: low-index surfaces with the geometry of ase.build of the Atomic
 * Simulation Environment. */
#include "atoms/build_priv.h"
#include "atoms/vector.h"

enum gd_status gd_build_orthogonal(const struct gd_layered *params, struct gd_error *error)
{
    if (!params->orthogonal || params->size[1] % 2 == 0)
        return GD_OK;
    return gd_error_set_key(
        gd_fail(error, GD_BAD_INPUT,
                "a cell with right angles has an even number of atoms along its second edge, not %lld",
                (long long)params->size[1]),
        error, "size");
}

enum gd_status gd_build_layers(const struct gd_layers *layers, int number, const int64_t size[3], double vacuum,
                               struct gd_structure *structure, struct gd_error *error)
{
    enum gd_status status = gd_error_set_key(
        gd_build_alloc(structure, number, (double)size[0] * (double)size[1] * (double)size[2], error), error, "size");
    if (status)
        return status;
    double(*position)[3] = structure->positions;
    for (int64_t z = 0; z < size[2]; z++)
        for (int64_t y = 0; y < size[1]; y++)
            for (int64_t x = 0; x < size[0]; x++, position++) {
                const int64_t layer = (size[2] - 1 - z) % layers->period;
                const double *shift = layers->shifts[layer], odd = layers->odd[layer];
                gd_add_scaled(*position, (double)x + shift[0] + (y % 2 ? odd : 0), layers->edges[0]);
                gd_add_scaled(*position, (double)y + shift[1], layers->edges[1]);
                (*position)[2] = (double)z * layers->rise / layers->divisor;
            }
    for (int k = 0; k < 2; k++) {
        gd_add_scaled(structure->cell.vectors[k], (double)size[k], layers->edges[k]);
        structure->cell.periodic[k] = true;
    }
    gd_build_pad(structure, 2, vacuum);
    return GD_OK;
}

enum gd_status gd_build_layered(const struct gd_layered *params, enum gd_crystal crystal,
                                const struct gd_layers *layers, struct gd_structure *structure, struct gd_error *error)
{
    struct gd_layers scaled = *layers;
    double a = params->a;
    int number;
    enum gd_status status = gd_build_element(params->symbol, crystal, &number, &a, NULL, error);
    if (status)
        return status;
    for (int k = 0; k < 2; k++)
        for (int axis = 0; axis < 3; axis++)
            scaled.edges[k][axis] *= a;
    scaled.rise *= a;
    return gd_build_layers(&scaled, number, params->size, params->vacuum, structure, error);
}

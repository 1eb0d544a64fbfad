/* Fingerprint `bonds`: the eigenvalues of the graph of bonds between the mobile atoms, with the elements and the
 * numbers of bonds with the template on the diagonal. */
#include <stdlib.h>

#include "atoms/overlap.h"
#include "engine/base/memory.h"
#include "engine/base/symmetric.h"
#include "stages/fingerprint.h"

/* What a bond with the template adds to the diagonal: less than one element is from the next. */
#define ANCHOR 0.05

struct params {
    double scale, within;
};

static const struct gd_param rows[] = {
    {.name = "scale",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, scale),
     .initial = "1.2",
     .min = 0.1,
     .max = 10,
     .help = "bond length limit, in sums of covalent radii"},
    {.name = "within",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, within),
     .initial = "1e-6",
     .min = 0,
     .max = 1000,
     .help = "structures whose eigenvalues differ by no more than this in the root mean square are the same"},
    {0},
};

static size_t length(const void *params, const struct gd_system *system)
{
    (void)params;
    return gd_system_mobile(system);
}

static void fill(const struct gd_system *system, double scale, const double *positions, double *matrix)
{
    const size_t count = gd_system_mobile(system), fixed = system->fixed;
    const int *species = system->structure.species;
    for (size_t i = 0; i < count; i++) {
        double *row = matrix + i * count;
        for (size_t j = 0; j < count; j++)
            row[j] = j != i && gd_bonded(&system->basis, species, positions, fixed + i, fixed + j, scale) ? 1 : 0;
        row[i] = species[fixed + i];
        for (size_t j = 0; j < fixed; j++)
            row[i] += gd_bonded(&system->basis, species, positions, fixed + i, j, scale) ? ANCHOR : 0;
    }
}

static enum gd_status make(const void *params, const struct gd_system *system, const struct gd_set *set, size_t k,
                           double *values, struct gd_error *error)
{
    const struct params *given = params;
    const size_t count = gd_system_mobile(system);
    double *matrix = gd_array(count, count * sizeof *matrix), *room = gd_array(count, 3 * sizeof *room);
    enum gd_status status = matrix && room ? GD_OK : gd_no_memory(error, "the bonds of a structure");
    if (!status) {
        fill(system, given->scale, set->positions + 3 * set->atoms * k, matrix);
        gd_symmetric_eigenvalues(matrix, count, values, room);
    }
    free(matrix);
    free(room);
    return status;
}

static double within(const void *params)
{
    return ((const struct params *)params)->within;
}

const struct gd_fingerprint_class gd_fingerprint_bonds = {
    .base = {.name = "bonds",
             .summary = "The bonds between the mobile atoms, by the spectrum of the bond graph.",
             .params = rows,
             .size = sizeof(struct params)},
    .length = length,
    .make = make,
    .distance = gd_fingerprint_deviation,
    .within = within,
};

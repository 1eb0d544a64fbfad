/* Fingerprint `bonds`: the eigenvalues of the graph of bonds between the mobile atoms, with the elements and the
 * numbers of bonds with the template on the diagonal. */
#include <stdlib.h>

#include "atoms/elements.h"
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

static bool bonded(const struct gd_system *system, double scale, const double *positions, size_t i, size_t j)
{
    const int *species = system->structure.species;
    const double *a = positions + 3 * i, *b = positions + 3 * j;
    double difference[3] = {b[0] - a[0], b[1] - a[1], b[2] - a[2]};
    return gd_minimum_image(&system->basis, difference) <
           scale * (gd_element_radius(species[i]) + gd_element_radius(species[j]));
}

static void fill(const struct gd_system *system, double scale, const double *positions, double *matrix)
{
    const size_t count = gd_system_mobile(system), fixed = system->fixed;
    for (size_t i = 0; i < count; i++) {
        double *row = matrix + i * count;
        for (size_t j = 0; j < count; j++)
            row[j] = j != i && bonded(system, scale, positions, fixed + i, fixed + j) ? 1 : 0;
        row[i] = system->structure.species[fixed + i];
        for (size_t j = 0; j < fixed; j++)
            row[i] += bonded(system, scale, positions, fixed + i, j) ? ANCHOR : 0;
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

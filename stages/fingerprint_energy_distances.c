/* Fingerprint `energy-distances`: the energy and the sorted distances of the mobile atoms, of which each must agree:
 * Vilhelmsen and Hammer, Phys. Rev. Lett. 108, 126101 (2012); J. Chem. Phys. 141, 044711 (2014).
 *
 * The first number is the energy; where it is not known (NaN), the distances alone decide. */
#include <math.h>

#include "stages/fingerprint.h"
#include "stages/sorted_distances.h"

struct params {
    double energy, cumulative, largest;
};

static const struct gd_param rows[] = {
    {.name = "energy",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, energy),
     .initial = "0.02",
     .min = 0,
     .max = 1e6,
     .above_min = true,
     .unit = "eV",
     .help = "largest difference of the energies of structures that are the same"},
    {.name = "cumulative",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, cumulative),
     .initial = "0.015",
     .min = 0,
     .max = 10,
     .above_min = true,
     .help = "largest sum of the differences of their distances, as a share of the sum of the distances"},
    {.name = "largest",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, largest),
     .initial = "0.7",
     .min = 0,
     .max = 100,
     .above_min = true,
     .unit = "Å",
     .help = "largest difference of one distance"},
    {0},
};

static size_t length(const void *params, const struct gd_system *system)
{
    (void)params;
    return 1 + gd_sorted_distances_count(system, false);
}

static enum gd_status make(const void *params, const struct gd_system *system, const struct gd_set *set, size_t k,
                           double *values, struct gd_error *error)
{
    (void)params;
    values[0] = set->energies[k];
    return gd_sorted_distances(system, set->positions + 3 * set->atoms * k, false, values + 1, error);
}

/* The largest of the three differences, each divided by its limit. */
static double distance(const void *params, size_t count, const double *a, const double *b)
{
    const struct params *limits = params;
    double difference = 0, sum = 0, largest = 0;
    for (size_t k = 1; k < count; k++) {
        difference += fabs(a[k] - b[k]);
        sum += (a[k] + b[k]) / 2;
        largest = fmax(largest, fabs(a[k] - b[k]));
    }
    const double cumulative = sum > 0 ? difference / sum : 0;
    return fmax(fmax(cumulative / limits->cumulative, largest / limits->largest), /* fmax passes over a NaN */
                fabs(a[0] - b[0]) / limits->energy);
}

static double within(const void *params)
{
    (void)params;
    return 1;
}

const struct gd_fingerprint_class gd_fingerprint_energy_distances = {
    .base = {.name = "energy-distances",
             .summary = "Energy and sorted distances of the mobile atoms, of which each must agree.",
             .params = rows,
             .size = sizeof(struct params)},
    .length = length,
    .make = make,
    .distance = distance,
    .within = within,
};

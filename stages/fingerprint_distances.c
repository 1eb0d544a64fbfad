/* Fingerprint `distances`: the sorted distances of the mobile atoms among each other and to the template. */
#include "stages/fingerprint.h"
#include "stages/sorted_distances.h"

struct params {
    double within;
};

static const struct gd_param rows[] = {
    {.name = "within",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, within),
     .initial = "0.05",
     .min = 0,
     .max = 100,
     .unit = "Å",
     .help = "structures whose distances differ by no more than this in the root mean square are the same"},
    {0},
};

static size_t length(const void *params, const struct gd_system *system)
{
    (void)params;
    return gd_sorted_distances_count(system, true);
}

static enum gd_status make(const void *params, const struct gd_system *system, const struct gd_set *set, size_t k,
                           double *values, struct gd_error *error)
{
    (void)params;
    return gd_sorted_distances(system, set->positions + 3 * set->atoms * k, true, values, error);
}

static double within(const void *params)
{
    return ((const struct params *)params)->within;
}

const struct gd_fingerprint_class gd_fingerprint_distances = {
    .base = {.name = "distances",
             .summary = "The sorted distances of the mobile atoms, and to their nearest template atoms.",
             .params = rows,
             .size = sizeof(struct params)},
    .length = length,
    .make = make,
    .distance = gd_fingerprint_deviation,
    .within = within,
};

/* The curve that cools by the heat capacity C = Var(E)/T² of the structures evaluated last: slowly while C is above 1,
 * when their energies still spread over more than T, and fast otherwise. It begins at the standard deviation of the
 * energies, as GO-Diff 1.1 (github.com/nronne/go-diff) does. The standard deviation is here that of the bulk of the
 * energies, 1.4826 times the median absolute deviation (Rousseeuw and Croux, J. Am. Stat. Assoc. 88, 1273 (1993)),
 * which is the same for normal energies and does not change when some of them are those of clashes. It never heats, and
 * stays between `from` and `to`. */
#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/base/sort.h"
#include "stages/curve.h"

#define NORMAL 1.4826 /* standard deviation of a normal variable over its median absolute deviation */

struct variance {
    int64_t newest;
    double scale, capacity, slow, fast;
};

static const struct gd_param rows[] = {
    {.name = "newest",
     .type = GD_INT,
     .offset = offsetof(struct variance, newest),
     .initial = "128",
     .min = 2,
     .max = 1e7,
     .help = "structures of the archive, the last ones, whose energies count; as many as an iteration draws"},
    {.name = "scale",
     .type = GD_FLOAT,
     .offset = offsetof(struct variance, scale),
     .initial = "1",
     .max = 1e6,
     .above_min = true,
     .help = "first temperature, in standard deviations of the energies"},
    {.name = "capacity",
     .type = GD_FLOAT,
     .offset = offsetof(struct variance, capacity),
     .initial = "1",
     .max = 1e6,
     .above_min = true,
     .help = "heat capacity Var(E)/T² above which it cools slowly"},
    {.name = "slow",
     .type = GD_FLOAT,
     .offset = offsetof(struct variance, slow),
     .initial = "0.95",
     .max = 1,
     .above_min = true,
     .help = "factor of the temperature while it cools slowly"},
    {.name = "fast",
     .type = GD_FLOAT,
     .offset = offsetof(struct variance, fast),
     .initial = "0.5",
     .max = 1,
     .above_min = true,
     .help = "factor of the temperature while it cools fast"},
    {0},
};

/* The standard deviation of the bulk of the energies, which are overwritten. */
static double robust_deviation(double *energies, size_t count)
{
    double middle = gd_median(energies, count);
    for (size_t k = 0; k < count; k++)
        energies[k] = fabs(energies[k] - middle);
    return NORMAL * gd_median(energies, count);
}

static double next_temperature(const struct variance *variance, const struct gd_curve_point *at, double deviation)
{
    if (at->k == 0)
        return variance->scale * deviation;
    const double reduced = deviation / at->previous;
    return at->previous * (reduced * reduced > variance->capacity ? variance->slow : variance->fast);
}

static enum gd_status value(const void *params, const struct gd_curve_point *at, double *value, struct gd_error *error)
{
    const struct variance *variance = params;
    size_t count = at->count < (size_t)variance->newest ? at->count : (size_t)variance->newest;
    *value = at->from;
    if (count == 0)
        return GD_OK;
    double *energies = gd_array(count, sizeof *energies);
    if (!energies)
        return gd_no_memory(error, "the energies of the archive");
    for (size_t k = 0; k < count; k++)
        energies[k] = at->energies[at->count - count + k];
    *value = fmin(fmax(next_temperature(variance, at, robust_deviation(energies, count)), at->to), at->from);
    free(energies);
    return GD_OK;
}

const struct gd_curve_class gd_curve_variance = {
    .base = {.name = "variance",
             .summary = "slow while the variance of the newest energies is above T², else fast; robust; never rises",
             .params = rows,
             .size = sizeof(struct variance)},
    .value = value,
    .falling = true,
};

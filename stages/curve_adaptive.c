/* The curve that cools as fast as the archive allows: the lowest temperature at which the Boltzmann weights of all
 * structures evaluated so far still have an effective sample size of a set fraction of their number, as annealed
 * sequential Monte Carlo chooses its next target (Jasra, Stephens, Doucet and Tsagaris, Scand. J. Stat. 38, 1 (2011)).
 * It never heats, and stays between `from` and `to`. */
#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "stages/boltzmann.h"
#include "stages/curve.h"

struct adaptive {
    double ess;
};

static const struct gd_param rows[] = {
    {.name = "ess",
     .type = GD_FLOAT,
     .offset = offsetof(struct adaptive, ess),
     .initial = "0.1",
     .max = 1,
     .above_min = true,
     .help = "the effective sample size (Σw)²/Σw² to keep, as a fraction of the archive"},
    {0},
};

/* Whether the weights at a temperature are still those of enough structures. weights: [count], scratch. */
static bool exceeds_sample_size(const struct gd_curve_point *at, double ess, double temperature, double *weights)
{
    gd_boltzmann_weights(at->energies, at->count, temperature, weights);
    return gd_effective_sample_size(weights, at->count) >= ess * (double)at->count;
}

/* The lowest temperature in [low, high] that is enough, by bisection of its logarithm until no number is left between;
 * `high` when none is. The effective sample size rises with the temperature: the derivative of log(Z(β)²/Z(2β)) by β is
 * twice the difference of the mean energies at 2β and β. */
static double find_lowest_temperature(const struct gd_curve_point *at, double ess, double low, double high,
                                      double *weights)
{
    if (exceeds_sample_size(at, ess, low, weights))
        return low;
    for (;;) {
        double middle = sqrt(low) * sqrt(high);
        if (!(low < middle && middle < high))
            return high;
        *(exceeds_sample_size(at, ess, middle, weights) ? &high : &low) = middle;
    }
}

static enum gd_status value(const void *params, const struct gd_curve_point *at, double *value, struct gd_error *error)
{
    const struct adaptive *adaptive = params;
    double high = at->k > 0 ? fmin(fmax(at->previous, at->to), at->from) : at->from;
    *value = high;
    if (at->count == 0)
        return GD_OK;
    double *weights = gd_array(at->count, sizeof *weights);
    if (!weights)
        return gd_no_memory(error, "the weights of the archive");
    *value = find_lowest_temperature(at, adaptive->ess, at->to, high, weights);
    free(weights);
    return GD_OK;
}

const struct gd_curve_class gd_curve_adaptive = {
    .base = {.name = "adaptive",
             .summary = "lowest temperature with the given effective sample size of the archive; never rises",
             .params = rows,
             .size = sizeof(struct adaptive)},
    .value = value,
    .falling = true,
};

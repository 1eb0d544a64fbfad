/* The weights of DDOM (S. Krishnamoorthy, S. M. Mashkaria and A. Grover, arXiv:2306.07180), as its program has them
 * (siddarthk97/ddom, design_baselines/diff/util.py), of y, which is -E scaled to 0 .. 1: equal bins b with a share f of
 * the structures and an upper edge e get p ∝ exp((e - 1)/τ) f/(f + 0.001), where τ is the distance from the quantile of
 * y to 1, at least 0.001. A structure of the bin has the weight p/f, at most `most`. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/sort.h"
#include "stages/rule.h"

enum { MOST_BINS = 1000 };

struct bins {
    int64_t bins;
    double quantile, most;
};

static const struct gd_param rows[] = {
    {.name = "bins",
     .type = GD_INT,
     .offset = offsetof(struct bins, bins),
     .initial = "20",
     .min = 1,
     .max = MOST_BINS,
     .help = "equal intervals of energy, from the lowest to the highest of the archive"},
    {.name = "quantile",
     .type = GD_FLOAT,
     .offset = offsetof(struct bins, quantile),
     .initial = "0.9",
     .max = 1,
     .help = "share of the structures that lie above the energy which sets how fast weights fall"},
    {.name = "most",
     .type = GD_FLOAT,
     .offset = offsetof(struct bins, most),
     .initial = "5",
     .max = 1e9,
     .above_min = true,
     .help = "largest weight; 1 is that of each structure if all had the same"},
    {0},
};

/* y of structures with a known energy; n of them, sorted. */
struct scale {
    double lowest, highest; /* eV */
};

static double scaled(const struct scale *scale, double energy)
{
    const double range = scale->highest - scale->lowest;
    return range > 0 ? (scale->highest - energy) / range : 1;
}

static struct scale find_scale(const double *energies, size_t count)
{
    struct scale scale = {INFINITY, -INFINITY};
    for (size_t k = 0; k < count; k++)
        if (isfinite(energies[k])) {
            scale.lowest = fmin(scale.lowest, energies[k]);
            scale.highest = fmax(scale.highest, energies[k]);
        }
    return scale;
}

static size_t bin_of(const struct bins *bins, double y)
{
    const double bin = floor(y * (double)bins->bins);
    return (size_t)fmin(bin, (double)bins->bins - 1);
}

/* The quantile of sorted numbers, linear between them. */
static double quantile(const double *sorted, size_t count, double share)
{
    const double place = share * (double)(count - 1), below = floor(place);
    const size_t k = (size_t)below, next = k + 1 < count ? k + 1 : k;
    return sorted[k] + (place - below) * (sorted[next] - sorted[k]);
}

/* τ; `y`: scratch, [count]. */
static double fall(const struct bins *bins, const struct scale *scale, const double *energies, size_t count, double *y)
{
    size_t known = 0;
    for (size_t k = 0; k < count; k++)
        if (isfinite(energies[k]))
            y[known++] = scaled(scale, energies[k]);
    gd_sort(y, known);
    return fmax(known ? 1 - quantile(y, known, bins->quantile) : 0, 0.001);
}

static void log_weights(const void *params, const struct gd_set *set, double temperature, double *log_weights)
{
    const struct bins *bins = params;
    const double *energies = set->energies;
    const size_t count = set->count;
    const struct scale scale = find_scale(energies, count);
    double shares[MOST_BINS] = {0}, weights[MOST_BINS] = {0}, sum = 0, known = 0;
    (void)temperature;
    const double tau = fall(bins, &scale, energies, count, log_weights);
    for (size_t k = 0; k < count; k++)
        if (isfinite(energies[k])) {
            shares[bin_of(bins, scaled(&scale, energies[k]))]++;
            known++;
        }
    for (size_t b = 0; b < (size_t)bins->bins; b++) {
        const double edge = (double)(b + 1) / (double)bins->bins;
        shares[b] /= fmax(known, 1);
        weights[b] = exp((edge - 1) / tau) * shares[b] / (shares[b] + 0.001);
        sum += weights[b];
    }
    for (size_t k = 0; k < count; k++) {
        const size_t b = isfinite(energies[k]) ? bin_of(bins, scaled(&scale, energies[k])) : 0;
        const double weight = isfinite(energies[k]) ? weights[b] / sum / (shares[b] + 1e-7) : 0;
        log_weights[k] = log(fmin(weight, bins->most));
    }
}

const struct gd_rule_class gd_rule_bins = {
    .base = {.name = "bins",
             .summary = "a Boltzmann weight for bins of energy in place of structures, as DDOM has it",
             .params = rows,
             .size = sizeof(struct bins)},
    .untempered = true,
    .conditional = true,
    .log_weights = log_weights,
};

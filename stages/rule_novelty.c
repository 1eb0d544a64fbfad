#include <math.h>
#include <stdlib.h>

#include "stages/boltzmann.h"
#include "stages/rule.h"

struct novelty {
    double within, power;
};

static const struct gd_param rows[] = {
    {.name = "within",
     .type = GD_FLOAT,
     .offset = offsetof(struct novelty, within),
     .initial = "0.02",
     .max = 1e6,
     .unit = "eV",
     .help = "structures whose energies differ by no more count as the same"},
    {.name = "power",
     .type = GD_FLOAT,
     .offset = offsetof(struct novelty, power),
     .initial = "0.5",
     .max = 10,
     .help = "exponent p of 1/(1 + m)^p; 0: exp(-E/T) alone"},
    {0},
};

/* How many others are within reach of each. */
static size_t count_alike(const double *energies, size_t count, size_t k, double within)
{
    size_t alike = 0;
    for (size_t j = 0; j < count; j++)
        alike += j != k && fabs(energies[j] - energies[k]) <= within;
    return alike;
}

static void log_weights(const void *params, const struct gd_set *set, double temperature, double *log_weights)
{
    const struct novelty *novelty = params;
    gd_boltzmann_log_weights(set->energies, set->count, temperature, log_weights);
    for (size_t k = 0; k < set->count; k++)
        log_weights[k] -= novelty->power * log1p((double)count_alike(set->energies, set->count, k, novelty->within));
}

const struct gd_rule_class gd_rule_novelty = {
    .base = {.name = "novelty",
             .summary = "exp(-E/T)/(1 + m)^p, with m the other structures of the archive that have the same energy",
             .params = rows,
             .size = sizeof(struct novelty)},
    .log_weights = log_weights,
};

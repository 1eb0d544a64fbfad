#include "stages/boltzmann.h"
#include "stages/rule.h"

static void log_weights(const void *params, const struct gd_set *set, double temperature, double *log_weights)
{
    (void)params;
    gd_boltzmann_log_weights(set->energies, set->count, temperature, log_weights);
}

const struct gd_rule_class gd_rule_boltzmann = {
    .base = {.name = "boltzmann", .summary = "exp(-E/T)"},
    .log_weights = log_weights,
};

/* Criterion `metropolis`: a rise of the energy is accepted with probability exp(-ΔE/T) (Metropolis, Rosenbluth,
 * Rosenbluth, Teller and Teller, J. Chem. Phys. 21, 1087 (1953)). */
#include <math.h>

#include "stages/criterion.h"

struct metropolis {
    double temperature;
};

static const struct gd_param rows[] = {
    {.name = "temperature",
     .type = GD_FLOAT,
     .offset = offsetof(struct metropolis, temperature),
     .initial = "0",
     .example = "0.1",
     .max = 1e6,
     .unit = "eV",
     .help = "0: that of the last `anneal` or, for each chain its own, `exchange`"},
    {0},
};

static enum gd_status judge(const void *params, struct gd_trial *trial, enum gd_outcome *outcome,
                            struct gd_error *error)
{
    const struct metropolis *metropolis = params;
    const double temperature = metropolis->temperature > 0 ? metropolis->temperature : trial->temperature;
    const double rise = trial->proposed - trial->current;
    if (!(temperature > 0))
        return gd_fail(error, GD_BAD_INPUT, "there is no temperature");
    const bool accepted = rise <= 0 || gd_stream_uniform(trial->stream) < exp(-rise / temperature);
    *outcome = accepted ? GD_CHAIN_ACCEPTED : GD_CHAIN_REJECTED;
    return GD_OK;
}

static bool needs_temperature(const void *params)
{
    const struct metropolis *metropolis = params;
    return !(metropolis->temperature > 0);
}

const struct gd_criterion_class gd_criterion_metropolis = {
    .base = {.name = "metropolis",
             .summary = "a rise of the energy is accepted with probability exp(-ΔE/T)",
             .params = rows,
             .size = sizeof(struct metropolis)},
    .judge = judge,
    .needs_temperature = needs_temperature,
};

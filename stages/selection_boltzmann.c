/* Selection `boltzmann`: at random, with chances in proportion to exp(-E/T). */
#include <stdlib.h>

#include "engine/base/memory.h"
#include "stages/boltzmann.h"
#include "stages/reservoir.h"
#include "stages/selection.h"

struct params {
    double temperature;
};

static const struct gd_param rows[] = {
    {.name = "temperature",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, temperature),
     .initial = "0",
     .example = "0.1",
     .max = 1e6,
     .unit = "eV",
     .help = "0: that of the last `anneal`"},
    {0},
};

static enum gd_status choose(const void *params, const struct gd_candidates *candidates, size_t keep, size_t *chosen,
                             size_t *count, struct gd_error *error)
{
    const struct params *given = params;
    const double temperature = given->temperature > 0 ? given->temperature : candidates->temperature;
    double *log_weights = gd_array(candidates->set->count, sizeof *log_weights);
    enum gd_status status = log_weights ? GD_OK : gd_no_memory(error, "weights of structures");
    if (!status && !(temperature > 0))
        status = gd_fail(error, GD_BAD_INPUT, "there is no temperature");
    if (!status) {
        gd_boltzmann_log_weights(candidates->set->energies, candidates->set->count, temperature, log_weights);
        status =
            gd_reservoir_sample(log_weights, candidates->set->count, keep, candidates->stream, chosen, count, error);
    }
    free(log_weights);
    return status;
}

static bool needs_temperature(const void *params)
{
    return !(((const struct params *)params)->temperature > 0);
}

const struct gd_selection_class gd_selection_boltzmann = {
    .base = {.name = "boltzmann",
             .summary = "At random, with chances in proportion to exp(-E/T).",
             .params = rows,
             .size = sizeof(struct params)},
    .choose = choose,
    .needs_temperature = needs_temperature,
};

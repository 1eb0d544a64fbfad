#include <math.h>

#include "stages/boltzmann.h"
#include "stages/rule.h"

struct paths {
    int64_t newest;
};

static const struct gd_param rows[] = {
    {.name = "newest",
     .type = GD_INT,
     .offset = offsetof(struct paths, newest),
     .initial = "0",
     .max = 1e9,
     .help = "how many of the newest are in question; 0: all"},
    {0},
};

static void log_weights(const void *params, const struct gd_set *set, double temperature, double *log_weights)
{
    const struct paths *paths = params;
    gd_path_log_weights(set, temperature, log_weights);
    for (size_t k = 0; k < set->count && paths->newest > 0; k++)
        if (set->count - k > (uint64_t)paths->newest)
            log_weights[k] = -INFINITY;
}

const struct gd_rule_class gd_rule_paths = {
    .base = {.name = "paths",
             .summary = "exp(-E/T)/p(path), of structures drawn with `path_weights`: without bias, whatever the model",
             .params = rows,
             .size = sizeof(struct paths)},
    .lack = "of none is the weight of the path that drew it known: choose path_weights: true in the step that draws, "
            "and evaluate "
            "what it draws before structures are moved or chosen",
    .log_weights = log_weights,
};

#include <math.h>

#include "stages/rule.h"

struct newest {
    int64_t count;
};

static const struct gd_param rows[] = {
    {.name = "count",
     .type = GD_INT,
     .offset = offsetof(struct newest, count),
     .initial = "256",
     .min = 1,
     .max = 1e9,
     .help = "how many are in question"},
    {0},
};

static void log_weights(const void *params, const struct gd_set *set, double temperature, double *log_weights)
{
    const struct newest *newest = params;
    (void)temperature;
    for (size_t k = 0; k < set->count; k++)
        log_weights[k] = set->count - k <= (uint64_t)newest->count ? 0 : -INFINITY;
}

const struct gd_rule_class gd_rule_newest = {
    .base = {.name = "newest",
             .summary = "the same for the newest structures of the archive, and 0 for all others",
             .params = rows,
             .size = sizeof(struct newest)},
    .untempered = true,
    .log_weights = log_weights,
};

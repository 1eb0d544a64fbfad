/* Stop `momentum`: gradients no longer agree with the momentum of those before them, since they have become noise. As
 * in GO-Diff 1.1 (github.com/nronne/go-diff), training ends when the agreement is below a share of its highest value,
 * and that is some steps ago; unlike there, the agreement is averaged over steps, since that of one step is noise
 * itself. */
#include <math.h>

#include "stages/stop.h"

struct momentum {
    int64_t begin, patience;
    double drop, average;
};

static const struct gd_param rows[] = {
    {.name = "begin",
     .type = GD_INT,
     .offset = offsetof(struct momentum, begin),
     .initial = "50",
     .min = 1,
     .max = 1e9,
     .help = "optimisation steps before the agreement counts"},
    {.name = "patience",
     .type = GD_INT,
     .offset = offsetof(struct momentum, patience),
     .initial = "100",
     .min = 1,
     .max = 1e9,
     .help = "optimisation steps since the highest agreement"},
    {.name = "drop",
     .type = GD_FLOAT,
     .offset = offsetof(struct momentum, drop),
     .initial = "0.5",
     .min = 0,
     .max = 1,
     .above_min = true,
     .help = "share of the highest agreement below which training ends"},
    {.name = "average",
     .type = GD_FLOAT,
     .offset = offsetof(struct momentum, average),
     .initial = "0.95",
     .min = 0,
     .max = 0.9999,
     .help = "weight of the former steps in the exponential average of the agreement; 0: none"},
    {0},
};

struct memory {
    bool begun;
    double agreement, highest; /* averaged; the highest of those */
    int64_t since;             /* steps since the highest */
};

static bool done(const void *params, void *memory, const struct gd_stop_point *at)
{
    const struct momentum *momentum = params;
    struct memory *so_far = memory;
    if (at->step < momentum->begin || isnan(at->agreement))
        return false;
    so_far->agreement =
        so_far->begun ? momentum->average * so_far->agreement + (1 - momentum->average) * at->agreement : at->agreement;
    so_far->since++;
    if (!so_far->begun || so_far->agreement > so_far->highest) {
        so_far->highest = so_far->agreement;
        so_far->since = 0;
    }
    so_far->begun = true;
    return so_far->since >= momentum->patience && so_far->agreement < momentum->drop * so_far->highest;
}

const struct gd_stop_class gd_stop_momentum = {
    .base = {.name = "momentum",
             .summary = "The gradients no longer agree with their momentum.",
             .params = rows,
             .size = sizeof(struct momentum)},
    .memory = sizeof(struct memory),
    .agreement = true,
    .done = done,
};

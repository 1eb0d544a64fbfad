/* Stop `validation`: the loss of structures that are held back has stopped falling. */
#include <math.h>

#include "stages/stop.h"

struct validation {
    int64_t patience;
};

static const struct gd_param rows[] = {
    {.name = "patience",
     .type = GD_INT,
     .offset = offsetof(struct validation, patience),
     .initial = "200",
     .min = 1,
     .max = 1e9,
     .unit = "epochs",
     .help = "epochs without a lower validation loss after which training ends"},
    {0},
};

struct memory {
    bool begun;
    double lowest;
    int64_t waited; /* epochs since then */
};

static bool done(const void *params, void *memory, const struct gd_stop_point *at)
{
    const struct validation *validation = params;
    struct memory *so_far = memory;
    if (isnan(at->validation))
        return false;
    so_far->waited++;
    if (!so_far->begun || at->validation < so_far->lowest)
        *so_far = (struct memory){.begun = true, .lowest = at->validation};
    return so_far->waited >= validation->patience;
}

const struct gd_stop_class gd_stop_validation = {
    .base = {.name = "validation",
             .summary = "The validation loss has not fallen for some epochs.",
             .params = rows,
             .size = sizeof(struct validation)},
    .memory = sizeof(struct memory),
    .validation = true,
    .done = done,
};

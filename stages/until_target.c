/* Loop condition `target`: stop when the target has been hit. */
#include "engine/language/pipeline.h"
#include "engine/run/state.h"

static bool met(const void *params, const struct gd_state *state)
{
    (void)params;
    return gd_state_integer(state, "found", 0) > 0;
}

const struct gd_until gd_until_target = {
    .base = {.name = "target", .summary = "The target has been hit."},
    .reads = (const char *const[]){"target", NULL},
    .met = met,
};

/* When checkpoints are due. */
#ifndef GD_ENGINE_PACE_H
#define GD_ENGINE_PACE_H

#include <stdbool.h>

struct gd_pace {
    double interval; /* as gd_run_options.checkpoint */
    double begun;    /* seconds of the clock */
    double last;     /* when the last one ended */
    double cost;     /* seconds of the last one */
    double most;     /* seconds of the longest */
    double spent;    /* seconds of all */
    bool any;
};

void gd_pace_begin(struct gd_pace *pace, double interval, double now);

/* Whether one is due after a step that has ended now. The first always is. */
bool gd_pace_is_due(const struct gd_pace *pace, double now);

/* One was made from `begin` to `end`. */
void gd_pace_count(struct gd_pace *pace, double begin, double end);

#endif

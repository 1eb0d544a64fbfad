#include "engine/run/pace.h"

/* The part of the time that checkpoints may take which are made as the run sees fit. */
static const double share = 0.02;

void gd_pace_begin(struct gd_pace *pace, double interval, double now)
{
    *pace = (struct gd_pace){.interval = interval, .begun = now};
}

bool gd_pace_is_due(const struct gd_pace *pace, double now)
{
    if (!pace->any)
        return true;
    if (pace->interval < 0)
        return pace->spent + pace->cost <= share * (now - pace->begun);
    return now - pace->last >= pace->interval;
}

void gd_pace_count(struct gd_pace *pace, double begin, double end)
{
    pace->any = true;
    pace->last = end;
    pace->cost = end - begin;
    pace->spent += pace->cost;
    if (pace->cost > pace->most)
        pace->most = pace->cost;
}

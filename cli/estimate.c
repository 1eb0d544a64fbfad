/* Time left: every step's mean time, times how often it will still be executed. */
#include "cli/estimate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

static enum gd_status collect(struct gd_estimate *estimate, const struct gd_step *steps, size_t count, int64_t times)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < count && !status; k++) {
        const struct gd_step *step = &steps[k];
        status = collect(estimate, step->steps, step->count, times * step->times);
        if (status || !(step->stage || step->pipeline))
            continue;
        if (!gd_grow(&estimate->items, &estimate->capacity, estimate->count + 1, sizeof *estimate->items))
            return GD_NO_MEMORY;
        estimate->items[estimate->count++] = (struct gd_step_time){
            .step = step, .path = step->path, .expected = times, .closing = step->stage && step->stage->last};
    }
    return status;
}

enum gd_status gd_estimate_init(struct gd_estimate *estimate, const struct gd_pipeline *pipeline)
{
    *estimate = (struct gd_estimate){0};
    return collect(estimate, pipeline->steps, pipeline->count, 1);
}

void gd_estimate_clear(struct gd_estimate *estimate)
{
    free(estimate->items);
    *estimate = (struct gd_estimate){0};
}

static struct gd_step_time *find(const struct gd_estimate *estimate, const char *path)
{
    for (size_t k = 0; path && k < estimate->count; k++)
        if (!strcmp(estimate->items[k].path, path))
            return &estimate->items[k];
    return NULL;
}

/* In the order of execution: what is in a loop or a pipeline, then the pipeline itself. */
static void skip(struct gd_estimate *estimate, const struct gd_step *steps, size_t count, int64_t *left)
{
    for (size_t k = 0; k<count && * left> 0; k++) {
        const struct gd_step *step = &steps[k];
        for (int64_t time = 0; time<step->times && * left> 0; time++)
            skip(estimate, step->steps, step->count, left);
        if (*left > 0 && (step->stage || step->pipeline)) {
            find(estimate, step->path)->finished++;
            --*left;
        }
    }
}

void gd_estimate_skip(struct gd_estimate *estimate, const struct gd_pipeline *pipeline, int64_t count)
{
    skip(estimate, pipeline->steps, pipeline->count, &count);
}

void gd_estimate_finish(struct gd_estimate *estimate, const char *path, double seconds)
{
    struct gd_step_time *tally = find(estimate, path);
    if (!tally)
        return;
    tally->finished++;
    tally->timed++;
    tally->seconds += seconds;
}

double gd_estimate_left(const struct gd_estimate *estimate, const char *path, double elapsed, double fraction,
                        bool *least)
{
    const struct gd_step_time *running = find(estimate, path);
    double left = 0;
    *least = false;
    for (size_t k = 0; k < estimate->count; k++) {
        const struct gd_step_time *tally = &estimate->items[k];
        const bool runs = tally == running;
        const double to_do = (double)(tally->expected - tally->finished) - (runs ? fraction : 0);
        const double seconds = tally->seconds + (runs ? elapsed : 0),
                     work = (double)tally->timed + (runs ? fraction : 0);
        if (to_do > 0 && work > 0)
            left += to_do * seconds / work;
        else if (to_do > 0 && (runs || !tally->closing))
            *least = true;
    }
    return left;
}

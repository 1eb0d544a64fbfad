/* How long a run still takes, from what its steps have taken so far. */
#ifndef GD_CLI_ESTIMATE_H
#define GD_CLI_ESTIMATE_H

#include "engine/language/pipeline.h"

/* One step that is a stage or a pipeline: how often it will be executed at most, how often it has been, and what that
 * took. */
struct gd_step_time {
    const struct gd_step *step; /* borrowed */
    const char *path;
    int64_t expected, finished, timed;
    double seconds; /* of the timed executions; those before a resume are finished, not timed */
    bool closing;   /* a section that runs last, and only once: what it will take is left out */
};

struct gd_estimate {
    struct gd_step_time *items;
    size_t count, capacity;
};

enum gd_status gd_estimate_init(struct gd_estimate *estimate, const struct gd_pipeline *pipeline);
void gd_estimate_clear(struct gd_estimate *estimate);

/* The first `count` executions of the run are finished: it continues from there. */
void gd_estimate_skip(struct gd_estimate *estimate, const struct gd_pipeline *pipeline, int64_t count);
void gd_estimate_finish(struct gd_estimate *estimate, const char *path, double seconds);

/* Seconds left when the step at `path` has run for `elapsed` seconds and is through `fraction` of its work. *least:
 * some step has not been timed yet, so that it is at least this long; sections that run last are left out until they
 * run. */
double gd_estimate_left(const struct gd_estimate *estimate, const char *path, double elapsed, double fraction,
                        bool *least);

#endif

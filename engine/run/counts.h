/* How often each step of a run has been executed, and how long it took. */
#ifndef GD_ENGINE_COUNTS_H
#define GD_ENGINE_COUNTS_H

#include "engine/language/pipeline.h"

/* A step that is a stage or a pipeline: what has executions. */
struct gd_leaf {
    const struct gd_step *step;
    int64_t executions;
    double seconds;
    double longest; /* seconds of its longest execution in this process; 0: none yet */
    bool started;
};

struct gd_counts {
    struct gd_leaf *leaves; /* in the order of the pipeline, what is in another one before that one */
    size_t count;
    int64_t done; /* steps that have run: lines of metrics.jsonl, sum of executions */
};

/* All leaves of a pipeline and those in it, none executed yet. Free with gd_counts_clear in any case. */
enum gd_status gd_counts_make(struct gd_counts *counts, const struct gd_pipeline *pipeline, struct gd_error *error);
void gd_counts_clear(struct gd_counts *counts);

/* The leaf whose step has this path; NULL: none. */
struct gd_leaf *gd_counts_leaf(const struct gd_counts *counts, const char *path);

#endif

/* summary.json: how a run ended, and with what. */
#ifndef GD_ENGINE_SUMMARY_H
#define GD_ENGINE_SUMMARY_H

#include "engine/base/host.h"
#include "engine/run/counts.h"
#include "engine/run/inputs.h"
#include "engine/run/parts.h"
#include "engine/run/state.h"

/* What is the same for all pipelines of a run. */
struct gd_conditions {
    uint64_t seed;
    int threads;
    bool running;  /* the run has not ended */
    int64_t saved; /* steps that run.h5 has; -1: there is none */
    const char *device, *precision, *version;
    const char *kernels;            /* NULL: not known */
    const char *command;            /* NULL: not known */
    const char *commit, *libraries; /* of the program; NULL: not known */
    const struct gd_inputs *inputs; /* NULL: not known */
    char started[32];               /* date of the run's first start; "": not known */
    char processor[GD_PROCESSOR_SIZE];
};

/* Writes the part's summary. `status` and the text of `error`: how it ended. `state` is NULL when it is not known. */
enum gd_status gd_summary_write(const struct gd_part *part, const struct gd_conditions *conditions,
                                const struct gd_counts *counts, const struct gd_state *state, enum gd_status status,
                                struct gd_error *error);

/* The summary in a directory, to be deleted; NULL when there is none that can be read. */
struct cJSON *gd_summary_read(const char *directory);

/* What the summaries say of a run that is resumed: how many seconds were spent on saving, and when it was started. The
 * status of the outermost is the last thing that a run writes. */
enum gd_summary_found {
    GD_SUMMARY_MISSING,
    GD_SUMMARY_DAMAGED,    /* not a JSON object with a status */
    GD_SUMMARY_UNFINISHED, /* with another status than: */
    GD_SUMMARY_FINISHED
};
enum gd_summary_found gd_summary_resume(const struct gd_parts *parts, struct gd_conditions *conditions);

#endif

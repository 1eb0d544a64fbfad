/* metrics.jsonl: one line per executed step. */
#ifndef GD_ENGINE_METRICS_H
#define GD_ENGINE_METRICS_H

#include <cjson/cJSON.h>

#include "engine/run/context.h"
#include "engine/run/counts.h"

struct gd_metrics {
    char *path;
    int file;       /* -1: not open */
    cJSON *figures; /* of the step that runs */
    bool lost;      /* a figure, for want of memory */
};

/* The file in a directory; touches nothing there. Free with gd_metrics_close in any case. */
enum gd_status gd_metrics_make(struct gd_metrics *metrics, const char *directory, struct gd_error *error);
void gd_metrics_close(struct gd_metrics *metrics);

/* GD_BAD_INPUT when lines of steps that are done are missing or damaged; changes nothing. */
enum gd_status gd_metrics_check(const struct gd_metrics *metrics, struct gd_counts *counts, struct gd_error *error);

/* Keeps the lines of the steps that are done, closes the file, and adds up the seconds of the steps in `counts`. *again
 * (may be NULL): how many lines followed, of steps that will be done again. */
enum gd_status gd_metrics_resume(struct gd_metrics *metrics, struct gd_counts *counts, int64_t *again,
                                 struct gd_error *error);

/* A sink that collects the figures of a step, from gd_metrics_begin on. */
struct gd_sink gd_metrics_sink(struct gd_metrics *metrics);
enum gd_status gd_metrics_begin(struct gd_metrics *metrics, struct gd_error *error);

/* Appends the line of the step that a context is of; `first`: makes the file. */
enum gd_status gd_metrics_append(struct gd_metrics *metrics, const struct gd_context *context, double seconds,
                                 bool first);

/* Makes the lines last, before the checkpoint that counts them. */
enum gd_status gd_metrics_sync(const struct gd_metrics *metrics, struct gd_error *error);

/* Adds the figures of the slots to a JSON object; of empty slots, and of all when `state` is NULL, as null. False when
 * out of memory. */
bool gd_metrics_add_figures(cJSON *object, const struct gd_registry *registry, const struct gd_state *state);

/* Whether a line of the file is of a step of an inner pipeline, which counts its own evaluations and has a best energy
 * of its own. The step that is this pipeline belongs to the one around it. */
bool gd_metrics_is_inner(const cJSON *line);

#endif

/* A run in progress, shared by the parts of the executor. */
#ifndef GD_ENGINE_RUN_PRIV_H
#define GD_ENGINE_RUN_PRIV_H

#include <cjson/cJSON.h>

#include "engine/run.h"

/* --- Where a run stands: cursor.c ------------------------------------------------------------------------------- */

/* A list of steps being worked through. */
struct gd_frame {
    const struct gd_step *loop; /* NULL: the pipeline itself */
    const struct gd_step *steps;
    size_t count, next; /* next: the step to run, or the loop that the frame above is in */
    int64_t iteration;  /* of the loop, from 0 */
};

/* The frames from the pipeline to the innermost loop. It stands at a step to run, or at the end of the pipeline. */
struct gd_cursor {
    struct gd_frame *frames; /* [capacity]: as many as the loops are deep, and one */
    size_t depth, capacity;
};

/* Stands at the first step. Free with gd_cursor_clear. */
enum gd_status gd_cursor_start(struct gd_cursor *cursor, const struct gd_pipeline *pipeline, struct gd_state *state,
                               struct gd_error *error);
void gd_cursor_clear(struct gd_cursor *cursor);

/* The step to run, or NULL at the end. */
const struct gd_step *gd_cursor_step(const struct gd_cursor *cursor);

/* Goes past the step that has run, through the ends and beginnings of loops; `context`, that of the step, answers their
 * `until`. After a failure the cursor stands nowhere. */
enum gd_status gd_cursor_advance(struct gd_cursor *cursor, const struct gd_context *context);

/* Puts the cursor where another stood: `next` and `iteration` of its frames. False when the pipeline has no such
 * place. */
bool gd_cursor_place(struct gd_cursor *cursor, const int64_t *next, const int64_t *iteration, size_t depth);

/* --- The run ---------------------------------------------------------------------------------------------------- */

/* A step that is a stage. */
struct gd_leaf {
    const struct gd_step *step;
    int64_t executions;
    double seconds;
    bool started;
};

struct gd_run {
    struct gd_pipeline *pipeline;
    struct gd_state *state;
    const struct gd_run_options *options;
    struct gd_error *error;
    int threads;
    const char *device;

    char *text; /* of pipeline.yaml */
    char *checkpoint_path, *pipeline_path, *script_path, *metrics_path, *summary_path, *lock_path;
    int lock; /* descriptor, -1: none */

    struct gd_sink *sinks; /* the collector of figures, then those of the options */
    struct gd_events events;
    cJSON *figures; /* of the step that runs */
    bool figures_lost;

    struct gd_leaf *leaves; /* in the order of the pipeline */
    size_t leaf_count;
    struct gd_cursor cursor;
    int64_t done;   /* steps that have run and are saved: lines of metrics.jsonl, sum of executions */
    double total;   /* steps to run at most */
    bool exact;     /* the state is as of the last finished step; false while a step runs and after it failed */
    bool resumable; /* there is a checkpoint */
};

struct gd_leaf *gd_run_leaf(struct gd_run *run, const char *id); /* NULL: none */

/* --- directory.c ------------------------------------------------------------------------------------------------ */

/* Takes the output directory for this run, by the rules of gd_run; makes it for a new run. */
enum gd_status gd_run_claim(struct gd_run *run);

/* --- checkpoint.c ----------------------------------------------------------------------------------------------- */

enum gd_status gd_checkpoint_save(struct gd_run *run);

/* Loads state, cursor and counts, of a checkpoint of the same pipeline. */
enum gd_status gd_checkpoint_load(struct gd_run *run);

/* Loads the state alone. */
enum gd_status gd_checkpoint_load_state(struct gd_run *run);

/* What run a checkpoint is of: its name (free with free()) and how many steps are done. */
enum gd_status gd_checkpoint_describe(const char *path, char **name, int64_t *done, struct gd_error *error);

/* GD_BAD_INPUT with the first line that differs, when `found`, read from `path`, is not the text of the pipeline. */
enum gd_status gd_run_compare_pipeline(const struct gd_run *run, const char *path, const char *found);

/* --- metrics.c -------------------------------------------------------------------------------------------------- */

/* Cuts metrics.jsonl to the lines of finished steps, and adds up their seconds. */
enum gd_status gd_metrics_resume(struct gd_run *run);

/* Appends the line of a step and syncs it. */
enum gd_status gd_metrics_append(struct gd_run *run, const struct gd_context *context, double seconds);

/* Collects the figures of a step; `self` is the run. */
void gd_metrics_collect(void *self, const struct gd_event *event);

/* Adds the figures of the slots to a JSON object; of empty slots, and of all when `state` is NULL, as null. False when
 * out of memory. */
bool gd_metrics_add_figures(cJSON *object, const struct gd_registry *registry, const struct gd_state *state);

/* --- outputs.c -------------------------------------------------------------------------------------------------- */

/* Writes the files of the slots, as far as they have values. */
enum gd_status gd_outputs_write(struct gd_run *run);

/* Writes summary.json. `state` is NULL when there is none to tell of. */
enum gd_status gd_summary_write(struct gd_run *run, enum gd_status status, const struct gd_state *state);

/* Whether summary.json says that the run has finished: the last thing a run writes. */
bool gd_summary_finished(const struct gd_run *run);

#endif

/* A run in progress, shared by the parts of the executor. */
#ifndef GD_ENGINE_RUN_PRIV_H
#define GD_ENGINE_RUN_PRIV_H

#include <cjson/cJSON.h>

#include "engine/base/memory.h"
#include "engine/run/run.h"

/* --- Where a run stands: cursor.c ------------------------------------------------------------------------------- */

/* A list of steps being worked through. */
struct gd_frame {
    const struct gd_step *step; /* the loop, or the step that is a pipeline; NULL: the outermost pipeline */
    const struct gd_step *steps;
    size_t count, next;     /* next: the step to do, or the one that the frame above is in */
    int64_t iteration;      /* of the loop, from 0 */
    struct gd_state *state; /* of a pipeline; owned by the frame but for the outermost. NULL: a loop */
};

/* The frames from the outermost pipeline to the innermost loop or pipeline. It stands at a stage to run, at a pipeline
 * to enter, at the end of one to leave, at the end of a loop whose condition is to be asked, or at the end of the
 * outermost. */
struct gd_cursor {
    struct gd_frame *frames; /* [capacity]: as many as loops and pipelines are deep, and one */
    size_t depth, capacity;
};

/* Stands at the first step. Free with gd_cursor_clear. */
enum gd_status gd_cursor_start(struct gd_cursor *cursor, const struct gd_pipeline *pipeline, struct gd_state *state,
                               struct gd_error *error);
void gd_cursor_clear(struct gd_cursor *cursor);

/* The step to do, the loop whose condition is to be asked, or NULL at the end. */
const struct gd_step *gd_cursor_step(const struct gd_cursor *cursor);

/* Whether the step is a loop or pipeline that has come to its end, rather than one to enter; and whether it is a loop.
 */
bool gd_cursor_leaving(const struct gd_cursor *cursor);
bool gd_cursor_asking(const struct gd_cursor *cursor);

/* The frame that holds the step, and that of the pipeline it is in. */
const struct gd_frame *gd_cursor_frame(const struct gd_cursor *cursor);
const struct gd_frame *gd_cursor_base(const struct gd_cursor *cursor);

/* Goes past the step that has run, a pipeline that is left included, and on through loops, as far as no condition is to
 * be asked. */
void gd_cursor_advance(struct gd_cursor *cursor);

/* Asks the condition of the loop at whose end the cursor stands, and goes into its next iteration or past it. Where it
 * fails the cursor stays. */
enum gd_status gd_cursor_ask(struct gd_cursor *cursor, const struct gd_context *context);

/* Goes into the pipeline at which it stands, which gets this state. */
void gd_cursor_enter(struct gd_cursor *cursor, struct gd_state *state);

/* Puts the cursor where another stood: `next` and `iteration` of its frames. Those of inner pipelines have no state
 * yet. False when the pipeline has no such place. */
bool gd_cursor_place(struct gd_cursor *cursor, const int64_t *next, const int64_t *iteration, size_t depth);

/* --- The run ---------------------------------------------------------------------------------------------------- */

/* A step that is a stage or a pipeline: what has executions. */
struct gd_leaf {
    const struct gd_step *step;
    int64_t executions;
    double seconds;
    double saving; /* of its lines of metrics and its checkpoints, in this process */
    bool started;
};

/* A pipeline of the run, and the folder of what it leaves. */
struct gd_part {
    const struct gd_pipeline *pipeline;
    char *directory, *text; /* text: of pipeline.yaml */
    char *pipeline_path, *script_path, *summary_path;
    double saving; /* seconds of its outputs, and of all saving before a resume */
};

struct gd_run {
    struct gd_pipeline *pipeline;
    struct gd_state *state;
    const struct gd_run_options *options;
    struct gd_error *error;
    int threads;
    const char *device, *precision;
    char *kernels; /* all that the run has used, in order, between "; "; NULL: not told */

    struct gd_part *parts; /* the outermost pipeline first */
    size_t part_count, part_capacity;
    char *text; /* of all of them */
    char *checkpoint_path, *metrics_path, *lock_path;
    int lock, metrics; /* descriptors, -1: none */

    struct gd_sink *sinks; /* the collector of figures, then those of the options */
    struct gd_events events;
    cJSON *figures; /* of the step that runs */
    bool figures_lost;

    struct gd_leaf *leaves; /* in the order of the pipeline, what is in another one before that one */
    size_t leaf_count;
    struct gd_cursor cursor;
    int64_t done;   /* steps that have run and are saved: lines of metrics.jsonl, sum of executions */
    double total;   /* steps to run at most */
    bool exact;     /* the state is as of the last finished step; false while a step runs and after it failed */
    bool resumable; /* there is a checkpoint */
};

/* Of a clock that only goes on. */
double gd_run_clock(void);

struct gd_leaf *gd_run_leaf(struct gd_run *run, const char *path); /* NULL: none */

/* Adds kernels to those that the run has used, and says so, unless they are the last of them. */
enum gd_status gd_run_continue_with(struct gd_run *run, const char *kernels);

/* --- parts.c ---------------------------------------------------------------------------------------------------- */

enum gd_status gd_parts_make(struct gd_run *run);
void gd_parts_clear(struct gd_run *run);
struct gd_part *gd_run_part(const struct gd_run *run, const struct gd_pipeline *pipeline);

/* Whether there is such a file in the part's folder. */
bool gd_part_has(const struct gd_part *part, const char *name);

/* GD_BAD_INPUT when what is in the folders, as far as it is there, is of other pipelines or scripts. */
enum gd_status gd_parts_compare(const struct gd_run *run);

/* Writes pipelines and scripts into their folders, where they are missing; the outermost first, because it tells that a
 * run has begun. */
enum gd_status gd_parts_write(const struct gd_run *run);

/* GD_BAD_INPUT with the first line that differs, when `found`, read from `path`, is not the text that is wanted. */
enum gd_status gd_text_compare(const char *path, const char *found, const char *wanted, struct gd_error *error);

/* --- chain.c ---------------------------------------------------------------------------------------------------- */

/* Goes into the pipeline at which the cursor stands: a state of its own, its sections, and what it is given. */
enum gd_status gd_chain_enter(struct gd_run *run);

/* Ends the pipeline that the cursor is to leave: its files, its summary, and the slots that are taken over. */
enum gd_status gd_chain_finish(struct gd_run *run);

/* The states of all pipelines that the cursor is in, to and from a file. Loading makes those of inner ones. */
enum gd_status gd_chain_save(const struct gd_run *run, struct gd_h5 *file);
enum gd_status gd_chain_load(struct gd_run *run, struct gd_h5 *file);

/* --- directory.c ------------------------------------------------------------------------------------------------ */

/* Takes the output directory for this run, by the rules of gd_run; makes it for a new run. */
enum gd_status gd_run_claim(struct gd_run *run);

/* --- checkpoint.c ----------------------------------------------------------------------------------------------- */

enum gd_status gd_checkpoint_save(struct gd_run *run);

/* Loads state, cursor and counts, of a checkpoint of the same pipeline. */
enum gd_status gd_checkpoint_load(struct gd_run *run);

/* Loads state and cursor alone. */
enum gd_status gd_checkpoint_load_state(struct gd_run *run);

/* What run a checkpoint is of: its name (free with free()) and how many steps are done. */
enum gd_status gd_checkpoint_describe(const char *path, char **name, int64_t *done, struct gd_error *error);

/* --- resume.c --------------------------------------------------------------------------------------------------- */

/* Whether a loaded checkpoint is one that this pipeline can have left: GD_BAD_INPUT with the first contradiction. */
enum gd_status gd_resume_check(struct gd_run *run);

/* --- metrics.c -------------------------------------------------------------------------------------------------- */

/* Keeps of metrics.jsonl the lines of finished steps, and adds up their seconds. */
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
enum gd_status gd_outputs_write(const struct gd_run *run, struct gd_part *part, const struct gd_state *state);

/* Writes the files of the outermost pipeline that are missing, and adds their names to `restored`. */
enum gd_status gd_outputs_restore(struct gd_run *run, struct gd_text *restored);

/* Writes summary.json. `state` is NULL when there is none to tell of. */
enum gd_status gd_summary_write(const struct gd_run *run, const struct gd_part *part, enum gd_status status,
                                const struct gd_state *state);

/* What summary.json says of a run that goes on: whether it has finished, which is the last thing a run writes, and how
 * many seconds were spent on saving. A run that was killed left none, and those seconds are not known. */
void gd_summary_resume(struct gd_run *run, bool *finished);

#endif

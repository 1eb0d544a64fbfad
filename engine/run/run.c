/* The executor: claims the directory, continues from the checkpoint if there is one, runs step after step with a line
 * of metrics after each and checkpoints between, and writes the outputs and the summary however it ended.
 *
 * Only what a finished step left is ever saved. Stages keep nothing from run to run but in slots, so a run that was
 * interrupted and resumed gives the same bits as one left alone. */
#include "engine/run/run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/files.h"
#include "engine/base/host.h"
#include "engine/base/memory.h"
#include "engine/base/team.h"
#include "engine/base/text.h"
#include "engine/run/chain.h"
#include "engine/run/checkpoint.h"
#include "engine/run/directory.h"
#include "engine/run/extend.h"
#include "engine/run/history.h"
#include "engine/run/kernels.h"
#include "engine/run/metrics.h"
#include "engine/run/outputs.h"
#include "engine/run/pace.h"
#include "engine/run/saved.h"
#include "engine/run/share.h"
#include "engine/run/summary.h"

struct gd_run {
    const struct gd_pipeline *pipeline;
    struct gd_state *state;
    const struct gd_run_options *options;
    struct gd_error *error;
    struct gd_conditions conditions;
    struct gd_kernel_names kernels;
    struct gd_inputs inputs;

    struct gd_parts parts, former; /* former: those of options->former */
    struct gd_metrics metrics;
    struct gd_checkpoint checkpoint;
    struct gd_h5_journal journal;
    struct gd_pace pace, kept_pace; /* of checkpoints, and of what is kept in memory */
    struct gd_h5 *kept;             /* a checkpoint that is not on disk, newer than that one; NULL: none */
    struct gd_share share;
    char *checkpoint_path;
    int lock; /* a descriptor; -1: none */

    struct gd_sink *sinks; /* that of the metrics, then those of the options */
    struct gd_events events;

    struct gd_counts counts;
    struct gd_cursor cursor;
    double total;            /* steps to run at most */
    bool exact;              /* the state is that of a finished step; false while a step runs and after it failed */
    bool resumable;          /* there is a checkpoint */
    bool extended;           /* the checkpoint was of options->former */
    struct gd_text restored; /* names of files that were missing */
    bool unsaved;            /* the run has gone on since the last one */
};

static enum gd_status prepare_events(struct gd_run *run)
{
    const struct gd_run_options *options = run->options;
    run->sinks = gd_array(options->sink_count + 1, sizeof *run->sinks);
    if (!run->sinks)
        return gd_no_memory(run->error, "the run");
    run->sinks[0] = gd_metrics_sink(&run->metrics);
    for (size_t k = 0; k < options->sink_count; k++)
        run->sinks[k + 1] = options->sinks[k];
    run->events = (struct gd_events){run->sinks, options->sink_count + 1};
    return GD_OK;
}

static enum gd_status prepare_checkpoint(struct gd_run *run)
{
    run->checkpoint_path = gd_file_join(run->options->directory, "run.h5");
    run->checkpoint = (struct gd_checkpoint){
        .path = run->checkpoint_path,
        .directory = run->options->directory,
        .pipeline = run->pipeline,
        .text = run->parts.text,
        .parts = &run->parts,
        .former = run->options->former ? &run->former : NULL,
        .version = run->conditions.version,
        .from = run->options->from,
        .journal = &run->journal,
    };
    if (!run->checkpoint_path)
        return gd_no_memory(run->error, "the run");
    return gd_h5_journal_make(&run->journal, run->checkpoint_path, run->error);
}

/* The pipelines of which the run goes on. */
static enum gd_status prepare_former(struct gd_run *run)
{
    enum gd_status status = gd_parts_make(&run->former, run->options->former, run->options->directory, run->error);
    for (size_t k = 0; k < run->parts.count && k < run->former.count && !status; k++)
        status = gd_extend_check(&run->parts.list[k], &run->former.list[k], run->error);
    return status;
}

/* What the run needs in memory. */
static enum gd_status prepare(struct gd_run *run)
{
    const struct gd_run_options *options = run->options;
    enum gd_status status = gd_parts_make(&run->parts, run->pipeline, options->directory, run->error);
    if (!status && options->former)
        status = prepare_former(run);
    if (!status)
        status = gd_metrics_make(&run->metrics, options->directory, run->error);
    if (!status)
        status = prepare_events(run);
    if (!status)
        status = prepare_checkpoint(run);
    if (!status)
        status = gd_counts_make(&run->counts, run->pipeline, run->error);
    if (!status && options->command)
        status = gd_inputs_find(&run->inputs, run->pipeline, options->from, run->error);
    if (!status)
        status = gd_kernels_make(&run->kernels, options->kernels, run->error);
    if (status)
        return status;
    run->conditions.kernels = run->kernels.used;
    run->conditions.inputs = options->command ? &run->inputs : NULL;
    run->share = (struct gd_share){
        .directory = options->share, .pipeline = run->pipeline, .conditions = &run->conditions, .parts = &run->parts};
    if (options->share && (status = gd_share_open(&run->share, run->error)) != GD_OK)
        return status;
    run->total = gd_pipeline_executions(run->pipeline);
    return gd_cursor_start(&run->cursor, run->pipeline, run->state, run->error);
}

static void clear(struct gd_run *run)
{
    if (run->lock >= 0)
        close(run->lock);
    gd_cursor_clear(&run->cursor);
    gd_counts_clear(&run->counts);
    gd_inputs_clear(&run->inputs);
    gd_share_clear(&run->share);
    free(run->sinks);
    free(run->restored.data);
    gd_h5_close(run->kept);
    gd_h5_journal_clear(&run->journal);
    free(run->checkpoint_path);
    gd_kernels_clear(&run->kernels);
    gd_metrics_close(&run->metrics);
    gd_parts_clear(&run->parts);
    gd_parts_clear(&run->former);
}

/* Emits a message, a new string that is freed. GD_NO_MEMORY when it is NULL. */
static enum gd_status tell(const struct gd_run *run, char *text)
{
    if (!text)
        return gd_no_memory(run->error, "a message");
    gd_emit(&run->events, &(struct gd_event){.kind = GD_EVENT_MESSAGE, .text = text});
    free(text);
    return GD_OK;
}

/* Another version can go on where the parameters are the same: that is all that decides. */
static enum gd_status report_version(const struct gd_run *run, const char *version)
{
    if (strcmp(version, run->conditions.version) == 0)
        return GD_OK;
    return tell(run, gd_format("this run is from version %s so far and continues with %s, whose results may differ",
                               version, run->conditions.version));
}

/* Of a section this is a script; a step may have read the file before. */
static void warn_of_change(void *context, const struct gd_input *input)
{
    const struct gd_run *run = context;
    char *text =
        gd_format("%s: the file %s is not what it was when this run was started last: what comes now may not go "
                  "with what was there before",
                  input->use, input->path);
    if (text)
        gd_emit(&run->events, &(struct gd_event){.kind = GD_EVENT_MESSAGE, .level = GD_WARNING, .text = text});
    free(text);
}

/* Says that the run goes on from an earlier moment than that of its last checkpoint. */
static void report_journal(const struct gd_run *run, const struct gd_checkpoint_about *about)
{
    static const char name[] = "run.h5.journal: ";
    char text[200];
    const struct gd_saved saved = {.end = about->end,
                                   .journal = gd_part_has(run->parts.list, "run.h5.journal"),
                                   .done = about->done,
                                   .known = gd_saved_known(run->options->directory)};
    struct gd_event event = {.kind = GD_EVENT_MESSAGE, .text = text};
    memcpy(text, name, sizeof name);
    if (gd_saved_is_damaged(&saved, text + strlen(name), sizeof text - strlen(name)))
        event.level = GD_WARNING;
    else if (about->end == GD_JOURNAL_CUT)
        event.text = "the last checkpoint was not finished: continuing from the one before it";
    else
        return;
    gd_emit(&run->events, &event);
}

/* Says how many steps the run does again. */
static enum gd_status report_again(const struct gd_run *run, int64_t again)
{
    if (again <= 0)
        return GD_OK;
    return tell(run, gd_format("the run goes on after step %lld: %lld more that had run %s done again",
                               (long long)run->counts.done, (long long)again, again == 1 ? "is" : "are"));
}

static enum gd_status load_checkpoint(struct gd_run *run)
{
    struct gd_checkpoint_about about;
    enum gd_status status = gd_checkpoint_load(&run->checkpoint, &run->cursor, &run->counts, &about, run->error);
    const bool finished = !status && !gd_cursor_step(&run->cursor);
    run->extended = about.extended;
    run->conditions.saved = run->counts.done;
    if (!status)
        report_journal(run, &about);
    if (!status && !finished)
        status = report_version(run, about.version);
    if (!status && !finished && run->options->resume)
        status = gd_written_changes(run->options->directory, &run->inputs, warn_of_change, run, run->error);
    if (!status && about.kernels) {
        status = gd_kernels_continue(&run->kernels, about.kernels, finished, &run->events, run->error);
        run->conditions.kernels = run->kernels.used;
    }
    gd_checkpoint_about_clear(&about);
    return status;
}

/* The beginning that another run has left. */
static enum gd_status take_beginning(struct gd_run *run)
{
    char *name;
    enum gd_status status = gd_share_take(&run->share, &run->cursor, &run->counts, &run->metrics, &name, run->error);
    if (name && !status) {
        run->unsaved = true;
        status = tell(run, gd_format("%lld steps are taken over from %s", (long long)run->counts.done, name));
    }
    free(name);
    return status;
}

static enum gd_status add_history(const struct gd_run *run)
{
    const struct gd_history_entry start = {
        .command = run->options->command,
        .version = run->conditions.version,
        .from = run->options->resume ? NULL : run->options->from,
        .inherited = gd_state_integer(run->state, "evaluations", 0),
        .extends = run->options->extends,
        .former = run->options->extends && *run->options->extends ? run->former.text : NULL,
        .steps = run->counts.done,
    };
    return gd_history_add(run->options->directory, &start, run->error);
}

/* A run that starts from another one has its values from now on, whatever becomes of the other. */
static enum gd_status save_inherited(struct gd_run *run)
{
    enum gd_status status =
        gd_checkpoint_save(&run->checkpoint, &run->cursor, &run->counts, run->kernels.used, true, run->error);
    run->resumable = !status;
    run->conditions.saved = 0;
    return status;
}

/* Changes of a run hide what is given: whether that was changed too. */
static enum gd_status check_given(const struct gd_run *run)
{
    struct gd_parts given = {0};
    char **formers = NULL;
    if (!run->options->given)
        return GD_OK;
    enum gd_status status = gd_history_formers(run->options->directory, &formers, run->error);
    if (!status)
        status = gd_parts_make(&given, run->options->given, run->options->directory, run->error);
    if (!status)
        status = gd_extend_check_given(&given, &run->parts, formers, run->error);
    gd_parts_clear(&given);
    gd_history_free(formers);
    return status;
}

/* Writes the pipelines, where they are missing or of before an extension. */
static enum gd_status write_parts(struct gd_run *run)
{
    return gd_parts_write(&run->parts, run->options->resume && run->resumable ? &run->restored : NULL, run->error);
}

/* Takes up what is in the directory, and writes what is missing of the pipelines; an extension does so later. */
static enum gd_status open_directory(struct gd_run *run)
{
    int64_t again = 0;
    for (size_t k = 0; k < run->parts.count; k++)
        gd_directory_remove_temporary(run->parts.list[k].directory);
    run->resumable = access(run->checkpoint_path, F_OK) == 0;
    enum gd_status status =
        gd_parts_compare(&run->parts, run->options->former ? &run->former : NULL, run->resumable, run->error);
    if (!status)
        status = check_given(run);
    if (run->resumable || run->options->from) /* no beginning for others: another program may have made it */
        gd_share_clear(&run->share);
    if (!status && run->resumable)
        status = load_checkpoint(run);
    else if (!status && run->options->from)
        status = save_inherited(run);
    else if (!status)
        status = take_beginning(run);
    if (!status && run->extended) /* lines are cut when the run is one of the new pipeline */
        status = gd_metrics_check(&run->metrics, &run->counts, run->error);
    else if (!status)
        status = gd_metrics_resume(&run->metrics, &run->counts, &again, run->error);
    if (!status)
        status = report_again(run, again);
    return status || run->extended ? status : write_parts(run);
}

static bool interrupted(const struct gd_run *run)
{
    return run->options->interrupted && *run->options->interrupted > 0;
}

/* Seconds for what is written at the end: a whole file is a few times the largest change so far. */
static double reserve(const struct gd_run *run)
{
    return 3 * run->pace.most;
}

/* Whether the next step would pass the deadline, as far as one can know. A run that has begun to work on its time tries
 * in any case. */
static bool out_of_time(const struct gd_run *run)
{
    const struct gd_leaf *leaf = gd_counts_leaf(&run->counts, gd_cursor_step(&run->cursor)->path);
    const double longest = leaf ? leaf->longest : 0;
    return run->options->deadline > 0 && run->pace.any && gd_clock() + longest + reserve(run) > run->options->deadline;
}

/* Why no step is to be begun; NULL: one may be. */
static const char *reason_to_stop(const struct gd_run *run)
{
    return interrupted(run) ? "interrupted" : out_of_time(run) ? "time limit" : NULL;
}

/* `frame`: the loop that the step is in, or that asks. */
static struct gd_context make_context(struct gd_run *run, const struct gd_step *step, int64_t execution,
                                      const struct gd_cursor_frame *frame)
{
    const struct gd_cursor_frame *base = gd_cursor_base(&run->cursor);
    const struct gd_pipeline *pipeline = base->step ? base->step->pipeline : run->pipeline;
    return (struct gd_context){
        .state = base->state,
        .error = run->error,
        .events = &run->events,
        .step = step->path,
        .stage = step->stage,
        .seed = run->pipeline->seed,
        .execution = (uint32_t)execution,
        .iteration = frame->iteration,
        .iterations = frame == base ? 1 : frame->step->times,
        .threads = run->conditions.threads,
        .device = run->conditions.device,
        .precision = run->conditions.precision,
        .directory = gd_parts_find(&run->parts, pipeline)->directory,
        .interrupted = run->options->interrupted,
        .deadline = run->options->deadline > 0 ? run->options->deadline - reserve(run) : 0,
    };
}

static void emit_step(const struct gd_run *run, const struct gd_context *context, enum gd_event_kind kind,
                      double seconds)
{
    struct gd_event event = {
        .kind = kind,
        .step = context->step,
        .state = context->state,
        .iteration = context->iteration,
        .iterations = context->iterations,
        .done = (double)run->counts.done,
        .total = run->total,
        .seconds = seconds,
    };
    gd_emit(&run->events, &event);
}

static struct gd_part *part_of(const struct gd_run *run, const struct gd_cursor_frame *frame)
{
    return gd_parts_find(&run->parts, frame->step ? frame->step->pipeline : run->pipeline);
}

/* Writes the files of a pipeline that the run is in. `all`: those too that need not be current. */
static enum gd_status write_outputs(struct gd_run *run, const struct gd_cursor_frame *frame, bool all)
{
    struct gd_part *part = part_of(run, frame);
    char *group = gd_chain_group(part->pipeline->path);
    const struct gd_outputs outputs = {frame->state, &run->journal.trace, group, all};
    enum gd_status status = group ? gd_outputs_write(part, &outputs, run->error) : gd_no_memory(run->error, "a path");
    free(group);
    return status;
}

/* The end of a pipeline in another one: its files, its summary, and the values that it passes on. */
static enum gd_status leave_pipeline(struct gd_run *run)
{
    struct gd_part *part = gd_parts_find(&run->parts, gd_cursor_step(&run->cursor)->pipeline);
    const struct gd_state *inner = run->cursor.frames[run->cursor.depth - 1].state;
    struct gd_conditions conditions = run->conditions;
    conditions.running = false;
    enum gd_status status = gd_chain_check(&run->cursor, run->error);
    if (!status)
        status = gd_outputs_write(part, &(struct gd_outputs){.state = inner, .all = true}, run->error);
    if (!status)
        status = gd_summary_write(part, &conditions, &run->counts, inner, GD_OK, run->error);
    return status ? status : gd_chain_take(&run->cursor, run->error);
}

/* The callbacks of one step, or the end of a pipeline. */
static enum gd_status call_step(struct gd_run *run, struct gd_context *context, struct gd_leaf *leaf)
{
    const struct gd_stage *stage = leaf->step->stage;
    enum gd_status status = GD_OK;
    if (gd_registry_slot_index(run->pipeline->registry, gd_slot_iteration.name) >= 0)
        status = gd_state_put_integer(context->state, gd_slot_iteration.name, context->iteration, run->error);
    if (!status && stage && !leaf->started) {
        leaf->started = true;
        if (stage->start)
            status = gd_stage_call(stage, stage->start, context, leaf->step->self);
    }
    if (!status)
        status = stage ? gd_stage_call(stage, stage->run, context, leaf->step->self) : leave_pipeline(run);
    if (status)
        return gd_status_require_message(status, run->error, context->step);
    *run->error = (struct gd_error){0}; /* what the stage met and handled */
    return GD_OK;
}

static void drop_kept(struct gd_run *run)
{
    gd_h5_close(run->kept);
    run->kept = NULL;
}

/* Saves the run as it is now. `whole`: in one file, run.h5. */
static enum gd_status save(struct gd_run *run, bool whole)
{
    enum gd_status status = gd_metrics_sync(&run->metrics, run->error);
    if (!status)
        status = gd_checkpoint_save(&run->checkpoint, &run->cursor, &run->counts, run->kernels.used, whole, run->error);
    if (status)
        return status;
    run->resumable = true;
    run->conditions.saved = run->counts.done;
    run->unsaved = false;
    drop_kept(run);
    return GD_OK;
}

/* Makes the files current that can be looked at while the run goes on. */
static enum gd_status write_current(struct gd_run *run)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < run->cursor.depth && !status; k++) {
        const struct gd_cursor_frame *frame = &run->cursor.frames[k];
        if (frame->state)
            status = write_outputs(run, frame, false);
        if (frame->state && !status)
            status =
                gd_summary_write(part_of(run, frame), &run->conditions, &run->counts, frame->state, GD_OK, run->error);
    }
    return status;
}

/* A checkpoint, and what goes with it. */
static enum gd_status make_checkpoint(struct gd_run *run)
{
    const double begin = gd_clock(), before = run->parts.list->saving;
    enum gd_status status = save(run, false);
    if (!status)
        status = write_current(run);
    const double end = gd_clock();
    gd_pace_count(&run->pace, begin, end);
    run->parts.list->saving = before + end - begin;
    return status;
}

/* Keeps what a checkpoint would have, which costs much less: it is saved when the run ends within a step. */
static enum gd_status keep_checkpoint(struct gd_run *run)
{
    const double begin = gd_clock();
    drop_kept(run);
    enum gd_status status =
        gd_checkpoint_keep(&run->checkpoint, &run->cursor, &run->counts, run->kernels.used, &run->kept, run->error);
    if (status)
        drop_kept(run);
    gd_pace_count(&run->kept_pace, begin, gd_clock());
    return status;
}

/* Writes down that a step has run: its line, and a checkpoint when it is time. */
static enum gd_status save_step(struct gd_run *run, const struct gd_context *context, struct gd_leaf *leaf,
                                double seconds)
{
    const double begin = gd_clock();
    enum gd_status status = gd_metrics_append(&run->metrics, context, seconds, run->counts.done == 0);
    if (status)
        return status;
    run->parts.list->saving += gd_clock() - begin;
    gd_cursor_advance(&run->cursor);
    leaf->executions++;
    leaf->seconds += seconds;
    leaf->longest = seconds > leaf->longest ? seconds : leaf->longest;
    run->counts.done++;
    run->unsaved = true;
    if (gd_pace_is_due(&run->pace, gd_clock()))
        status = make_checkpoint(run);
    else if (gd_pace_is_due(&run->kept_pace, gd_clock()))
        status = keep_checkpoint(run);
    run->exact = !status;
    return status;
}

static enum gd_status run_step(struct gd_run *run)
{
    struct gd_leaf *leaf = gd_counts_leaf(&run->counts, gd_cursor_step(&run->cursor)->path);
    struct gd_context context = make_context(run, leaf->step, leaf->executions, gd_cursor_frame(&run->cursor));
    enum gd_status status = gd_metrics_begin(&run->metrics, run->error);
    if (status)
        return status;
    emit_step(run, &context, GD_EVENT_STEP_START, 0);
    run->exact = false;
    double begin = gd_clock();
    status = call_step(run, &context, leaf);
    double seconds = gd_clock() - begin;
    if (!status)
        status = save_step(run, &context, leaf, seconds);
    if (!status)
        emit_step(run, &context, GD_EVENT_STEP_END, seconds);
    return status;
}

/* Leaves the beginning of the run for others. It is no part of the run, which goes on without. */
static void give_beginning(struct gd_run *run)
{
    const double begin = gd_clock();
    struct gd_error why = {0};
    if (gd_share_give(&run->share, &run->cursor, &run->counts, &run->metrics, run->kernels.used, &why))
        gd_emit(&run->events, &(struct gd_event){.kind = GD_EVENT_MESSAGE, .level = GD_WARNING, .text = why.text});
    run->parts.list->saving += gd_clock() - begin;
}

/* Asks the condition of a loop. When the run is resumed after a failure, or an interrupt, it is asked again. */
static enum gd_status ask(struct gd_run *run)
{
    const struct gd_step *loop = gd_cursor_step(&run->cursor);
    struct gd_context context = make_context(run, loop, run->counts.done, gd_cursor_frame(&run->cursor) + 1);
    enum gd_status status = gd_cursor_evaluate_until(&run->cursor, &context);
    run->unsaved |= !status;
    return status;
}

static enum gd_status execute(struct gd_run *run)
{
    const struct gd_step *step;
    enum gd_status status = GD_OK;
    while (!status && (step = gd_cursor_step(&run->cursor))) {
        const char *reason = reason_to_stop(run);
        if (reason)
            status = gd_fail(run->error, GD_INTERRUPTED, "%s: %lld %s finished and saved in %s; --resume continues",
                             reason, (long long)run->counts.done, run->counts.done == 1 ? "step is" : "steps are",
                             run->options->directory);
        else if (gd_cursor_at_until(&run->cursor))
            status = ask(run);
        else if (step->pipeline && !gd_cursor_at_end(&run->cursor))
            status = gd_chain_enter(&run->cursor, &run->counts, run->error);
        else {
            give_beginning(run);
            status = run_step(run);
        }
    }
    for (size_t k = 0; k < run->counts.count; k++) {
        step = run->counts.leaves[k].step;
        if (run->counts.leaves[k].started && step->stage->stop)
            step->stage->stop(step->self);
    }
    return status;
}

/* Outputs and summary of a pipeline that the run is in. */
static enum gd_status finish_part(struct gd_run *run, enum gd_status status, const struct gd_cursor_frame *frame,
                                  bool known)
{
    struct gd_part *part = part_of(run, frame);
    const struct gd_state *state = known ? frame->state : NULL;
    enum gd_status written = known ? write_outputs(run, frame, true) : GD_OK;
    status = status ? status : written;
    written = gd_summary_write(part, &run->conditions, &run->counts, state, status, run->error);
    if (written && !status) { /* it may be there, and say that the run has finished */
        status = written;
        gd_summary_write(part, &run->conditions, &run->counts, state, status, run->error);
    }
    return status;
}

/* Saves what is kept in memory. Where that fails, the checkpoint before it stays. */
static void save_kept(struct gd_run *run)
{
    struct gd_error overlooked = {0};
    if (run->kept && !gd_metrics_sync(&run->metrics, &overlooked) &&
        !gd_h5_journal_save(&run->journal, run->kept, true, &overlooked))
        run->resumable = true;
    drop_kept(run);
}

/* Makes the state that of a finished step: the last, or where it is lost, the last that is saved or kept. False when
 * none is known. */
static bool recall(struct gd_run *run)
{
    struct gd_error overlooked = {0};
    if (run->exact)
        return true;
    save_kept(run);
    if (!run->resumable)
        return false;
    run->exact = !gd_checkpoint_recall(&run->checkpoint, &run->cursor, &run->counts, run->error);
    run->unsaved = false;
    if (run->exact) {
        run->conditions.saved = run->counts.done;
        gd_metrics_resume(&run->metrics, &run->counts, NULL, &overlooked); /* lines that stay are cut by a resume */
    }
    return run->exact;
}

/* Leaves all of the run in run.h5. */
static enum gd_status save_all(struct gd_run *run)
{
    const bool whole = run->journal.trace.seen && run->journal.file < 0;
    const double begin = gd_clock();
    enum gd_status status = run->counts.done > 0 && (run->unsaved || !whole) ? save(run, true) : GD_OK;
    run->parts.list->saving += gd_clock() - begin;
    return status;
}

/* After an end within a step. */
static void report_saved(const struct gd_run *run)
{
    const long long done = run->counts.done;
    char *text = gd_format("%lld %s saved in %s; --resume continues", done, done == 1 ? "step is" : "steps are",
                           run->options->directory);
    if (text)
        gd_emit(&run->events, &(struct gd_event){.kind = GD_EVENT_MESSAGE, .text = text});
    free(text);
}

/* Leaves the checkpoint, outputs and summaries of the last step that is known. A failure here is one of the run, unless
 * it failed before. */
static enum gd_status finish_run(struct gd_run *run, enum gd_status status)
{
    const bool within = !run->exact;
    gd_emit(&run->events, &(struct gd_event){.kind = GD_EVENT_RUN_END});
    run->conditions.running = false;
    bool known = recall(run);
    enum gd_status saved = known ? save_all(run) : GD_OK;
    status = status ? status : saved;
    if (within && known && !saved && run->counts.done > 0)
        report_saved(run);
    for (size_t k = known ? run->cursor.depth - 1 : 0; k > 0; k--)
        if (run->cursor.frames[k].state)
            status = finish_part(run, status, &run->cursor.frames[k], true);
    return finish_part(run, status, &run->cursor.frames[0], known);
}

/* By now the input was found good and the run has begun, so that what fails is the run. */
static enum gd_status as_failure(struct gd_run *run, enum gd_status status)
{
    if (status == GD_BAD_INPUT)
        run->error->status = status = GD_FAILED;
    return status;
}

/* A finished run is left as it is but for what is missing. */
static enum gd_status restore(struct gd_run *run)
{
    enum gd_status status = gd_outputs_restore(run->parts.list, run->state, &run->restored, run->error);
    char *names = gd_text_take(&run->restored);
    if (!status)
        status = tell(
            run, names ? gd_format("the run is already finished%s%s", *names ? "; restored from run.h5: " : "", names)
                       : NULL);
    free(names);
    return as_failure(run, status);
}

/* The run, of which the history knows already, is from now on one of the new pipeline. Killed before all of it says so,
 * it is one of either, and the lines of steps that run again are cut when nothing counts them any more. The summary
 * never knows more steps than are saved. */
static enum gd_status extend(struct gd_run *run)
{
    enum gd_status status =
        gd_summary_write(run->parts.list, &run->conditions, &run->counts, run->state, GD_OK, run->error);
    if (!status)
        status = write_parts(run);
    if (!status)
        status = save(run, true);
    return status ? status : gd_metrics_resume(&run->metrics, &run->counts, NULL, run->error);
}

/* Says which files are there again. */
static enum gd_status report_restored(struct gd_run *run)
{
    char *names = gd_text_take(&run->restored);
    enum gd_status status = names && !*names ? GD_OK : tell(run, names ? gd_format("restored: %s", names) : NULL);
    free(names);
    return status;
}

/* A run that begins, or goes on. */
static enum gd_status begin(struct gd_run *run)
{
    run->exact = true;
    run->conditions.running = true;
    if (!*run->conditions.started)
        gd_date(run->conditions.started);
    gd_processor_name(run->conditions.processor);
    gd_pace_begin(&run->pace, run->options->checkpoint, gd_clock());
    gd_pace_begin(&run->kept_pace, GD_CHECKPOINT_AUTO, gd_clock());
    enum gd_status status = run->options->command ? add_history(run) : GD_OK;
    if (!status && run->extended)
        status = extend(run);
    return status ? status : report_restored(run);
}

static enum gd_status run_all(struct gd_run *run)
{
    enum gd_status status = prepare(run);
    if (!status)
        status = gd_directory_claim(&run->parts, run->checkpoint_path, run->options->resume, &run->lock, run->error);
    if (!status)
        status = open_directory(run);
    if (status)
        return status;
    const enum gd_summary_found found =
        run->options->resume ? gd_summary_resume(&run->parts, &run->conditions) : GD_SUMMARY_MISSING;
    if (!gd_cursor_step(&run->cursor) && run->resumable && found == GD_SUMMARY_FINISHED)
        return restore(run);
    if (run->options->resume && run->resumable && (found == GD_SUMMARY_MISSING || found == GD_SUMMARY_DAMAGED))
        gd_text_print(&run->restored, "%ssummary.json", run->restored.length ? ", " : "");
    status = begin(run);
    return as_failure(run, status ? status : finish_run(run, execute(run)));
}

enum gd_status gd_run(struct gd_pipeline *pipeline, struct gd_state *state, const struct gd_run_options *options,
                      struct gd_error *error)
{
    struct gd_error own = {0};
    struct gd_run run = {
        .pipeline = pipeline,
        .state = state,
        .options = options,
        .error = error ? error : &own,
        .conditions =
            {
                .seed = pipeline->seed,
                .threads = options->threads > 0 ? options->threads : gd_processors(),
                .device = options->device ? options->device : "cpu",
                .precision = options->precision ? options->precision : "float32",
                .version = options->version ? options->version : "",
                .commit = options->commit,
                .libraries = options->libraries,
                .command = options->command,
                .saved = -1,
            },
        .metrics.file = -1,
        .journal.file = -1,
        .lock = -1,
    };
    enum gd_status status = run_all(&run);
    clear(&run);
    return status;
}

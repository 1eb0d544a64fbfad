/* The executor: claims the directory, goes on from the checkpoint if there is one, runs step after step with a line of
 * metrics and a checkpoint after each, and writes the outputs and the summary however it ended.
 *
 * Only what a finished step left is ever saved. Stages keep nothing from run to run but in slots, so a run that was
 * interrupted and goes on gives the same bits as one left alone. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/team.h"
#include "engine/run/run_priv.h"

static size_t count_leaves(const struct gd_step *steps, size_t count)
{
    size_t leaves = 0;
    for (size_t k = 0; k < count; k++)
        leaves += (steps[k].stage || steps[k].pipeline ? 1 : 0) + count_leaves(steps[k].steps, steps[k].count);
    return leaves;
}

static void collect_leaves(struct gd_run *run, const struct gd_step *steps, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        collect_leaves(run, steps[k].steps, steps[k].count);
        if (steps[k].stage || steps[k].pipeline)
            run->leaves[run->leaf_count++].step = &steps[k];
    }
}

struct gd_leaf *gd_run_leaf(struct gd_run *run, const char *path)
{
    for (size_t k = 0; k < run->leaf_count; k++)
        if (strcmp(run->leaves[k].step->path, path) == 0)
            return &run->leaves[k];
    return NULL;
}

/* What the run needs in memory. */
static enum gd_status prepare(struct gd_run *run)
{
    const struct gd_pipeline *pipeline = run->pipeline;
    const struct gd_run_options *options = run->options;
    run->checkpoint_path = gd_file_join(options->directory, "run.h5");
    run->metrics_path = gd_file_join(options->directory, "metrics.jsonl");
    run->lock_path = gd_file_join(options->directory, ".lock");
    run->leaves = gd_array(count_leaves(pipeline->steps, pipeline->count), sizeof *run->leaves);
    run->sinks = gd_array(options->sink_count + 1, sizeof *run->sinks);
    run->figures = cJSON_CreateObject();
    run->kernels = options->kernels ? gd_string(options->kernels) : NULL;
    if (options->kernels && !run->kernels)
        return gd_no_memory(run->error, "the run");
    if (!run->checkpoint_path || !run->metrics_path || !run->lock_path || !run->leaves || !run->sinks || !run->figures)
        return gd_no_memory(run->error, "the run");
    collect_leaves(run, pipeline->steps, pipeline->count);
    run->total = gd_pipeline_executions(pipeline);
    run->sinks[0] = (struct gd_sink){.event = gd_metrics_collect, .self = run};
    for (size_t k = 0; k < options->sink_count; k++)
        run->sinks[k + 1] = options->sinks[k];
    run->events = (struct gd_events){run->sinks, options->sink_count + 1};
    enum gd_status status = gd_parts_make(run);
    return status ? status : gd_cursor_start(&run->cursor, pipeline, run->state, run->error);
}

static void clear(struct gd_run *run)
{
    if (run->metrics >= 0)
        close(run->metrics);
    if (run->lock >= 0)
        close(run->lock);
    gd_cursor_clear(&run->cursor);
    cJSON_Delete(run->figures);
    free(run->sinks);
    free(run->leaves);
    free(run->lock_path);
    free(run->metrics_path);
    free(run->checkpoint_path);
    free(run->kernels);
    gd_parts_clear(run);
}

/* Whether `name` is the last in a list. */
static bool ends_with(const char *list, const char *name)
{
    size_t all = strlen(list), length = strlen(name);
    return all >= length && strcmp(list + all - length, name) == 0 &&
           (all == length || (all > length + 1 && strncmp(list + all - length - 2, "; ", 2) == 0));
}

enum gd_status gd_run_continue_with(struct gd_run *run, const char *kernels)
{
    if (!gd_cursor_step(&run->cursor) || ends_with(run->kernels, kernels))
        return GD_OK;
    char *text = gd_format(
        "this run was worked out with %s so far and goes on with %s, whose results may differ in their last bits",
        run->kernels, kernels);
    char *all = gd_format("%s; %s", run->kernels, kernels);
    if (!text || !all) {
        free(text);
        free(all);
        return gd_no_memory(run->error, "the run");
    }
    gd_emit(&run->events, &(struct gd_event){.kind = GD_EVENT_MESSAGE, .level = GD_WARNING, .text = text});
    free(text);
    free(run->kernels);
    run->kernels = all;
    return GD_OK;
}

/* Takes up what is in the directory, and writes what is missing of the pipelines. */
static enum gd_status open_directory(struct gd_run *run)
{
    for (size_t k = 0; k < run->part_count; k++)
        gd_directory_sweep(run->parts[k].directory);
    run->resumable = access(run->checkpoint_path, F_OK) == 0;
    enum gd_status status = gd_parts_compare(run);
    if (!status && run->resumable)
        status = gd_checkpoint_load(run);
    if (!status)
        status = gd_metrics_resume(run);
    return status ? status : gd_parts_write(run);
}

double gd_run_clock(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static bool interrupted(const struct gd_run *run)
{
    return run->options->interrupted && *run->options->interrupted > 0;
}

/* `frame`: the loop that the step is in, or that asks. */
static struct gd_context make_context(struct gd_run *run, const struct gd_step *step, int64_t execution,
                                      const struct gd_frame *frame)
{
    const struct gd_frame *base = gd_cursor_base(&run->cursor);
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
        .threads = run->threads,
        .device = run->device,
        .precision = run->precision,
        .directory = gd_run_part(run, pipeline)->directory,
        .interrupted = run->options->interrupted,
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
        .done = (double)run->done,
        .total = run->total,
        .seconds = seconds,
    };
    gd_emit(&run->events, &event);
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
        status = stage ? gd_stage_call(stage, stage->run, context, leaf->step->self) : gd_chain_finish(run);
    if (status)
        return gd_outcome(status, run->error, context->step);
    *run->error = (struct gd_error){0}; /* what the stage met and mastered */
    return GD_OK;
}

/* Writes down that a step has run: its line, then the checkpoint that counts it. */
static enum gd_status save_step(struct gd_run *run, const struct gd_context *context, struct gd_leaf *leaf,
                                double seconds)
{
    double begin = gd_run_clock();
    enum gd_status status = gd_metrics_append(run, context, seconds);
    if (status)
        return status;
    gd_cursor_advance(&run->cursor);
    leaf->executions++;
    leaf->seconds += seconds;
    run->done++;
    status = gd_checkpoint_save(run);
    if (status)
        return status;
    leaf->saving += gd_run_clock() - begin;
    run->exact = true;
    run->resumable = true;
    return GD_OK;
}

static enum gd_status run_step(struct gd_run *run)
{
    struct gd_leaf *leaf = gd_run_leaf(run, gd_cursor_step(&run->cursor)->path);
    struct gd_context context = make_context(run, leaf->step, leaf->executions, gd_cursor_frame(&run->cursor));
    cJSON_Delete(run->figures);
    run->figures = cJSON_CreateObject();
    if (!run->figures)
        return gd_no_memory(run->error, context.step);
    emit_step(run, &context, GD_EVENT_STEP_START, 0);
    run->exact = false;
    double begin = gd_run_clock();
    enum gd_status status = call_step(run, &context, leaf);
    double seconds = gd_run_clock() - begin;
    if (!status)
        status = save_step(run, &context, leaf, seconds);
    if (!status)
        emit_step(run, &context, GD_EVENT_STEP_END, seconds);
    return status;
}

/* Asks the condition of a loop. What it asks about is saved by now; when the run goes on after a failure, or an
 * interrupt, it is asked again. */
static enum gd_status ask(struct gd_run *run)
{
    const struct gd_step *loop = gd_cursor_step(&run->cursor);
    struct gd_context context = make_context(run, loop, run->done, gd_cursor_frame(&run->cursor) + 1);
    enum gd_status status = gd_cursor_ask(&run->cursor, &context);
    if (!status && !gd_cursor_step(&run->cursor))
        status = gd_checkpoint_save(run); /* says that the run has ended */
    return status;
}

static enum gd_status execute(struct gd_run *run)
{
    const struct gd_step *step;
    enum gd_status status = GD_OK;
    while (!status && (step = gd_cursor_step(&run->cursor))) {
        if (interrupted(run))
            status = gd_fail(run->error, GD_INTERRUPTED, "interrupted: %lld steps are done and saved in %s",
                             (long long)run->done, run->options->directory);
        else if (gd_cursor_asking(&run->cursor))
            status = ask(run);
        else if (step->pipeline && !gd_cursor_leaving(&run->cursor))
            status = gd_chain_enter(run);
        else
            status = run_step(run);
    }
    for (size_t k = 0; k < run->leaf_count; k++) {
        step = run->leaves[k].step;
        if (run->leaves[k].started && step->stage->stop)
            step->stage->stop(step->self);
    }
    return status;
}

/* Outputs and summary of a pipeline that the run is in. */
static enum gd_status conclude_part(struct gd_run *run, enum gd_status status, const struct gd_frame *frame, bool known)
{
    struct gd_part *part = gd_run_part(run, frame->step ? frame->step->pipeline : run->pipeline);
    enum gd_status written = known ? gd_outputs_write(run, part, frame->state) : GD_OK;
    status = status ? status : written;
    written = gd_summary_write(run, part, status, known ? frame->state : NULL);
    if (written && !status) { /* it may be there, and say that the run has finished */
        status = written;
        gd_summary_write(run, part, status, known ? frame->state : NULL);
    }
    return status;
}

/* Leaves outputs and summaries of the last finished step. A failure here is one of the run, unless it failed before. */
static enum gd_status conclude(struct gd_run *run, enum gd_status status)
{
    bool known = run->exact || (run->resumable && gd_checkpoint_load_state(run) == GD_OK);
    for (size_t k = known ? run->cursor.depth - 1 : 0; k > 0; k--)
        if (run->cursor.frames[k].state)
            status = conclude_part(run, status, &run->cursor.frames[k], true);
    return conclude_part(run, status, &run->cursor.frames[0], known);
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
    struct gd_text restored = {0};
    enum gd_status status = gd_outputs_restore(run, &restored);
    char *names = gd_text_take(&restored), *text = NULL;
    if (!status && names && *names)
        text = gd_format("the run is already finished; written anew from run.h5: %s", names);
    else if (!status && names)
        text = gd_string("the run is already finished");
    if (text)
        gd_emit(&run->events, &(struct gd_event){.kind = GD_EVENT_MESSAGE, .text = text});
    else if (!status)
        status = gd_no_memory(run->error, "a message");
    free(text);
    free(names);
    return as_failure(run, status);
}

static enum gd_status run_all(struct gd_run *run)
{
    enum gd_status status = prepare(run);
    if (!status)
        status = gd_run_claim(run);
    if (!status)
        status = open_directory(run);
    if (status)
        return status;
    bool finished = false;
    if (run->options->resume)
        gd_summary_resume(run, &finished);
    if (!gd_cursor_step(&run->cursor) && run->resumable && finished)
        return restore(run);
    run->exact = true;
    return as_failure(run, conclude(run, execute(run)));
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
        .threads = options->threads > 0 ? options->threads : gd_processors(),
        .device = options->device ? options->device : "cpu",
        .precision = options->precision ? options->precision : "float32",
        .lock = -1,
        .metrics = -1,
    };
    enum gd_status status = run_all(&run);
    clear(&run);
    return status;
}

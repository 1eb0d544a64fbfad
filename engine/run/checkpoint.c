/* run.h5: the slots, those of pipelines in one another included, and in /parameters/run where the run stands:
 *
 *   attributes name, version, status ("finished" or "unfinished"), done (steps that have run),
 *              kernels (what its numbers were worked out with, if that was told)
 *   pipeline                     the text of pipeline.yaml, and after it those of the pipelines in it
 *   script                       the text of the script that the pipeline's functions are from, if it has any
 *   next, iteration [depth]      the frames of the cursor
 *   step, executions [steps]     how often each step has run
 *
 * Nothing here depends on time or threads. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/h5.h"
#include "engine/base/memory.h"
#include "engine/run/run_priv.h"

#define GROUP "parameters/run"

static const char *ending_of(const struct gd_run *run)
{
    return gd_cursor_step(&run->cursor) ? "unfinished" : "finished";
}

static const char *version_of(const struct gd_run *run)
{
    return run->options->version ? run->options->version : "";
}

static enum gd_status save_about(const struct gd_run *run, struct gd_h5 *file)
{
    const char *source = run->pipeline->tree.source;
    enum gd_status status = gd_h5_write_text(file, GROUP "/pipeline", run->text, run->error);
    if (!status && source)
        status = gd_h5_write_text(file, GROUP "/script", source, run->error);
    if (!status)
        status = gd_h5_write_text_attribute(file, GROUP, "name", run->pipeline->name, run->error);
    if (!status)
        status = gd_h5_write_text_attribute(file, GROUP, "version", version_of(run), run->error);
    if (!status)
        status = gd_h5_write_text_attribute(file, GROUP, "status", ending_of(run), run->error);
    if (!status && run->kernels)
        status = gd_h5_write_text_attribute(file, GROUP, "kernels", run->kernels, run->error);
    if (!status)
        status = gd_h5_write_attribute(file, GROUP, "done", GD_H5_INT64, 0, &run->done, run->error);
    return status;
}

static enum gd_status save_cursor(const struct gd_run *run, struct gd_h5 *file)
{
    const struct gd_cursor *cursor = &run->cursor;
    size_t depth = cursor->depth;
    int64_t *next = gd_array(depth, sizeof *next), *iteration = gd_array(depth, sizeof *iteration);
    enum gd_status status = GD_OK;
    if (!next || !iteration)
        status = gd_no_memory(run->error, run->checkpoint_path);
    for (size_t k = 0; k < depth && !status; k++) {
        next[k] = (int64_t)cursor->frames[k].next;
        iteration[k] = cursor->frames[k].iteration;
    }
    if (!status)
        status = gd_h5_write_array(file, GROUP "/next", GD_H5_INT64, 1, &depth, next, run->error);
    if (!status)
        status = gd_h5_write_array(file, GROUP "/iteration", GD_H5_INT64, 1, &depth, iteration, run->error);
    free(next);
    free(iteration);
    return status;
}

static enum gd_status save_counts(const struct gd_run *run, struct gd_h5 *file)
{
    size_t count = run->leaf_count;
    const char **steps = gd_array(count, sizeof *steps);
    int64_t *executions = gd_array(count, sizeof *executions);
    enum gd_status status = GD_OK;
    if (!steps || !executions)
        status = gd_no_memory(run->error, run->checkpoint_path);
    for (size_t k = 0; k < count && !status; k++) {
        steps[k] = run->leaves[k].step->path;
        executions[k] = run->leaves[k].executions;
    }
    if (!status)
        status = gd_h5_write_strings(file, GROUP "/step", count, steps, run->error);
    if (!status)
        status = gd_h5_write_array(file, GROUP "/executions", GD_H5_INT64, 1, &count, executions, run->error);
    free(steps);
    free(executions);
    return status;
}

enum gd_status gd_checkpoint_save(struct gd_run *run)
{
    struct gd_h5 *file;
    enum gd_status status = gd_h5_create(run->checkpoint_path, &file, run->error);
    if (!status)
        status = gd_chain_save(run, file);
    if (!status)
        status = save_about(run, file);
    if (!status)
        status = save_cursor(run, file);
    if (!status)
        status = save_counts(run, file);
    if (!status)
        status = gd_h5_save(file, run->checkpoint_path, run->error);
    gd_h5_close(file);
    return status;
}

static enum gd_status load_cursor(struct gd_run *run, struct gd_h5 *file)
{
    void *next = NULL, *iteration = NULL;
    size_t depth = GD_H5_ANY;
    enum gd_status status = gd_h5_load_array(file, GROUP "/next", GD_H5_INT64, 1, &depth, &next, run->error);
    if (!status)
        status = gd_h5_load_array(file, GROUP "/iteration", GD_H5_INT64, 1, &depth, &iteration, run->error);
    if (!status && !gd_cursor_place(&run->cursor, next, iteration, depth))
        status = gd_fail(run->error, GD_BAD_INPUT, "%s: /%s/next: not a place in this pipeline", run->checkpoint_path,
                         GROUP);
    free(next);
    free(iteration);
    return status;
}

/* A leaf's own name, and as many executions as there can be. */
static enum gd_status load_count(struct gd_run *run, struct gd_leaf *leaf, const char *step, int64_t times)
{
    if (strcmp(step, leaf->step->path) != 0)
        return gd_fail(run->error, GD_BAD_INPUT, "%s: /%s/step: %s is not the step %s of this pipeline",
                       run->checkpoint_path, GROUP, step, leaf->step->path);
    if (times < 0 || times > UINT32_MAX)
        return gd_fail(run->error, GD_BAD_INPUT, "%s: /%s/executions: step %s cannot have run %lld times",
                       run->checkpoint_path, GROUP, step, (long long)times);
    leaf->executions = times;
    run->done += times;
    return GD_OK;
}

static enum gd_status load_counts(struct gd_run *run, struct gd_h5 *file)
{
    char **steps = NULL;
    void *executions = NULL;
    size_t count = run->leaf_count;
    int64_t done = 0;
    enum gd_status status = gd_h5_load_strings(file, GROUP "/step", &count, &steps, run->error);
    if (!status)
        status = gd_h5_load_array(file, GROUP "/executions", GD_H5_INT64, 1, &count, &executions, run->error);
    if (!status)
        status = gd_h5_read_attribute(file, GROUP, "done", GD_H5_INT64, 0, &done, run->error);
    run->done = 0;
    for (size_t k = 0; k < count && !status; k++)
        status = load_count(run, &run->leaves[k], steps[k], ((const int64_t *)executions)[k]);
    if (!status && done != run->done)
        status = gd_fail(run->error, GD_BAD_INPUT,
                         "%s: /%s: attribute done: %lld steps are done, but executions tell of %lld",
                         run->checkpoint_path, GROUP, (long long)done, (long long)run->done);
    gd_h5_free_strings(steps, count);
    free(executions);
    return status;
}

/* An attribute of the group is this text. */
static enum gd_status check_text(struct gd_run *run, struct gd_h5 *file, const char *name, const char *wanted)
{
    char *text;
    enum gd_status status = gd_h5_load_text_attribute(file, GROUP, name, &text, run->error);
    if (!status && strcmp(text, wanted) != 0)
        status = gd_fail(run->error, GD_BAD_INPUT, "%s: /%s: attribute %s: is \"%.100s\", but this is \"%s\"",
                         run->checkpoint_path, GROUP, name, text, wanted);
    free(text);
    return status;
}

/* What the run was worked out with so far; what it goes on with comes after that, if it is another. */
static enum gd_status load_kernels(struct gd_run *run, struct gd_h5 *file)
{
    char *used;
    if (!run->options->kernels || !gd_h5_has_attribute(file, GROUP, "kernels"))
        return GD_OK;
    enum gd_status status = gd_h5_load_text_attribute(file, GROUP, "kernels", &used, run->error);
    if (status)
        return status;
    free(run->kernels);
    run->kernels = used;
    return gd_run_continue_with(run, run->options->kernels);
}

/* Whose file it is: of this program, this version of it, and this pipeline. */
static enum gd_status check_about(struct gd_run *run, struct gd_h5 *file)
{
    char *text = NULL;
    if (!gd_h5_has_attribute(file, ".", GD_H5_DIGEST))
        return gd_fail(run->error, GD_BAD_INPUT, "%s: has no checksum: it is damaged, or another program wrote it",
                       run->checkpoint_path);
    enum gd_status status = check_text(run, file, "version", version_of(run));
    if (!status)
        status = gd_h5_load_text(file, GROUP "/pipeline", &text, run->error);
    if (!status)
        status = gd_text_compare(run->checkpoint_path, text, run->text, run->error);
    if (!status)
        status = check_text(run, file, "name", run->pipeline->name);
    free(text);
    return status;
}

/* Whether it has ended is where it stands. */
static enum gd_status check_ending(struct gd_run *run, struct gd_h5 *file)
{
    return check_text(run, file, "status", ending_of(run));
}

enum gd_status gd_checkpoint_load(struct gd_run *run)
{
    struct gd_h5 *file;
    enum gd_status status = gd_h5_open(run->checkpoint_path, &file, run->error);
    if (!status)
        status = check_about(run, file);
    if (!status)
        status = load_cursor(run, file);
    if (!status)
        status = check_ending(run, file);
    if (!status)
        status = load_counts(run, file);
    if (!status)
        status = gd_chain_load(run, file);
    if (!status)
        status = gd_resume_check(run);
    if (!status)
        status = load_kernels(run, file);
    gd_h5_close(file);
    return status;
}

enum gd_status gd_checkpoint_load_state(struct gd_run *run)
{
    struct gd_h5 *file;
    enum gd_status status = gd_h5_open(run->checkpoint_path, &file, run->error);
    if (!status)
        status = load_cursor(run, file);
    if (!status)
        status = gd_chain_load(run, file);
    gd_h5_close(file);
    return status;
}

enum gd_status gd_checkpoint_describe(const char *path, char **name, int64_t *done, struct gd_error *error)
{
    struct gd_h5 *file;
    *name = NULL;
    enum gd_status status = gd_h5_open_part(path, "/" GROUP, &file, error);
    if (!status)
        status = gd_h5_read_attribute(file, GROUP, "done", GD_H5_INT64, 0, done, error);
    if (!status)
        status = gd_h5_load_text_attribute(file, GROUP, "name", name, error);
    gd_h5_close(file);
    return status;
}

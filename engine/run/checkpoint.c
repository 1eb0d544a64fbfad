/* run.h5: the slots, those of pipelines in one another included, and in /parameters/run where the run stands:
 *
 *   attributes name, version, status ("finished" or "unfinished"), done (steps that have run),
 *              kernels (those that it has used, if they are known)
 *   from                         attribute: the run that it was started from, if there is one
 *   given                        the slots that had values from there
 *   pipeline                     the text of pipeline.yaml, and after it those of the pipelines in it
 *   script                       the text of the script that the pipeline's functions are from, if it has any
 *   next, iteration [depth]      the frames of the cursor
 *   step, executions [steps]     how often each step has run
 *
 * Nothing here depends on time or threads. */
#include "engine/run/checkpoint.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/h5.h"
#include "engine/base/memory.h"
#include "engine/run/chain.h"
#include "engine/run/extend.h"
#include "engine/run/resume.h"

#define GROUP "parameters/run"

static const char *ending_of(const struct gd_cursor *cursor)
{
    return gd_cursor_step(cursor) ? "unfinished" : "finished";
}

static enum gd_status save_origin(const struct gd_checkpoint *checkpoint, struct gd_h5 *file, struct gd_error *error)
{
    const char *const *given = checkpoint->pipeline->given;
    size_t count = 0;
    while (given[count])
        count++;
    enum gd_status status = gd_h5_write_text_attribute(file, GROUP, "from", checkpoint->from, error);
    return status ? status : gd_h5_write_strings(file, GROUP "/given", count, given, error);
}

static enum gd_status save_about(const struct gd_checkpoint *checkpoint, struct gd_h5 *file, const char *kernels,
                                 struct gd_error *error)
{
    const char *source = checkpoint->pipeline->tree.source;
    enum gd_status status = gd_h5_write_text(file, GROUP "/pipeline", checkpoint->text, error);
    if (!status && source)
        status = gd_h5_write_text(file, GROUP "/script", source, error);
    if (!status)
        status = gd_h5_write_text_attribute(file, GROUP, "name", checkpoint->pipeline->name, error);
    if (!status)
        status = gd_h5_write_text_attribute(file, GROUP, "version", checkpoint->version, error);
    if (!status && kernels)
        status = gd_h5_write_text_attribute(file, GROUP, "kernels", kernels, error);
    return status || !checkpoint->from ? status : save_origin(checkpoint, file, error);
}

static enum gd_status save_cursor(const struct gd_cursor *cursor, struct gd_h5 *file, struct gd_error *error)
{
    size_t depth = cursor->depth;
    int64_t *next = gd_array(depth, sizeof *next), *iteration = gd_array(depth, sizeof *iteration);
    enum gd_status status = GD_OK;
    if (!next || !iteration)
        status = gd_no_memory(error, "the checkpoint");
    for (size_t k = 0; k < depth && !status; k++) {
        next[k] = (int64_t)cursor->frames[k].next;
        iteration[k] = cursor->frames[k].iteration;
    }
    if (!status)
        status = gd_h5_write_array(file, GROUP "/next", GD_H5_INT64, 1, &depth, next, error);
    if (!status)
        status = gd_h5_write_array(file, GROUP "/iteration", GD_H5_INT64, 1, &depth, iteration, error);
    if (!status)
        status = gd_h5_write_text_attribute(file, GROUP, "status", ending_of(cursor), error);
    free(next);
    free(iteration);
    return status;
}

static enum gd_status save_counts(const struct gd_counts *counts, struct gd_h5 *file, struct gd_error *error)
{
    size_t count = counts->count;
    const char **steps = gd_array(count, sizeof *steps);
    int64_t *executions = gd_array(count, sizeof *executions);
    enum gd_status status = GD_OK;
    if (!steps || !executions)
        status = gd_no_memory(error, "the checkpoint");
    for (size_t k = 0; k < count && !status; k++) {
        steps[k] = counts->leaves[k].step->path;
        executions[k] = counts->leaves[k].executions;
    }
    if (!status)
        status = gd_h5_write_strings(file, GROUP "/step", count, steps, error);
    if (!status)
        status = gd_h5_write_array(file, GROUP "/executions", GD_H5_INT64, 1, &count, executions, error);
    if (!status)
        status = gd_h5_write_attribute(file, GROUP, "done", GD_H5_INT64, 0, &counts->done, error);
    free(steps);
    free(executions);
    return status;
}

/* All that is saved, in memory; gd_h5_close in any case. */
static enum gd_status fill(const struct gd_checkpoint *checkpoint, const struct gd_cursor *cursor,
                           const struct gd_counts *counts, const char *kernels, struct gd_h5 **file,
                           struct gd_error *error)
{
    enum gd_status status = gd_h5_create(checkpoint->path, file, error);
    if (!status)
        status = gd_chain_save(cursor, *file, error);
    if (!status)
        status = save_about(checkpoint, *file, kernels, error);
    if (!status)
        status = save_cursor(cursor, *file, error);
    return status ? status : save_counts(counts, *file, error);
}

enum gd_status gd_checkpoint_save(const struct gd_checkpoint *checkpoint, const struct gd_cursor *cursor,
                                  const struct gd_counts *counts, const char *kernels, bool whole,
                                  struct gd_error *error)
{
    struct gd_h5 *file;
    enum gd_status status = fill(checkpoint, cursor, counts, kernels, &file, error);
    if (!status)
        status = gd_h5_journal_save(checkpoint->journal, file, whole, error);
    gd_h5_close(file);
    return status;
}

enum gd_status gd_checkpoint_keep(const struct gd_checkpoint *checkpoint, const struct gd_cursor *cursor,
                                  const struct gd_counts *counts, const char *kernels, struct gd_h5 **file,
                                  struct gd_error *error)
{
    enum gd_status status = fill(checkpoint, cursor, counts, kernels, file, error);
    return status ? status : gd_h5_copy_lent(*file, error);
}

/* Says that a loop which the position is in has begun more iterations than it has now. */
static enum gd_status check_iterations(const struct gd_checkpoint *checkpoint, const int64_t *next,
                                       const int64_t *iteration, size_t depth, struct gd_error *error)
{
    const struct gd_step *steps = checkpoint->pipeline->steps;
    size_t count = checkpoint->pipeline->count;
    for (size_t k = 0; k + 1 < depth && next[k] >= 0 && (uint64_t)next[k] < count; k++) {
        const struct gd_step *step = &steps[next[k]];
        if (iteration[k + 1] >= step->times && step->steps)
            return gd_fail(error, GD_BAD_INPUT,
                           "%s: cannot have %lld iterations, since the run has finished %lld of them and begun another",
                           step->path, (long long)step->times, (long long)iteration[k + 1]);
        steps = step->steps;
        count = step->count;
    }
    return GD_OK;
}

static enum gd_status load_cursor(const struct gd_checkpoint *checkpoint, struct gd_h5 *file, struct gd_cursor *cursor,
                                  bool extended, struct gd_error *error)
{
    void *next = NULL, *iteration = NULL;
    size_t depth = GD_H5_ANY;
    enum gd_status status = gd_h5_load_array(file, GROUP "/next", GD_H5_INT64, 1, &depth, &next, error);
    if (!status)
        status = gd_h5_load_array(file, GROUP "/iteration", GD_H5_INT64, 1, &depth, &iteration, error);
    if (!status && extended)
        status = check_iterations(checkpoint, next, iteration, depth, error);
    if (!status && !gd_cursor_place(cursor, next, iteration, depth))
        status = gd_fail(error, GD_BAD_INPUT, "%s: /%s/next: not a position in this pipeline", checkpoint->path, GROUP);
    free(next);
    free(iteration);
    return status;
}

/* A leaf's own name, and as many executions as there can be. */
static enum gd_status load_count(const struct gd_checkpoint *checkpoint, struct gd_leaf *leaf, const char *step,
                                 int64_t times, struct gd_error *error)
{
    if (strcmp(step, leaf->step->path) != 0)
        return gd_fail(error, GD_BAD_INPUT, "%s: /%s/step: %s is not the step %s of this pipeline", checkpoint->path,
                       GROUP, step, leaf->step->path);
    if (times < 0 || times > UINT32_MAX)
        return gd_fail(error, GD_BAD_INPUT, "%s: /%s/executions: step %s cannot have been executed %lld times",
                       checkpoint->path, GROUP, step, (long long)times);
    leaf->executions = times;
    return GD_OK;
}

static enum gd_status load_counts(const struct gd_checkpoint *checkpoint, struct gd_h5 *file, struct gd_counts *counts,
                                  struct gd_error *error)
{
    char **steps = NULL;
    void *executions = NULL;
    size_t count = counts->count;
    int64_t done = 0;
    enum gd_status status = gd_h5_load_strings(file, GROUP "/step", &count, &steps, error);
    if (!status)
        status = gd_h5_load_array(file, GROUP "/executions", GD_H5_INT64, 1, &count, &executions, error);
    if (!status)
        status = gd_h5_read_attribute(file, GROUP, "done", GD_H5_INT64, 0, &done, error);
    counts->done = 0;
    for (size_t k = 0; k < count && !status; k++) {
        status = load_count(checkpoint, &counts->leaves[k], steps[k], ((const int64_t *)executions)[k], error);
        counts->done += counts->leaves[k].executions;
    }
    if (!status && done != counts->done)
        status = gd_fail(error, GD_BAD_INPUT,
                         "%s: /%s: attribute done: %lld steps are done, but the executions add up to %lld",
                         checkpoint->path, GROUP, (long long)done, (long long)counts->done);
    gd_h5_free_strings(steps, count);
    free(executions);
    return status;
}

/* An attribute of the group is this text. */
static enum gd_status check_text(const struct gd_checkpoint *checkpoint, struct gd_h5 *file, const char *name,
                                 const char *wanted, struct gd_error *error)
{
    char *text;
    enum gd_status status = gd_h5_load_text_attribute(file, GROUP, name, &text, error);
    if (!status && strcmp(text, wanted) != 0)
        status = gd_fail(error, GD_BAD_INPUT, "%s: /%s: attribute %s: is \"%.100s\", but this is \"%s\"",
                         checkpoint->path, GROUP, name, text, wanted);
    free(text);
    return status;
}

/* Whether it is a file of the pipelines, or (*extended) of the former ones. */
static enum gd_status check_pipelines(const struct gd_checkpoint *checkpoint, const char *text, bool *extended,
                                      struct gd_error *error)
{
    struct gd_error why = {0};
    const struct gd_written written = {.file = checkpoint->path, .text = text, .directory = checkpoint->directory};
    enum gd_status status = gd_parts_compare_texts(checkpoint->parts, &written, &why);
    *extended = status == GD_BAD_INPUT && checkpoint->former;
    if (*extended)
        return gd_parts_compare_texts(checkpoint->former, &written, error);
    return status ? gd_fail(error, status, "%s", why.text) : GD_OK;
}

/* Whose file it is: of this program, and this pipeline. */
static enum gd_status check_about(const struct gd_checkpoint *checkpoint, struct gd_h5 *file, bool *extended,
                                  struct gd_error *error)
{
    char *text = NULL;
    *extended = false;
    if (!gd_h5_has_attribute(file, ".", GD_H5_DIGEST))
        return gd_fail(error, GD_BAD_INPUT, "%s: no checksum: damaged, or written by another program",
                       checkpoint->path);
    enum gd_status status = gd_h5_load_text(file, GROUP "/pipeline", &text, error);
    if (!status)
        status = check_pipelines(checkpoint, text, extended, error);
    if (!status)
        status = check_text(checkpoint, file, "name", checkpoint->pipeline->name, error);
    free(text);
    return status;
}

void gd_checkpoint_about_clear(struct gd_checkpoint_about *about)
{
    free(about->kernels);
    free(about->version);
    *about = (struct gd_checkpoint_about){0};
}

enum gd_status gd_checkpoint_load(const struct gd_checkpoint *checkpoint, struct gd_cursor *cursor,
                                  struct gd_counts *counts, struct gd_checkpoint_about *about, struct gd_error *error)
{
    struct gd_h5 *file;
    *about = (struct gd_checkpoint_about){0};
    enum gd_status status = gd_h5_journal_open(checkpoint->path, &file, &about->end, error);
    if (!status)
        status = check_about(checkpoint, file, &about->extended, error);
    if (!status)
        status = load_cursor(checkpoint, file, cursor, about->extended, error);
    if (!status) /* whether it has ended is where it stands */
        status = check_text(checkpoint, file, "status", ending_of(cursor), error);
    if (!status)
        status = load_counts(checkpoint, file, counts, error);
    about->done = counts->done;
    if (!status && about->extended)
        status = gd_extend_rewind(cursor, counts, checkpoint->pipeline, checkpoint->former->list->pipeline, error);
    if (!status)
        status = gd_chain_load(cursor, counts, file, error);
    if (!status)
        status = gd_resume_check(checkpoint->path, cursor, counts, error);
    if (!status)
        status = gd_h5_load_text_attribute(file, GROUP, "version", &about->version, error);
    if (!status && gd_h5_has_attribute(file, GROUP, "kernels"))
        status = gd_h5_load_text_attribute(file, GROUP, "kernels", &about->kernels, error);
    gd_h5_close(file);
    return status;
}

enum gd_status gd_checkpoint_recall(const struct gd_checkpoint *checkpoint, struct gd_cursor *cursor,
                                    struct gd_counts *counts, struct gd_error *error)
{
    struct gd_h5 *file;
    enum gd_status status = gd_h5_journal_open(checkpoint->path, &file, NULL, error);
    if (!status)
        status = load_cursor(checkpoint, file, cursor, false, error);
    if (!status)
        status = load_counts(checkpoint, file, counts, error);
    if (!status)
        status = gd_chain_load(cursor, counts, file, error);
    gd_h5_close(file);
    return status;
}

enum gd_status gd_checkpoint_describe(const char *path, char **name, int64_t *done, struct gd_error *error)
{
    struct gd_h5 *file;
    *name = NULL;
    enum gd_status status = gd_h5_journal_open(path, &file, NULL, error);
    if (!status)
        status = gd_h5_read_attribute(file, GROUP, "done", GD_H5_INT64, 0, done, error);
    if (!status)
        status = gd_h5_load_text_attribute(file, GROUP, "name", name, error);
    gd_h5_close(file);
    return status;
}

enum gd_status gd_checkpoint_origin(const char *path, char **from, char ***given, size_t *count, struct gd_error *error)
{
    struct gd_h5 *file;
    *from = NULL;
    *given = NULL;
    *count = GD_H5_ANY;
    enum gd_status status = gd_h5_journal_open(path, &file, NULL, error);
    if (!status && gd_h5_has_attribute(file, GROUP, "from")) {
        status = gd_h5_load_text_attribute(file, GROUP, "from", from, error);
        if (!status)
            status = gd_h5_load_strings(file, GROUP "/given", count, given, error);
    }
    gd_h5_close(file);
    return status;
}

#include "engine/run/extend.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

enum gd_status gd_extend_check(const struct gd_part *part, const struct gd_part *former, struct gd_error *error)
{
    struct gd_error why = {0};
    const struct gd_written written = {.file = part->pipeline_path, .text = former->text};
    enum gd_status status =
        gd_written_compare(&written, GD_WRITTEN_SECTIONS, part->pipeline->registry, part->tree.root, &why);
    return status ? gd_fail(error, status,
                            "--extend changes parameters of steps, such as loop.times or train.steps; sections of a "
                            "run, such as system, model or minima, stay as they are: %s",
                            why.text)
                  : GD_OK;
}

static const char *find_text(const char *texts, size_t part)
{
    for (; texts && part > 0; part--)
        texts = gd_written_next(texts);
    return texts;
}

/* Leaves of the paths those at which another text differs as well. */
static enum gd_status narrow(struct gd_paths *paths, const struct gd_part *part, const struct gd_written *written,
                             struct gd_error *error)
{
    struct gd_paths left = {0};
    struct gd_written other = *written;
    other.among = paths;
    other.found = &left;
    enum gd_status status =
        gd_written_compare(&other, GD_WRITTEN_ALL, part->pipeline->registry, part->tree.root, error);
    gd_paths_clear(paths);
    *paths = left;
    return status;
}

static enum gd_status check_given(const struct gd_parts *given, const struct gd_parts *now, size_t place,
                                  char *const *formers, struct gd_error *error)
{
    const struct gd_part *part = &given->list[place];
    const struct gd_registry *registry = part->pipeline->registry;
    struct gd_paths paths = {0};
    struct gd_written written = {.file = part->pipeline_path,
                                 .text = now->list[place].text,
                                 .directory = given->list->directory,
                                 .found = &paths};
    enum gd_status status = gd_written_compare(&written, GD_WRITTEN_ALL, registry, part->tree.root, error);
    for (; *formers && !status; formers++) {
        const struct gd_written former = {
            .file = written.file, .text = find_text(*formers, place), .directory = written.directory};
        if (former.text)
            status = narrow(&paths, part, &former, error);
    }
    written.found = NULL;
    written.among = &paths;
    if (!status && paths.count > 0)
        status = gd_written_compare(&written, GD_WRITTEN_ALL, registry, part->tree.root, error);
    gd_paths_clear(&paths);
    return status;
}

enum gd_status gd_extend_check_given(const struct gd_parts *given, const struct gd_parts *now, char *const *formers,
                                     struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; *formers && k < given->count && k < now->count && !status; k++)
        status = check_given(given, now, k, formers, error);
    return status;
}

static bool same_steps(const struct gd_step *steps, const struct gd_step *others, size_t count, size_t other_count)
{
    bool same = count == other_count;
    for (size_t k = 0; k < count && same; k++)
        same = strcmp(steps[k].path, others[k].path) == 0 &&
               strcmp(gd_step_word(&steps[k]), gd_step_word(&others[k])) == 0 &&
               same_steps(steps[k].steps, others[k].steps, steps[k].count, others[k].count);
    return same;
}

/* How often a loop that has ended was gone through: as often as each of its own steps. Where it has but loops, that is
 * not known when it may have ended early; false. */
static bool find_passes(const struct gd_counts *counts, const struct gd_step *loop, const struct gd_step *former,
                        int64_t *passes)
{
    for (size_t k = 0; k < loop->count; k++)
        if (!gd_step_is_loop(&loop->steps[k])) {
            *passes = gd_counts_leaf(counts, loop->steps[k].path)->executions;
            return true;
        }
    *passes = former->times;
    return !former->until.component && !former->until.function;
}

/* The last loop before place `next` that has more iterations than formerly; `next`: there is none. */
static size_t find_loop(const struct gd_pipeline *pipeline, const struct gd_pipeline *former, size_t next)
{
    for (size_t k = next; k-- > 0;)
        if (gd_step_is_loop(&pipeline->steps[k]) && pipeline->steps[k].times > former->steps[k].times)
            return k;
    return next;
}

/* A run that has finished has nothing left to do with other values, unless a loop at its end has more iterations. */
static enum gd_status refuse_finished(const struct gd_pipeline *former, size_t next, struct gd_error *error)
{
    while (next > 0 && former->steps[next - 1].stage && former->steps[next - 1].stage->last)
        next--;
    const struct gd_step *end = next > 0 ? &former->steps[next - 1] : NULL;
    if (!end || !gd_step_is_loop(end))
        return gd_fail(error, GD_BAD_INPUT,
                       "the run has finished, and no loop at its end could go on with these values: begin a new run "
                       "--from this one");
    return gd_fail(error, GD_BAD_INPUT,
                   "the run has finished, and nothing is left to do with these values: give %s more iterations than "
                   "its %lld, too, such as --extend %s.times=%lld",
                   end->id, (long long)end->times, end->id, (long long)end->times + 1);
}

/* Stands at the first step of loop `k`, after `done` of its iterations. */
static enum gd_status enter_loop(struct gd_cursor *cursor, const struct gd_pipeline *pipeline, size_t k, int64_t done,
                                 struct gd_error *error)
{
    size_t depth = 2;
    for (const struct gd_step *step = pipeline->steps[k].steps; gd_step_is_loop(step); step = step->steps)
        depth++;
    int64_t *next = gd_array(depth, sizeof *next), *iteration = gd_array(depth, sizeof *iteration);
    enum gd_status status = next && iteration ? GD_OK : gd_no_memory(error, "the position in the pipeline");
    if (!status) {
        next[0] = (int64_t)k;
        iteration[1] = done;
        if (!gd_cursor_place(cursor, next, iteration, depth))
            status = gd_fail(error, GD_BAD_INPUT, "%s: cannot go on after %lld iterations", pipeline->steps[k].path,
                             (long long)done);
    }
    free(next);
    free(iteration);
    return status;
}

enum gd_status gd_extend_rewind(struct gd_cursor *cursor, struct gd_counts *counts, const struct gd_pipeline *pipeline,
                                const struct gd_pipeline *former, struct gd_error *error)
{
    const size_t next = cursor->frames[0].next;
    if (!same_steps(pipeline->steps, former->steps, pipeline->count, former->count))
        return gd_fail(error, GD_BAD_INPUT, "--extend changes values of parameters, not the steps of a pipeline");
    const size_t k = find_loop(pipeline, former, next);
    if (k == next)
        return gd_cursor_step(cursor) ? GD_OK : refuse_finished(former, next, error);
    for (size_t after = k + 1; after < next; after++)
        if (!pipeline->steps[after].stage || !pipeline->steps[after].stage->last)
            return gd_fail(error, GD_BAD_INPUT, "%s: cannot have more iterations, since the step %s after it has run",
                           pipeline->steps[k].path, pipeline->steps[after].path);
    int64_t done;
    if (!find_passes(counts, &pipeline->steps[k], &former->steps[k], &done))
        return gd_fail(error, GD_BAD_INPUT,
                       "%s: cannot have more iterations: it had a condition to end early and consists of loops alone, "
                       "so how many it has done is not known",
                       pipeline->steps[k].path);
    for (size_t after = k + 1; after < next; after++) {
        struct gd_leaf *leaf = gd_counts_leaf(counts, pipeline->steps[after].path);
        counts->done -= leaf->executions;
        leaf->executions = 0;
    }
    return enter_loop(cursor, pipeline, k, done, error);
}

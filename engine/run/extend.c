#include "engine/run/extend.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

enum gd_status gd_extend_check(const struct gd_part *part, const struct gd_part *former, struct gd_error *error)
{
    char *lead = gd_format("--extend changes parameters of steps, such as loop.times or train.steps; the seed and the "
                           "sections of a run, such as system, model or minima, stay as they are in %s",
                           part->pipeline_path);
    const struct gd_written written = {.file = part->pipeline_path,
                                       .text = former->text,
                                       .lead = lead,
                                       .rule = "for another one begin a new run, maybe --from this one"};
    enum gd_status status =
        lead ? gd_written_compare(&written, GD_WRITTEN_SECTIONS, part->pipeline->registry, part->tree.root, error)
             : gd_no_memory(error, "--extend");
    free(lead);
    return status;
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

static bool has_condition(const struct gd_step *loop)
{
    return loop->until.component || loop->until.function;
}

static bool same_condition(const struct gd_step *loop, const struct gd_step *former)
{
    if (loop->until.component != former->until.component || has_condition(loop) != has_condition(former))
        return false;
    char *text = loop->until.component && loop->until.node ? gd_node_json(loop->until.node) : NULL,
         *other = loop->until.component && former->until.node ? gd_node_json(former->until.node) : NULL;
    const bool same = text && other ? strcmp(text, other) == 0 : text == other;
    free(text);
    free(other);
    return same;
}

static bool is_changed(const struct gd_step *loop, const struct gd_step *former)
{
    return gd_step_is_loop(loop) && (loop->times != former->times || !same_condition(loop, former));
}

/* --- Loops that stay as they are ---------------------------------------------------------------------------------- */

/* The steps that have run, and those of the run before. */
struct passed {
    const struct gd_cursor *cursor;
    const struct gd_counts *counts;
    const struct gd_step *spared; /* a loop that may differ; NULL: none */
    struct gd_error *error;
};

/* Whether a step is `loop`, or has it inside. */
static bool holds(const struct gd_step *step, const struct gd_step *loop)
{
    bool found = step == loop;
    for (size_t k = 0; k < step->count && !found; k++)
        found = holds(&step->steps[k], loop);
    return found;
}

/* The first step behind a loop that has run, as the steps are written, but for sections that run last; NULL: none.
 * *seen: the loop was passed. */
static const struct gd_step *find_after(const struct gd_step *steps, size_t count, const struct gd_step *loop,
                                        const struct gd_counts *counts, bool *seen)
{
    const struct gd_step *found = NULL;
    for (size_t k = 0; k < count && !found; k++) {
        const struct gd_step *step = &steps[k];
        const struct gd_leaf *leaf = gd_counts_leaf(counts, step->path);
        const bool last = step->stage && step->stage->last;
        if (*seen && leaf && leaf->executions > 0 && !last)
            found = step;
        else if (step == loop)
            *seen = true;
        else if (*seen || holds(step, loop))
            found = find_after(step->steps, step->count, loop, counts, seen);
    }
    return found;
}

/* A loop that has ended is another one now. */
static enum gd_status refuse_loop(const struct passed *passed, const struct gd_step *loop, const struct gd_step *former)
{
    const char *what = loop->times > former->times   ? "more iterations"
                       : loop->times < former->times ? "fewer iterations"
                                                     : "another condition to end early";
    const struct gd_cursor_frame *outermost = passed->cursor->frames;
    bool seen = false;
    const struct gd_step *after = find_after(outermost->steps, outermost->count, loop, passed->counts, &seen);
    if (after)
        return gd_fail(passed->error, GD_BAD_INPUT, "%s: cannot have %s, since the step %s after it has run",
                       loop->path, what, after->path);
    return gd_fail(passed->error, GD_BAD_INPUT, "%s: cannot have %s, since it has come to its end before", loop->path,
                   what);
}

/* Refuses another loop among steps of which the run has passed some, in these and all below. `frame`: the list's, if
 * the run stands in it, and NULL otherwise; ran: all of them have run before. */
static enum gd_status check_passed(const struct passed *passed, const struct gd_step *steps,
                                   const struct gd_step *formers, size_t count, const struct gd_cursor_frame *frame,
                                   bool ran)
{
    const struct gd_cursor_frame *top = &passed->cursor->frames[passed->cursor->depth - 1];
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < count && !status; k++) {
        const bool behind = ran || (frame && k < frame->next);
        const struct gd_cursor_frame *above = frame && frame < top && k == frame->next ? frame + 1 : NULL;
        if (behind && is_changed(&steps[k], &formers[k]) && &steps[k] != passed->spared)
            return refuse_loop(passed, &steps[k], &formers[k]);
        status = check_passed(passed, steps[k].steps, formers[k].steps, steps[k].count, above,
                              behind || (above && above->iteration > 0));
    }
    return status;
}

/* --- A loop that goes on ------------------------------------------------------------------------------------------ */

/* A run that has finished has nothing left to do with other values, unless the loop at its end goes on. `passes` of the
 * loop, where they are known. */
static enum gd_status refuse_finished(const struct gd_step *end, const int64_t *passes, struct gd_error *error)
{
    static const char nothing[] = "the run has finished, and nothing is left to do with these values";
    if (!end || !gd_step_is_loop(end))
        return gd_fail(error, GD_BAD_INPUT,
                       "the run has finished, and no loop at its end could go on with these values: begin a new run "
                       "--from this one");
    if (passes && *passes < end->times)
        return gd_fail(error, GD_BAD_INPUT,
                       "%s: the condition of %s has ended it after %lld of %lld iterations; change that, too, such as "
                       "--extend %s.until=off",
                       nothing, end->id, (long long)*passes, (long long)end->times, end->id);
    return gd_fail(error, GD_BAD_INPUT,
                   "%s: give %s more iterations than its %lld, too, such as --extend %s.times=%lld", nothing, end->id,
                   (long long)end->times, end->id, (long long)end->times + 1);
}

/* Stands in loop `k` after `done` of its iterations: at its end, where its condition is to be asked, or at the first
 * step of the next. */
static enum gd_status enter_loop(struct gd_cursor *cursor, const struct gd_pipeline *pipeline, size_t k, int64_t done,
                                 bool asks, struct gd_error *error)
{
    size_t depth = 2;
    for (const struct gd_step *step = pipeline->steps[k].steps; gd_step_is_loop(step) && !asks; step = step->steps)
        depth++;
    int64_t *next = gd_array(depth, sizeof *next), *iteration = gd_array(depth, sizeof *iteration);
    enum gd_status status = next && iteration ? GD_OK : gd_no_memory(error, "the position in the pipeline");
    if (!status) {
        next[0] = (int64_t)k;
        next[1] = asks ? (int64_t)pipeline->steps[k].count : 0;
        iteration[1] = asks ? done - 1 : done;
        if (!gd_cursor_place(cursor, next, iteration, depth))
            status = gd_fail(error, GD_BAD_INPUT, "%s: cannot go on after %lld iterations", pipeline->steps[k].path,
                             (long long)done);
    }
    free(next);
    free(iteration);
    return status;
}

/* The place behind the last step that the run has passed, but for sections that run last; 0 while it stands in a step.
 */
static size_t find_end(const struct gd_cursor *cursor, const struct gd_pipeline *pipeline)
{
    struct gd_cursor before;
    gd_cursor_before_loops(cursor, &before);
    size_t end = before.depth > 1 ? 0 : before.frames[0].next;
    while (end > 0 && pipeline->steps[end - 1].stage && pipeline->steps[end - 1].stage->last)
        end--;
    return end;
}

/* Goes back into the loop before place `end`, where that has more to do; done: its iterations so far. */
static enum gd_status reopen(struct gd_cursor *cursor, struct gd_counts *counts, const struct gd_pipeline *pipeline,
                             const struct gd_step *former, size_t end, int64_t done, struct gd_error *error)
{
    const struct gd_step *loop = &pipeline->steps[end - 1];
    const bool asks = has_condition(loop) && !same_condition(loop, former) && done > 0;
    for (size_t after = end; after < cursor->frames[0].next; after++) {
        struct gd_leaf *leaf = gd_counts_leaf(counts, pipeline->steps[after].path);
        counts->done -= leaf->executions;
        leaf->executions = 0;
    }
    return enter_loop(cursor, pipeline, end - 1, done, asks, error);
}

enum gd_status gd_extend_rewind(struct gd_cursor *cursor, struct gd_counts *counts, const struct gd_pipeline *pipeline,
                                const struct gd_pipeline *former, struct gd_error *error)
{
    if (!same_steps(pipeline->steps, former->steps, pipeline->count, former->count))
        return gd_fail(error, GD_BAD_INPUT, "--extend changes values of parameters, not the steps of a pipeline");
    const size_t end = find_end(cursor, pipeline);
    const struct gd_step *last = end > 0 ? &pipeline->steps[end - 1] : NULL,
                         *old = last ? &former->steps[end - 1] : NULL;
    const bool finished = !gd_cursor_step(cursor), loop = last && gd_step_is_loop(last);
    int64_t done = 0;
    const bool known = loop && find_passes(counts, last, old, &done);
    const bool wanted = loop && (last->times > old->times || !same_condition(last, old));
    if (wanted && !known)
        return gd_fail(error, GD_BAD_INPUT,
                       "%s: cannot have more iterations: it had a condition to end early and consists of loops alone, "
                       "so how many it has done is not known",
                       last->path);
    const bool goes_on = wanted && done < last->times;
    enum gd_status status = goes_on ? reopen(cursor, counts, pipeline, old, end, done, error) : GD_OK;
    const struct passed passed = {cursor, counts, finished && !goes_on ? last : NULL, error};
    const struct gd_cursor_frame *outermost = cursor->frames;
    if (!status)
        status = check_passed(&passed, pipeline->steps, former->steps, pipeline->count, outermost, false);
    return status || goes_on || !finished ? status : refuse_finished(old, known ? &done : NULL, error);
}

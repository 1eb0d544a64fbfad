/* What a checkpoint says, held against what its pipeline can have done: how often each step has run by the place where
 * the run stands, and whether the steps to come find the slots that they read. */
#include "engine/run/resume.h"

#include <stdlib.h>

#include "engine/base/memory.h"

/* --- How often the steps have run --------------------------------------------------------------------------------- */

/* What is compared, and where a failure is reported. */
struct resume {
    const char *path; /* of the file */
    const struct gd_cursor *cursor;
    const struct gd_counts *counts;
    struct gd_error *error;
};

/* At least and at most: loops may have ended early. Doubles, since loops in one another overflow integers. */
struct times {
    double least, most;
};

static bool ends_early(const struct gd_step *loop)
{
    return loop->until.component || loop->until.function;
}

/* Whole passes of the steps in a step that has itself been gone through so often. */
static struct times inside(const struct gd_step *step, struct times passes)
{
    const double most = step->times > 0 ? (double)step->times : 0, least = ends_early(step) && most > 1 ? 1 : most;
    return step->stage || step->pipeline ? passes : (struct times){passes.least * least, passes.most * most};
}

static enum gd_status check_count(const struct resume *resume, const struct gd_step *step, struct times passes)
{
    const int64_t found = gd_counts_leaf(resume->counts, step->path)->executions;
    if ((double)found >= passes.least && (double)found <= passes.most)
        return GD_OK;
    return gd_fail(
        resume->error, GD_BAD_INPUT,
        "%s: /parameters/run/executions: step %s was executed %lld times, which does not match the position of the run",
        resume->path, step->path, (long long)found);
}

/* `passes` of each of the steps, and of the first `next` one more. `frame` is the list's, if the run stands in it, and
 * NULL otherwise: the step `next` is then gone through in part, if there is a frame above. */
static enum gd_status check_counts(const struct resume *resume, const struct gd_step *steps, size_t count,
                                   struct times passes, const struct gd_cursor_frame *frame)
{
    const struct gd_cursor_frame *last = &resume->cursor->frames[resume->cursor->depth - 1];
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < count && !status; k++) {
        const struct gd_step *step = &steps[k];
        const double more = frame && k < frame->next ? 1 : 0;
        const struct times own = {passes.least + more, passes.most + more};
        const struct gd_cursor_frame *above = frame && frame < last && k == frame->next ? frame + 1 : NULL;
        struct times inner = inside(step, own);
        if (above) {
            inner.least += (double)above->iteration;
            inner.most += (double)above->iteration;
        }
        if (step->stage || step->pipeline)
            status = check_count(resume, step, own);
        if (!status)
            status = check_counts(resume, step->steps, step->count, inner, above);
    }
    return status;
}

/* --- The slots that are to be read -------------------------------------------------------------------------------- */

struct pending {
    const struct gd_state *state; /* of the pipeline */
    const struct resume *resume;
    bool *there; /* by slot: it has a value, or will have one */
};

static bool *place_of(const struct pending *pending, const char *slot)
{
    return &pending->there[gd_registry_slot_index(gd_state_registry(pending->state), slot)];
}

/* Whether a step uses a slot that is in its list: a stage may use it with some parameters only. */
static bool uses(const struct gd_step *step, const char *slot, enum gd_use use)
{
    return !step->stage || gd_stage_uses(step->stage, step->self, slot, use);
}

static enum gd_status need(const struct pending *pending, const struct gd_step *step, const char *const *slots)
{
    for (; slots && *slots; slots++)
        if (!*place_of(pending, *slots) && uses(step, *slots, GD_READS))
            return gd_fail(pending->resume->error, GD_BAD_INPUT, "%s: the slot %s, read by step %s, is missing",
                           pending->resume->path, *slots, step->path);
    return GD_OK;
}

/* One at least of the slots of which a stage reads either. */
static enum gd_status need_either(const struct pending *pending, const struct gd_step *step)
{
    const char *missing = NULL;
    for (const char *const *slot = step->stage->either; slot && *slot; slot++) {
        if (!uses(step, *slot, GD_EITHER))
            continue;
        if (*place_of(pending, *slot))
            return GD_OK;
        missing = *slot;
    }
    return missing ? gd_fail(pending->resume->error, GD_BAD_INPUT, "%s: the slot %s, read by step %s, is missing",
                             pending->resume->path, missing, step->path)
                   : GD_OK;
}

static void fill(const struct pending *pending, const struct gd_step *step, const char *const *slots)
{
    for (; slots && *slots; slots++)
        if (uses(step, *slots, GD_WRITES))
            *place_of(pending, *slots) = true;
}

static enum gd_status go_through(const struct pending *pending, const struct gd_step *steps, size_t count)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < count && !status; k++) {
        const struct gd_step *step = &steps[k];
        if (gd_step_is_loop(step)) {
            status = step->times > 0 ? go_through(pending, step->steps, step->count) : GD_OK;
            continue;
        }
        status = need(pending, step, step->stage ? step->stage->reads : step->give);
        if (!status && step->stage)
            status = need_either(pending, step);
        fill(pending, step, step->stage ? step->stage->writes : step->take);
    }
    return status;
}

/* The reads that are still to come in a pipeline, from the innermost of its frames to its own. */
static enum gd_status check_pending_reads(const struct pending *pending, const struct gd_cursor_frame *base,
                                          const struct gd_cursor_frame *top)
{
    const struct gd_cursor_frame *last = &pending->resume->cursor->frames[pending->resume->cursor->depth - 1];
    enum gd_status status = GD_OK;
    for (const struct gd_cursor_frame *frame = top; frame >= base && !status; frame--) {
        const struct gd_step *at = frame->next < frame->count ? &frame->steps[frame->next] : NULL;
        const size_t done = frame->next + (frame < last); /* the frames above see to the step that they are in */
        if (frame < last && at && at->pipeline)
            fill(pending, at, at->take);
        if (done < frame->count)
            status = go_through(pending, frame->steps + done, frame->count - done);
        if (!status && frame > base && frame->iteration + 1 < frame->step->times)
            status = go_through(pending, frame->steps, frame->count);
    }
    return status;
}

static enum gd_status check_slots(const struct resume *resume, const struct gd_cursor_frame *base,
                                  const struct gd_cursor_frame *top)
{
    const struct gd_slot *const *slots = gd_registry_slots(gd_state_registry(base->state));
    const size_t count = gd_registry_slot_count(gd_state_registry(base->state));
    struct pending pending = {base->state, resume, gd_array(count, sizeof *pending.there)};
    if (!pending.there)
        return gd_no_memory(resume->error, resume->path);
    for (size_t k = 0; k < count; k++)
        pending.there[k] = gd_state_get(base->state, slots[k]->name) != NULL;
    enum gd_status status = check_pending_reads(&pending, base, top);
    free(pending.there);
    return status;
}

enum gd_status gd_resume_check(const char *path, const struct gd_cursor *cursor, const struct gd_counts *counts,
                               struct gd_error *error)
{
    const struct resume resume = {path, cursor, counts, error};
    const struct gd_cursor_frame *frames = cursor->frames;
    size_t top = cursor->depth - 1;
    enum gd_status status = check_counts(&resume, frames[0].steps, frames[0].count, (struct times){0, 0}, frames);
    for (size_t k = cursor->depth; k-- > 0 && !status;) {
        if (!frames[k].state)
            continue;
        status = check_slots(&resume, &frames[k], &frames[top]);
        top = k - (k > 0);
    }
    return status;
}

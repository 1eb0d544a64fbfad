/* The cursor: an explicit stack of frames in place of recursion, so that where a run stands can be saved. */
#include <stdlib.h>

#include "engine/function.h"
#include "engine/memory.h"
#include "engine/run_priv.h"

/* How many frames these steps may need. */
static size_t depth_of(const struct gd_step *steps, size_t count)
{
    size_t most = 0;
    for (size_t k = 0; k < count; k++) {
        size_t depth = depth_of(steps[k].steps, steps[k].count);
        most = depth > most ? depth : most;
    }
    return most + 1;
}

static struct gd_frame *top(const struct gd_cursor *cursor)
{
    return &cursor->frames[cursor->depth - 1];
}

const struct gd_step *gd_cursor_step(const struct gd_cursor *cursor)
{
    const struct gd_frame *frame = top(cursor);
    return frame->next < frame->count ? &frame->steps[frame->next] : NULL;
}

static bool is_loop(const struct gd_step *step)
{
    return !step->stage;
}

static void enter(struct gd_cursor *cursor, const struct gd_step *loop)
{
    cursor->frames[cursor->depth++] = (struct gd_frame){.loop = loop, .steps = loop->steps, .count = loop->count};
}

static void leave(struct gd_cursor *cursor)
{
    cursor->depth--;
    top(cursor)->next++;
}

/* Whether the loop's own condition ends it; false when it has none. */
static enum gd_status condition_met(const struct gd_step *loop, const struct gd_context *context, bool *met)
{
    const struct gd_choice *choice = &loop->until;
    const struct gd_until *until = (const struct gd_until *)choice->component;
    const struct gd_value state = gd_value_state(context);
    *met = until && until->met(choice->params, context->state);
    return choice->function ? gd_function_bool(choice->function, &state, 1, "until", met, context->error) : GD_OK;
}

/* Moves on until the cursor stands at a stage or at the end of the pipeline. */
static enum gd_status settle(struct gd_cursor *cursor, const struct gd_context *context)
{
    for (;;) {
        struct gd_frame *frame = top(cursor);
        const struct gd_step *step = gd_cursor_step(cursor);
        if (!step && !frame->loop)
            return GD_OK;
        if (!step) {
            bool ends = frame->iteration + 1 >= frame->loop->times;
            enum gd_status status = ends ? GD_OK : condition_met(frame->loop, context, &ends);
            if (status != GD_OK)
                return status;
            frame->iteration++;
            frame->next = 0;
            if (ends)
                leave(cursor);
        } else if (!is_loop(step)) {
            return GD_OK;
        } else if (step->times < 1 || step->count == 0) {
            frame->next++;
        } else {
            enter(cursor, step);
        }
    }
}

enum gd_status gd_cursor_start(struct gd_cursor *cursor, const struct gd_pipeline *pipeline, struct gd_state *state,
                               struct gd_error *error)
{
    cursor->capacity = depth_of(pipeline->steps, pipeline->count);
    cursor->frames = gd_array(cursor->capacity, sizeof *cursor->frames);
    if (!cursor->frames)
        return gd_no_memory(error, "the place in the pipeline");
    cursor->depth = 1;
    cursor->frames[0] = (struct gd_frame){.steps = pipeline->steps, .count = pipeline->count};
    return settle(cursor, &(struct gd_context){.state = state, .error = error});
}

void gd_cursor_clear(struct gd_cursor *cursor)
{
    free(cursor->frames);
    *cursor = (struct gd_cursor){0};
}

enum gd_status gd_cursor_advance(struct gd_cursor *cursor, const struct gd_context *context)
{
    top(cursor)->next++;
    return settle(cursor, context);
}

bool gd_cursor_place(struct gd_cursor *cursor, const int64_t *next, const int64_t *iteration, size_t depth)
{
    cursor->depth = 1;
    for (size_t k = 0; k < depth; k++) {
        struct gd_frame *frame = top(cursor);
        bool last = k + 1 == depth;
        if (next[k] < 0 || (size_t)next[k] > frame->count || iteration[k] < 0 ||
            iteration[k] >= (frame->loop ? frame->loop->times : 1))
            return false;
        frame->next = (size_t)next[k];
        frame->iteration = iteration[k];
        const struct gd_step *step = gd_cursor_step(cursor);
        bool stands = step ? is_loop(step) != last : last && !frame->loop;
        if (!stands)
            return false;
        if (!last)
            enter(cursor, step);
    }
    return depth > 0;
}

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

static bool is_loop(const struct gd_step *step)
{
    return !step->stage && !step->pipeline;
}

/* Whether the frame is through with its steps. */
static bool at_end(const struct gd_frame *frame)
{
    return frame->next == frame->count;
}

static void enter(struct gd_cursor *cursor, const struct gd_step *step, struct gd_state *state)
{
    cursor->frames[cursor->depth++] =
        (struct gd_frame){.step = step, .steps = step->steps, .count = step->count, .state = state};
}

static void leave(struct gd_cursor *cursor)
{
    gd_state_free(top(cursor)->state);
    cursor->depth--;
    top(cursor)->next++;
}

bool gd_cursor_leaving(const struct gd_cursor *cursor)
{
    return at_end(top(cursor)) && top(cursor)->step;
}

const struct gd_step *gd_cursor_step(const struct gd_cursor *cursor)
{
    const struct gd_frame *frame = top(cursor);
    return at_end(frame) ? frame->step : &frame->steps[frame->next];
}

const struct gd_frame *gd_cursor_frame(const struct gd_cursor *cursor)
{
    return top(cursor) - gd_cursor_leaving(cursor);
}

const struct gd_frame *gd_cursor_base(const struct gd_cursor *cursor)
{
    const struct gd_frame *frame = gd_cursor_frame(cursor);
    while (frame->step && is_loop(frame->step))
        frame--;
    return frame;
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

/* Ends an iteration of the loop on top. */
static enum gd_status turn(struct gd_cursor *cursor, const struct gd_context *context)
{
    struct gd_frame *frame = top(cursor);
    bool ends = frame->iteration + 1 >= frame->step->times;
    enum gd_status status = ends ? GD_OK : condition_met(frame->step, context, &ends);
    if (status != GD_OK)
        return status;
    frame->iteration++;
    frame->next = 0;
    if (ends)
        leave(cursor);
    return GD_OK;
}

/* Moves on until the cursor stands at something to do or at the end. */
static enum gd_status settle(struct gd_cursor *cursor, const struct gd_context *context)
{
    enum gd_status status = GD_OK;
    while (status == GD_OK) {
        const struct gd_step *step = gd_cursor_step(cursor);
        if (!step || !is_loop(step))
            break;
        if (gd_cursor_leaving(cursor))
            status = turn(cursor, context);
        else if (step->times < 1 || step->count == 0)
            top(cursor)->next++;
        else
            enter(cursor, step, NULL);
    }
    return status;
}

enum gd_status gd_cursor_start(struct gd_cursor *cursor, const struct gd_pipeline *pipeline, struct gd_state *state,
                               struct gd_error *error)
{
    cursor->capacity = depth_of(pipeline->steps, pipeline->count);
    cursor->frames = gd_array(cursor->capacity, sizeof *cursor->frames);
    if (!cursor->frames)
        return gd_no_memory(error, "the place in the pipeline");
    cursor->depth = 1;
    cursor->frames[0] = (struct gd_frame){.steps = pipeline->steps, .count = pipeline->count, .state = state};
    return settle(cursor, &(struct gd_context){.state = state, .error = error});
}

/* Leaves all but the outermost pipeline. */
static void unwind(struct gd_cursor *cursor)
{
    for (; cursor->depth > 1; cursor->depth--)
        gd_state_free(top(cursor)->state);
}

void gd_cursor_clear(struct gd_cursor *cursor)
{
    unwind(cursor);
    free(cursor->frames);
    *cursor = (struct gd_cursor){0};
}

enum gd_status gd_cursor_advance(struct gd_cursor *cursor, const struct gd_context *context)
{
    if (gd_cursor_leaving(cursor))
        leave(cursor);
    else
        top(cursor)->next++;
    return settle(cursor, context);
}

void gd_cursor_enter(struct gd_cursor *cursor, struct gd_state *state)
{
    enter(cursor, gd_cursor_step(cursor), state);
    settle(cursor, NULL); /* into loops, whose conditions are asked only later */
}

bool gd_cursor_place(struct gd_cursor *cursor, const int64_t *next, const int64_t *iteration, size_t depth)
{
    unwind(cursor);
    for (size_t k = 0; k < depth; k++) {
        struct gd_frame *frame = top(cursor);
        bool last = k + 1 == depth;
        if (next[k] < 0 || (size_t)next[k] > frame->count || iteration[k] < 0 ||
            iteration[k] >= (frame->step ? frame->step->times : 1))
            return false;
        frame->next = (size_t)next[k];
        frame->iteration = iteration[k];
        const struct gd_step *step = gd_cursor_step(cursor);
        bool stands = last ? !step || !is_loop(step) : !at_end(frame) && !step->stage;
        if (!stands)
            return false;
        if (!last)
            enter(cursor, step, NULL);
    }
    return depth > 0;
}

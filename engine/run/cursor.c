/* The cursor: an explicit stack of frames in place of recursion, so that where a run stands can be saved. */
#include "engine/run/cursor.h"

#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/run/function.h"

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

static struct gd_cursor_frame *top(const struct gd_cursor *cursor)
{
    return &cursor->frames[cursor->depth - 1];
}

/* Whether the frame is through with its steps. */
static bool at_end(const struct gd_cursor_frame *frame)
{
    return frame->next == frame->count;
}

static void enter(struct gd_cursor *cursor, const struct gd_step *step, struct gd_state *state)
{
    cursor->frames[cursor->depth++] =
        (struct gd_cursor_frame){.step = step, .steps = step->steps, .count = step->count, .state = state};
}

static void leave(struct gd_cursor *cursor)
{
    gd_state_free(top(cursor)->state);
    cursor->depth--;
    top(cursor)->next++;
}

bool gd_cursor_at_end(const struct gd_cursor *cursor)
{
    return at_end(top(cursor)) && top(cursor)->step;
}

const struct gd_step *gd_cursor_step(const struct gd_cursor *cursor)
{
    const struct gd_cursor_frame *frame = top(cursor);
    return at_end(frame) ? frame->step : &frame->steps[frame->next];
}

const struct gd_cursor_frame *gd_cursor_frame(const struct gd_cursor *cursor)
{
    return top(cursor) - gd_cursor_at_end(cursor);
}

const struct gd_cursor_frame *gd_cursor_base(const struct gd_cursor *cursor)
{
    const struct gd_cursor_frame *frame = gd_cursor_frame(cursor);
    while (frame->step && gd_step_is_loop(frame->step))
        frame--;
    return frame;
}

bool gd_cursor_at_until(const struct gd_cursor *cursor)
{
    return gd_cursor_at_end(cursor) && gd_step_is_loop(top(cursor)->step);
}

/* Ends an iteration of the loop on top. */
static void turn(struct gd_cursor *cursor, bool ends)
{
    struct gd_cursor_frame *frame = top(cursor);
    frame->iteration++;
    frame->next = 0;
    if (ends)
        leave(cursor);
}

/* Whether the loop that is through with an iteration has more to go, and a condition that may end it. */
static bool has_question(const struct gd_cursor_frame *frame)
{
    const struct gd_choice *until = &frame->step->until;
    return frame->iteration + 1 < frame->step->times && (until->component || until->function);
}

/* Moves on until the cursor stands at something to do or at the end. */
static void settle(struct gd_cursor *cursor)
{
    const struct gd_step *step;
    while ((step = gd_cursor_step(cursor)) && gd_step_is_loop(step)) {
        if (!gd_cursor_at_end(cursor) && (step->times < 1 || step->count == 0))
            top(cursor)->next++;
        else if (!gd_cursor_at_end(cursor))
            enter(cursor, step, NULL);
        else if (has_question(top(cursor)))
            break;
        else
            turn(cursor, top(cursor)->iteration + 1 >= step->times);
    }
}

enum gd_status gd_cursor_start(struct gd_cursor *cursor, const struct gd_pipeline *pipeline, struct gd_state *state,
                               struct gd_error *error)
{
    cursor->capacity = depth_of(pipeline->steps, pipeline->count);
    cursor->frames = gd_array(cursor->capacity, sizeof *cursor->frames);
    if (!cursor->frames)
        return gd_no_memory(error, "the position in the pipeline");
    cursor->depth = 1;
    cursor->frames[0] = (struct gd_cursor_frame){.steps = pipeline->steps, .count = pipeline->count, .state = state};
    settle(cursor);
    return GD_OK;
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

void gd_cursor_advance(struct gd_cursor *cursor)
{
    if (gd_cursor_at_end(cursor))
        leave(cursor);
    else
        top(cursor)->next++;
    settle(cursor);
}

enum gd_status gd_cursor_evaluate_until(struct gd_cursor *cursor, const struct gd_context *context)
{
    const struct gd_choice *choice = &top(cursor)->step->until;
    const struct gd_until *until = (const struct gd_until *)choice->component;
    const struct gd_value state = gd_value_state(context);
    bool met = until && until->met(choice->params, context->state);
    enum gd_status status = GD_OK;
    if (choice->function)
        status = gd_function_bool(choice->function, &state, 1, "until", &met, context->error);
    if (status)
        return status;
    turn(cursor, met);
    settle(cursor);
    return GD_OK;
}

void gd_cursor_enter(struct gd_cursor *cursor, struct gd_state *state)
{
    enter(cursor, gd_cursor_step(cursor), state);
    settle(cursor);
}

bool gd_cursor_place(struct gd_cursor *cursor, const int64_t *next, const int64_t *iteration, size_t depth)
{
    unwind(cursor);
    for (size_t k = 0; k < depth; k++) {
        struct gd_cursor_frame *frame = top(cursor);
        bool last = k + 1 == depth;
        if (next[k] < 0 || (size_t)next[k] > frame->count || iteration[k] < 0 ||
            iteration[k] >= (frame->step ? frame->step->times : 1))
            return false;
        frame->next = (size_t)next[k];
        frame->iteration = iteration[k];
        const struct gd_step *step = gd_cursor_step(cursor);
        bool stands = last || (!at_end(frame) && !step->stage);
        if (!stands)
            return false;
        if (!last)
            enter(cursor, step, NULL);
    }
    settle(cursor);
    return depth > 0;
}

void gd_cursor_before_loops(const struct gd_cursor *cursor, struct gd_cursor *before)
{
    const struct gd_cursor_frame *frame;
    *before = *cursor;
    while ((frame = top(before))->step && gd_step_is_loop(frame->step) && frame->next == 0 && frame->iteration == 0)
        before->depth--;
}

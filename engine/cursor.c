/* The cursor: an explicit stack of frames in place of recursion, so that where a run stands can be saved. */
#include <stdlib.h>

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

static bool goes_on(const struct gd_frame *frame, const struct gd_state *state)
{
    const struct gd_choice *choice = &frame->loop->until;
    const struct gd_until *until = (const struct gd_until *)choice->component;
    return frame->iteration < frame->loop->times && !(until && until->met(choice->params, state));
}

/* Moves on until the cursor stands at a stage or at the end of the pipeline. */
static void settle(struct gd_cursor *cursor, const struct gd_state *state)
{
    for (;;) {
        struct gd_frame *frame = top(cursor);
        const struct gd_step *step = gd_cursor_step(cursor);
        if (!step && !frame->loop)
            return;
        if (!step) {
            frame->iteration++;
            frame->next = 0;
            if (!goes_on(frame, state))
                leave(cursor);
        } else if (!is_loop(step)) {
            return;
        } else if (step->times < 1 || step->count == 0) {
            frame->next++;
        } else {
            enter(cursor, step);
        }
    }
}

enum gd_status gd_cursor_start(struct gd_cursor *cursor, const struct gd_pipeline *pipeline,
                               const struct gd_state *state, struct gd_error *error)
{
    cursor->capacity = depth_of(pipeline->steps, pipeline->count);
    cursor->frames = gd_array(cursor->capacity, sizeof *cursor->frames);
    if (!cursor->frames)
        return gd_no_memory(error, "the place in the pipeline");
    cursor->depth = 1;
    cursor->frames[0] = (struct gd_frame){.steps = pipeline->steps, .count = pipeline->count};
    settle(cursor, state);
    return GD_OK;
}

void gd_cursor_clear(struct gd_cursor *cursor)
{
    free(cursor->frames);
    *cursor = (struct gd_cursor){0};
}

void gd_cursor_advance(struct gd_cursor *cursor, const struct gd_state *state)
{
    top(cursor)->next++;
    settle(cursor, state);
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

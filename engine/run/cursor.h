/* Where a run stands in its pipeline: a stack of frames in place of recursion, so that it can be saved. */
#ifndef GD_ENGINE_CURSOR_H
#define GD_ENGINE_CURSOR_H

#include "engine/language/pipeline.h"
#include "engine/run/context.h"

/* A list of steps being worked through. */
struct gd_cursor_frame {
    const struct gd_step *step; /* the loop, or the step that is a pipeline; NULL: the outermost pipeline */
    const struct gd_step *steps;
    size_t count, next;     /* next: the step to do, or the one that the frame above is in */
    int64_t iteration;      /* of the loop, from 0 */
    struct gd_state *state; /* of a pipeline; owned by the frame but for the outermost. NULL: a loop */
};

/* The frames from the outermost pipeline to the innermost loop or pipeline. It stands at a stage to run, at a pipeline
 * to enter, at the end of one to leave, at the end of a loop whose condition is to be asked, or at the end of the
 * outermost. */
struct gd_cursor {
    struct gd_cursor_frame *frames; /* [capacity]: as many as loops and pipelines are deep, and one */
    size_t depth, capacity;
};

/* Stands at the first step. Free with gd_cursor_clear. */
enum gd_status gd_cursor_start(struct gd_cursor *cursor, const struct gd_pipeline *pipeline, struct gd_state *state,
                               struct gd_error *error);
void gd_cursor_clear(struct gd_cursor *cursor);

/* The step to do, the loop whose condition is to be asked, or NULL at the end. */
const struct gd_step *gd_cursor_step(const struct gd_cursor *cursor);

/* Whether the step is a loop or pipeline that has come to its end, rather than one to enter; and whether it is a loop.
 */
bool gd_cursor_at_end(const struct gd_cursor *cursor);
bool gd_cursor_at_until(const struct gd_cursor *cursor);

/* The frame that holds the step, and that of the pipeline it is in. */
const struct gd_cursor_frame *gd_cursor_frame(const struct gd_cursor *cursor);
const struct gd_cursor_frame *gd_cursor_base(const struct gd_cursor *cursor);

/* Goes past the step that has run, a pipeline that is left included, and on through loops, as far as no condition is to
 * be asked. */
void gd_cursor_advance(struct gd_cursor *cursor);

/* Asks the condition of the loop at whose end the cursor stands, and goes into its next iteration or past it. Where it
 * fails the cursor stays. */
enum gd_status gd_cursor_evaluate_until(struct gd_cursor *cursor, const struct gd_context *context);

/* Goes into the pipeline at which it stands, which gets this state. */
void gd_cursor_enter(struct gd_cursor *cursor, struct gd_state *state);

/* Puts the cursor where another stood: `next` and `iteration` of its frames; from a loop that is to be entered it goes
 * on into it, or past it, and from the end of one that has no condition to ask into its next iteration, or past it.
 * Those of inner pipelines have no state yet. False when the pipeline has no such place. */
bool gd_cursor_place(struct gd_cursor *cursor, const int64_t *next, const int64_t *iteration, size_t depth);

/* The same place, before the loops that begin with it: `before` borrows the frames of `cursor`, and is only to be read.
 */
void gd_cursor_before_loops(const struct gd_cursor *cursor, struct gd_cursor *before);

#endif

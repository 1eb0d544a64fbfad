/* What the callbacks of a stage get: the run that they are part of, or the check. */
#ifndef GD_ENGINE_CONTEXT_H
#define GD_ENGINE_CONTEXT_H

#include "engine/base/random.h"
#include "engine/language/stage.h"
#include "engine/run/events.h"
#include "engine/run/state.h"

struct gd_pipeline;
struct gd_step;

/* What a callback may use of the run it belongs to. */
struct gd_context {
    struct gd_state *state;
    struct gd_error *error;
    const struct gd_events *events;
    const char *step;                /* id of the step */
    const struct gd_stage *stage;    /* its descriptor; NULL: none */
    uint64_t seed;                   /* of the run */
    uint32_t execution;              /* how often this step has been executed before */
    int64_t iteration, iterations;   /* of the innermost loop: from 0, and how many at most; 0 of 1 outside loops */
    int threads;                     /* at least 1 */
    const char *device;              /* "cpu" or "cuda" */
    const char *precision;           /* of products of matrices: "float32", "tf32" or "bf16" */
    const char *directory;           /* output directory; NULL during checks */
    const volatile int *interrupted; /* how many interrupts have come in */
    double deadline;                 /* seconds of the clock when the step has to stop; 0: none */
};

/* What a check may use. The slots written by sections are there already; other slots are empty. */
struct gd_check {
    const struct gd_state *state;
    const struct gd_step *step;
    struct gd_problems *problems;
    const bool *stepped;                /* [slots] see gd_check_stepped */
    const struct gd_pipeline *pipeline; /* which the step is in */
};

/* Whether an earlier step may have written a slot, in the first iteration of loops; what sections make does not count.
 */
bool gd_check_stepped(const struct gd_check *check, const char *slot);

/* Calls one of the stage's callbacks. GD_FAILED when it touches a slot that it does not declare. */
enum gd_status gd_stage_call(const struct gd_stage *stage,
                             enum gd_status (*callback)(struct gd_context *context, void *self),
                             struct gd_context *context, void *self);

/* Reports a problem at a key of the step being checked ("window.above"), or at the step itself where it was left out.
 */
void gd_check_problem(struct gd_check *check, const char *key, const char *format, ...) GD_PRINTF(3, 4);

/* The same for what is no problem, but hardly meant so. */
void gd_check_warning(struct gd_check *check, const char *key, const char *format, ...) GD_PRINTF(3, 4);

/* A warning about a parameter that has no effect, when one is written that differs from its default. */
void gd_check_unused(struct gd_check *check, const char *key, const char *format, ...) GD_PRINTF(3, 4);

/* A problem for what a call has failed with; out of memory is reported as that. */
void gd_check_failure(struct gd_check *check, const char *key, const struct gd_error *error);

/* The random stream of one sample (or any other number that distinguishes streams of one execution). */
struct gd_stream gd_context_stream(const struct gd_context *context, uint32_t sample);

/* True when a second interrupt, or the time limit, asks to stop at once; the stage then returns
 * gd_interrupted(context). */
bool gd_context_stop(const struct gd_context *context);
enum gd_status gd_interrupted(struct gd_context *context);

#endif

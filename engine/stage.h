/* A stage: one constant descriptor with its parameters, the slots it reads and writes, and its callbacks. */
#ifndef GD_ENGINE_STAGE_H
#define GD_ENGINE_STAGE_H

#include "engine/events.h"
#include "engine/params.h"
#include "engine/random.h"
#include "engine/state.h"

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
};

/* What a check may use. The slots written by sections are there already; other slots are empty. */
struct gd_check {
    const struct gd_state *state;
    const struct gd_step *step;
    struct gd_problems *problems;
};

/* How a stage uses a slot: the lists of struct gd_stage. */
enum gd_use { GD_READS, GD_MAY_READ, GD_WRITES };

struct gd_stage {
    const char *name, *summary;
    bool section;                  /* a top-level section of the pipeline (system, potential, ...) rather than a step */
    bool required;                 /* section: every pipeline has it */
    const char *self;              /* section: the value itself is a component of this kind, parsed into a gd_choice */
    const struct gd_param *params; /* NULL: none */
    size_t size;                   /* of the instance; the rows fill its beginning, the rest starts as zeros */

    /* The slots that it touches, NULL-ended; NULL: none. A run fails after a stage that has touched others. */
    const char *const *reads;    /* must have values before it */
    const char *const *may_read; /* looked at when they have values */
    const char *const *writes;   /* may be written, and looked at */

    /* Every callback but run may be NULL. */
    /* Whether with these parameters it uses one of its slots in this way. NULL: it uses all. */
    bool (*uses)(const void *self, const char *slot, enum gd_use use);
    /* For a stage whose rows and slots depend on how it is written (`node`: its parameters, overrides applied): sets
     * *stage to the descriptor that takes its place, of the same name, which lives as long as the tree. */
    enum gd_status (*resolve)(struct gd_tree *tree, const struct gd_registry *registry, const struct gd_node *node,
                              const struct gd_stage **stage, struct gd_problems *problems);
    void (*check)(struct gd_check *check, const void *self); /* more than the rows can say; reports, never fails */
    enum gd_status (*start)(struct gd_context *context, void *self); /* once, before the step's first run */
    enum gd_status (*run)(struct gd_context *context, void *self);
    void (*stop)(void *self); /* once, also after a failed start */
};

/* The stage's list of slots for a use, NULL-ended; NULL: none. */
const char *const *gd_stage_slots(const struct gd_stage *stage, enum gd_use use);

/* Whether a slot is in that list, and used with the parameters `self`; NULL: with some parameters. */
bool gd_stage_uses(const struct gd_stage *stage, const void *self, const char *slot, enum gd_use use);

/* Calls one of the stage's callbacks. GD_FAILED when it touches a slot that it does not declare. */
enum gd_status gd_stage_call(const struct gd_stage *stage,
                             enum gd_status (*callback)(struct gd_context *context, void *self),
                             struct gd_context *context, void *self);

/* Reports a problem at a key of the step being checked ("window.above"), or at the step itself where it was left out.
 */
void gd_check_problem(struct gd_check *check, const char *key, const char *format, ...) GD_PRINTF(3, 4);

/* The same for what is no problem, but hardly meant so. */
void gd_check_warning(struct gd_check *check, const char *key, const char *format, ...) GD_PRINTF(3, 4);

/* A problem for what a call has failed with; out of memory is told as that. */
void gd_check_failure(struct gd_check *check, const char *key, const struct gd_error *error);

/* The random stream of one sample (or any other number that tells streams of one execution apart). */
struct gd_stream gd_context_stream(const struct gd_context *context, uint32_t sample);

/* True when a second interrupt asks to stop at once; the stage then returns gd_interrupted(context). */
bool gd_context_stop(const struct gd_context *context);
enum gd_status gd_interrupted(struct gd_context *context);

#endif

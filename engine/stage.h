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

struct gd_stage {
    const char *name, *summary;
    bool section;                  /* a top-level section of the pipeline (system, potential, ...) rather than a step */
    bool required;                 /* section: every pipeline has it */
    const char *self;              /* section: the value itself is a component of this kind, parsed into a gd_choice */
    const struct gd_param *params; /* NULL: none */
    size_t size;                   /* of the instance; the rows fill its beginning, the rest starts as zeros */
    const char *const *reads;      /* slots, NULL-ended; NULL: none */
    const char *const *writes;

    /* Every callback but run may be NULL. */
    /* For a stage whose rows and slots depend on how it is written (`node`: its parameters, overrides applied): sets
     * *stage to the descriptor that takes its place, of the same name, which lives as long as the tree. */
    enum gd_status (*resolve)(struct gd_tree *tree, const struct gd_registry *registry, const struct gd_node *node,
                              const struct gd_stage **stage, struct gd_problems *problems);
    void (*check)(struct gd_check *check, const void *self); /* more than the rows can say; reports, never fails */
    enum gd_status (*start)(struct gd_context *context, void *self); /* once, before the step's first run */
    enum gd_status (*run)(struct gd_context *context, void *self);
    void (*stop)(void *self); /* once, also after a failed start */
};

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

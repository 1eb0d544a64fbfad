/* Samplers: the reverse process, from noise to structures. Components of kind "sampler". */
#ifndef GD_MODEL_SAMPLER_H
#define GD_MODEL_SAMPLER_H

#include "atoms/system.h"
#include "engine/stage.h"
#include "model/process.h"

/* Where the score ∇ log p_t comes from: a network, or a formula in a test. */
struct gd_score {
    /* score [set->count][mobile][3] in 1/Å of every structure of the set at time t. */
    enum gd_status (*evaluate)(void *self, const struct gd_set *set, double t, float *score, struct gd_error *error);
    void *self;
};

struct gd_sampling {
    const struct gd_context *context; /* random streams (one per structure, by its number), progress, interrupts */
    const struct gd_system *system;
    const struct gd_process *process;
    struct gd_score score;
    int64_t steps;    /* N */
    double end;       /* t_end */
    double sharpen;   /* γ: the score is multiplied by spread(t)^-γ; 0: exact */
    uint32_t first;   /* number of the set's first structure within the step: chunks of one draw stay distinct */
    double done, total; /* progress: structure-steps finished before this call, and in all */
};

struct gd_sampler_class {
    struct gd_component base;
    /* Moves the structures of the set from t = 1 to t = end. They start where they are (see gd_sample_start). A number
     * that is not finite gives GD_FAILED naming structure, atom, time and step; the structure is written to
     * nonfinite.extxyz in the run's directory. Streams: gd_context_stream(context, first + k). */
    enum gd_status (*run)(const struct gd_sampling *sampling, const void *params, struct gd_set *set,
                          struct gd_stream *streams, struct gd_error *error);
    int calls_per_step; /* network calls */
};

extern const struct gd_kind gd_kind_sampler;
extern const struct gd_sampler_class *const gd_samplers[]; /* NULL-ended: euler-maruyama */

/* Puts the mobile atoms of a structure where the process ends: uniform in the plane of the cell, uniform in the window
 * (in the whole cell along directions without one). positions: [atoms][3]. */
void gd_sample_start(const struct gd_system *system, struct gd_stream *stream, double *positions);

/* Draws `count` structures into `set` (of the system's atoms, empty): start, then the sampler. */
enum gd_status gd_sample(const struct gd_sampling *sampling, const struct gd_sampler_class *sampler, const void *params,
                         size_t count, struct gd_set *set, struct gd_error *error);

#endif

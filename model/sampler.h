/* Samplers: the reverse process, from noise to structures. Components of kind "sampler".
 *
 * What is drawn depends on the structure's number in the draw alone (given a score that treats structures one by one):
 * not on the number of threads, nor on how a draw is cut into chunks. The walls of the window reflect, as in the
 * forward process (model/noising.h). */
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
    struct gd_context *context; /* random streams (one per structure, by its number), progress, interrupts */
    const struct gd_system *system;
    const struct gd_process *process;
    struct gd_score score;
    int64_t steps;      /* N >= 2 */
    double end;         /* t_end, 0 < t_end < 1 */
    double sharpen;     /* γ: the score is multiplied by (spread(t) / 1 Å)^-γ; 0: exact */
    uint32_t first;     /* number of the set's first structure within the step: chunks of one draw stay distinct */
    double done, total; /* progress: structure-steps finished before this call, and in all */
};

struct gd_sampler_class {
    struct gd_component base;
    /* Moves the structures of the set from t = 1 to t = end. They start where they are (see gd_sample_start). A number
     * that is not finite gives GD_FAILED (gd_sample_check). streams: [set->count], one per structure, each at the
     * point where the start left it. */
    enum gd_status (*run)(const struct gd_sampling *sampling, const void *params, struct gd_set *set,
                          struct gd_stream *streams, struct gd_error *error);
    int calls_per_step; /* network calls */
};

extern const struct gd_kind gd_kind_sampler;
extern const struct gd_sampler_class *const gd_samplers[]; /* NULL-ended: euler-maruyama */

/* Puts the mobile atoms of a structure where the reverse process starts: uniform in the plane of the cell, uniform in
 * the window (in the whole cell along directions without one). positions: [atoms][3]. */
void gd_sample_start(const struct gd_system *system, struct gd_stream *stream, double *positions);

/* Draws `count` structures into `set` (of the system's atoms, empty): start, then the sampler. Structure k uses the
 * stream gd_context_stream(context, first + k). On failure the set holds structures on their way. */
enum gd_status gd_sample(const struct gd_sampling *sampling, const struct gd_sampler_class *sampler, const void *params,
                         size_t count, struct gd_set *set, struct gd_error *error);

/* For samplers: makes sure that moving every mobile atom by gain · score gives finite positions. Otherwise GD_FAILED as
 * gd_nonfinite_fail says it, with the structure as it is before the move. `step` counts from 0 (from 1 in the message).
 */
enum gd_status gd_sample_check(const struct gd_sampling *sampling, const struct gd_set *set, const float *score,
                               double gain, int64_t step, double t, struct gd_error *error);

#endif

/* One step of a draw: what samplers and guidance see of it, and the two things that a step is made of, asking for the
 * score and moving the atoms. */
#ifndef GD_MODEL_STRIDE_H
#define GD_MODEL_STRIDE_H

#include "atoms/system.h"
#include "engine/base/random.h"
#include "model/guidance.h"
#include "model/process.h"

/* Where the score ∇ log p_t comes from: a network, or a formula in a test. */
struct gd_score {
    /* score [set->count][mobile][3] in 1/Å of every structure of the set at time t. */
    enum gd_status (*evaluate)(void *self, const struct gd_set *set, double t, float *score, struct gd_error *error);
    void *self;
    struct gd_backend *backend; /* in whose memory the positions and scores of evaluate are; NULL: the host's */

    /* Called before a draw with its structures, in memory of the host: until the next draw only their mobile atoms
     * change. NULL: not needed. */
    enum gd_status (*begin)(void *self, const struct gd_set *set, struct gd_error *error);
};

struct gd_state;

/* Where the reverse process begins. Uniform: anywhere in the cell, between the walls. The others have their middle in
 * that of the cell: normal with the spread of the noise at t = 1; harmonic, as atoms that are all bonded to each other
 * by springs, with their mean at the middle and a variance of scale²/N; origin: all atoms there, but for 1e-3 Å that
 * gives their distances directions. */
enum gd_start { GD_START_UNIFORM, GD_START_NORMAL, GD_START_HARMONIC, GD_START_ORIGIN };

struct gd_sampling {
    const char *name;        /* what messages call the draw */
    struct gd_stream stream; /* fresh; structure k of the draw has the stream whose sample number is larger by k */
    const struct gd_system *system;
    const struct gd_process *process;
    struct gd_score score;
    int64_t steps;                /* N >= 2 */
    double end;                   /* t_end, 0 < t_end < 1 */
    double sharpen;               /* γ: the score is multiplied by (spread(t) / 1 Å)^-γ; 0: exact */
    int64_t shifts;               /* M >= 0 mean-shift steps after the sampler; 0: draws from the distribution */
    const struct gd_guide *guide; /* what guides the draw along forces; NULL: nothing */
    uint32_t first; /* number of the set's first structure within the draw: chunks of one draw stay distinct */

    /* Optional. Asks `stop` before every score whether to end with GD_INTERRUPTED, and says how many steps are done. */
    bool (*stop)(void *caller);
    void (*progress)(void *caller, int64_t done);
    void *caller;

    int start;          /* enum gd_start */
    double start_scale; /* Å, of the harmonic one */

    bool weighed;  /* the weights of paths are put into the set, where gd_path_weight_unknown says nothing */
    bool absolute; /* the network sees where atoms are, not only where they are relative to each other */

    const char *directory;        /* where a structure is written whose score is not finite; NULL: nowhere */
    const struct gd_state *state; /* the slots of the run, for samplers that something in them guides; NULL: no run */
};

/* One step of a draw, as a sampler sees it. */
struct gd_stride {
    const struct gd_sampling *sampling;
    const void *params; /* of the sampler's rows */
    int64_t step;       /* 0 <= step < sampling->steps */

    /* In memory of a backend, where gd_stride_score and gd_stride_move work on them. */
    struct gd_backend *backend;
    struct gd_set set;         /* the structures, at time gd_stride_time(stride, rho, 0) */
    struct gd_stream *streams; /* [set.count], one per structure, as they were at the start */
    size_t *drawn;             /* normals that each of them has given since */
    double *path_weights;      /* [set.count][mobile] of the steps so far; NULL: paths are not weighed */
    double *variance;          /* of the noise of all steps so far, Å² */
    float *scores[2];          /* [set.count][mobile][3] each: room for scores */
};

/* The time `ahead` steps after the stride's beginning. The N times t_0 = 1 to t_(N-1) = end are evenly spaced in
 * t^(1/ρ), as Karras et al. (NeurIPS 2022, equation 5) space their noise: 1 is uniform, more has more of them at the
 * end. t_N = 0. */
double gd_stride_time(const struct gd_stride *stride, double rho, int64_t ahead);

/* The spread at that time, Å. */
double gd_stride_spread(const struct gd_stride *stride, double rho, int64_t ahead);

/* The score of the structures at time t, sharpened. A score that is not finite gives GD_FAILED as gd_nonfinite_fail
 * says it, and a `stop` GD_INTERRUPTED. */
enum gd_status gd_stride_score(const struct gd_stride *stride, double t, float *score, struct gd_error *error);

/* Moves every mobile atom by gain · score + noise · N(0, I), and back into window and cell. Where that turns an atom's
 * z over, the z of `turned` (a former score, or NULL) is turned over with it: so it stays in the frame of the atom, and
 * further moves go on as if there were no walls. */
void gd_stride_move(const struct gd_stride *stride, double gain, const float *score, double noise, float *turned);

#endif

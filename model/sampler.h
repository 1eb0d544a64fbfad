/* Samplers: the reverse process, from noise to structures. Components of kind "sampler".
 *
 * What is drawn depends on the structure's number in the draw alone (given a score that treats structures one by one):
 * not on the number of threads, nor on how a draw is cut into chunks. The walls of the window reflect, as in the
 * forward process (model/noising.h). */
#ifndef GD_MODEL_SAMPLER_H
#define GD_MODEL_SAMPLER_H

#include "model/stride.h"

struct gd_sampler_class {
    struct gd_component base;
    /* Takes the structures of the set one step further: by gd_stride_score and gd_stride_move alone, so that every
     * sampler is interrupted, sharpened, checked and reflected in the same way. */
    enum gd_status (*step)(const struct gd_stride *stride, struct gd_error *error);
    int64_t (*calls)(const void *params, int64_t steps); /* network calls for each structure of a draw */
    bool weighs; /* every step is one gd_stride_move by a score at its beginning with noise: model/path_weight.h */
};

extern const struct gd_kind gd_kind_sampler;
extern const struct gd_sampler_class gd_sampler_euler_maruyama;
extern const struct gd_sampler_class *const gd_samplers[]; /* NULL-ended, in the order of CMakeLists.txt */

/* Puts the mobile atoms of a structure where the reverse process starts: uniform in the plane of the cell, uniform in
 * the window (in the whole cell along directions without one). positions: [atoms][3]. */
void gd_sample_start(const struct gd_system *system, struct gd_stream *stream, double *positions);

/* Draws `count` structures into `set` (of the system's atoms, empty): start, the sampler, then the mean-shift steps. On
 * failure the set holds structures on their way.
 *
 * A mean-shift step moves a structure to its posterior mean at time t, which climbs the density that noise of that
 * time leaves (Fukunaga and Hostetler, IEEE Trans. Inf. Theory 21, 32 (1975), where the kernel is the noise):
 *
 *     x <- x + s(t)² score(x, t),    t = t_end (1 - k/M),    k = 0 .. M-1. */
enum gd_status gd_sample(const struct gd_sampling *sampling, const struct gd_sampler_class *sampler, const void *params,
                         size_t count, struct gd_set *set, struct gd_error *error);

/* The row `rho` of a sampler's struct. */
#define GD_RHO_ROW(params_type, preset)                                                                                \
    {                                                                                                                  \
        .name = "rho", .type = GD_FLOAT, .offset = offsetof(params_type, rho), .initial = preset, .min = 1, .max = 20, \
        .help = "spacing of the times: uniform in t^(1/rho); 1 is uniform, more puts more steps near the end"          \
    }

#endif

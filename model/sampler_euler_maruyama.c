/* The reverse SDE by Euler and Maruyama (Song et al., ICLR 2021; arXiv:2510.13448): N steps from t = 1 down to t_end,
 *
 *     x <- x + g(t)² s(x, t) dt + g(t) √dt z,    z ~ N(0, I),    dt = (1 - t_end)/(N - 1),
 *
 * the last of them without noise. Every step ends with reflection at the walls of the window (the scheme of Lépingle,
 * Math. Comput. Simul. 38, 119 (1995), for a reflected SDE) and wrapping into the cell. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "engine/memory.h"
#include "model/sampler.h"

/* Moves the mobile atoms by gain · score + noise · N(0, I). */
static void move(const struct gd_system *system, struct gd_set *set, const float *score, double gain, double noise,
                 struct gd_stream *streams)
{
    for (size_t k = 0; k < set->count; k++) {
        double *point = set->positions + 3 * (k * set->atoms + set->fixed);
        for (size_t i = set->fixed; i < set->atoms; i++, point += 3) {
            for (int axis = 0; axis < 3; axis++, score++)
                point[axis] += gain * (double)*score + (noise > 0 ? noise * gd_stream_normal(&streams[k]) : 0);
            gd_system_confine(system, point);
        }
    }
}

static enum gd_status step_all(const struct gd_sampling *sampling, int64_t step, struct gd_set *set, float *score,
                               struct gd_stream *streams, struct gd_error *error)
{
    double dt = (1 - sampling->end) / (double)(sampling->steps - 1);
    double t = 1 - (double)step * dt;
    double variance = gd_process_diffusion2(sampling->process, t) * dt;
    double gain = variance * pow(gd_process_spread(sampling->process, t), -sampling->sharpen);
    bool last = step == sampling->steps - 1;
    if (gd_context_stop(sampling->context))
        return gd_interrupted(sampling->context);
    enum gd_status status = sampling->score.evaluate(sampling->score.self, set, t, score, error);
    if (status == GD_OK)
        status = gd_sample_check(sampling, set, score, gain, step, t, error);
    if (status == GD_OK)
        move(sampling->system, set, score, gain, last ? 0 : sqrt(variance), streams);
    return status;
}

static enum gd_status run(const struct gd_sampling *sampling, const void *params, struct gd_set *set,
                          struct gd_stream *streams, struct gd_error *error)
{
    (void)params;
    float *score = gd_array(set->count, 3 * (set->atoms - set->fixed) * sizeof *score);
    if (!score)
        return gd_no_memory(error, "the scores of a draw");
    enum gd_status status = GD_OK;
    for (int64_t step = 0; status == GD_OK && step < sampling->steps; step++) {
        status = step_all(sampling, step, set, score, streams, error);
        gd_progress(sampling->context, sampling->done + (double)set->count * (double)(step + 1), sampling->total,
                    "step %" PRId64 " of %" PRId64, step + 1, sampling->steps);
    }
    free(score);
    return status;
}

const struct gd_sampler_class gd_sampler_euler_maruyama = {
    .base = {.name = "euler-maruyama", .summary = "the reverse SDE in equal steps of time, one network call each"},
    .run = run,
    .calls_per_step = 1,
};

/* Heun's method for the reverse process: an Euler step, then half of it taken back for half a step with the score at
 * its end. With the spread s and the variance v = s²:
 *
 * heun: the probability-flow ODE, dx/ds = -s · score (Karras et al., "Elucidating the design space of diffusion-based
 * generative models", NeurIPS 2022, algorithm 1),
 *
 *     x' = x + s (s - s') score(x, t)
 *     x <- x + ½ (s - s') (s score(x, t) + s' score(x', t'))
 *
 * stochastic-heun: the reverse SDE (the improved Euler scheme; for noise that does not depend on x its weak order is 2:
 * Rößler, SIAM J. Numer. Anal. 47, 1713 (2009); for scores: Jolicoeur-Martineau et al., arXiv:2105.14080). In the
 * variance, which is the SDE's own clock, it reads dx = score dv + √dv z:
 *
 *     x' = x + (v - v') score(x, t) + √(v - v') z
 *     x <- x' + ½ (v - v') (score(x', t') - score(x, t))
 *
 * with the same z in both. The last step, to s' = 0, is the first line alone, without noise. */
#include <math.h>

#include "model/sampler.h"

struct heun {
    double rho;
};

static const struct gd_param rows[] = {GD_RHO_ROW(struct heun, "3"), {0}};

/* x' = x + gain · score(x, t) + noise · z; then x' + ½ (ahead · score(x', t') - gain · score(x, t)) unless ahead is 0.
 */
static enum gd_status step_by(const struct gd_stride *stride, double gain, double noise, double ahead,
                              struct gd_error *error)
{
    double rho = ((const struct heun *)stride->params)->rho;
    float *here = stride->scores[0], *there = stride->scores[1];
    enum gd_status status = gd_stride_score(stride, gd_stride_time(stride, rho, 0), here, error);
    if (status)
        return status;
    gd_stride_move(stride, gain, here, noise, here);
    if (ahead == 0)
        return GD_OK;
    status = gd_stride_score(stride, gd_stride_time(stride, rho, 1), there, error);
    if (!status) {
        gd_stride_move(stride, 0.5 * ahead, there, 0, here);
        gd_stride_move(stride, -0.5 * gain, here, 0, NULL);
    }
    return status;
}

static enum gd_status flow(const struct gd_stride *stride, struct gd_error *error)
{
    const struct heun *heun = stride->params;
    double spread = gd_stride_spread(stride, heun->rho, 0), next = gd_stride_spread(stride, heun->rho, 1);
    return step_by(stride, spread * (spread - next), 0, next * (spread - next), error);
}

static enum gd_status diffuse(const struct gd_stride *stride, struct gd_error *error)
{
    const struct heun *heun = stride->params;
    double spread = gd_stride_spread(stride, heun->rho, 0), next = gd_stride_spread(stride, heun->rho, 1);
    double variance = (spread - next) * (spread + next);
    bool last = next == 0;
    return step_by(stride, variance, last ? 0 : sqrt(variance), last ? 0 : variance, error);
}

static int64_t calls(const void *params, int64_t steps)
{
    (void)params;
    return 2 * steps - 1;
}

const struct gd_sampler_class gd_sampler_heun = {
    .base = {.name = "heun",
             .summary = "the probability flow, without noise, in second order; 2N - 1 network calls in N steps",
             .params = rows,
             .size = sizeof(struct heun)},
    .step = flow,
    .calls = calls,
};

const struct gd_sampler_class gd_sampler_stochastic_heun = {
    .base = {.name = "stochastic-heun",
             .summary = "the reverse SDE in second order; 2N - 1 network calls in N steps",
             .params = rows,
             .size = sizeof(struct heun)},
    .step = diffuse,
    .calls = calls,
};

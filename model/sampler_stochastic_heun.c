/* The reverse SDE by the stochastic Heun method (the improved Euler scheme; for noise that does not depend on x its
 * weak order is 2: Rößler, SIAM J. Numer. Anal. 47, 1713 (2009); for scores: Jolicoeur-Martineau et al.,
 * arXiv:2105.14080). In the variance v = s², which is the SDE's own clock, it reads dx = score dv + √dv z:
 *
 *     x' = x + (v - v') score(x, t) + √(v - v') z
 *     x <- x' + ½ (v - v') (score(x', t') - score(x, t))
 *
 * with the same z in both. The last step, to v' = 0, is the first line without noise. */
#include <math.h>

#include "model/sampler.h"

struct heun {
    double rho;
};

static const struct gd_param rows[] = {GD_RHO_ROW(struct heun, "3"), {0}};

static enum gd_status step(const struct gd_stride *stride, struct gd_error *error)
{
    const struct heun *heun = stride->params;
    double spread = gd_stride_spread(stride, heun->rho, 0), next = gd_stride_spread(stride, heun->rho, 1);
    double variance = (spread - next) * (spread + next);
    float *here = stride->scores[0], *there = stride->scores[1];
    enum gd_status status = gd_stride_score(stride, gd_stride_time(stride, heun->rho, 0), here, error);
    if (status != GD_OK)
        return status;
    gd_stride_move(stride, variance, here, next > 0 ? sqrt(variance) : 0, here);
    if (next == 0)
        return GD_OK;
    status = gd_stride_score(stride, gd_stride_time(stride, heun->rho, 1), there, error);
    if (status == GD_OK) {
        gd_stride_move(stride, 0.5 * variance, there, 0, here);
        gd_stride_move(stride, -0.5 * variance, here, 0, NULL);
    }
    return status;
}

static int64_t calls(const void *params, int64_t steps)
{
    (void)params;
    return 2 * steps - 1;
}

const struct gd_sampler_class gd_sampler_stochastic_heun = {
    .base = {.name = "stochastic-heun",
             .summary = "the reverse SDE in second order; 2N - 1 network calls in N steps",
             .params = rows,
             .size = sizeof(struct heun)},
    .step = step,
    .calls = calls,
};

/* The probability-flow ODE, dx/ds = -s · score with the spread s, by Heun's method (Karras et al., "Elucidating the
 * design space of diffusion-based generative models", NeurIPS 2022, algorithm 1):
 *
 *     x' = x + s (s - s') score(x, t)
 *     x <- x + ½ (s - s') (s score(x, t) + s' score(x', t'))
 *
 * The last step, to s' = 0, is the first line alone. */
#include "model/sampler.h"

struct heun {
    double rho;
};

static const struct gd_param rows[] = {GD_RHO_ROW(struct heun, "3"), {0}};

static enum gd_status step(const struct gd_stride *stride, struct gd_error *error)
{
    const struct heun *heun = stride->params;
    double spread = gd_stride_spread(stride, heun->rho, 0), next = gd_stride_spread(stride, heun->rho, 1);
    float *here = stride->scores[0], *there = stride->scores[1];
    enum gd_status status = gd_stride_score(stride, gd_stride_time(stride, heun->rho, 0), here, error);
    if (status != GD_OK)
        return status;
    gd_stride_move(stride, spread * (spread - next), here, 0, here);
    if (next == 0)
        return GD_OK;
    status = gd_stride_score(stride, gd_stride_time(stride, heun->rho, 1), there, error);
    if (status == GD_OK) {
        gd_stride_move(stride, 0.5 * (spread - next) * next, there, 0, here);
        gd_stride_move(stride, -0.5 * (spread - next) * spread, here, 0, NULL);
    }
    return status;
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
    .step = step,
    .calls = calls,
};

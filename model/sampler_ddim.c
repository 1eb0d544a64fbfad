/* The probability-flow ODE, dx/ds = -s · score with the spread s, in Euler steps of s: the deterministic sampler of
 * Song, Meng and Ermon, "Denoising diffusion implicit models" (ICLR 2021), exact for a normal kernel around one point:
 *
 *     x <- x + s (s - s') score(x, t)
 *
 * The last step goes to s' = 0, where x is the mean of what it can come from. */
#include "model/sampler.h"

struct ddim {
    double rho;
};

static const struct gd_param rows[] = {GD_RHO_ROW(struct ddim, "3"), {0}};

static enum gd_status step(const struct gd_stride *stride, struct gd_error *error)
{
    const struct ddim *ddim = stride->params;
    double spread = gd_stride_spread(stride, ddim->rho, 0), next = gd_stride_spread(stride, ddim->rho, 1);
    enum gd_status status = gd_stride_score(stride, gd_stride_time(stride, ddim->rho, 0), stride->scores[0], error);
    if (!status)
        gd_stride_move(stride, spread * (spread - next), stride->scores[0], 0, NULL);
    return status;
}

static int64_t calls(const void *params, int64_t steps)
{
    (void)params;
    return steps;
}

const struct gd_sampler_class gd_sampler_ddim = {
    .base = {.name = "ddim",
             .summary = "the probability flow, without noise, in first order; N network calls in N steps",
             .params = rows,
             .size = sizeof(struct ddim)},
    .step = step,
    .calls = calls,
};

/* The reverse SDE by Euler and Maruyama (Song et al., ICLR 2021; arXiv:2510.13448): N steps from t = 1 down to t_end,
 *
 *     x <- x + g(t)² s(x, t) dt + g(t) √dt z,    z ~ N(0, I),    dt = (1 - t_end)/(N - 1),
 *
 * the last of them without noise, unless paths are weighed. Every step ends with reflection at the walls of the window
 * (the scheme of Lépingle, Math. Comput. Simul. 38, 119 (1995), for a reflected SDE) and wrapping into the cell. */
#include <math.h>

#include "model/sampler.h"

static enum gd_status step(const struct gd_stride *stride, struct gd_error *error)
{
    const struct gd_sampling *sampling = stride->sampling;
    double t = gd_stride_time(stride, 1, 0), dt = (1 - sampling->end) / (double)(sampling->steps - 1);
    double variance = gd_process_diffusion2(sampling->process, t) * dt;
    bool quiet = stride->step == sampling->steps - 1 && !sampling->weighed;
    enum gd_status status = gd_stride_score(stride, t, stride->scores[0], error);
    if (!status)
        gd_stride_move(stride, variance, stride->scores[0], quiet ? 0 : sqrt(variance), NULL);
    return status;
}

static int64_t calls(const void *params, int64_t steps)
{
    (void)params;
    return steps;
}

const struct gd_sampler_class gd_sampler_euler_maruyama = {
    .base = {.name = "euler-maruyama", .summary = "the reverse SDE in equal steps of time; N network calls in N steps"},
    .step = step,
    .calls = calls,
    .weighs = true,
};

/* The variance-preserving process of Ho, Jain and Abbeel (NeurIPS 2020) and Song et al. (ICLR 2021), with lengths in Å:
 *
 *     dx = -½ β(t) (x - c) dt + √β(t) dW,    β(t) = β_min + (β_max - β_min) t,
 *
 * so that x_t - c = a(t) (x_0 - c) + √(1 - a²) ε with a² = exp(-B), B = ∫β dt. It is written in the frame that shrinks
 * with a(t), where y = c + (x - c)/a (Karras et al., NeurIPS 2022, equation 4 and table 1). There
 *
 *     y_t = x_0 + s(t) ε,    s² = (1 - a²)/a² = exp(B) - 1,    g² = ds²/dt = β exp(B):
 *
 * the centre c drops out, cell and window keep their size, and what the SDE does by its drift is done exactly. */
#include "model/noise_vp.h"

#include <math.h>

#define BETA_MOST 40 /* s(1) = e^10 Å: more would only be noise without end */

static const struct gd_param rows[] = {
    {.name = "beta_min",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_vp_params, beta_min),
     .initial = "0.1",
     .max = BETA_MOST,
     .above_min = true,
     .help = "rate β at time 0; smaller than beta_max"},
    {.name = "beta_max",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_vp_params, beta_max),
     .initial = "8",
     .max = BETA_MOST,
     .above_min = true,
     .help =
         "rate β at time 1, growing linearly on the way; 8 gives 7.5 Å of noise, which is uniform in cells up to 15 Å"},
    {0},
};

static const char *const schedule_names[] = {"linear", NULL};

static const struct gd_param stored[] = {
    {.name = "beta_min", .type = GD_FLOAT, .offset = offsetof(struct gd_vp_params, beta_min)},
    {.name = "beta_max", .type = GD_FLOAT, .offset = offsetof(struct gd_vp_params, beta_max)},
    {.name = "schedule",
     .type = GD_CHOICE,
     .offset = offsetof(struct gd_vp_params, schedule),
     .choices = schedule_names},
    {0},
};

static enum gd_status check(const void *params, struct gd_error *error)
{
    const struct gd_vp_params *vp = params;
    if (vp->beta_min > 0 && vp->beta_min < vp->beta_max && vp->beta_max <= BETA_MOST)
        return GD_OK;
    gd_fail(error, GD_BAD_INPUT, "noise vp with β from %g to %g: expected 0 < beta_min < beta_max <= %d", vp->beta_min,
            vp->beta_max, BETA_MOST);
    return gd_error_set_key(GD_BAD_INPUT, error, "beta_max");
}

/* B(t) = ∫β from 0 to t */
static double integral(const struct gd_vp_params *vp, double t)
{
    return t * (vp->beta_min + 0.5 * t * (vp->beta_max - vp->beta_min));
}

static double spread(const void *params, double t)
{
    return sqrt(expm1(integral(params, t)));
}

static double diffusion2(const void *params, double t)
{
    const struct gd_vp_params *vp = params;
    return (vp->beta_min + (vp->beta_max - vp->beta_min) * t) * exp(integral(vp, t));
}

const struct gd_noise_class gd_noise_vp = {
    .base = {.name = "vp",
             .summary = "variance-preserving diffusion, in the frame that scales with it: its noise grows to uniform",
             .params = rows,
             .size = sizeof(struct gd_vp_params)},
    .stored = stored,
    .check = check,
    .spread = spread,
    .diffusion2 = diffusion2,
};

/* The variance-exploding process of Song et al. (ICLR 2021): x_t = x_0 + s(t) ε with s(t)² = σ(t)² - σ(0)², so that
 * nothing is blurred at t = 0, and g(t)² = dσ²/dt. */
#include <math.h>
#include <stddef.h>

#include "model/process.h"

struct ve {
    int schedule;
    double min, max;
};

static const struct gd_param rows[] = {
    {.name = "schedule",
     .type = GD_CHOICE,
     .offset = offsetof(struct ve, schedule),
     .initial = "linear",
     .choices = gd_schedule_names,
     .help = "how the noise grows with time: linear, exponential (a constant factor per unit of time), or cosine "
             "(slow at both ends)"},
    {.name = "min",
     .type = GD_FLOAT,
     .offset = offsetof(struct ve, min),
     .initial = "0.01",
     .max = 1000,
     .above_min = true,
     .unit = "Å",
     .help = "noise at time 0; smaller than max"},
    {.name = "max",
     .type = GD_FLOAT,
     .offset = offsetof(struct ve, max),
     .initial = "1.0",
     .max = 1000,
     .above_min = true,
     .unit = "Å",
     .help = "noise at time 1"},
    {0},
};

extern const struct gd_noise_class gd_noise_ve;

static enum gd_status make(const void *params, struct gd_process *process, struct gd_error *error)
{
    const struct ve *ve = params;
    enum gd_status status =
        gd_process_set(process, &gd_noise_ve, (enum gd_schedule)ve->schedule, ve->min, ve->max, error);
    return gd_blame(status, error, "max");
}

static enum gd_status check(const struct gd_process *process, struct gd_error *error)
{
    if (process->min > 0 && process->min < process->max && isfinite(process->max))
        return GD_OK;
    return gd_fail(error, GD_BAD_INPUT, "noise from %g to %g Å: expected 0 < min < max", process->min, process->max);
}

static double spread(const struct gd_process *process, double t)
{
    double sigma = gd_process_sigma(process, t), start = gd_process_sigma(process, 0);
    return sqrt(fmax((sigma - start) * (sigma + start), 0));
}

const struct gd_noise_class gd_noise_ve = {
    .base = {.name = "ve",
             .summary = "variance-exploding diffusion: normal noise that grows with time",
             .params = rows,
             .size = sizeof(struct ve)},
    .names = {"sigma_min", "sigma_max"},
    .make = make,
    .check = check,
    .spread = spread,
    .diffusion2 = gd_process_sigma2_slope,
};

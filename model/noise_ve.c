/* The variance-exploding process of Song et al. (ICLR 2021): x_t = x_0 + s(t) ε with s(t)² = σ(t)² - σ(0)², so that
 * there is no noise at t = 0, and g(t)² = dσ²/dt. */
#include "model/noise_ve.h"

#include <math.h>

#include "engine/base/numbers.h"

static const char *const schedule_names[] = {
    [GD_LINEAR] = "linear",
    [GD_EXPONENTIAL] = "exponential",
    [GD_COSINE] = "cosine",
    [GD_SCHEDULES] = NULL,
};

static const struct gd_param rows[] = {
    {.name = "schedule",
     .type = GD_CHOICE,
     .offset = offsetof(struct gd_ve_params, schedule),
     .initial = "linear",
     .choices = schedule_names,
     .help = "how the noise grows with time: linear, exponential (a constant factor per unit of time), or cosine "
             "(slow at both ends)"},
    {.name = "min",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_ve_params, min),
     .initial = "0.01",
     .max = 1000,
     .above_min = true,
     .unit = "Å",
     .help = "noise at time 0; smaller than max"},
    {.name = "max",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_ve_params, max),
     .initial = "1.0",
     .max = 1000,
     .above_min = true,
     .unit = "Å",
     .help = "noise at time 1"},
    {0},
};

static const struct gd_param stored[] = {
    {.name = "sigma_min", .type = GD_FLOAT, .offset = offsetof(struct gd_ve_params, min)},
    {.name = "sigma_max", .type = GD_FLOAT, .offset = offsetof(struct gd_ve_params, max)},
    {.name = "schedule",
     .type = GD_CHOICE,
     .offset = offsetof(struct gd_ve_params, schedule),
     .choices = schedule_names},
    {0},
};

static enum gd_status check(const void *params, struct gd_error *error)
{
    const struct gd_ve_params *ve = params;
    if (ve->min > 0 && ve->min < ve->max && isfinite(ve->max))
        return GD_OK;
    gd_fail(error, GD_BAD_INPUT, "noise from %g to %g Å: expected 0 < min < max", ve->min, ve->max);
    return gd_error_set_key(GD_BAD_INPUT, error, "max");
}

/* σ(t) = σ_min + (σ_max - σ_min) t */
static double linear_sigma(double min, double max, double t)
{
    return min + (max - min) * t;
}

static double linear_slope(double min, double max, double t)
{
    (void)t;
    return max - min;
}

/* σ(t) = σ_min (σ_max / σ_min)^t */
static double exponential_sigma(double min, double max, double t)
{
    return min * pow(max / min, t);
}

static double exponential_slope(double min, double max, double t)
{
    return exponential_sigma(min, max, t) * log(max / min);
}

/* σ(t) = σ_min + (σ_max - σ_min) (1 - cos πt) / 2 */
static double cosine_sigma(double min, double max, double t)
{
    return min + (max - min) * 0.5 * (1 - cos(GD_PI * t));
}

static double cosine_slope(double min, double max, double t)
{
    return (max - min) * 0.5 * GD_PI * sin(GD_PI * t);
}

static const struct {
    double (*sigma)(double min, double max, double t);
    double (*slope)(double min, double max, double t); /* dσ/dt */
} schedules[] = {
    [GD_LINEAR] = {linear_sigma, linear_slope},
    [GD_EXPONENTIAL] = {exponential_sigma, exponential_slope},
    [GD_COSINE] = {cosine_sigma, cosine_slope},
};

_Static_assert(sizeof schedules / sizeof *schedules == GD_SCHEDULES, "a row for every schedule");

static double sigma_at(const struct gd_ve_params *ve, double t)
{
    return schedules[ve->schedule].sigma(ve->min, ve->max, t);
}

static double spread(const void *params, double t)
{
    double sigma = sigma_at(params, t), start = sigma_at(params, 0);
    return sqrt(fmax((sigma - start) * (sigma + start), 0));
}

static double diffusion2(const void *params, double t)
{
    const struct gd_ve_params *ve = params;
    return 2 * sigma_at(ve, t) * schedules[ve->schedule].slope(ve->min, ve->max, t);
}

const struct gd_noise_class gd_noise_ve = {
    .base = {.name = "ve",
             .summary = "variance-exploding diffusion: Gaussian noise that grows with time",
             .params = rows,
             .size = sizeof(struct gd_ve_params)},
    .stored = stored,
    .check = check,
    .spread = spread,
    .diffusion2 = diffusion2,
};

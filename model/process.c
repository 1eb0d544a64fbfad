/* The schedules of σ(t), and what every noise process answers. */
#include "model/process.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846

const struct gd_kind gd_kind_noise = {
    .name = "noise",
    .summary = "how structures are blurred",
    .form = GD_WRAPPED,
    .callbacks =
        (const size_t[]){offsetof(struct gd_noise_class, make), offsetof(struct gd_noise_class, check),
                         offsetof(struct gd_noise_class, spread), offsetof(struct gd_noise_class, diffusion2), 0},
};

const char *const gd_schedule_names[] = {
    [GD_LINEAR] = "linear",
    [GD_EXPONENTIAL] = "exponential",
    [GD_COSINE] = "cosine",
    [GD_SCHEDULES] = NULL,
};

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
    return min + (max - min) * 0.5 * (1 - cos(PI * t));
}

static double cosine_slope(double min, double max, double t)
{
    return (max - min) * 0.5 * PI * sin(PI * t);
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

double gd_process_sigma(const struct gd_process *process, double t)
{
    return schedules[process->schedule].sigma(process->min, process->max, t);
}

double gd_process_sigma2_slope(const struct gd_process *process, double t)
{
    return 2 * gd_process_sigma(process, t) * schedules[process->schedule].slope(process->min, process->max, t);
}

double gd_process_spread(const struct gd_process *process, double t)
{
    return process->type->spread(process, t);
}

double gd_process_diffusion2(const struct gd_process *process, double t)
{
    return process->type->diffusion2(process, t);
}

enum gd_status gd_process_set(struct gd_process *process, const struct gd_noise_class *type, enum gd_schedule schedule,
                              double min, double max, struct gd_error *error)
{
    *process = (struct gd_process){.type = type, .schedule = schedule, .min = min, .max = max};
    return gd_outcome(type->check(process, error), error, type->base.name);
}

const struct gd_noise_class *gd_noise_named(const struct gd_registry *registry, const char *name,
                                            struct gd_error *error)
{
    const struct gd_component *found = registry ? gd_registry_component(registry, gd_kind_noise.name, name) : NULL;
    for (size_t k = 0; !registry && !found && gd_noises[k]; k++)
        if (strcmp(gd_noises[k]->base.name, name) == 0)
            found = &gd_noises[k]->base;
    if (!found)
        gd_fail(error, GD_BAD_INPUT, "unknown noise process '%s' (that of a plugin needs the plugin)", name);
    return (const struct gd_noise_class *)found;
}

enum gd_status gd_schedule_named(enum gd_schedule *schedule, const char *name, struct gd_error *error)
{
    int index = 0;
    while (index < GD_SCHEDULES && strcmp(gd_schedule_names[index], name) != 0)
        index++;
    *schedule = (enum gd_schedule)index;
    return index < GD_SCHEDULES ? GD_OK : gd_fail(error, GD_BAD_INPUT, "unknown noise schedule '%s'", name);
}

enum gd_status gd_process_named(struct gd_process *process, const char *noise, const char *schedule, double min,
                                double max, struct gd_error *error)
{
    const struct gd_noise_class *type = gd_noise_named(NULL, noise, error);
    enum gd_schedule index;
    enum gd_status status = type ? gd_schedule_named(&index, schedule, error) : GD_BAD_INPUT;
    return status == GD_OK ? gd_process_set(process, type, index, min, max, error) : status;
}

bool gd_process_same(const struct gd_process *a, const struct gd_process *b)
{
    return a->type == b->type && a->schedule == b->schedule && a->min == b->min && a->max == b->max;
}

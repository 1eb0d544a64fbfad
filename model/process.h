/* Noise processes: how mobile atoms are blurred, x_t = scale(t) x_0 + spread(t) ε, and the SDE that undoes it.
 * Components of kind "noise". t runs from 0 (data) to 1 (noise). */
#ifndef GD_MODEL_PROCESS_H
#define GD_MODEL_PROCESS_H

#include "engine/registry.h"

/* How σ grows from σ_min at t = 0 to σ_max at t = 1:
 *   linear       σ_min + (σ_max - σ_min) t
 *   exponential  σ_min (σ_max / σ_min)^t
 *   cosine       σ_min + (σ_max - σ_min) (1 - cos πt) / 2 */
enum gd_schedule { GD_LINEAR, GD_EXPONENTIAL, GD_COSINE, GD_SCHEDULES };

extern const char *const gd_schedule_names[]; /* NULL-ended: linear, exponential, cosine */

struct gd_noise_class;

/* One process; a plain value. */
struct gd_process {
    const struct gd_noise_class *class;
    enum gd_schedule schedule;
    double sigma_min, sigma_max; /* Å */
};

struct gd_noise_class {
    struct gd_component base;
    enum gd_status (*make)(const void *params, struct gd_process *process, struct gd_error *error);
    double (*spread)(const struct gd_process *process, double t);     /* s(t), Å: sd of x_t given x_0 */
    double (*diffusion2)(const struct gd_process *process, double t); /* g(t)², Å² per unit time */
};

extern const struct gd_kind gd_kind_noise;
extern const struct gd_noise_class *const gd_noises[]; /* NULL-ended: ve */

double gd_process_sigma(const struct gd_process *process, double t);        /* σ(t), Å */
double gd_process_sigma2_slope(const struct gd_process *process, double t); /* dσ²/dt, Å² per unit time */
double gd_process_spread(const struct gd_process *process, double t);
double gd_process_diffusion2(const struct gd_process *process, double t);

/* Fills in a process. GD_BAD_INPUT unless 0 < sigma_min < sigma_max. */
enum gd_status gd_process_set(struct gd_process *process, const struct gd_noise_class *class, enum gd_schedule schedule,
                              double sigma_min, double sigma_max, struct gd_error *error);

/* A process by the names stored in a model file. GD_BAD_INPUT when one is unknown. */
enum gd_status gd_process_named(struct gd_process *process, const char *noise, const char *schedule, double sigma_min,
                                double sigma_max, struct gd_error *error);

#endif

/* Noise processes: how mobile atoms are blurred, x_t = x_0 + spread(t) ε, and the SDE that undoes it. Components of
 * kind "noise". t runs from 0 (data) to 1 (noise).
 *
 * A process that also scales x_0 is described in the frame that scales with it (docs/sampling.md says why). All that
 * differs between processes is then how the spread grows with t. */
#ifndef GD_MODEL_PROCESS_H
#define GD_MODEL_PROCESS_H

#include "engine/language/registry.h"

/* How σ grows from σ_min at t = 0 to σ_max at t = 1:
 *   linear       σ_min + (σ_max - σ_min) t
 *   exponential  σ_min (σ_max / σ_min)^t
 *   cosine       σ_min + (σ_max - σ_min) (1 - cos πt) / 2 */
enum gd_schedule { GD_LINEAR, GD_EXPONENTIAL, GD_COSINE, GD_SCHEDULES };

extern const char *const gd_schedule_names[]; /* NULL-ended: linear, exponential, cosine */

struct gd_noise_class;

/* One process; a plain value. */
struct gd_process {
    const struct gd_noise_class *type;
    enum gd_schedule schedule;
    double min, max; /* of ve: σ at t = 0 and 1, Å; of vp: β at t = 0 and 1 */
};

struct gd_noise_class {
    struct gd_component base;
    const char *names[2]; /* of min and max in a model file */
    enum gd_status (*make)(const void *params, struct gd_process *process, struct gd_error *error);
    enum gd_status (*check)(const struct gd_process *process,
                            struct gd_error *error);                  /* GD_BAD_INPUT when impossible */
    double (*spread)(const struct gd_process *process, double t);     /* s(t), Å: sd of x_t given x_0 */
    double (*diffusion2)(const struct gd_process *process, double t); /* g(t)², Å² per unit time */
};

extern const struct gd_kind gd_kind_noise;
extern const struct gd_noise_class *const gd_noises[]; /* NULL-ended: ve, vp */

double gd_process_sigma(const struct gd_process *process, double t);        /* σ(t) of the schedule, Å */
double gd_process_sigma2_slope(const struct gd_process *process, double t); /* dσ²/dt, Å² per unit time */
double gd_process_spread(const struct gd_process *process, double t);
double gd_process_diffusion2(const struct gd_process *process, double t);

/* Fills in a process, and lets its type check it. */
enum gd_status gd_process_set(struct gd_process *process, const struct gd_noise_class *type, enum gd_schedule schedule,
                              double min, double max, struct gd_error *error);

/* The class of a name stored in a model file, of those of a registry (NULL: of those that are built in); NULL, with
 * GD_BAD_INPUT in `error`, when there is none. */
const struct gd_noise_class *gd_noise_named(const struct gd_registry *registry, const char *name,
                                            struct gd_error *error);

enum gd_status gd_schedule_named(enum gd_schedule *schedule, const char *name, struct gd_error *error);

/* A process that is built in, by the names stored in a model file. GD_BAD_INPUT when one is unknown. */
enum gd_status gd_process_named(struct gd_process *process, const char *noise, const char *schedule, double min,
                                double max, struct gd_error *error);

bool gd_process_same(const struct gd_process *a, const struct gd_process *b);

#endif

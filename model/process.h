/* Noise processes: how noise is added to mobile atoms, x_t = x_0 + spread(t) ε, and the SDE that removes it. Components
 * of kind "noise". t runs from 0 (data) to 1 (noise).
 *
 * A process that also scales x_0 is described in the frame that scales with it (docs/sampling.md says why). All that
 * differs between processes is then how the spread grows with t: a class below, in a file noise_NAME.c. What its
 * parameters mean only the class knows. */
#ifndef GD_MODEL_PROCESS_H
#define GD_MODEL_PROCESS_H

#include <stddef.h>

#include "engine/language/registry.h"

#define GD_NOISE_PARAMS 64 /* bytes that the parameters of a process take at most */

struct gd_noise_class;

/* One process; a plain value, made by gd_process_make. */
struct gd_process {
    const struct gd_noise_class *type;
    double params[GD_NOISE_PARAMS / sizeof(double)]; /* as the rows of its type describe them */
};

struct gd_noise_class {
    struct gd_component base;      /* rows of integers, floats and choices alone; size: at most GD_NOISE_PARAMS */
    const struct gd_param *stored; /* the same parameters as a model file names them; NULL: as in base.params */
    enum gd_status (*check)(const void *params, struct gd_error *error); /* GD_BAD_INPUT when they do not go together */
    double (*spread)(const void *params, double t);     /* s(t), Å: sd of x_t given x_0; grows from s(0) = 0 */
    double (*diffusion2)(const void *params, double t); /* g(t)² = ds²/dt, Å² per unit time */
};

extern const struct gd_kind gd_kind_noise;
extern const struct gd_noise_class *const gd_noises[]; /* NULL-ended: ve, vp */

double gd_process_spread(const struct gd_process *process, double t);
double gd_process_diffusion2(const struct gd_process *process, double t);

/* A process with these parameters (copied), each within the range of its row. GD_BAD_INPUT when its type refuses them;
 * the message blames a parameter. */
enum gd_status gd_process_make(struct gd_process *process, const struct gd_noise_class *type, const void *params,
                               struct gd_error *error);

/* The class of a name stored in a model file, of those of a registry (NULL: of those that are built in); NULL, with
 * GD_BAD_INPUT in `error`, when there is none. */
const struct gd_noise_class *gd_noise_named(const struct gd_registry *registry, const char *name,
                                            struct gd_error *error);

bool gd_process_same(const struct gd_process *a, const struct gd_process *b);

/* "NAME (PARAMETER VALUE, ...)", for messages; memory of the caller, NULL when there is none. */
char *gd_process_text(const struct gd_process *process);

#endif

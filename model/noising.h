/* The forward kernel on structures: what training sees.
 *
 * The window's walls reflect. Reflected Brownian motion (Lou and Ermon, "Reflected diffusion models", ICML 2023) keeps
 * a uniform density uniform, and its time reversal is the same reverse SDE reflected at the same walls, so that the
 * sampler undoes exactly what the kernel does. A kernel truncated to the window and renormalised has neither property:
 * with the exact score of its marginals and truncated reverse steps, a uniform window of 5 Å comes back with 10 % too
 * little in the Ångström next to each wall, and half of what should be at the wall itself. */
#ifndef GD_MODEL_NOISING_H
#define GD_MODEL_NOISING_H

#include "atoms/system.h"
#include "engine/base/random.h"
#include "model/process.h"

/* Draws x_t of one structure: every mobile atom moves by spread(t) ε and is brought back into window and cell
 * (gd_system_confine). positions: [atoms][3], x_0 in, x_t out. target: [mobile][3] is ε, reflected when the atom was.
 * -target/spread is the score of the kernel given the unfolded path, whose mean over the paths that end in the same x_t
 * is the score ∇ log p(x_t | x_0) of the wrapped and reflected kernel: what a mean-square fit learns.
 */
void gd_noise_structure(const struct gd_system *system, const struct gd_process *process, double t,
                        struct gd_stream *stream, double *positions, float *target);

/* The same, and a vector of each mobile atom, [mobile][3], is reflected when the atom was. With the forces of x_0 over
 * T these are another regression of the score: its mean over the x_0 that end in the same x_t is
 * ∇ log of the noised density where x_0 is distributed as exp(-E/T), since a derivative of the reflecting kernel by its
 * end is the negative derivative of the absorbing kernel by its beginning. */
void gd_noise_structure_with(const struct gd_system *system, const struct gd_process *process, double t,
                             struct gd_stream *stream, double *positions, float *target, double *vectors);

#endif

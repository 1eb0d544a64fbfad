/* The forward kernel on structures: what training sees. */
#ifndef GD_MODEL_NOISING_H
#define GD_MODEL_NOISING_H

#include "atoms/system.h"
#include "engine/random.h"
#include "model/process.h"

/* Draws x_t of one structure: every mobile atom gets spread(t) ε; periodic directions are wrapped; in a confined system z
 * is drawn from the kernel truncated to the window. positions: [atoms][3], x_0 in, x_t out. target: [mobile][3] is
 * (x_t - x_0)/spread before wrapping, so that the score is -target/spread. */
void gd_noise_structure(const struct gd_system *system, const struct gd_process *process, double t,
                        struct gd_stream *stream, double *positions, float *target);

#endif

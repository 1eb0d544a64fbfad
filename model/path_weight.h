/* Weights of whole paths. A draw is a path X_1, ..., X_N of steps X <- X + b + √V z with z ~ N(0, I), which has a
 * density p(path), whatever the network is. Let the paths of a target π(x) be those of noise alone that end in it,
 * π(X_N) q(X_1, ..., X_N-1 | X_N). Then draws with the weight of a path,
 *
 *     w = π(X_N) q/p,    log (q/p) = -log p(X_1) - Σ (½ |b|²/V + b·z/√V),
 *
 * are samples of π without bias, also of steps of finite length and of a network that is wrong. What is kept here is
 * log (q/p), up to a constant of the system; π is exp(-E/T). Paths from one point are those of noise that end in π and
 * begin at the point: the density of X_N, N(x̄, Σ V), then takes the place of that of X_1 (path integral control,
 * H. J. Kappen, J. Stat. Mech. P11011 (2005); sampling by it, Q. Zhang and Y. Chen, ICLR 2022, arXiv:2111.15141).
 *
 * Walls that reflect in one direction and periodic cells change nothing: noise is as likely one way as the other. */
#ifndef GD_MODEL_PATH_WEIGHT_H
#define GD_MODEL_PATH_WEIGHT_H

#include "model/stride.h"

/* NULL where the start has a density that is known, and the walls are such; else why not, for a message that begins
 * with "weights of paths". absolute: as in struct gd_sampling. */
const char *gd_path_weight_unknown(const struct gd_system *system, const struct gd_process *process, int start,
                                   double start_scale, bool absolute);

/* The spread of a start at one point, Å: 0 of one atom; of several 1e-3, which gives their distances directions. */
double gd_origin_spread(const struct gd_system *system);

/* Begins to weigh the paths of a draw: room in the backend's memory for what gd_stride_move finds, and -log p(X_1) of
 * the set's structures, which are where they start. Of a system that floats (gd_system_floats), and a network that
 * does not see where it is, the mean of the atoms does not count. The caller releases stride->path_weights. */
enum gd_status gd_path_weights_begin(struct gd_stride *stride, struct gd_set *set, struct gd_error *error);

/* Puts the weights into the set, whose positions are where the structures have ended. */
enum gd_status gd_path_weights_end(const struct gd_stride *stride, struct gd_set *set, struct gd_error *error);

#endif

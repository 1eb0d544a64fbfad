/* A batch of noised structures with what the network is to learn from them. */
#ifndef GD_STAGES_TRAINING_BATCH_H
#define GD_STAGES_TRAINING_BATCH_H

#include "atoms/structure.h"
#include "atoms/system.h"
#include "engine/base/random.h"
#include "model/model.h"

/* Noised structures, ready for the network. */
struct gd_training_batch {
    size_t count, mobile;
    struct gd_structure *structures; /* [count] views with positions of their own */
    double *positions;               /* [count][atoms][3] */
    double *times, *weights;         /* [count] */
    double *conditions;              /* [count] see gd_network_set_conditions; not numbers, unless set */
    float *target;                   /* [count][mobile][3]: what the network is to predict */
    float *energy;                   /* [count]: the same, where it is an energy of each structure */
    double *pull;                    /* [mobile][3] scratch */
};

/* Forces as a goal, beside the noise: with c = S²/(S² + s²) the score is to be c F/T - (1 - c) ε/s. For Gaussian data
 * of variance S² this has no spread.
 *
 * Pinned: a process that begins at t = 1 with all atoms at one point, and moves by g² v dt and noise, ends in exp(-E/T)
 * when v is the mean of F/T + x_0/ν over its own ends x_0, as seen from that point, with x_t of the Gaussian bridge
 *
 *     x_t ~ N( (ν_t/ν) x_0, ν_t s²/ν ),    ν_t = ν - s(t)²,    ν = s(1)²
 *
 * (A. Havens et al., Adjoint Sampling, arXiv:2504.11713). With c it is the mean of
 *
 *     c F/T + x_0/ν - (1 - c) √(ν_t/ν) z/s = c (F/T + x_0/ν) + (1 - c) (x_0 - x_t)/s²
 *
 * of a standard normal z, since the mean of (x_0 - x_t)/s² is the v that ends in such x_0. The point is the middle of
 * the cell. To a network that sees only where atoms are relative to each other, it is their own middle, as good as any
 * other, and z has no mean. */
struct gd_force_goal {
    const double *pull; /* [mobile][3] F/T of the structure without noise, 1/Å */
    double variance;    /* S², Å²; infinite: forces alone */
    bool pinned;        /* the control of a process that begins at a point, in place of the score */
};

/* Room for `count` structures like those of a set. Zero-initialise; free with gd_training_batch_clear in any case. */
enum gd_status gd_training_batch_make(struct gd_training_batch *batch, const struct gd_set *like, size_t count,
                                      struct gd_error *error);
void gd_training_batch_clear(struct gd_training_batch *batch);

/* Fills place k: a structure of positions [atoms][3] with the noise of time t, what a network of the model's kind is to
 * predict of it, and a weight, with which the loss is `weight` ‖s(t) score + ε‖² whatever is predicted. goal NULL: the
 * noise alone; else ε is -s(t) times the score of the goal. */
void gd_training_batch_fill(struct gd_training_batch *batch, size_t k, const struct gd_system *system,
                            const struct gd_model *model, const double *positions, double t, double weight,
                            const struct gd_force_goal *goal, struct gd_stream *stream);

/* Fills place k with a structure that has been noised at time t, and whose score [mobile][3], 1/Å, is known. The loss
 * is the squared error times s²/(1 + s²/length²), with s(t) and `length` in Å: where the noise is large, an estimate of
 * the score has errors that do not shrink with the score. */
void gd_training_batch_place(struct gd_training_batch *batch, size_t k, const struct gd_model *model,
                             const double *positions, const double *scores, double t, double length);

/* Fills place k with a structure that has been noised at time t, and whose noised energy, in units of T, is known. The
 * loss is the error squared. */
void gd_training_batch_place_energy(struct gd_training_batch *batch, size_t k, const double *positions, double energy,
                                    double t);

/* Fills place k with a structure as it is, and its target with the forces [mobile][3] on its mobile atoms, of which
 * those longer than `cap` (0: none) are scaled down to it. */
void gd_training_batch_copy(struct gd_training_batch *batch, size_t k, const double *positions, const double *forces,
                            double cap);

#endif

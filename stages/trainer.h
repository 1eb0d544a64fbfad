/* Training of the network on the buffer. */
#ifndef GD_STAGES_TRAINER_H
#define GD_STAGES_TRAINER_H

#include "engine/run/context.h"

enum gd_training_weights { GD_WEIGHTS_BOLTZMANN, GD_WEIGHTS_UNIFORM };
enum gd_training_goal {
    GD_GOAL_DENOISE,
    GD_GOAL_FORCE,
    GD_GOAL_MIX,
    GD_GOAL_ADJOINT,
    GD_GOAL_ADJOINT_MIX,
    GD_GOAL_PAIRS
};

/* Whether noised structures are those of paths from one point (stages/training_batch.h). */
static inline bool gd_goal_is_pinned(int goal)
{
    return goal == GD_GOAL_ADJOINT || goal == GD_GOAL_ADJOINT_MIX;
}

/* How the heads for forces and energies are trained, where the model has them. */
struct gd_force_training {
    double weight, huber, cap;
};
struct gd_energy_training {
    double weight, huber;
};

/* The parameters of the stage `train`. */
struct gd_training {
    struct gd_force_training forces;
    struct gd_energy_training energies;
    int64_t archive_batch;
    int64_t steps, batch, patience;
    double rate, decay, clip, average, validation, factor;
    double stiffness, force_limit; /* eV/Å², 1/Å */
    double length;                 /* Å */
    double untold;                 /* share that is trained without a condition */
    double huber;                  /* of noised energies, in units of T */
    int weights;                   /* enum gd_training_weights */
    int goal;                      /* enum gd_training_goal */
    bool table;
    struct gd_choice stop; /* a component of kind "stop", or none */
};

/* Trains the slot `model`: its score on the slot `buffer`, or `goals`, and its heads for forces and energies, if any,
 * on the slot `archive`. Emits the figures loss, validation_loss, rate and gradient_norm, steps where it can stop by
 * itself, clipped where forces are a goal, and what stages/archive_trainer.h says. The model is replaced when all went
 * well, and only then. GD_FAILED for an empty buffer, for forces that are a goal and not known, and for a loss that is
 * not finite. */
enum gd_status gd_train(struct gd_context *context, const struct gd_training *training);

#endif

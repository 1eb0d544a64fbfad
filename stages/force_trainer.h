/* Training of the force head, beside that of the score and in the same passes: on structures of the archive as they
 * were evaluated, without noise. */
#ifndef GD_STAGES_FORCE_TRAINER_H
#define GD_STAGES_FORCE_TRAINER_H

#include "model/network.h"
#include "stages/trainer.h"
#include "stages/training_batch.h"

struct gd_force_trainer {
    const struct gd_force_training *training;
    const struct gd_set *archive;
    size_t count; /* structures of the archive in a batch; 0: the model has no force head, or it is not trained */
};

/* The trainer of the slot `model`. GD_FAILED when it has a force head and the archive is empty. */
enum gd_status gd_force_trainer_make(struct gd_force_trainer *trainer, struct gd_context *context,
                                     const struct gd_training *training);

/* Fills the last `count` places of a batch from the archive, drawn with replacement. */
void gd_force_trainer_fill(const struct gd_force_trainer *trainer, struct gd_training_batch *batch,
                           struct gd_stream *stream);

/* What the force head is to learn from these places; refers to the batch. */
struct gd_goal gd_force_trainer_goal(const struct gd_force_trainer *trainer, const struct gd_training_batch *batch);

/* Emits the figures force_error and force_median, the median lengths in eV/Å of the error of the force that the network
 * predicts for a mobile atom, and of that force, and force_cosine, the mean cosine of the angle between the two: of the
 * structures of the archive that were drawn last, which are those of the slot `batch`. Before training, the network has
 * not seen them. Nothing when there are none, or no force head is trained. */
enum gd_status gd_force_trainer_report(const struct gd_force_trainer *trainer, struct gd_context *context,
                                       struct gd_network *network);

#endif

/* Training of the heads for forces and energies, beside that of the score and in the same passes: on structures of the
 * archive as they were evaluated, without noise. */
#ifndef GD_STAGES_ARCHIVE_TRAINER_H
#define GD_STAGES_ARCHIVE_TRAINER_H

#include "model/network.h"
#include "stages/trainer.h"
#include "stages/training_batch.h"

#define GD_ARCHIVE_GOALS 2 /* at most */

struct gd_archive_trainer {
    const struct gd_training *training;
    const struct gd_set *archive;
    size_t count;          /* structures of the archive in a batch; 0: there is nothing to train */
    bool forces, energies; /* what is trained */
    float *energy;         /* [count] eV, of the batch */
};

/* The trainer of the slot `model`; zeroed before, free with gd_archive_trainer_clear. GD_FAILED when there is something
 * to train and the archive is empty. */
enum gd_status gd_archive_trainer_make(struct gd_archive_trainer *trainer, struct gd_context *context,
                                       const struct gd_training *training);
void gd_archive_trainer_clear(struct gd_archive_trainer *trainer);

/* Fills the last `count` places of a batch from the archive, drawn with replacement. */
void gd_archive_trainer_fill(const struct gd_archive_trainer *trainer, struct gd_training_batch *batch,
                             struct gd_stream *stream);

/* Lists what the heads are to learn from these places: at most GD_ARCHIVE_GOALS goals, which refer to the batch.
 * Returns how many. */
size_t gd_archive_trainer_goals(const struct gd_archive_trainer *trainer, const struct gd_training_batch *batch,
                                struct gd_goal *goals);

/* Before training. Emits what the network's predictions are worth for the structures of the archive that were drawn
 * last, which are those of the slot `batch`: it has not seen them. Figures: force_error and force_median, the median
 * lengths in eV/Å of the error of the force on a mobile atom, and of that force; force_cosine, the mean cosine of the
 * angle between predicted and exact force; energy_error, the median error in eV after the median has been taken from
 * all, and energy_rank, the share of pairs that the predicted energies put in the right order. Nothing when there are
 * no such structures, or nothing to train. */
enum gd_status gd_archive_trainer_report(const struct gd_archive_trainer *trainer, struct gd_context *context,
                                         struct gd_network *network);

/* Before training: shifts the last bias of the energy head so that its median error over the archive's newest
 * structures is 0, since the zero of energies is the potential's own. */
enum gd_status gd_archive_trainer_shift(const struct gd_archive_trainer *trainer, const struct gd_model *model,
                                        struct gd_network *network, struct gd_error *error);

#endif

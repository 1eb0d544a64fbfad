#include "stages/archive_trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/vector.h"
#include "engine/base/memory.h"
#include "engine/base/sort.h"
#include "stages/predict.h"

#define NEWEST 256 /* structures that the shift is made for */

enum gd_status gd_archive_trainer_make(struct gd_archive_trainer *trainer, struct gd_context *context,
                                       const struct gd_training *training)
{
    const struct gd_model *model = gd_state_get(context->state, "model");
    *trainer = (struct gd_archive_trainer){
        .training = training,
        .forces = training->forces.weight > 0 && gd_model_has_head(model, &gd_head_force),
        .energies = training->energies.weight > 0 && gd_model_has_head(model, &gd_head_energy),
    };
    if (!trainer->forces && !trainer->energies)
        return GD_OK;
    trainer->archive = gd_state_get(context->state, "archive");
    if (!trainer->archive || trainer->archive->count == 0)
        return gd_fail(context->error, GD_FAILED,
                       "%s: forces and energies are learned from the archive, which is empty", context->step);
    trainer->count = training->archive_batch ? (size_t)training->archive_batch : ((size_t)training->batch + 3) / 4;
    trainer->energy = gd_array(trainer->count, sizeof *trainer->energy);
    return trainer->energy ? GD_OK : gd_no_memory(context->error, "a training batch");
}

void gd_archive_trainer_clear(struct gd_archive_trainer *trainer)
{
    free(trainer->energy);
}

void gd_archive_trainer_fill(const struct gd_archive_trainer *trainer, struct gd_training_batch *batch,
                             struct gd_stream *stream)
{
    const struct gd_set *archive = trainer->archive;
    for (size_t k = 0; k < trainer->count; k++) {
        size_t index = gd_stream_below(stream, archive->count), first = 3 * archive->atoms * index;
        gd_training_batch_copy(batch, batch->count - trainer->count + k, archive->positions + first,
                               archive->forces + first + 3 * archive->fixed, trainer->training->forces.cap);
        trainer->energy[k] = (float)archive->energies[index];
    }
}

size_t gd_archive_trainer_goals(const struct gd_archive_trainer *trainer, const struct gd_training_batch *batch,
                                struct gd_goal *goals)
{
    const struct gd_training *training = trainer->training;
    size_t first = batch->count - trainer->count, count = 0;
    if (trainer->forces)
        goals[count++] = (struct gd_goal){.head = &gd_head_force,
                                          .first = first,
                                          .count = trainer->count,
                                          .target = batch->target + 3 * batch->mobile * first,
                                          .factor = training->forces.weight,
                                          .huber = training->forces.huber};
    if (trainer->energies)
        goals[count++] = (struct gd_goal){.head = &gd_head_energy,
                                          .first = first,
                                          .count = trainer->count,
                                          .target = trainer->energy,
                                          .factor = training->energies.weight,
                                          .huber = training->energies.huber};
    return count;
}

/* --- What the predictions are worth ------------------------------------------------------------------------------- */

/* How many structures at the end of the archive came from the batch: those that were drawn last, and not rejected. */
static size_t count_drawn(const struct gd_set *archive, const struct gd_set *batch)
{
    size_t found = 0, bytes = 3 * batch->atoms * sizeof *batch->positions;
    for (size_t k = batch->count; k > 0 && found < archive->count; k--) {
        size_t last = archive->count - found - 1;
        found += memcmp(batch->positions + 3 * batch->atoms * (k - 1), archive->positions + 3 * archive->atoms * last,
                        bytes) == 0;
    }
    return found;
}

/* What a head predicts for the archive's last `count` structures. */
static enum gd_status predict(struct gd_network *network, const struct gd_head_class *head,
                              const struct gd_set *archive, size_t count, float *output, struct gd_error *error)
{
    return gd_predict(network, head, archive, archive->count - count, count, output, error);
}

/* Medians: a few atoms that nearly touch would make up a mean. */
static enum gd_status compare_forces(struct gd_context *context, const struct gd_set *archive, size_t count,
                                     const float *predicted)
{
    size_t mobile = archive->atoms - archive->fixed, atoms = count * mobile;
    double *errors = gd_array(atoms, sizeof *errors), *lengths = gd_array(atoms, sizeof *lengths), cosines = 0;
    for (size_t j = 0; errors && lengths && j < atoms; j++) {
        size_t k = archive->count - count + j / mobile, i = archive->fixed + j % mobile;
        const double *exact = archive->forces + 3 * (k * archive->atoms + i);
        double guess[3], off[3], product = 0;
        for (int axis = 0; axis < 3; axis++) {
            guess[axis] = (double)predicted[3 * j + (size_t)axis];
            off[axis] = guess[axis] - exact[axis];
            product += guess[axis] * exact[axis];
        }
        errors[j] = gd_length(off);
        lengths[j] = gd_length(exact);
        cosines += product != 0 ? product / (gd_length(guess) * lengths[j]) : 0;
    }
    enum gd_status status = errors && lengths ? GD_OK : gd_no_memory(context->error, "forces");
    if (!status) {
        gd_figure(context, "force_error", gd_median(errors, atoms));
        gd_figure(context, "force_median", gd_median(lengths, atoms));
        gd_figure(context, "force_cosine", cosines / (double)atoms);
    }
    free(errors);
    free(lengths);
    return status;
}

static enum gd_status report_forces(const struct gd_archive_trainer *trainer, struct gd_context *context,
                                    struct gd_network *network, size_t count)
{
    const struct gd_set *archive = trainer->archive;
    float *predicted = gd_array(count * (archive->atoms - archive->fixed), 3 * sizeof *predicted);
    enum gd_status status = predicted ? predict(network, &gd_head_force, archive, count, predicted, context->error)
                                      : gd_no_memory(context->error, "forces");
    if (!status)
        status = compare_forces(context, archive, count, predicted);
    free(predicted);
    return status;
}

/* The errors of the energies predicted for the archive's last `count` structures, [count], and their median. */
static enum gd_status find_errors(const struct gd_set *archive, struct gd_network *network, size_t count,
                                  float *predicted, double *errors, double *median, struct gd_error *error)
{
    double *sorted = gd_array(count, sizeof *sorted);
    enum gd_status status =
        sorted ? predict(network, &gd_head_energy, archive, count, predicted, error) : gd_no_memory(error, "energies");
    for (size_t k = 0; k < count && !status; k++)
        sorted[k] = errors[k] = (double)predicted[k] - archive->energies[archive->count - count + k];
    if (!status)
        *median = gd_median(sorted, count);
    free(sorted);
    return status;
}

static double share_in_order(const double *exact, const float *predicted, size_t count)
{
    size_t right = 0, pairs = 0;
    for (size_t j = 0; j < count; j++)
        for (size_t k = 0; k < j; k++) {
            right += (exact[j] < exact[k]) == (predicted[j] < predicted[k]);
            pairs++;
        }
    return pairs ? (double)right / (double)pairs : NAN;
}

static enum gd_status report_energies(const struct gd_archive_trainer *trainer, struct gd_context *context,
                                      struct gd_network *network, size_t count)
{
    const struct gd_set *archive = trainer->archive;
    float *predicted = gd_array(count, sizeof *predicted);
    double *errors = gd_array(count, sizeof *errors), median = 0;
    enum gd_status status = predicted && errors
                                ? find_errors(archive, network, count, predicted, errors, &median, context->error)
                                : gd_no_memory(context->error, "energies");
    for (size_t k = 0; k < count && !status; k++)
        errors[k] = fabs(errors[k] - median);
    if (!status) {
        gd_figure(context, "energy_error", gd_median(errors, count));
        gd_figure(context, "energy_rank", share_in_order(archive->energies + archive->count - count, predicted, count));
    }
    free(predicted);
    free(errors);
    return status;
}

enum gd_status gd_archive_trainer_report(const struct gd_archive_trainer *trainer, struct gd_context *context,
                                         struct gd_network *network)
{
    const struct gd_set *archive = trainer->archive, *batch = archive ? gd_state_get(context->state, "batch") : NULL;
    size_t count = batch ? count_drawn(archive, batch) : 0;
    enum gd_status status = GD_OK;
    if (count > 0 && trainer->forces)
        status = report_forces(trainer, context, network, count);
    if (count > 0 && trainer->energies && !status)
        status = report_energies(trainer, context, network, count);
    return status;
}

/* --- The zero of energies ----------------------------------------------------------------------------------------- */

enum gd_status gd_archive_trainer_shift(const struct gd_archive_trainer *trainer, const struct gd_model *model,
                                        struct gd_network *network, struct gd_error *error)
{
    if (!trainer->energies)
        return GD_OK;
    const struct gd_set *archive = trainer->archive;
    size_t count = archive->count < NEWEST ? archive->count : NEWEST;
    float *predicted = gd_array(count, sizeof *predicted);
    float *parameters = gd_array(model->parameter_count, sizeof *parameters);
    double *errors = gd_array(count, sizeof *errors), median = 0;
    enum gd_status status = predicted && errors && parameters
                                ? find_errors(archive, network, count, predicted, errors, &median, error)
                                : gd_no_memory(error, "energies");
    if (!status)
        status = gd_network_parameters(network, parameters, error);
    if (!status) {
        parameters[gd_model_tensor(model, "energy_head.2.bias")->offset] -=
            (float)(median / (double)(archive->atoms - archive->fixed));
        status = gd_network_set_parameters(network, parameters, error);
    }
    free(predicted);
    free(parameters);
    free(errors);
    return status;
}

#include "stages/training_batch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "model/noising.h"

void gd_training_batch_clear(struct gd_training_batch *batch)
{
    free(batch->structures);
    free(batch->positions);
    free(batch->times);
    free(batch->weights);
    free(batch->target);
    free(batch->pull);
}

enum gd_status gd_training_batch_make(struct gd_training_batch *batch, const struct gd_set *like, size_t count,
                                      struct gd_error *error)
{
    size_t atoms = like->atoms;
    batch->count = count;
    batch->mobile = atoms - like->fixed;
    batch->structures = gd_array(count, sizeof *batch->structures);
    batch->positions = gd_array(count * atoms, 3 * sizeof *batch->positions);
    batch->times = gd_array(count, sizeof *batch->times);
    batch->weights = gd_array(count, sizeof *batch->weights);
    batch->target = gd_array(count * batch->mobile, 3 * sizeof *batch->target);
    batch->pull = gd_array(batch->mobile, 3 * sizeof *batch->pull);
    if (!batch->structures || !batch->positions || !batch->times || !batch->weights || !batch->target || !batch->pull)
        return gd_no_memory(error, "a training batch");
    for (size_t k = 0; k < count; k++) {
        batch->structures[k] = gd_set_view(like, 0);
        batch->structures[k].positions = (double(*)[3])(batch->positions + 3 * atoms * k);
    }
    return GD_OK;
}

/* Noises a structure. target: [mobile][3] -s(t) times what its score is to be. */
static void noise(struct gd_training_batch *batch, const struct gd_system *system, const struct gd_process *process,
                  double t, const struct gd_force_goal *goal, struct gd_stream *stream, double *noised, float *target)
{
    if (!goal) {
        gd_noise_structure(system, process, t, stream, noised, target);
        return;
    }
    const double spread = gd_process_spread(process, t);
    const double share = isinf(goal->variance) ? 1 : goal->variance / (goal->variance + spread * spread);
    memcpy(batch->pull, goal->pull, 3 * batch->mobile * sizeof *batch->pull);
    gd_noise_structure_with(system, process, t, stream, noised, target, batch->pull);
    for (size_t c = 0; c < 3 * batch->mobile; c++)
        target[c] = (float)((1 - share) * (double)target[c] - share * spread * batch->pull[c]);
}

void gd_training_batch_fill(struct gd_training_batch *batch, size_t k, const struct gd_system *system,
                            const struct gd_model *model, const double *positions, double t, double weight,
                            const struct gd_force_goal *goal, struct gd_stream *stream)
{
    const size_t n = 3 * batch->structures[k].count;
    double *noised = batch->positions + n * k;
    float *target = batch->target + 3 * batch->mobile * k;
    const double scale = gd_prediction_scale(model->prediction, gd_process_spread(&model->process, t));
    memcpy(noised, positions, n * sizeof *noised);
    batch->times[k] = t;
    batch->weights[k] = weight * scale * scale;
    noise(batch, system, &model->process, t, goal, stream, noised, target);
    for (size_t c = 0; c < 3 * batch->mobile; c++)
        target[c] = (float)(-(double)target[c] / scale);
}

void gd_training_batch_place(struct gd_training_batch *batch, size_t k, const struct gd_model *model,
                             const double *positions, const double *scores, double t)
{
    const size_t n = 3 * batch->structures[k].count;
    const double spread = gd_process_spread(&model->process, t);
    const double scale = gd_prediction_scale(model->prediction, spread);
    memcpy(batch->positions + n * k, positions, n * sizeof *positions);
    batch->times[k] = t;
    batch->weights[k] = scale * scale / (1 + spread * spread);
    for (size_t c = 0; c < 3 * batch->mobile; c++)
        batch->target[3 * batch->mobile * k + c] = (float)(spread * scores[c] / scale);
}

void gd_training_batch_copy(struct gd_training_batch *batch, size_t k, const double *positions, const double *forces,
                            double cap)
{
    const size_t n = 3 * batch->structures[k].count;
    float *target = batch->target + 3 * batch->mobile * k;
    memcpy(batch->positions + n * k, positions, n * sizeof *positions);
    batch->times[k] = 0;
    batch->weights[k] = 0;
    for (size_t i = 0; i < batch->mobile; i++, forces += 3, target += 3) {
        double length = sqrt(forces[0] * forces[0] + forces[1] * forces[1] + forces[2] * forces[2]);
        double scale = cap > 0 && length > cap ? cap / length : 1;
        for (size_t axis = 0; axis < 3; axis++)
            target[axis] = (float)(scale * forces[axis]);
    }
}

#include "stages/training_batch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/vector.h"
#include "engine/base/memory.h"
#include "model/network_class.h"
#include "model/noising.h"

void gd_training_batch_clear(struct gd_training_batch *batch)
{
    free(batch->structures);
    free(batch->positions);
    free(batch->times);
    free(batch->weights);
    free(batch->conditions);
    free(batch->target);
    free(batch->energy);
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
    batch->conditions = gd_array(count, sizeof *batch->conditions);
    batch->target = gd_array(count * batch->mobile, 3 * sizeof *batch->target);
    batch->energy = gd_array(count, sizeof *batch->energy);
    batch->pull = gd_array(batch->mobile, 3 * sizeof *batch->pull);
    if (!batch->structures || !batch->positions || !batch->times || !batch->weights || !batch->conditions ||
        !batch->target || !batch->energy || !batch->pull)
        return gd_no_memory(error, "a training batch");
    for (size_t k = 0; k < count; k++) {
        batch->structures[k] = gd_set_view(like, 0);
        batch->structures[k].positions = (double(*)[3])(batch->positions + 3 * atoms * k);
        batch->conditions[k] = NAN;
    }
    return GD_OK;
}

/* Where the atoms of a structure that began at a point began: the middle of the cell, or, of those that float, their
 * own. */
static void find_point(const struct gd_system *system, bool floating, const double *positions, double point[3])
{
    const size_t mobile = gd_system_mobile(system);
    const double(*vectors)[3] = system->structure.cell.vectors;
    for (size_t axis = 0; axis < 3; axis++) {
        point[axis] = floating ? 0 : (vectors[0][axis] + vectors[1][axis] + vectors[2][axis]) / 2;
        for (size_t i = system->fixed; floating && i < system->structure.count; i++)
            point[axis] += positions[3 * i + axis] / (double)mobile;
    }
}

/* The weight c of a force beside the noise. */
static double share_of_force(const struct gd_force_goal *goal, double spread)
{
    return isinf(goal->variance) ? 1 : goal->variance / (goal->variance + spread * spread);
}

/* Normal numbers [mobile][3]; centred: with their mean over the atoms removed. */
static void draw_noise(struct gd_stream *stream, size_t mobile, bool centred, float *noise)
{
    double mean[3] = {0};
    for (size_t c = 0; c < 3 * mobile; c++) {
        noise[c] = (float)gd_stream_normal(stream);
        mean[c % 3] += (double)noise[c] / (double)mobile;
    }
    for (size_t c = 0; centred && c < 3 * mobile; c++)
        noise[c] -= (float)mean[c % 3];
}

/* Draws x_t of the bridge from a point to a structure. pull: [mobile][3] F/T, becomes the control. noise: [mobile][3]
 * scratch. */
static void bridge(const struct gd_system *system, const struct gd_model *model, double t,
                   const struct gd_force_goal *goal, struct gd_stream *stream, double *noised, double *pull,
                   float *noise)
{
    const struct gd_process *process = &model->process;
    const bool floating = gd_system_floats(system) && !model->type->traits(model->params).absolute;
    const double all = pow(gd_process_spread(process, 1), 2), left = pow(gd_process_spread(process, t), 2);
    const double share = 1 - left / all, force = share_of_force(goal, sqrt(left));
    const double of_noise = sqrt(share * left) / (goal->variance + left); /* (1 - c) √(share/left) */
    double point[3];
    find_point(system, floating, noised, point);
    draw_noise(stream, gd_system_mobile(system), floating, noise);
    for (size_t i = system->fixed; i < system->structure.count; i++, pull += 3, noise += 3) {
        double unfolded[3];
        for (size_t axis = 0; axis < 3; axis++) {
            const double off = noised[3 * i + axis] - point[axis], z = (double)noise[axis];
            pull[axis] = off / all + force * pull[axis] - of_noise * z;
            unfolded[axis] = noised[3 * i + axis] = point[axis] + share * off + sqrt(share * left) * z;
        }
        gd_system_confine(system, unfolded, pull);
        gd_system_confine(system, noised + 3 * i, NULL);
    }
}

/* Noises a structure. target: [mobile][3] -s(t) times what its score is to be. */
static void noise(struct gd_training_batch *batch, const struct gd_system *system, const struct gd_model *model,
                  double t, const struct gd_force_goal *goal, struct gd_stream *stream, double *noised, float *target)
{
    const struct gd_process *process = &model->process;
    if (!goal) {
        gd_noise_structure(system, process, t, stream, noised, target);
        return;
    }
    const double spread = gd_process_spread(process, t);
    memcpy(batch->pull, goal->pull, 3 * batch->mobile * sizeof *batch->pull);
    if (goal->pinned) {
        bridge(system, model, t, goal, stream, noised, batch->pull, target);
        for (size_t c = 0; c < 3 * batch->mobile; c++)
            target[c] = (float)(-spread * batch->pull[c]);
        return;
    }
    const double share = share_of_force(goal, spread);
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
    noise(batch, system, model, t, goal, stream, noised, target);
    for (size_t c = 0; c < 3 * batch->mobile; c++)
        target[c] = (float)(-(double)target[c] / scale);
}

void gd_training_batch_place(struct gd_training_batch *batch, size_t k, const struct gd_model *model,
                             const double *positions, const double *scores, double t, double length)
{
    const size_t n = 3 * batch->structures[k].count;
    const double spread = gd_process_spread(&model->process, t);
    const double scale = gd_prediction_scale(model->prediction, spread);
    memcpy(batch->positions + n * k, positions, n * sizeof *positions);
    batch->times[k] = t;
    batch->weights[k] = scale * scale / (1 + spread * spread / (length * length));
    for (size_t c = 0; c < 3 * batch->mobile; c++)
        batch->target[3 * batch->mobile * k + c] = (float)(spread * scores[c] / scale);
}

void gd_training_batch_place_energy(struct gd_training_batch *batch, size_t k, const double *positions, double energy,
                                    double t)
{
    const size_t n = 3 * batch->structures[k].count;
    memcpy(batch->positions + n * k, positions, n * sizeof *positions);
    batch->times[k] = t;
    batch->weights[k] = 1;
    batch->energy[k] = (float)energy;
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
        const double length = gd_length(forces);
        const double scale = cap > 0 && length > cap ? cap / length : 1;
        for (size_t axis = 0; axis < 3; axis++)
            target[axis] = (float)(scale * forces[axis]);
    }
}

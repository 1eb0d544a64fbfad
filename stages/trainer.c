/* The loss is the mean over mobile atoms of w(E) ‖s(t) score + ε‖², which is w(E) ‖out + ε‖² where score = out / s(t):
 * equation 6 of arXiv:2510.13448 with λ(t) = s(t)². AdamW, gradient clipping, a part of the buffer held out, and a
 * learning rate that falls when the loss on that part no longer does. */
#include "stages/trainer.h"

#include <math.h>
#include <stdlib.h>

#include "atoms/vector.h"
#include "engine/base/memory.h"
#include "engine/base/sort.h"
#include "model/network.h"
#include "model/nonfinite.h"
#include "model/seen.h"
#include "stages/archive_trainer.h"
#include "stages/boltzmann.h"
#include "stages/goals.h"
#include "stages/rank.h"
#include "stages/stop.h"
#include "stages/training_batch.h"

/* Streams of one execution: optimisation step k uses stream k. */
enum { SPLIT_STREAM = 0xffffffffu, VALIDATION_STREAM = 0xfffffffeu, SHIFT_STREAM = 0xfffffffdu };

/* What training works with. */
struct trainer {
    struct gd_context *context;
    const struct gd_training *training;
    const struct gd_system *system;
    const struct gd_model *model;            /* before training */
    const struct gd_set *buffer;             /* or the goals */
    const struct gd_head_class *head;        /* that the score is from */
    const struct gd_goal_energies *energies; /* [buffer], where that head gives energies; else NULL */
    double *weights;                         /* [buffer] mean 1 */
    double *pulls;                           /* [buffer][mobile][3] F/T, 1/Å; NULL: not needed */
    double variance;                         /* of struct gd_force_goal */
    double *ranks;                           /* [buffer] of the energies; NULL: the model is not told them */
    size_t *order;                           /* [buffer] shuffled: training structures first */
    size_t count;                            /* of training structures */
    struct gd_network *network;
    struct gd_archive_trainer surrogate;
    struct gd_training_batch batch, held_out; /* the last places of `batch` are for the surrogate */
    struct gd_adamw adamw;
    double lowest; /* validation loss so far */
    int64_t waited;
    void *memory; /* of what stops it */
};

/* Place k of the batch: structure `index` of the buffer at time t. */
static void fill(const struct trainer *trainer, struct gd_training_batch *batch, size_t k, size_t index, double t,
                 struct gd_stream *stream)
{
    const double *positions = trainer->buffer->positions + 3 * trainer->buffer->atoms * index;
    if (trainer->ranks)
        batch->conditions[k] = gd_stream_uniform(stream) < trainer->training->untold ? NAN : trainer->ranks[index];
    const size_t vectors = 3 * (trainer->buffer->atoms - trainer->buffer->fixed);
    if (trainer->energies) {
        gd_training_batch_place_energy(batch, k, positions, trainer->energies->energies[index],
                                       trainer->buffer->energies[index]);
        return;
    }
    if (trainer->training->goal == GD_GOAL_PAIRS) {
        const double *scores = trainer->buffer->forces + 3 * (trainer->buffer->atoms * index + trainer->buffer->fixed);
        gd_training_batch_place(batch, k, trainer->model, positions, scores, trainer->buffer->energies[index],
                                trainer->training->length);
        return;
    }
    const struct gd_force_goal goal = {trainer->pulls ? trainer->pulls + vectors * index : NULL, trainer->variance,
                                       gd_goal_is_pinned(trainer->training->goal)};
    gd_training_batch_fill(batch, k, trainer->system, trainer->model, positions, t, trainer->weights[index],
                           trainer->pulls ? &goal : NULL, stream);
}

/* A fresh training batch, drawn with replacement. */
static void draw_batch(struct trainer *trainer, uint32_t step)
{
    struct gd_stream stream = gd_context_stream(trainer->context, step);
    for (size_t k = 0; k < (size_t)trainer->training->batch; k++) {
        size_t index = trainer->order[gd_stream_below(&stream, trainer->count)];
        fill(trainer, &trainer->batch, k, index, gd_stream_uniform(&stream), &stream);
    }
    gd_archive_trainer_fill(&trainer->surrogate, &trainer->batch, &stream);
}

/* The structure that is held back for place k of the validation batch. */
static size_t held_back(const struct trainer *trainer, size_t k)
{
    return trainer->order[trainer->count + k % (trainer->buffer->count - trainer->count)];
}

/* Scales the weights of the structures that are held back to a mean of 1; without any, all are 1. */
static void balance_held_back(struct trainer *trainer)
{
    size_t count = trainer->buffer->count - trainer->count;
    double sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += trainer->weights[held_back(trainer, k)];
    for (size_t k = 0; k < count; k++) {
        double *weight = &trainer->weights[held_back(trainer, k)];
        *weight = sum > 0 ? *weight * (double)count / sum : 1;
    }
}

/* The held-back structures in turn, at evenly spread times, with noise that stays the same. Their weights are relative
 * to each other, so that their loss says as much when the lowest structures are not among them. */
static void draw_validation(struct trainer *trainer)
{
    struct gd_stream stream = gd_context_stream(trainer->context, VALIDATION_STREAM);
    const size_t count = trainer->held_out.count;
    balance_held_back(trainer);
    for (size_t k = 0; k < count; k++) {
        double t = ((double)k + gd_stream_uniform(&stream)) / (double)count;
        fill(trainer, &trainer->held_out, k, held_back(trainer, k), t, &stream);
    }
}

static enum gd_status split(struct trainer *trainer)
{
    const struct gd_set *buffer = trainer->buffer;
    const size_t share = (size_t)(trainer->training->validation * (double)buffer->count + 0.5);
    const size_t count = share < buffer->count ? share : buffer->count - 1; /* one at least is trained on */
    struct gd_stream stream = gd_context_stream(trainer->context, SPLIT_STREAM);
    for (size_t k = 0; k < buffer->count; k++)
        trainer->order[k] = k;
    for (size_t k = buffer->count; k > 1; k--) {
        size_t other = gd_stream_below(&stream, k), swap = trainer->order[k - 1];
        trainer->order[k - 1] = trainer->order[other];
        trainer->order[other] = swap;
    }
    trainer->count = buffer->count - count;
    enum gd_status status = gd_training_batch_make(
        &trainer->batch, buffer, (size_t)trainer->training->batch + trainer->surrogate.count, trainer->context->error);
    if (!status && count) {
        status = gd_training_batch_make(&trainer->held_out, buffer, (size_t)trainer->training->batch,
                                        trainer->context->error);
        if (!status)
            draw_validation(trainer);
    }
    return status;
}

/* Weights of mean 1. */
static void set_weights(struct trainer *trainer)
{
    const struct gd_set *buffer = trainer->buffer;
    const bool boltzmann =
        trainer->training->weights == GD_WEIGHTS_BOLTZMANN && trainer->training->goal != GD_GOAL_PAIRS;
    if (boltzmann)
        gd_boltzmann_weights(buffer->energies, buffer->count, gd_state_real(trainer->context->state, "temperature", 0),
                             trainer->weights);
    for (size_t k = 0; k < buffer->count; k++)
        trainer->weights[k] = boltzmann ? trainer->weights[k] * (double)buffer->count : 1.0;
}

/* The ranks of the buffer's energies, if the model is told them. */
static enum gd_status set_ranks(struct trainer *trainer)
{
    const struct gd_set *buffer = trainer->buffer;
    if (!trainer->head->conditioned)
        return GD_OK;
    trainer->ranks = gd_array(buffer->count, sizeof *trainer->ranks);
    return trainer->ranks ? gd_rank(buffer->energies, buffer->count, trainer->ranks, trainer->context->error)
                          : gd_no_memory(trainer->context->error, "ranks of energies");
}

/* F/T of the buffer's mobile atoms, of which those longer than the limit are shortened to it; the figure `clipped` is
 * their share. */
static enum gd_status set_pulls(struct trainer *trainer)
{
    struct gd_context *context = trainer->context;
    const struct gd_training *training = trainer->training;
    const struct gd_set *buffer = trainer->buffer;
    const size_t mobile = buffer->atoms - buffer->fixed;
    double clipped = 0;
    if (training->goal == GD_GOAL_DENOISE || training->goal == GD_GOAL_PAIRS)
        return GD_OK;
    const double temperature = gd_state_real(context->state, "temperature", 0);
    if (!(trainer->pulls = gd_array(buffer->count * mobile, 3 * sizeof *trainer->pulls)))
        return gd_no_memory(context->error, "forces to train on");
    const bool mixed = training->goal == GD_GOAL_MIX || training->goal == GD_GOAL_ADJOINT_MIX;
    trainer->variance = mixed ? temperature / training->stiffness : INFINITY;
    for (size_t k = 0; k < buffer->count * mobile; k++) {
        const size_t atom = k / mobile * buffer->atoms + buffer->fixed + k % mobile;
        double *pull = trainer->pulls + 3 * k;
        gd_add_scaled(pull, 1 / temperature, buffer->forces + 3 * atom);
        const double length = gd_length(pull);
        if (!isfinite(length))
            return gd_fail(context->error, GD_FAILED, "%s: the buffer has structures without forces", context->step);
        if (training->force_limit > 0 && length > training->force_limit) {
            for (int axis = 0; axis < 3; axis++)
                pull[axis] *= training->force_limit / length;
            clipped++;
        }
    }
    gd_figure(context, "clipped", clipped / (double)(buffer->count * mobile));
    return GD_OK;
}

/* Shifts the last bias of the head for noised energies so that the median error of a batch is 0: their zero is the
 * potential's, and far from what an untrained head says. */
static enum gd_status shift_energies(struct trainer *trainer)
{
    struct gd_error *error = trainer->context->error;
    struct gd_training_batch *batch = &trainer->batch;
    float *parameters = gd_array(trainer->model->parameter_count, sizeof *parameters);
    float *output = gd_array(batch->count, sizeof *output);
    double *errors = gd_array(batch->count, sizeof *errors);
    const size_t count = (size_t)trainer->training->batch;
    enum gd_status status = parameters && output && errors ? GD_OK : gd_no_memory(error, "energies");
    if (!status) {
        struct gd_stream stream = gd_context_stream(trainer->context, SHIFT_STREAM);
        for (size_t k = 0; k < count; k++)
            fill(trainer, batch, k, trainer->order[gd_stream_below(&stream, trainer->count)], 0, &stream);
        status = gd_network_set_alike(trainer->network, batch->structures, trainer->buffer->fixed, count, error);
    }
    if (!status)
        status = gd_network_forward(trainer->network, trainer->head, batch->times, false, output, error);
    if (!status)
        status = gd_network_parameters(trainer->network, parameters, error);
    for (size_t k = 0; k < count && !status; k++)
        errors[k] = (double)output[k] - (double)batch->energy[k];
    if (!status) {
        parameters[gd_model_tensor(trainer->model, "noised_energy_head.2.bias")->offset] -=
            (float)(gd_median(errors, count) / (double)batch->mobile);
        status = gd_network_set_parameters(trainer->network, parameters, error);
    }
    free(parameters);
    free(output);
    free(errors);
    return status;
}

/* The energies that the head of the score is to give, if it gives any. */
static enum gd_status find_energies(struct trainer *trainer)
{
    struct gd_context *context = trainer->context;
    if (trainer->head->score != GD_SCORE_SLOPE)
        return GD_OK;
    trainer->energies = gd_state_get(context->state, "goal_energies");
    if (trainer->training->goal != GD_GOAL_PAIRS || !trainer->energies ||
        trainer->energies->count != trainer->buffer->count)
        return gd_fail(context->error, GD_FAILED, "%s: the head %s learns from what estimate finds (goal: pairs)",
                       context->step, trainer->head->name);
    return GD_OK;
}

static enum gd_status prepare_surrogate(struct trainer *trainer)
{
    struct gd_context *context = trainer->context;
    enum gd_status status = gd_archive_trainer_report(&trainer->surrogate, context, trainer->network);
    return status ? status
                  : gd_archive_trainer_shift(&trainer->surrogate, trainer->model, trainer->network, context->error);
}

static enum gd_status prepare(struct trainer *trainer)
{
    struct gd_context *context = trainer->context;
    const struct gd_set *buffer = trainer->buffer;
    const struct gd_stop_class *stop = (const struct gd_stop_class *)trainer->training->stop.component;
    if (buffer->count == 0)
        return gd_fail(context->error, GD_FAILED, "%s: the buffer is empty", context->step);
    trainer->weights = gd_array(buffer->count, sizeof *trainer->weights);
    trainer->order = gd_array(buffer->count, sizeof *trainer->order);
    trainer->memory = gd_array(1, stop ? stop->memory : 0);
    if (!trainer->weights || !trainer->order || !trainer->memory)
        return gd_no_memory(context->error, "training weights");
    set_weights(trainer);
    enum gd_status status = find_energies(trainer);
    if (!status)
        status = set_pulls(trainer);
    if (!status)
        status = set_ranks(trainer);
    if (!status)
        status = gd_archive_trainer_make(&trainer->surrogate, context, trainer->training);
    if (!status)
        status = split(trainer);
    if (!status)
        status = gd_network_new(&trainer->network, trainer->model, context->device, context->threads, context->error);
    if (!status)
        status = gd_network_precision(trainer->network, context->precision, context->error);
    if (!status && trainer->training->table)
        status = gd_network_tabulate(trainer->network, context->error);
    if (!status && trainer->energies)
        status = shift_energies(trainer);
    return status ? status : prepare_surrogate(trainer);
}

static void clear(struct trainer *trainer)
{
    gd_training_batch_clear(&trainer->batch);
    gd_training_batch_clear(&trainer->held_out);
    gd_archive_trainer_clear(&trainer->surrogate);
    gd_network_free(trainer->network);
    free(trainer->weights);
    free(trainer->pulls);
    free(trainer->ranks);
    free(trainer->order);
    free(trainer->memory);
}

/* The losses of a batch: of the score, and of what is learned from the archive in its last `archived` places. */
struct losses {
    double score, forces, energies; /* none: not a number */
};

static enum gd_status find_losses(struct trainer *trainer, const struct gd_training_batch *batch, size_t archived,
                                  bool gradient, struct losses *losses)
{
    struct gd_error *error = trainer->context->error;
    struct gd_goal goals[1 + GD_ARCHIVE_GOALS] = {{.head = trainer->head,
                                                   .count = batch->count - archived,
                                                   .weights = batch->weights,
                                                   .target = trainer->energies ? batch->energy : batch->target,
                                                   .factor = 1,
                                                   .huber = trainer->energies ? trainer->training->huber : 0}};
    gd_network_set_conditions(trainer->network, batch->conditions);
    size_t count = 1 + (archived ? gd_archive_trainer_goals(&trainer->surrogate, batch, goals + 1) : 0);
    enum gd_status status =
        gd_network_set_alike(trainer->network, batch->structures, trainer->buffer->fixed, batch->count, error);
    if (!status)
        status = gd_network_goals(trainer->network, batch->times, goals, count, gradient, error);
    *losses = (struct losses){goals[0].loss, NAN, NAN};
    for (size_t k = 1; k < count; k++)
        *(goals[k].head == &gd_head_force ? &losses->forces : &losses->energies) = goals[k].loss;
    return status;
}

/* At the end of an epoch: the learning rate falls when the validation loss has not improved for `patience` epochs. */
static enum gd_status validate(struct trainer *trainer, double *loss)
{
    struct losses losses;
    if (!trainer->held_out.count)
        return GD_OK;
    enum gd_status status = find_losses(trainer, &trainer->held_out, 0, false, &losses);
    if (status)
        return status;
    *loss = losses.score;
    if (*loss < trainer->lowest) {
        trainer->lowest = *loss;
        trainer->waited = 0;
    } else if (++trainer->waited > trainer->training->patience) {
        trainer->adamw.rate *= trainer->training->factor;
        trainer->waited = 0;
    }
    return GD_OK;
}

/* Says where a loss that is not finite comes from, and writes the structure out. */
static enum gd_status report_nonfinite(struct trainer *trainer, int64_t step, double loss)
{
    struct gd_context *context = trainer->context;
    struct gd_training_batch *batch = &trainer->batch;
    float *output = gd_array(batch->count * batch->mobile, 3 * sizeof *output);
    if (!output)
        return gd_no_memory(context->error, "the network's output");
    enum gd_status status =
        trainer->energies
            ? gd_network_slope(trainer->network, trainer->head, batch->times, output, context->error)
            : gd_network_forward(trainer->network, trainer->head, batch->times, false, output, context->error);
    size_t c = 0, total = batch->count * batch->mobile * 3;
    while (!status && c < total && isfinite(output[c]))
        c++;
    free(output);
    if (status)
        return status;
    if (c == total)
        return gd_fail(context->error, GD_FAILED, "%s: step %lld: the loss is %g, though every output is finite",
                       context->step, (long long)(step + 1), loss);
    struct gd_nonfinite where = {
        .what = "network output",
        .structure = c / 3 / batch->mobile,
        .atom = c / 3 % batch->mobile + trainer->buffer->fixed,
        .time = batch->times[c / 3 / batch->mobile],
        .step = step + 1,
    };
    const double *positions = batch->positions + 3 * trainer->buffer->atoms * where.structure;
    return gd_nonfinite_fail(context->step, context->directory, trainer->system, positions, &where, context->error);
}

/* How training goes. */
struct course {
    struct losses *recent; /* [tail] a ring: those of step k in place k modulo tail */
    int64_t tail, steps;   /* done */
    int64_t skipped;       /* of them */
    double validation, norm;
    bool done;
};

/* Updates the parameters. A batch with atoms nearly on top of each other can have outputs so large that only their
 * gradient overflows: it is left out, up to so many times. */
static enum gd_status update(struct trainer *trainer, struct course *course)
{
    enum { SKIPPED_MOST = 10 };
    struct gd_context *context = trainer->context;
    struct gd_error why = {0};
    double norm;
    enum gd_status status = gd_network_step(trainer->network, &trainer->adamw, &norm, &why);
    if (isfinite(norm))
        course->norm = norm;
    else if (++course->skipped <= SKIPPED_MOST)
        return GD_OK;
    return status
               ? gd_fail(context->error, status, "%s: step %lld: %s", context->step, (long long)course->steps, why.text)
               : GD_OK;
}

/* One optimisation step, after which training may be done. */
static enum gd_status take_step(struct trainer *trainer, struct course *course)
{
    struct gd_context *context = trainer->context;
    const struct gd_choice *choice = &trainer->training->stop;
    const struct gd_stop_class *stop = (const struct gd_stop_class *)choice->component;
    const int64_t step = course->steps++;
    const int64_t batch = trainer->training->batch, epoch = ((int64_t)trainer->count + batch - 1) / batch;
    struct losses *loss = &course->recent[step % course->tail];
    struct gd_stop_point at = {.step = step + 1, .validation = NAN, .agreement = NAN};
    draw_batch(trainer, (uint32_t)step);
    enum gd_status status = find_losses(trainer, &trainer->batch, trainer->surrogate.count, true, loss);
    if (!status && !isfinite(loss->score))
        status = report_nonfinite(trainer, step, loss->score);
    if (!status && stop && stop->agreement)
        status = gd_network_agreement(trainer->network, &at.agreement, context->error);
    if (!status)
        status = update(trainer, course);
    if (!status && (step + 1) % epoch == 0) {
        status = validate(trainer, &course->validation);
        at.validation = course->validation;
    }
    course->done = !status && stop && stop->done(choice->params, trainer->memory, &at);
    return status;
}

/* The losses that are reported are the mean of the last tenth of the steps. */
static void report(const struct trainer *trainer, const struct course *course)
{
    struct gd_context *context = trainer->context;
    struct losses sum = {0};
    int64_t tail = course->steps / 10 + 1;
    tail = tail < course->steps ? tail : course->steps;
    for (int64_t step = course->steps - tail; step < course->steps; step++) {
        sum.score += course->recent[step % course->tail].score;
        sum.forces += course->recent[step % course->tail].forces;
        sum.energies += course->recent[step % course->tail].energies;
    }
    gd_figure(context, "loss", sum.score / (double)tail);
    if (trainer->surrogate.forces)
        gd_figure(context, "force_loss", sum.forces / (double)tail);
    if (trainer->surrogate.energies)
        gd_figure(context, "energy_loss", sum.energies / (double)tail);
    gd_figure(context, "validation_loss", course->validation);
    gd_figure(context, "rate", trainer->adamw.rate);
    gd_figure(context, "gradient_norm", course->norm);
    if (course->skipped > 0)
        gd_figure(context, "skipped", (double)course->skipped);
    if (trainer->training->stop.component)
        gd_figure(context, "steps", (double)course->steps);
}

static enum gd_status optimise(struct trainer *trainer)
{
    struct gd_context *context = trainer->context;
    const int64_t steps = trainer->training->steps;
    struct course course = {.tail = steps / 10 + 1, .validation = NAN, .norm = NAN};
    course.recent = gd_array((size_t)course.tail, sizeof *course.recent);
    enum gd_status status = course.recent ? GD_OK : gd_no_memory(context->error, "losses");
    while (!status && !course.done && course.steps < steps) {
        if (gd_context_stop(context))
            status = gd_interrupted(context);
        else
            status = take_step(trainer, &course);
        if (!status)
            gd_progress(context, (double)course.steps, (double)steps, "loss %.3g",
                        course.recent[(course.steps - 1) % course.tail].score);
    }
    if (!status)
        report(trainer, &course);
    free(course.recent);
    return status;
}

/* The network's parameters or their average, as the new value of the slot `model`. */
static enum gd_status commit(struct trainer *trainer)
{
    struct gd_context *context = trainer->context;
    struct gd_model *model = NULL;
    enum gd_status status = gd_model_copy(&model, trainer->model, context->error);
    if (!status)
        status = (trainer->training->average > 0 ? gd_network_average : gd_network_parameters)(
            trainer->network, model->parameters, context->error);
    if (!status)
        gd_seen_add(&model->seen, &trainer->system->structure, trainer->system->fixed);
    if (!status)
        return gd_state_put(context->state, "model", model, context->error);
    gd_model_free(model);
    return status;
}

static const struct gd_set *training_set(const struct gd_context *context, const struct gd_training *training)
{
    return gd_state_get(context->state, training->goal == GD_GOAL_PAIRS ? "goals" : "buffer");
}

enum gd_status gd_train(struct gd_context *context, const struct gd_training *training)
{
    struct trainer trainer = {
        .context = context,
        .training = training,
        .system = gd_state_get(context->state, "system"),
        .model = gd_state_get(context->state, "model"),
        .head = gd_model_score_head(gd_state_get(context->state, "model")),
        .buffer = training_set(context, training),
        .adamw = {.rate = training->rate,
                  .decay = training->decay,
                  .beta1 = 0.9,
                  .beta2 = 0.999,
                  .epsilon = 1e-8,
                  .clip = training->clip,
                  .average = training->average},
        .lowest = INFINITY,
    };
    enum gd_status status = prepare(&trainer);
    if (!status)
        status = optimise(&trainer);
    if (!status)
        status = commit(&trainer);
    clear(&trainer);
    return status;
}

/* Stage `train`: the network learns the score of the buffer's structures, weighted by exp(-E/T).
 *
 * The loss is the mean over mobile atoms of w(E) ‖out + ε‖² with score = out / s(t): equation 6 of arXiv:2510.13448
 * with λ(t) = s(t)². AdamW, gradient clipping, a part of the buffer held back, and a learning rate that falls when the
 * loss on that part no longer does. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/system.h"
#include "engine/base/memory.h"
#include "engine/run/context.h"
#include "model/network.h"
#include "model/noising.h"
#include "model/nonfinite.h"
#include "stages/boltzmann.h"

enum weights { BOLTZMANN, UNIFORM };

static const char *const weight_names[] = {"boltzmann", "uniform", NULL};

struct train {
    int64_t steps, batch, patience;
    double rate, decay, clip, validation, factor;
    int weights; /* enum weights */
    bool table;
};

static const struct gd_param rows[] = {
    {.name = "steps",
     .type = GD_INT,
     .offset = offsetof(struct train, steps),
     .initial = "8000",
     .example = "3",
     .min = 1,
     .max = 1e9,
     .help = "optimisation steps"},
    {.name = "batch",
     .type = GD_INT,
     .offset = offsetof(struct train, batch),
     .initial = "16",
     .example = "2",
     .min = 1,
     .max = 1e5,
     .help = "structures per optimisation step"},
    {.name = "rate",
     .type = GD_FLOAT,
     .offset = offsetof(struct train, rate),
     .initial = "1e-4",
     .min = 0,
     .max = 1,
     .above_min = true,
     .help = "learning rate"},
    {.name = "decay",
     .type = GD_FLOAT,
     .offset = offsetof(struct train, decay),
     .initial = "0.01",
     .min = 0,
     .max = 10,
     .help = "weight decay of AdamW"},
    {.name = "clip",
     .type = GD_FLOAT,
     .offset = offsetof(struct train, clip),
     .initial = "10",
     .min = 0,
     .max = 1e9,
     .help = "norm that the gradient is limited to; 0 is no limit"},
    {.name = "validation",
     .type = GD_FLOAT,
     .offset = offsetof(struct train, validation),
     .initial = "0.1",
     .min = 0,
     .max = 0.9,
     .help = "part of the buffer that is held back to watch the loss on"},
    {.name = "patience",
     .type = GD_INT,
     .offset = offsetof(struct train, patience),
     .initial = "100",
     .min = 1,
     .max = 1e9,
     .unit = "epochs",
     .help = "epochs without a lower validation loss before the rate falls"},
    {.name = "factor",
     .type = GD_FLOAT,
     .offset = offsetof(struct train, factor),
     .initial = "0.95",
     .min = 0,
     .max = 1,
     .above_min = true,
     .help = "what the rate is multiplied by then"},
    {.name = "weights",
     .type = GD_CHOICE,
     .offset = offsetof(struct train, weights),
     .choices = weight_names,
     .initial = "boltzmann",
     .help = "weights of the structures in the loss: exp(-E/T), or all alike (the buffer is drawn by weight already)"},
    {.name = "table",
     .type = GD_BOOL,
     .offset = offsetof(struct train, table),
     .initial = "false",
     .help = "the network's filters come from a table, within 1e-6, and their gradients go back through it; pays from "
             "some thousand pairs of atoms in a batch"},
    {0},
};

/* Streams of one execution: optimisation step k uses stream k. */
enum { SPLIT_STREAM = 0xffffffffu, VALIDATION_STREAM = 0xfffffffeu };

/* Noised structures, ready for the network. */
struct lesson {
    size_t count, mobile;
    struct gd_structure *structures; /* [count] views with positions of their own */
    double *positions;               /* [count][atoms][3] */
    double *times, *weights;         /* [count] */
    float *target;                   /* [count][mobile][3] */
};

/* What training works with. */
struct course {
    struct gd_context *context;
    const struct train *train;
    const struct gd_system *system;
    const struct gd_process *process;
    const struct gd_set *buffer;
    double *weights; /* [buffer] mean 1 */
    size_t *order;   /* [buffer] shuffled: training structures first */
    size_t training; /* how many of them */
    struct gd_network *network;
    struct lesson lesson, exam;
    struct gd_adamw adamw;
    double lowest; /* validation loss so far */
    int64_t waited;
};

static void lesson_clear(struct lesson *lesson)
{
    free(lesson->structures);
    free(lesson->positions);
    free(lesson->times);
    free(lesson->weights);
    free(lesson->target);
}

static enum gd_status lesson_make(struct lesson *lesson, const struct gd_set *buffer, size_t count,
                                  struct gd_error *error)
{
    size_t atoms = buffer->atoms;
    lesson->count = count;
    lesson->mobile = atoms - buffer->fixed;
    lesson->structures = gd_array(count, sizeof *lesson->structures);
    lesson->positions = gd_array(count * atoms, 3 * sizeof *lesson->positions);
    lesson->times = gd_array(count, sizeof *lesson->times);
    lesson->weights = gd_array(count, sizeof *lesson->weights);
    lesson->target = gd_array(count * lesson->mobile, 3 * sizeof *lesson->target);
    if (!lesson->structures || !lesson->positions || !lesson->times || !lesson->weights || !lesson->target)
        return gd_no_memory(error, "a training batch");
    for (size_t k = 0; k < count; k++) {
        lesson->structures[k] = gd_set_view(buffer, 0);
        lesson->structures[k].positions = (double(*)[3])(lesson->positions + 3 * atoms * k);
    }
    return GD_OK;
}

/* Place k of the lesson: structure `index` of the buffer at time t. */
static void blur(const struct course *course, struct lesson *lesson, size_t k, size_t index, double t,
                 struct gd_stream *stream)
{
    size_t n = 3 * course->buffer->atoms;
    double *positions = lesson->positions + n * k;
    memcpy(positions, course->buffer->positions + n * index, n * sizeof *positions);
    lesson->times[k] = t;
    lesson->weights[k] = course->weights[index];
    gd_noise_structure(course->system, course->process, t, stream, positions, lesson->target + 3 * lesson->mobile * k);
}

/* The target of the loss is -ε; gd_noise_structure gives ε. */
static void negate(struct lesson *lesson)
{
    for (size_t c = 0; c < 3 * lesson->mobile * lesson->count; c++)
        lesson->target[c] = -lesson->target[c];
}

/* A fresh training batch, drawn with replacement. */
static void prepare_lesson(struct course *course, uint32_t step)
{
    struct gd_stream stream = gd_context_stream(course->context, step);
    for (size_t k = 0; k < course->lesson.count; k++) {
        size_t index = course->order[gd_stream_below(&stream, course->training)];
        blur(course, &course->lesson, k, index, gd_stream_uniform(&stream), &stream);
    }
    negate(&course->lesson);
}

/* The held-back structures in turn, at evenly spread times, with noise that stays the same. */
static void prepare_exam(struct course *course)
{
    struct gd_stream stream = gd_context_stream(course->context, VALIDATION_STREAM);
    size_t held_back = course->buffer->count - course->training, count = course->exam.count;
    for (size_t k = 0; k < count; k++) {
        size_t index = course->order[course->training + k % held_back];
        blur(course, &course->exam, k, index, ((double)k + gd_stream_uniform(&stream)) / (double)count, &stream);
    }
    negate(&course->exam);
}

static enum gd_status split(struct course *course)
{
    const struct gd_set *buffer = course->buffer;
    size_t held_back = (size_t)(course->train->validation * (double)buffer->count + 0.5);
    struct gd_stream stream = gd_context_stream(course->context, SPLIT_STREAM);
    for (size_t k = 0; k < buffer->count; k++)
        course->order[k] = k;
    for (size_t k = buffer->count; k > 1; k--) {
        size_t other = gd_stream_below(&stream, k), swap = course->order[k - 1];
        course->order[k - 1] = course->order[other];
        course->order[other] = swap;
    }
    course->training = buffer->count - held_back;
    enum gd_status status = lesson_make(&course->lesson, buffer, (size_t)course->train->batch, course->context->error);
    if (status == GD_OK && held_back) {
        status = lesson_make(&course->exam, buffer, (size_t)course->train->batch, course->context->error);
        if (status == GD_OK)
            prepare_exam(course);
    }
    return status;
}

/* Weights of mean 1. */
static void weigh(struct course *course)
{
    const struct gd_set *buffer = course->buffer;
    if (course->train->weights == BOLTZMANN)
        gd_boltzmann_weights(buffer->energies, buffer->count, gd_state_real(course->context->state, "temperature", 0),
                             course->weights);
    for (size_t k = 0; k < buffer->count; k++)
        course->weights[k] = course->train->weights == BOLTZMANN ? course->weights[k] * (double)buffer->count : 1.0;
}

static enum gd_status open_course(struct course *course)
{
    struct gd_context *context = course->context;
    const struct gd_set *buffer = course->buffer;
    if (buffer->count == 0)
        return gd_fail(context->error, GD_FAILED, "%s: the buffer is empty", context->step);
    course->weights = gd_array(buffer->count, sizeof *course->weights);
    course->order = gd_array(buffer->count, sizeof *course->order);
    if (!course->weights || !course->order)
        return gd_no_memory(context->error, "training weights");
    weigh(course);
    enum gd_status status = split(course);
    if (status == GD_OK)
        status = gd_network_new(&course->network, gd_state_get(context->state, "model"), context->device,
                                context->threads, context->error);
    if (status == GD_OK)
        status = gd_network_precision(course->network, context->precision, context->error);
    if (status == GD_OK && course->train->table)
        status = gd_network_tabulate(course->network, context->error);
    return status;
}

static void close_course(struct course *course)
{
    lesson_clear(&course->lesson);
    lesson_clear(&course->exam);
    gd_network_free(course->network);
    free(course->weights);
    free(course->order);
}

static enum gd_status loss_of(struct course *course, const struct lesson *lesson, bool gradient, double *loss)
{
    struct gd_error *error = course->context->error;
    enum gd_status status =
        gd_network_alike(course->network, lesson->structures, course->buffer->fixed, lesson->count, error);
    return status == GD_OK
               ? gd_network_loss(course->network, lesson->times, lesson->weights, lesson->target, gradient, loss, error)
               : status;
}

/* At the end of an epoch: the learning rate falls when the validation loss has not improved for `patience` epochs. */
static enum gd_status validate(struct course *course, double *loss)
{
    if (!course->exam.count)
        return GD_OK;
    enum gd_status status = loss_of(course, &course->exam, false, loss);
    if (status != GD_OK)
        return status;
    if (*loss < course->lowest) {
        course->lowest = *loss;
        course->waited = 0;
    } else if (++course->waited > course->train->patience) {
        course->adamw.rate *= course->train->factor;
        course->waited = 0;
    }
    return GD_OK;
}

/* Says where a loss that is not finite comes from, and writes the structure out. */
static enum gd_status blame(struct course *course, int64_t step, double loss)
{
    struct gd_context *context = course->context;
    struct lesson *lesson = &course->lesson;
    float *output = gd_array(lesson->count * lesson->mobile, 3 * sizeof *output);
    if (!output)
        return gd_no_memory(context->error, "the network's output");
    enum gd_status status = gd_network_forward(course->network, lesson->times, false, output, context->error);
    size_t c = 0, total = lesson->count * lesson->mobile * 3;
    while (status == GD_OK && c < total && isfinite(output[c]))
        c++;
    free(output);
    if (status != GD_OK)
        return status;
    if (c == total)
        return gd_fail(context->error, GD_FAILED, "%s: step %lld: the loss is %g, though every output is finite",
                       context->step, (long long)(step + 1), loss);
    struct gd_nonfinite where = {
        .what = "network output",
        .structure = c / 3 / lesson->mobile,
        .atom = c / 3 % lesson->mobile + course->buffer->fixed,
        .time = lesson->times[c / 3 / lesson->mobile],
        .step = step + 1,
    };
    const double *positions = lesson->positions + 3 * course->buffer->atoms * where.structure;
    return gd_nonfinite_fail(context->step, context->directory, course->system, positions, &where, context->error);
}

static enum gd_status learn(struct course *course)
{
    struct gd_context *context = course->context;
    const struct train *train = course->train;
    int64_t epoch = (int64_t)((course->training + course->lesson.count - 1) / course->lesson.count);
    double loss = NAN, validation = NAN, norm = NAN, sum = 0;
    int64_t tail = train->steps / 10 + 1; /* the loss that is reported: mean of the last tenth */
    enum gd_status status = GD_OK;
    for (int64_t step = 0; status == GD_OK && step < train->steps; step++) {
        if (gd_context_stop(context))
            return gd_interrupted(context);
        prepare_lesson(course, (uint32_t)step);
        status = loss_of(course, &course->lesson, true, &loss);
        if (status == GD_OK && !isfinite(loss))
            status = blame(course, step, loss);
        if (status == GD_OK)
            status = gd_network_step(course->network, &course->adamw, &norm, context->error);
        if (status == GD_OK && (step + 1) % epoch == 0)
            status = validate(course, &validation);
        if (step >= train->steps - tail)
            sum += loss;
        gd_progress(context, (double)(step + 1), (double)train->steps, "loss %.3g", loss);
    }
    gd_figure(context, "loss", sum / (double)(tail < train->steps ? tail : train->steps));
    gd_figure(context, "validation_loss", validation);
    gd_figure(context, "rate", course->adamw.rate);
    gd_figure(context, "gradient_norm", norm);
    return status;
}

/* The network's parameters, as the new value of the slot `model`. */
static enum gd_status graduate(struct course *course)
{
    struct gd_context *context = course->context;
    struct gd_model *model = NULL;
    enum gd_status status = gd_model_copy(&model, gd_state_get(context->state, "model"), context->error);
    if (status == GD_OK)
        status = gd_network_parameters(course->network, model->parameters, context->error);
    if (status == GD_OK)
        return gd_state_put(context->state, "model", model, context->error);
    gd_model_free(model);
    return status;
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct train *train = self;
    struct course course = {
        .context = context,
        .train = train,
        .system = gd_state_get(context->state, "system"),
        .process = gd_state_get(context->state, "noise"),
        .buffer = gd_state_get(context->state, "buffer"),
        .adamw = {.rate = train->rate,
                  .decay = train->decay,
                  .beta1 = 0.9,
                  .beta2 = 0.999,
                  .epsilon = 1e-8,
                  .clip = train->clip},
        .lowest = INFINITY,
    };
    enum gd_status status = open_course(&course);
    if (status == GD_OK)
        status = learn(&course);
    if (status == GD_OK)
        status = graduate(&course);
    close_course(&course);
    return status;
}

/* Equal weights need no temperature. */
static bool uses(const void *self, const char *slot, enum gd_use use)
{
    const struct train *train = self;
    (void)use;
    return train->weights == BOLTZMANN || strcmp(slot, "temperature") != 0;
}

const struct gd_stage gd_stage_train = {
    .name = "train",
    .summary = "Trains the model on the buffer with the Boltzmann-weighted score-matching loss.",
    .params = rows,
    .size = sizeof(struct train),
    .reads = (const char *const[]){"system", "noise", "model", "buffer", "temperature", NULL},
    .writes = (const char *const[]){"model", NULL},
    .uses = uses,
    .run = run,
};

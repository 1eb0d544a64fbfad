/* Stage `train`, and drawing from what it has learnt, on a network small enough for a test. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atoms/build.h"
#include "model/mlp.h"
#include "model/network.h"
#include "model/noise_ve.h"
#include "model/painn/painn.h"
#include "stages/goals.h"
#include "stages/training_batch.h"
#include "unit/scratch.h"
#include "unit/stages/bench.h"

extern const struct gd_stage gd_stage_train, gd_stage_sample;

static enum gd_status run(struct bench *bench, const struct gd_stage *stage, const char *params)
{
    struct gd_arena arena = {0};
    void *self = bench_params(bench, stage, params, &arena);
    enum gd_status status = stage->run(&bench->context, self);
    gd_arena_clear(&arena);
    return status;
}

/* Two atoms in the box, always 2.5 Å apart along a random direction: something that can be learnt. */
static void put_buffer(struct bench *bench, size_t count)
{
    struct gd_system *system = bench_system(bench, 2);
    struct gd_stream stream = gd_stream_make(3, 1, 4, 1);
    double *positions = calloc(count, sizeof(double[2][3]));
    for (size_t k = 0; k < count; k++) {
        double direction[3], length = 0;
        for (int d = 0; d < 3; d++) {
            direction[d] = gd_stream_normal(&stream);
            length += direction[d] * direction[d];
        }
        for (int d = 0; d < 3; d++) {
            positions[6 * k + (size_t)d] = 12 * gd_stream_uniform(&stream);
            positions[6 * k + 3 + (size_t)d] = positions[6 * k + (size_t)d] + 2.5 * direction[d] / sqrt(length);
        }
    }
    struct gd_set *buffer = bench_set(system, count, positions);
    for (size_t k = 0; k < count; k++)
        buffer->energies[k] = 1.0;
    free(positions);
    ck_assert_int_eq(gd_state_put(bench->state, "buffer", buffer, &bench->error), GD_OK);
}

static void open_school_for(struct bench *bench, size_t count, uint64_t heads)
{
    bench_open(bench);
    put_buffer(bench, count);
    struct gd_painn_params shape = {16, 1, 8, 5.0, heads, GD_TIME_IN_HEADS, 0};
    struct gd_stream stream = gd_stream_make(7, 1, 1, 1);
    struct gd_process *process = calloc(1, sizeof *process);
    struct gd_model *model = NULL;
    ck_assert_int_eq(
        gd_process_make(process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.01, 1.0}, &bench->error), GD_OK);
    ck_assert_int_eq(gd_model_new(&model, &gd_network_painn, &shape, process, &stream, &bench->error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench->state, "noise", process, &bench->error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench->state, "model", model, &bench->error), GD_OK);
    ck_assert_int_eq(gd_state_put_real(bench->state, "temperature", 1.0, &bench->error), GD_OK);
}

static void open_school(struct bench *bench, size_t count)
{
    open_school_for(bench, count, GD_SCORE_ONLY);
}

/* An output of zero has the loss E‖ε‖² = 3. */
START_TEST(test_training_beats_knowing_nothing)
{
    struct bench bench;
    open_school(&bench, 64);
    ck_assert_msg(run(&bench, &gd_stage_train, "{steps: 600, batch: 16, rate: 3e-3}") == GD_OK, "%s", bench.error.text);
    ck_assert_double_lt(bench_figure(&bench, "loss"), 2.7);
    ck_assert_double_lt(bench_figure(&bench, "validation_loss"), 2.8);
    bench_close(&bench);
}
END_TEST

static float *trained_parameters(int threads, size_t *count)
{
    struct bench bench;
    open_school(&bench, 10);
    bench.context.threads = threads;
    ck_assert_int_eq(run(&bench, &gd_stage_train, "{steps: 30, batch: 5}"), GD_OK);
    const struct gd_model *model = gd_state_get(bench.state, "model");
    *count = model->parameter_count;
    float *parameters = malloc(*count * sizeof *parameters);
    memcpy(parameters, model->parameters, *count * sizeof *parameters);
    bench_close(&bench);
    return parameters;
}

START_TEST(test_threads_do_not_change_a_bit)
{
    size_t count;
    float *one = trained_parameters(1, &count), *three = trained_parameters(3, &count);
    ck_assert_mem_eq(one, three, count * sizeof *one);
    free(one);
    free(three);
}
END_TEST

/* With a mean age of half the steps the model is the mean of those that training of 1, 2, ... steps leaves; the
 * networks of later steps are not changed by it. */
START_TEST(test_parameters_are_averaged)
{
    enum { STEPS = 4 };
    const struct gd_model *models[STEPS + 1];
    struct bench benches[STEPS + 1];
    for (int k = 0; k <= STEPS; k++) {
        char params[96];
        snprintf(params, sizeof params, "{steps: %d, batch: 4, rate: 1e-2%s}", k < STEPS ? k + 1 : STEPS,
                 k < STEPS ? "" : ", average: 0.5");
        open_school(&benches[k], 20);
        ck_assert_int_eq(run(&benches[k], &gd_stage_train, params), GD_OK);
        models[k] = gd_state_get(benches[k].state, "model");
    }
    double apart = 0;
    for (size_t p = 0; p < models[0]->parameter_count; p++) {
        double mean = 0;
        for (int k = 0; k < STEPS; k++)
            mean += (double)models[k]->parameters[p] / STEPS;
        ck_assert_double_eq_tol((double)models[STEPS]->parameters[p], mean, 1e-6 * (1 + fabs(mean)));
        apart = fmax(apart, fabs(mean - (double)models[STEPS - 1]->parameters[p]));
    }
    ck_assert_double_gt(apart, 1e-3);
    for (int k = 0; k <= STEPS; k++)
        bench_close(&benches[k]);
}
END_TEST

/* Trains with a stop, then without it as many steps as that has taken: the same model, and the same figures. */
static void stops_early(const char *stop)
{
    static const char *const figures[] = {"loss", "validation_loss", "rate", "gradient_norm"};
    struct bench benches[2];
    const struct gd_model *models[2];
    char params[2][160];
    snprintf(params[0], sizeof params[0], "{steps: 4000, batch: 4, rate: 3e-3, stop: %s}", stop);
    for (int k = 0; k < 2; k++) {
        open_school(&benches[k], 20);
        ck_assert_msg(run(&benches[k], &gd_stage_train, params[k]) == GD_OK, "%s", benches[k].error.text);
        models[k] = gd_state_get(benches[k].state, "model");
        if (k == 0)
            snprintf(params[1], sizeof params[1], "{steps: %g, batch: 4, rate: 3e-3}",
                     bench_figure(&benches[0], "steps"));
    }
    ck_assert_double_gt(bench_figure(&benches[0], "steps"), 20);
    ck_assert_double_lt(bench_figure(&benches[0], "steps"), 4000);
    ck_assert_mem_eq(models[0]->parameters, models[1]->parameters, models[0]->parameter_count * sizeof(float));
    for (size_t k = 0; k < sizeof figures / sizeof *figures; k++)
        ck_assert(bench_figure(&benches[0], figures[k]) == bench_figure(&benches[1], figures[k]));
    for (int k = 0; k < 2; k++)
        bench_close(&benches[k]);
}

START_TEST(test_training_stops_by_itself)
{
    static const char *const stops[] = {"{validation: {patience: 20}}", "{momentum: {begin: 20, patience: 30}}"};
    stops_early(stops[_i]);
}
END_TEST

START_TEST(test_a_buffer_of_one_is_enough)
{
    struct bench bench;
    open_school(&bench, 1);
    ck_assert_int_eq(run(&bench, &gd_stage_train, "{steps: 3, batch: 4}"), GD_OK);
    ck_assert(isnan(bench_figure(&bench, "validation_loss"))); /* nothing is held back */
    bench_close(&bench);
}
END_TEST

/* At T = 0.01 a structure 1 eV above the others has no weight: moving its atoms changes nothing. */
START_TEST(test_structures_without_weight_teach_nothing)
{
    float first[2];
    for (int moved = 0; moved < 2; moved++) {
        struct bench bench;
        open_school(&bench, 2);
        struct gd_set *buffer = gd_state_get(bench.state, "buffer");
        buffer->energies[1] = 101.0;
        if (moved)
            buffer->positions[9] += 0.7;
        ck_assert_int_eq(gd_state_put_real(bench.state, "temperature", 0.01, &bench.error), GD_OK);
        ck_assert_int_eq(run(&bench, &gd_stage_train, "{steps: 5, batch: 4, validation: 0}"), GD_OK);
        const struct gd_model *model = gd_state_get(bench.state, "model");
        first[moved] = model->parameters[gd_model_tensor(model, "head.0.mix_vectors.weight")->offset];
        bench_close(&bench);
    }
    ck_assert(first[0] == first[1]);
}
END_TEST

/* Whichever is held back of two structures, of which one has no weight, or next to none: an untrained network's loss is
 * about E‖ε‖² = 3. */
START_TEST(test_validation_without_weight_is_a_loss)
{
    static const double energies[] = {101.0, 1.3};
    for (int k = 0; k < 4; k++) {
        struct bench bench;
        open_school(&bench, 2);
        struct gd_set *buffer = gd_state_get(bench.state, "buffer");
        buffer->energies[k % 2] = energies[k / 2];
        ck_assert_int_eq(gd_state_put_real(bench.state, "temperature", 0.01, &bench.error), GD_OK);
        ck_assert_int_eq(run(&bench, &gd_stage_train, "{steps: 1, batch: 64, validation: 0.5}"), GD_OK);
        ck_assert_double_gt(bench_figure(&bench, "validation_loss"), 1.5);
        ck_assert_double_lt(bench_figure(&bench, "validation_loss"), 6);
        bench_close(&bench);
    }
}
END_TEST

/* However large the share that is held back, one structure is left to train on; of one, none is held back. */
START_TEST(one_structure_at_least_is_trained_on)
{
    static const char *const shares[] = {"{steps: 3, batch: 2, validation: 0.5}",
                                         "{steps: 3, batch: 2, validation: 0.9}"};
    for (size_t count = 1; count <= 6; count++) {
        struct bench bench;
        open_school(&bench, count);
        ck_assert_msg(run(&bench, &gd_stage_train, shares[_i]) == GD_OK, "%s", bench.error.text);
        ck_assert_int_eq(isnan(bench_figure(&bench, "validation_loss")), count == 1);
        ck_assert(isfinite(bench_figure(&bench, "loss")));
        bench_close(&bench);
    }
}
END_TEST

/* --- Forces and energies ------------------------------------------------------------------------------------------ */

#define ALL_HEADS 7     /* score, force, energy */
#define ZERO      -31.0 /* eV, of the springs' energies */

/* Adds pairs of atoms at 2 to 3 Å to a set, with the forces of a spring of 2.5 Å and 4 eV/Å². */
static void add_springs(struct gd_set *set, size_t count, struct gd_stream *stream)
{
    for (size_t k = 0; k < count; k++) {
        double positions[6], direction[3], length = 0, stretch = gd_stream_uniform(stream) - 0.5;
        for (int d = 0; d < 3; d++) {
            direction[d] = gd_stream_normal(stream);
            length += direction[d] * direction[d];
        }
        for (int d = 0; d < 3; d++) {
            direction[d] /= sqrt(length);
            positions[d] = 12 * gd_stream_uniform(stream);
            positions[3 + d] = positions[d] + (2.5 + stretch) * direction[d];
        }
        ck_assert_int_eq(gd_set_push(set, positions, NULL), GD_OK);
        double *forces = set->forces + 6 * (set->count - 1);
        for (int d = 0; d < 3; d++) {
            forces[d] = 4 * stretch * direction[d];
            forces[3 + d] = -forces[d];
        }
        set->energies[set->count - 1] = ZERO + 2 * stretch * stretch;
    }
}

/* A buffer, an archive of springs, and a batch of springs, of which all but the first are the archive's last. */
static void open_springs(struct bench *bench)
{
    open_school_for(bench, 10, ALL_HEADS);
    struct gd_stream stream = gd_stream_make(3, 1, 4, 2);
    const struct gd_set *buffer = gd_state_get(bench->state, "buffer");
    struct gd_structure like = gd_set_view(buffer, 0);
    struct gd_set *archive = gd_set_new(&like, buffer->fixed, &bench->error);
    struct gd_set *batch = gd_set_new(&like, buffer->fixed, &bench->error);
    add_springs(archive, 60, &stream);
    add_springs(batch, 21, &stream);
    ck_assert_int_eq(gd_set_append(archive, batch, 1, 20, &bench->error), GD_OK);
    for (size_t k = 0; k < batch->count; k++) /* a batch knows no forces */
        gd_set_mark_moved(batch, k);
    ck_assert_int_eq(gd_state_put(bench->state, "archive", archive, &bench->error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench->state, "batch", batch, &bench->error), GD_OK);
}

/* Fresh springs are predicted, which untrained heads do not do; the score is learnt as well. */
START_TEST(test_forces_and_energies_are_learnt)
{
    struct bench bench;
    open_springs(&bench);
    ck_assert_msg(run(&bench, &gd_stage_train, "{steps: 500, rate: 3e-3, archive_batch: 16}") == GD_OK, "%s",
                  bench.error.text);
    ck_assert_double_lt(bench_figure(&bench, "force_cosine"), 0.5);
    ck_assert_double_lt(bench_figure(&bench, "loss"), 2.8);
    ck_assert_double_gt(bench_figure(&bench, "force_error"), 0.5 * bench_figure(&bench, "force_median"));
    struct gd_stream stream = gd_stream_make(3, 1, 4, 5);
    struct gd_set *archive = gd_state_get(bench.state, "archive"), *batch = gd_state_get(bench.state, "batch");
    batch->count = 0;
    add_springs(batch, 20, &stream);
    ck_assert_int_eq(gd_set_append(archive, batch, 0, 20, &bench.error), GD_OK);
    ck_assert_int_eq(run(&bench, &gd_stage_train, "{steps: 1}"), GD_OK);
    ck_assert_double_gt(bench_figure(&bench, "force_cosine"), 0.95);
    ck_assert_double_lt(bench_figure(&bench, "force_error"), 0.3 * bench_figure(&bench, "force_median"));
    ck_assert_double_gt(bench_figure(&bench, "energy_rank"), 0.9);
    ck_assert_double_lt(bench_figure(&bench, "energy_error"), 0.05);
    bench_close(&bench);
}
END_TEST

/* Already after one step the median of the predicted energies is that of the exact ones, wherever their zero is. */
START_TEST(test_energies_have_the_zero_of_the_archive)
{
    struct bench bench;
    open_springs(&bench);
    ck_assert_int_eq(run(&bench, &gd_stage_train, "{steps: 1, rate: 1e-9}"), GD_OK);
    const struct gd_set *archive = gd_state_get(bench.state, "archive");
    struct gd_network *network;
    ck_assert_int_eq(gd_network_new(&network, gd_state_get(bench.state, "model"), "cpu", 1, &bench.error), GD_OK);
    size_t above = 0;
    for (size_t k = 0; k < archive->count; k++) {
        const struct gd_structure structure = gd_set_view(archive, k);
        const double time = 0;
        float energy;
        ck_assert_int_eq(gd_network_structures(network, &structure, &archive->fixed, 1, &bench.error), GD_OK);
        ck_assert_int_eq(gd_network_forward(network, &gd_head_energy, &time, false, &energy, &bench.error), GD_OK);
        above += (double)energy > archive->energies[k];
    }
    ck_assert_uint_ge(above, 39);
    ck_assert_uint_le(above, 41);
    gd_network_free(network);
    bench_close(&bench);
}
END_TEST

/* The medians are of the 20 structures that came from the batch, whatever else the archive has. */
START_TEST(test_the_error_is_that_of_the_last_draws)
{
    struct bench bench;
    open_springs(&bench);
    const struct gd_set *archive = gd_state_get(bench.state, "archive");
    for (size_t c = 0; c < 6 * 60; c++)
        archive->forces[c] *= 100;
    ck_assert_int_eq(run(&bench, &gd_stage_train, "{steps: 1}"), GD_OK);
    double median = bench_figure(&bench, "force_median");
    size_t below = 0;
    for (size_t k = 0; k < 40; k++) {
        const double *force = archive->forces + 6 * 60 + 3 * k;
        below += sqrt(force[0] * force[0] + force[1] * force[1] + force[2] * force[2]) < median;
    }
    ck_assert_uint_ge(below, 18); /* the two atoms of a spring have the same, so the middle may be shared */
    ck_assert_uint_le(below, 20);
    bench_close(&bench);
}
END_TEST

/* Forces longer than the cap are scaled down to it, shorter ones and the positions are as they were. */
START_TEST(test_targets_are_capped)
{
    struct bench bench;
    struct gd_training_batch batch = {0};
    open_school(&bench, 1);
    const double forces[] = {3, 0, 4, 0, -0.5, 0};
    const float expected[] = {0.6f, 0, 0.8f, 0, -0.5f, 0};
    const struct gd_set *buffer = gd_state_get(bench.state, "buffer");
    ck_assert_int_eq(gd_training_batch_make(&batch, buffer, 2, &bench.error), GD_OK);
    gd_training_batch_copy(&batch, 1, buffer->positions, forces, 1.0);
    for (int c = 0; c < 6; c++)
        ck_assert_float_eq_tol(batch.target[6 + c], expected[c], 1e-7f);
    ck_assert_mem_eq(batch.structures[1].positions, buffer->positions, 6 * sizeof *buffer->positions);
    gd_training_batch_copy(&batch, 1, buffer->positions, forces, 0);
    ck_assert_float_eq(batch.target[6], 3);
    gd_training_batch_clear(&batch);
    bench_close(&bench);
}
END_TEST

/* Without an archive there is nothing to learn, and it is said; unless the forces are not trained. */
START_TEST(test_an_empty_archive_teaches_nothing)
{
    struct bench bench;
    open_school_for(&bench, 10, ALL_HEADS);
    ck_assert_int_eq(run(&bench, &gd_stage_train, "{steps: 1}"), GD_FAILED);
    ck_assert_msg(strstr(bench.error.text, "forces and energies are learned from the archive, which is empty"), "%s",
                  bench.error.text);
    ck_assert_int_eq(run(&bench, &gd_stage_train, "{steps: 1, forces: {weight: 0}, energies: {weight: 0}}"), GD_OK);
    bench_close(&bench);
}
END_TEST

static void spoil(struct bench *bench)
{
    struct gd_model *model = gd_state_get(bench->state, "model");
    const struct gd_tensor *tensor = gd_model_tensor(model, "filter_net.weight");
    for (int k = 0; k < tensor->rows * tensor->columns; k++)
        model->parameters[tensor->offset + (size_t)k] = 3e38f;
}

static void names_what_is_not_finite(const struct gd_stage *stage, const char *params)
{
    struct bench bench;
    struct scratch scratch = scratch_make();
    char path[512];
    open_school(&bench, 10);
    bench.context.directory = scratch.path;
    spoil(&bench);
    ck_assert_int_eq(run(&bench, stage, params), GD_FAILED);
    ck_assert_msg(strstr(bench.error.text, "atom ") && strstr(bench.error.text, "time ") &&
                      strstr(bench.error.text, "step 1"),
                  "%s", bench.error.text);
    ck_assert_int_eq(access(scratch_name(&scratch, "nonfinite.extxyz", path), R_OK), 0);
    scratch_remove(&scratch);
    bench_close(&bench);
}

START_TEST(test_training_names_what_is_not_finite)
{
    names_what_is_not_finite(&gd_stage_train, "{steps: 5, batch: 4}");
}
END_TEST

/* Trains with all parameters times a factor; -1 when it fails, else how many steps were skipped. */
static double train_magnified(float factor)
{
    struct bench bench;
    open_school(&bench, 10);
    struct gd_model *model = gd_state_get(bench.state, "model");
    for (size_t k = 0; k < model->parameter_count; k++)
        model->parameters[k] *= factor;
    const enum gd_status status = run(&bench, &gd_stage_train, "{steps: 40, batch: 1, rate: 1e-9}");
    double skipped = status ? -1 : 0;
    for (int k = 0; k < bench.figure_count && !status; k++)
        if (strcmp(bench.figures[k].name, "skipped") == 0)
            skipped = bench.figures[k].value;
    model = gd_state_get(bench.state, "model");
    for (size_t k = 0; k < model->parameter_count && !status; k++)
        ck_assert(isfinite(model->parameters[k]));
    if (!status)
        ck_assert(isfinite(bench_figure(&bench, "gradient_norm")));
    bench_close(&bench);
    return skipped;
}

/* Some gradients that overflow are left out and counted; where most do, training fails. */
START_TEST(test_some_gradients_may_overflow)
{
    double skipped = 0, most = 0;
    ck_assert_double_eq(train_magnified(1), 0);
    for (float factor = 1.5F; skipped >= 0 && factor < 1e9F; factor *= 1.01F) {
        skipped = train_magnified(factor);
        most = fmax(most, skipped);
    }
    ck_assert_double_lt(skipped, 0);
    ck_assert_double_gt(most, 0);
    ck_assert_double_le(most, 10);
}
END_TEST

START_TEST(test_sampling_names_what_is_not_finite)
{
    names_what_is_not_finite(&gd_stage_sample, "{count: 3, steps: 5}");
}
END_TEST

START_TEST(test_the_second_interrupt_stops_at_once)
{
    struct bench bench;
    open_school(&bench, 10);
    volatile int interrupted = 2;
    bench.context.interrupted = &interrupted;
    const void *before = gd_state_get(bench.state, "model");
    ck_assert_int_eq(run(&bench, &gd_stage_train, "{steps: 1000000}"), GD_INTERRUPTED);
    ck_assert_ptr_eq(gd_state_get(bench.state, "model"), before);
    ck_assert_int_eq(run(&bench, &gd_stage_sample, "{count: 3}"), GD_INTERRUPTED);
    bench_close(&bench);
}
END_TEST

static struct gd_set *drawn(struct bench *bench, const char *params)
{
    open_school(bench, 4);
    ck_assert_msg(run(bench, &gd_stage_sample, params) == GD_OK, "%s", bench->error.text);
    return gd_state_get(bench->state, "batch");
}

/* Seven structures of two atoms on a slab whose pairs they share; the caller closes the bench. */
static struct gd_set *drawn_on_slab(struct bench *bench, const char *params)
{
    const int64_t size[3] = {3, 3, 2};
    const int species[2] = {78, 78};
    const double window[2] = {1, 4};
    struct gd_structure slab = {0};
    struct gd_system *system = calloc(1, sizeof *system);
    open_school(bench, 4);
    ck_assert_int_eq(gd_build_fcc111(78, size, 3.92, 8, &slab, &bench->error), GD_OK);
    ck_assert_int_eq(gd_system_make(system, &slab, species, 2, window, false, &bench->error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench->state, "system", system, &bench->error), GD_OK);
    gd_structure_clear(&slab);
    ck_assert_msg(run(bench, &gd_stage_sample, params) == GD_OK, "%s", bench->error.text);
    return gd_state_get(bench->state, "batch");
}

/* With filters from a table and worked out for every pair, on a template and without one. */
START_TEST(test_chunks_do_not_change_a_bit)
{
    static const char *const tables[] = {"true", "false"};
    struct gd_set *(*draw)(struct bench *, const char *) = _i < 2 ? drawn : drawn_on_slab;
    struct bench benches[3];
    const struct gd_set *sets[3];
    for (int k = 0; k < 3; k++) {
        static const int chunks[] = {0, 3, 1};
        char params[80];
        snprintf(params, sizeof params, "{count: 7, steps: 20, chunk: %d, table: %s}", chunks[k], tables[_i % 2]);
        sets[k] = draw(&benches[k], params);
        ck_assert_uint_eq(sets[k]->count, 7);
    }
    size_t each = sets[0]->atoms * sizeof(double[3]);
    ck_assert_mem_eq(sets[0]->positions, sets[1]->positions, 7 * each);
    ck_assert_mem_eq(sets[0]->positions, sets[2]->positions, 7 * each);
    ck_assert_mem_ne(sets[0]->positions, (const char *)sets[0]->positions + each, each);
    for (int k = 0; k < 3; k++)
        bench_close(&benches[k]);
}
END_TEST

/* How many of a batch have their two atoms 2.0 to 3.0 Å apart, under the minimum image. */
static size_t bonded(const struct gd_system *system, const struct gd_set *batch)
{
    size_t count = 0;
    for (size_t k = 0; k < batch->count; k++) {
        const double *a = batch->positions + 6 * k;
        double difference[3] = {a[3] - a[0], a[4] - a[1], a[5] - a[2]};
        double r = gd_minimum_image(&system->basis, difference);
        count += r > 2.0 && r < 3.0;
    }
    return count;
}

/* Two atoms placed at random are 2 to 3 Å apart with a chance of 4/3 π (27 - 8) / 12³ = 0.046: 9 of 200. */
START_TEST(test_what_was_learnt_is_drawn)
{
    struct bench bench;
    open_school(&bench, 200);
    ck_assert_int_eq(run(&bench, &gd_stage_train, "{steps: 700, batch: 16, rate: 3e-3}"), GD_OK);
    ck_assert_int_eq(run(&bench, &gd_stage_sample, "{count: 200, steps: 100}"), GD_OK);
    size_t count = bonded(gd_state_get(bench.state, "system"), gd_state_get(bench.state, "batch"));
    ck_assert_uint_ge(count, 40);
    bench_close(&bench);
}
END_TEST

/* A noise whose spread is ½ Å at all times: there, networks that predict different things can be the same network but
 * for factors that are powers of two, which change no digit. */
static enum gd_status even_check(const void *params, struct gd_error *error)
{
    (void)params, (void)error;
    return GD_OK;
}

static double even_spread(const void *params, double t)
{
    (void)params;
    return t > 0 ? 0.5 : 0;
}

static double even_diffusion2(const void *params, double t)
{
    (void)params, (void)t;
    return 1;
}

static const struct gd_noise_class even_noise = {
    .base = {.name = "even", .summary = "half an ångström"},
    .check = even_check,
    .spread = even_spread,
    .diffusion2 = even_diffusion2,
};

/* A school with that noise. */
static void open_even_school(struct bench *bench)
{
    struct gd_process *process = calloc(1, sizeof *process);
    open_school(bench, 10);
    ck_assert_int_eq(gd_registry_add_component(bench->registry, "noise", &even_noise.base, &bench->error), GD_OK);
    ck_assert_int_eq(gd_process_make(process, &even_noise, NULL, &bench->error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench->state, "noise", process, &bench->error), GD_OK);
    ((struct gd_model *)gd_state_get(bench->state, "model"))->process = *process;
}

/* The model, whose output is multiplied by `factor`, is said to predict something else, and comes back from a file. The
 * output is a product with the second row of this weight. */
static void through_a_file(struct bench *bench, const struct gd_prediction *prediction, float factor)
{
    struct gd_model *model = gd_state_get(bench->state, "model"), *read;
    const struct gd_tensor *tensor = gd_model_tensor(model, "head.2.mix_vectors.weight");
    struct scratch scratch = scratch_make();
    char path[512];
    ck_assert_int_eq(tensor->rows, 2);
    for (int k = 0; k < tensor->columns; k++)
        model->parameters[tensor->offset + (size_t)(tensor->columns + k)] *= factor;
    model->prediction = prediction;
    ck_assert_int_eq(gd_model_write(model, scratch_name(&scratch, "model.h5", path), &bench->error), GD_OK);
    ck_assert_msg(gd_model_read(&read, path, bench->registry, &bench->error) == GD_OK, "%s", bench->error.text);
    ck_assert_ptr_eq(read->prediction, prediction);
    ck_assert_int_eq(gd_state_put(bench->state, "model", read, &bench->error), GD_OK);
    scratch_remove(&scratch);
}

/* The network of every prediction, and the one that predicts -ε, from the same random numbers. */
static void open_predicting(struct bench benches[2], const struct gd_prediction *prediction)
{
    static const struct {
        const char *name;
        float factor;
    } factors[] = {{"-noise", 1}, {"noise", -1}, {"score", 2}};
    size_t k = 0;
    while (strcmp(factors[k].name, prediction->name) != 0)
        ck_assert_uint_lt(++k, sizeof factors / sizeof *factors);
    for (int n = 0; n < 2; n++) {
        open_even_school(&benches[n]);
        through_a_file(&benches[n], n ? prediction : gd_predictions, n ? factors[k].factor : 1);
    }
}

static int count_predictions(void)
{
    int count = 0;
    while (gd_predictions[count].name)
        count++;
    return count;
}

START_TEST(test_draws_do_not_depend_on_what_is_predicted)
{
    struct bench benches[2];
    const struct gd_set *sets[2];
    open_predicting(benches, &gd_predictions[_i]);
    for (int n = 0; n < 2; n++) {
        ck_assert_int_eq(run(&benches[n], &gd_stage_sample, "{count: 3, steps: 20}"), GD_OK);
        sets[n] = gd_state_get(benches[n].state, "batch");
    }
    ck_assert_mem_eq(sets[0]->positions, sets[1]->positions, 3 * 2 * sizeof(double[3]));
    for (int n = 0; n < 2; n++)
        bench_close(&benches[n]);
}
END_TEST

START_TEST(test_losses_do_not_depend_on_what_is_predicted)
{
    struct bench benches[2];
    double losses[2];
    open_predicting(benches, &gd_predictions[_i]);
    for (int n = 0; n < 2; n++) {
        ck_assert_int_eq(run(&benches[n], &gd_stage_train, "{steps: 1}"), GD_OK);
        losses[n] = bench_figure(&benches[n], "loss");
    }
    ck_assert(losses[0] == losses[1]);
    const struct gd_model *trained = gd_state_get(benches[1].state, "model");
    ck_assert_ptr_eq(trained->prediction, &gd_predictions[_i]);
    for (int n = 0; n < 2; n++)
        bench_close(&benches[n]);
}
END_TEST

/* Training in its own form: at all times alike, of a noise that grows. */
START_TEST(test_every_prediction_is_learnt)
{
    struct bench bench;
    open_school(&bench, 64);
    ((struct gd_model *)gd_state_get(bench.state, "model"))->prediction = &gd_predictions[_i];
    ck_assert_int_eq(run(&bench, &gd_stage_train, "{steps: 600, batch: 16, rate: 3e-3}"), GD_OK);
    ck_assert_double_lt(bench_figure(&bench, "validation_loss"), 2.85);
    bench_close(&bench);
}
END_TEST

/* Forces as a goal, for atoms that are harmonic around their sites, S = 0.06 Å: the mean error of the goal against the
 * exact score -x/(S² + s²), in 1/Å, for the force, the noise, and the mix of both, which has none. */
enum { HARMONIC = 20000 };

static double goal_error(double spread, double variance, bool forces)
{
    const double S2 = 0.06 * 0.06;
    struct bench bench;
    struct gd_process process;
    struct gd_model model = {.prediction = gd_predictions};
    struct gd_training_batch batch = {0};
    struct gd_stream stream = gd_stream_make(5, 0, 0, 0);
    double *positions = calloc(HARMONIC, sizeof(double[3])), *pull = calloc(HARMONIC, sizeof(double[3])), sum = 0;
    bench_open(&bench);
    struct gd_system *system = bench_system(&bench, HARMONIC);
    const struct gd_ve_params ve = {GD_LINEAR, 0.01, sqrt(spread * spread + 1e-4)};
    ck_assert_int_eq(gd_process_make(&process, &gd_noise_ve, &ve, &bench.error), GD_OK);
    model.process = process;
    for (int c = 0; c < 3 * HARMONIC; c++) {
        positions[c] = 6 + 0.06 * gd_stream_normal(&stream);
        pull[c] = -(positions[c] - 6) / S2;
    }
    struct gd_set *set = bench_set(system, 1, positions);
    ck_assert_int_eq(gd_training_batch_make(&batch, set, 1, &bench.error), GD_OK);
    const struct gd_force_goal goal = {pull, variance, false};
    gd_training_batch_fill(&batch, 0, system, &model, positions, 1, 1, forces ? &goal : NULL, &stream);
    for (int c = 0; c < 3 * HARMONIC; c++) {
        double score = batch.target[c] / spread, exact = -(batch.positions[c] - 6) / (S2 + spread * spread);
        sum += (score - exact) * (score - exact) / (3 * HARMONIC);
    }
    gd_training_batch_clear(&batch);
    gd_set_free(set);
    free(positions);
    free(pull);
    bench_close(&bench);
    return sqrt(sum);
}

START_TEST(test_goals_of_harmonic_atoms)
{
    static const double known[3][3] = {{0.02, 5.27, 47.4}, {0.06, 11.78, 11.78}, {0.3, 16.34, 0.654}};
    const double spread = known[_i][0];
    ck_assert_double_eq_tol(goal_error(spread, INFINITY, true) / known[_i][1], 1, 0.01);
    ck_assert_double_eq_tol(goal_error(spread, 0, false) / known[_i][2], 1, 0.01);
    ck_assert_double_eq_tol(goal_error(spread, 0, true) / known[_i][2], 1, 0.01);
    ck_assert_double_lt(goal_error(spread, 0.0036, true), 1e-4);
}
END_TEST

/* The control that steers from the middle of the cell to N(1.5, 0.25) Å, by least squares of its goal at time t: v is
 * intercept + slope x. σ from 0.01 to 3 Å; and the bridge's moments, from x_0 = 1.5 Å. */
static struct gd_process steering_process(struct bench *bench)
{
    struct gd_process process;
    ck_assert_int_eq(
        gd_process_make(&process, &gd_noise_ve, &(struct gd_ve_params){GD_EXPONENTIAL, 0.01, 3}, &bench->error), GD_OK);
    return process;
}

/* Fills a batch with one atom at x_0, as seen from the middle, whose force over T is that of N(1.5, 0.25). */
static void steer(struct gd_training_batch *batch, const struct gd_system *system, const struct gd_model *model,
                  double t, double variance, const double x[3], struct gd_stream *stream)
{
    double at[3], pull[3];
    for (int axis = 0; axis < 3; axis++) {
        at[axis] = 20 + x[axis];
        pull[axis] = -(x[axis] - 1.5) / 0.25;
    }
    const struct gd_force_goal goal = {pull, variance, true};
    gd_training_batch_fill(batch, 0, system, model, at, t, 1, &goal, stream);
}

/* A network that sees where atoms are. */
static const struct gd_mlp_params absolute;

static void open_steering(struct bench *bench, struct gd_training_batch *batch)
{
    const struct gd_structure box = {.cell = {{{40, 0, 0}, {0, 40, 0}, {0, 0, 40}}, {false, false, false}}};
    struct gd_system *system = calloc(1, sizeof *system);
    bench_open(bench);
    ck_assert_int_eq(gd_system_make(system, &box, (int[]){18}, 1, NULL, false, &bench->error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench->state, "system", system, &bench->error), GD_OK);
    struct gd_set *set = bench_set(system, 1, (double[]){0, 0, 0});
    ck_assert_int_eq(gd_training_batch_make(batch, set, 1, &bench->error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench->state, "buffer", set, &bench->error), GD_OK);
}

/* Of goals by the force alone, by the path alone, by both, and by both without any spread, 1/(1/S² - 1/ν). */
static const double steered[] = {INFINITY, 0, 0.05, 1 / (1 / 0.25 - 1 / (9 - 1e-4))};

START_TEST(test_control_of_a_gaussian)
{
    static const double known[3][3] = {{0.95, 0.289, -0.187}, {0.7, 2.801, -1.816}, {0.3, 5.932, -3.845}};
    enum { PAIRS = 200000 };
    const double *row = known[_i % 3], t = row[0], variance = steered[_i / 3];
    struct bench bench;
    struct gd_training_batch batch = {0};
    struct gd_stream stream = gd_stream_make(8, 0, 0, 0);
    double sums[5] = {0};
    open_steering(&bench, &batch);
    const struct gd_model model = {.type = &gd_network_mlp,
                                   .params = (void *)&absolute,
                                   .prediction = gd_predictions,
                                   .process = steering_process(&bench)};
    const double s = gd_process_spread(&model.process, t);
    for (int k = 0; k < PAIRS; k++) {
        double x[3];
        for (int axis = 0; axis < 3; axis++)
            x[axis] = 1.5 + 0.5 * gd_stream_normal(&stream);
        steer(&batch, gd_state_get(bench.state, "system"), &model, t, variance, x, &stream);
        for (int axis = 0; axis < 3; axis++) {
            const double at = batch.positions[axis] - 20, goal = batch.target[axis] / s;
            const double terms[5] = {at, goal, at * at, at * goal, goal * goal};
            for (int m = 0; m < 5; m++)
                sums[m] += terms[m] / (3 * PAIRS);
        }
    }
    const double width = sums[2] - sums[0] * sums[0], slope = (sums[3] - sums[0] * sums[1]) / width;
    const double rest = fmax(0, sums[4] - sums[1] * sums[1] - slope * slope * width);
    const double slack = 4 * sqrt(rest / (3 * PAIRS)) * sqrt(sums[2] / width) + 5e-4;
    ck_assert_double_eq_tol(slope, row[2], 4 * sqrt(rest / (3 * PAIRS) / width) + 5e-4);
    ck_assert_double_eq_tol(sums[1] - slope * sums[0], row[1], slack);
    ck_assert(_i < 9 || rest < 1e-8);
    gd_training_batch_clear(&batch);
    bench_close(&bench);
}
END_TEST

/* A single atom comes from the middle of the cell, whatever a network sees of it. */
START_TEST(test_bridge_from_the_middle)
{
    static const struct gd_painn_params relative;
    enum { DRAWS = 340000 };
    struct bench bench;
    struct gd_training_batch batch = {0};
    struct gd_stream stream = gd_stream_make(9, 0, 0, 0);
    open_steering(&bench, &batch);
    const struct gd_model model = {.type = _i ? &gd_network_mlp : &gd_network_painn,
                                   .params = _i ? (void *)&absolute : (void *)&relative,
                                   .prediction = gd_predictions,
                                   .process = steering_process(&bench)};
    const double left = pow(gd_process_spread(&model.process, 0.9), 2);
    ck_assert_double_eq_tol(pow(gd_process_spread(&model.process, 1), 2), 9 - 1e-4, 1e-9);
    double mean = 0, square = 0;
    for (int k = 0; k < DRAWS; k++) {
        steer(&batch, gd_state_get(bench.state, "system"), &model, 0.9, INFINITY, (const double[]){1.5, 1.5, 1.5},
              &stream);
        for (int axis = 0; axis < 3; axis++) {
            mean += (batch.positions[axis] - 20) / (3 * DRAWS);
            square += pow(batch.positions[axis] - 20, 2) / (3 * DRAWS);
        }
    }
    const double share = 1 - left / (9 - 1e-4), variance = share * left;
    ck_assert_double_eq_tol(mean, 1.5 * share, 4 * sqrt(variance / (3 * DRAWS)));
    ck_assert_double_eq_tol((square - mean * mean) / variance, 1, 4 * sqrt(2. / (3 * DRAWS)));
    gd_training_batch_clear(&batch);
    bench_close(&bench);
}
END_TEST

/* Two atoms whose middle is 3 Å from that of the cell: to a network that sees where they are they come from the middle
 * of the cell, to one that sees their distance from their own, which stays where it is. */
START_TEST(test_bridge_of_several_atoms)
{
    static const struct gd_painn_params relative;
    enum { DRAWS = 20000 };
    struct bench bench;
    struct gd_training_batch batch = {0};
    struct gd_stream stream = gd_stream_make(9, 0, 0, 0);
    const struct gd_structure box = {.cell = {{{40, 0, 0}, {0, 40, 0}, {0, 0, 40}}, {false, false, false}}};
    const double at[6] = {21, 20, 20, 25, 20, 20}, pull[6] = {0};
    const struct gd_force_goal goal = {pull, INFINITY, true};
    struct gd_system *system = calloc(1, sizeof *system);
    bench_open(&bench);
    ck_assert_int_eq(gd_system_make(system, &box, (int[]){18, 18}, 2, NULL, false, &bench.error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench.state, "system", system, &bench.error), GD_OK);
    struct gd_set *set = bench_set(system, 1, at);
    ck_assert_int_eq(gd_training_batch_make(&batch, set, 1, &bench.error), GD_OK);
    const struct gd_model model = {.type = _i ? &gd_network_mlp : &gd_network_painn,
                                   .params = _i ? (void *)&absolute : (void *)&relative,
                                   .prediction = gd_predictions,
                                   .process = steering_process(&bench)};
    const double all = 9 - 1e-4, left = pow(gd_process_spread(&model.process, 0.9), 2), share = 1 - left / all;
    double mean = 0, square = 0;
    for (int k = 0; k < DRAWS; k++) {
        gd_training_batch_fill(&batch, 0, system, &model, at, 0.9, 1, &goal, &stream);
        const double middle = (batch.positions[0] + batch.positions[3]) / 2;
        mean += middle / DRAWS;
        square += middle * middle / DRAWS;
    }
    const double variance = _i ? share * left / 2 : 0;
    ck_assert_double_eq_tol(mean, _i ? 20 + 3 * share : 23, 4 * sqrt(variance / DRAWS) + 1e-6);
    ck_assert_double_eq_tol(square - mean * mean, variance, 4 * variance * sqrt(2. / DRAWS) + 1e-6);
    gd_training_batch_clear(&batch);
    gd_set_free(set);
    bench_close(&bench);
}
END_TEST

/* --- Conditions --------------------------------------------------------------------------------------------------- */

/* The mean distance of the two atoms of a batch, under the minimum image; those beyond 4 Å are left out. */
static double mean_distance(const struct bench *bench)
{
    const struct gd_system *system = gd_state_get(bench->state, "system");
    const struct gd_set *batch = gd_state_get(bench->state, "batch");
    double sum = 0, count = 0;
    for (size_t k = 0; k < batch->count; k++) {
        const double *a = batch->positions + 6 * k;
        double difference[3] = {a[3] - a[0], a[4] - a[1], a[5] - a[2]};
        const double r = gd_minimum_image(&system->basis, difference);
        sum += r < 4 ? r : 0;
        count += r < 4;
    }
    ck_assert_double_gt(count, 20);
    return sum / count;
}

static uint64_t conditioned_score(void)
{
    int k = 0;
    while (gd_heads[k] != &gd_head_conditioned_score)
        k++;
    return UINT64_C(1) << k;
}

/* Pairs at 2 Å have 0 eV, pairs at 3 Å 1 eV: low ranks are short. */
START_TEST(test_conditions_are_learnt)
{
    struct bench bench;
    double means[3];
    open_school_for(&bench, 200, conditioned_score());
    struct gd_set *buffer = gd_state_get(bench.state, "buffer");
    for (size_t k = 0; k < buffer->count; k++) {
        buffer->energies[k] = (double)(k % 2);
        for (int axis = 0; axis < 3; axis++) {
            double *at = buffer->positions + 6 * k + axis;
            at[3] = at[0] + (at[3] - at[0]) * (k % 2 ? 3. / 2.5 : 2. / 2.5);
        }
    }
    ck_assert_msg(run(&bench, &gd_stage_train, "{steps: 1500, batch: 16, rate: 3e-3, weights: uniform}") == GD_OK, "%s",
                  bench.error.text);
    for (int k = 0; k < 3; k++) {
        static const char *const asked[] = {"{rank: 0.25, weight: 1}", "{rank: 0.75, weight: 1}",
                                            "{rank: 0.25, weight: 0}"};
        char params[120];
        snprintf(params, sizeof params, "{count: 400, steps: 60, condition: %s}", asked[k]);
        ck_assert_int_eq(run(&bench, &gd_stage_sample, params), GD_OK);
        means[k] = mean_distance(&bench);
    }
    ck_assert_msg(means[0] < means[1] - 0.3, "%g and %g", means[0], means[1]);
    ck_assert_msg(means[2] < means[1] - 0.2, "%g and %g", means[2], means[1]);
    bench_close(&bench);
}
END_TEST

/* Of which nothing is told, the energies do not matter. */
START_TEST(test_what_is_not_told_is_not_learnt)
{
    float first[2][2];
    for (int changed = 0; changed < 2; changed++)
        for (int way = 0; way < 2; way++) {
            struct bench bench;
            open_school_for(&bench, 10, conditioned_score());
            struct gd_set *buffer = gd_state_get(bench.state, "buffer");
            for (size_t k = 0; k < buffer->count; k++)
                buffer->energies[k] = changed ? (double)k : -(double)k;
            ck_assert_int_eq(run(&bench, &gd_stage_train,
                                 way ? "{steps: 3, batch: 4, weights: uniform, untold: 1}"
                                     : "{steps: 3, batch: 4, weights: uniform}"),
                             GD_OK);
            const struct gd_model *model = gd_state_get(bench.state, "model");
            first[changed][way] =
                model->parameters[gd_model_tensor(model, "conditioned_head.0.mix_vectors.weight")->offset];
            bench_close(&bench);
        }
    ck_assert(first[0][0] != first[1][0]);
    ck_assert(first[0][1] == first[1][1]);
}
END_TEST

START_TEST(test_training_on_forces)
{
    static const char *const goals[] = {"force", "mix", "adjoint", "adjoint_mix"};
    char params[200];
    struct bench bench;
    open_school(&bench, 64);
    struct gd_set *buffer = gd_state_get(bench.state, "buffer");
    for (size_t c = 0; c < 3 * buffer->count * buffer->atoms; c++)
        buffer->forces[c] = c % 6 == 0 ? 150 : 0;
    snprintf(params, sizeof params, "{steps: 300, batch: 16, rate: 3e-3, goal: %s, weights: uniform}", goals[_i]);
    ck_assert_msg(run(&bench, &gd_stage_train, params) == GD_OK, "%s", bench.error.text);
    ck_assert_double_eq(bench_figure(&bench, "clipped"), 0.5); /* one atom of two has 150 eV/Å at T = 1 eV */
    ck_assert(isfinite(bench_figure(&bench, "loss")));
    bench_close(&bench);
}
END_TEST

START_TEST(test_forces_that_are_not_known)
{
    struct bench bench;
    open_school(&bench, 4);
    ck_assert_int_eq(run(&bench, &gd_stage_train, "{steps: 3, batch: 2, goal: force}"), GD_FAILED);
    ck_assert_msg(strstr(bench.error.text, "without forces") != NULL, "%s", bench.error.text);
    bench_close(&bench);
}
END_TEST

/* Noised structures with energies of 100 + 5 t: far from what an untrained head says. */
static void put_goals(struct bench *bench, size_t count)
{
    struct gd_set *goals = gd_set_copy(gd_state_get(bench->state, "buffer"), NULL, count, &bench->error);
    struct gd_goal_energies *energies = gd_goal_energies_new(count, &bench->error);
    ck_assert_ptr_nonnull(goals);
    ck_assert_ptr_nonnull(energies);
    for (size_t k = 0; k < count; k++) {
        const double t = goals->energies[k] = ((double)k + 0.5) / (double)count;
        energies->energies[k] = 100 + 5 * t;
    }
    ck_assert_int_eq(gd_state_put(bench->state, "goals", goals, &bench->error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench->state, "goal_energies", energies, &bench->error), GD_OK);
}

/* A model whose score is the slope of an energy learns energies, is drawn from, and learns nothing else. Energies of
 * 100 + 5 t have a variance of 2.1 around their mean. */
START_TEST(test_noised_energies_are_learnt)
{
    struct bench bench;
    uint64_t heads = 0;
    for (int k = 0; gd_heads[k]; k++)
        heads |= gd_heads[k] == &gd_head_noised_energy ? UINT64_C(1) << k : 0;
    open_school_for(&bench, 64, heads);
    ck_assert_int_eq(run(&bench, &gd_stage_train, "{steps: 3, batch: 4}"), GD_FAILED);
    ck_assert_msg(strstr(bench.error.text, "learns from what estimate finds") != NULL, "%s", bench.error.text);
    put_goals(&bench, 64);
    ck_assert_msg(run(&bench, &gd_stage_train, "{goal: pairs, steps: 600, batch: 16, rate: 3e-3}") == GD_OK, "%s",
                  bench.error.text);
    ck_assert_double_lt(bench_figure(&bench, "loss"), 0.3);
    ck_assert_msg(run(&bench, &gd_stage_sample, "{count: 4, steps: 5}") == GD_OK, "%s", bench.error.text);
    bench_close(&bench);
}
END_TEST

Suite *suite_train(void)
{
    Suite *suite = suite_create("train");
    TCase *tests = tcase_create("train");
    tcase_add_test(tests, test_training_beats_knowing_nothing);
    tcase_add_test(tests, test_what_was_learnt_is_drawn);
    tcase_add_test(tests, test_noised_energies_are_learnt);
    tcase_add_test(tests, test_threads_do_not_change_a_bit);
    tcase_add_loop_test(tests, test_training_stops_by_itself, 0, 2);
    tcase_add_test(tests, test_parameters_are_averaged);
    tcase_add_test(tests, test_a_buffer_of_one_is_enough);
    tcase_add_loop_test(tests, test_goals_of_harmonic_atoms, 0, 3);
    tcase_add_loop_test(tests, test_control_of_a_gaussian, 0, 12);
    tcase_add_loop_test(tests, test_bridge_from_the_middle, 0, 2);
    tcase_add_loop_test(tests, test_bridge_of_several_atoms, 0, 2);
    tcase_add_test(tests, test_conditions_are_learnt);
    tcase_add_test(tests, test_what_is_not_told_is_not_learnt);
    tcase_add_loop_test(tests, test_training_on_forces, 0, 4);
    tcase_add_test(tests, test_forces_that_are_not_known);
    tcase_add_test(tests, test_forces_and_energies_are_learnt);
    tcase_add_test(tests, test_energies_have_the_zero_of_the_archive);
    tcase_add_test(tests, test_the_error_is_that_of_the_last_draws);
    tcase_add_test(tests, test_targets_are_capped);
    tcase_add_test(tests, test_an_empty_archive_teaches_nothing);
    tcase_add_test(tests, test_structures_without_weight_teach_nothing);
    tcase_add_test(tests, test_validation_without_weight_is_a_loss);
    tcase_add_loop_test(tests, one_structure_at_least_is_trained_on, 0, 2);
    tcase_add_test(tests, test_training_names_what_is_not_finite);
    tcase_add_test(tests, test_some_gradients_may_overflow);
    tcase_add_test(tests, test_sampling_names_what_is_not_finite);
    tcase_add_test(tests, test_the_second_interrupt_stops_at_once);
    tcase_add_loop_test(tests, test_chunks_do_not_change_a_bit, 0, 4);
    tcase_add_loop_test(tests, test_draws_do_not_depend_on_what_is_predicted, 0, count_predictions());
    tcase_add_loop_test(tests, test_losses_do_not_depend_on_what_is_predicted, 0, count_predictions());
    tcase_add_loop_test(tests, test_every_prediction_is_learnt, 0, count_predictions());
    suite_add_tcase(suite, tests);
    return suite;
}

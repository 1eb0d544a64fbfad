/* Stages of the loop that need no network: anneal, reweight, seed by uniform placement, transfer. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/language/pipeline.h"
#include "model/noise_ve.h"
#include "model/painn/painn.h"
#include "unit/scratch.h"
#include "unit/stages/bench.h"

extern const struct gd_stage gd_stage_anneal, gd_stage_reweight, gd_stage_seed, gd_stage_transfer;

static enum gd_status run(struct bench *bench, const struct gd_stage *stage, const char *params)
{
    struct gd_arena arena = {0};
    void *self = bench_params(bench, stage, params, &arena);
    enum gd_status status = stage->run(&bench->context, self);
    gd_arena_clear(&arena);
    return status;
}

START_TEST(test_anneal_follows_the_loop)
{
    struct bench bench;
    bench_open(&bench);
    bench.context.iterations = 5;
    for (int64_t k = 0; k < 5; k++) {
        bench.context.iteration = k;
        ck_assert_int_eq(run(&bench, &gd_stage_anneal, "{from: 16, to: 1}"), GD_OK);
        ck_assert_double_eq_tol(gd_state_real(bench.state, "temperature", 0), pow(2, (double)(4 - k)), 1e-12);
    }
    bench_close(&bench);
}
END_TEST

/* One atom at x = energy, so that the buffer can be recognised by its positions. */
static void put_set(struct bench *bench, const char *slot, size_t count, const double *energies)
{
    struct gd_system *system = bench_system(bench, 1);
    double *positions = calloc(3 * count, sizeof *positions);
    for (size_t k = 0; k < count; k++)
        positions[3 * k] = energies[k];
    struct gd_set *set = bench_set(system, count, positions);
    if (count)
        memcpy(set->energies, energies, count * sizeof *energies);
    free(positions);
    ck_assert_int_eq(gd_state_put(bench->state, slot, set, &bench->error), GD_OK);
}

START_TEST(test_reweight_takes_the_lowest_when_cold)
{
    struct bench bench;
    bench_open(&bench);
    const double energies[] = {3.0, 1.0, 2.0, 0.5, 4.0};
    put_set(&bench, "archive", 5, energies);
    ck_assert_int_eq(gd_state_put_real(bench.state, "temperature", 1e-3, &bench.error), GD_OK);
    ck_assert_int_eq(run(&bench, &gd_stage_reweight, "{size: 2}"), GD_OK);
    const struct gd_set *buffer = gd_state_get(bench.state, "buffer");
    ck_assert_uint_eq(buffer->count, 2);
    ck_assert_double_eq(buffer->energies[0], 1.0);
    ck_assert_double_eq(buffer->energies[1], 0.5);
    ck_assert_double_eq(buffer->positions[0], 1.0);
    ck_assert_double_eq_tol(bench_figure(&bench, "effective"), 1.0, 1e-9);
    bench_close(&bench);
}
END_TEST

/* The archive has lower structures, which the chains have left. */
START_TEST(test_reweight_draws_from_the_chains)
{
    struct bench bench;
    bench_open(&bench);
    put_set(&bench, "archive", 5, (const double[]){3.0, 1.0, 2.0, 0.5, 4.0});
    put_set(&bench, "population", 2, (const double[]){3.0, 2.0});
    ck_assert_int_eq(gd_state_put_real(bench.state, "temperature", 1e-3, &bench.error), GD_OK);
    ck_assert_int_eq(run(&bench, &gd_stage_reweight, "{size: 1, from: population}"), GD_OK);
    const struct gd_set *buffer = gd_state_get(bench.state, "buffer");
    ck_assert_uint_eq(buffer->count, 1);
    ck_assert_double_eq(buffer->energies[0], 2.0);
    bench_close(&bench);
}
END_TEST

/* Weights 3, 1 and 1 at T = 0.7 eV: 25/11 in all, 2 of the last two, 16/10 of the first two. */
START_TEST(test_until_ess_looks_at_the_archive)
{
    static const struct {
        const char *params;
        double temperature;
        bool met;
    } cases[] = {
        {"{least: 2.27}", 0.7, true},         {"{least: 2.28}", 0.7, false},
        {"{least: 2.99}", 1e6, true},         {"{least: 2, newest: 2}", 0.7, true},
        {"{least: 2, newest: 9}", 0.7, true}, {"{least: 2.1, newest: 2}", 0.7, false},
        {"{least: 1.1}", 1e-3, false},
    };
    struct bench bench;
    bench_open(&bench);
    const struct gd_until *ess = (const struct gd_until *)gd_registry_component(bench.registry, "until", "ess");
    put_set(&bench, "archive", 3, (const double[]){5, 5 + 0.7 * log(3), 5 + 0.7 * log(3)});
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const struct gd_stage parameters = {.params = ess->base.params, .size = ess->base.size};
        struct gd_arena arena = {0};
        const void *params = bench_params(&bench, &parameters, cases[k].params, &arena);
        ck_assert_int_eq(gd_state_put_real(bench.state, "temperature", cases[k].temperature, &bench.error), GD_OK);
        ck_assert_msg(ess->met(params, bench.state) == cases[k].met, "%s", cases[k].params);
        gd_arena_clear(&arena);
    }
    bench_close(&bench);
}
END_TEST

START_TEST(test_reweight_takes_all_of_a_small_archive)
{
    struct bench bench;
    bench_open(&bench);
    const double energies[] = {3.0, 1.0};
    put_set(&bench, "archive", 2, energies);
    ck_assert_int_eq(gd_state_put_real(bench.state, "temperature", 1e6, &bench.error), GD_OK);
    ck_assert_int_eq(run(&bench, &gd_stage_reweight, "{size: 64}"), GD_OK);
    ck_assert_uint_eq(((const struct gd_set *)gd_state_get(bench.state, "buffer"))->count, 2);
    ck_assert_double_eq_tol(bench_figure(&bench, "effective"), 2.0, 1e-9);
    bench_close(&bench);
}
END_TEST

/* Of 40 structures 20 have no weight, and the others are alike: an effective sample size of 20. */
START_TEST(test_reweight_follows_the_effective_sample_size)
{
    static const struct {
        const char *params;
        size_t former, size; /* former 0: none */
    } cases[] = {
        {"{size: 10, adapt: 0.2, least: 1}", 0, 12},
        {"{size: 10, adapt: 0.2, least: 1}", 5, 8},
        {"{size: 10, adapt: 1, least: 1}", 5, 20},
        {"{size: 10, least: 1}", 5, 10},
        {"{size: 16, adapt: 0.2}", 0, 17},
        {"{size: 5, adapt: 0.2}", 0, 16},
        {"{size: 10, adapt: 0.2, least: 1, most: 7}", 5, 7},
    };
    double energies[40];
    for (int k = 0; k < 40; k++)
        energies[k] = k % 2 ? 3 : 3 + 1e4;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct bench bench;
        bench_open(&bench);
        put_set(&bench, "archive", 40, energies);
        ck_assert_int_eq(gd_state_put_real(bench.state, "temperature", 1, &bench.error), GD_OK);
        if (cases[k].former) {
            const size_t first[] = {1, 3, 5, 7, 9};
            struct gd_set *former = gd_set_copy(gd_state_get(bench.state, "archive"), first, 5, &bench.error);
            ck_assert_int_eq(gd_state_put(bench.state, "buffer", former, &bench.error), GD_OK);
        }
        ck_assert_int_eq(run(&bench, &gd_stage_reweight, cases[k].params), GD_OK);
        ck_assert_msg(bench_figure(&bench, "buffer") == (double)cases[k].size, "%s: %g", cases[k].params,
                      bench_figure(&bench, "buffer"));
        bench_close(&bench);
    }
}
END_TEST

START_TEST(test_reweight_says_that_the_archive_is_empty)
{
    struct bench bench;
    bench_open(&bench);
    put_set(&bench, "archive", 0, NULL);
    ck_assert_int_eq(run(&bench, &gd_stage_reweight, "{}"), GD_FAILED);
    ck_assert_ptr_nonnull(strstr(bench.error.text, "archive is empty"));
    bench_close(&bench);
}
END_TEST

START_TEST(test_uniform_seed_fills_the_cell)
{
    struct bench bench;
    bench_open(&bench);
    bench_system(&bench, 2);
    ck_assert_int_eq(run(&bench, &gd_stage_seed, "{count: 400, from: uniform}"), GD_OK);
    const struct gd_set *batch = gd_state_get(bench.state, "batch");
    ck_assert_uint_eq(batch->count, 400);
    double sum[3] = {0};
    for (size_t k = 0; k < 800; k++)
        for (int d = 0; d < 3; d++) {
            double x = batch->positions[3 * k + (size_t)d];
            ck_assert(x >= 0 && x <= 12);
            sum[d] += x / 800;
        }
    for (int d = 0; d < 3; d++) /* sd of the mean: 12/sqrt(12)/sqrt(800) = 0.12 */
        ck_assert_double_eq_tol(sum[d], 6.0, 0.6);
    bench_close(&bench);
}
END_TEST

/* A small model with the process that the bench's noise slot gets. */
static struct gd_model *model_with(struct bench *bench, double sigma_max, uint32_t seed, uint64_t heads)
{
    struct gd_painn_params shape = {8, 1, 4, 3.0, heads, GD_TIME_IN_HEADS, 0};
    struct gd_process process;
    struct gd_stream stream = gd_stream_make(seed, 1, 1, 1);
    struct gd_model *model = NULL;
    ck_assert_int_eq(
        gd_process_make(&process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.01, sigma_max}, &bench->error),
        GD_OK);
    ck_assert_msg(gd_model_new(&model, &gd_network_painn, &shape, &process, &stream, &bench->error) == GD_OK, "%s",
                  bench->error.text);
    return model;
}

static struct gd_model *small_model(struct bench *bench, double sigma_max, uint32_t seed)
{
    return model_with(bench, sigma_max, seed, GD_SCORE_ONLY);
}

static void put_noise(struct bench *bench, double sigma_max)
{
    struct gd_process *process = calloc(1, sizeof *process);
    ck_assert_int_eq(
        gd_process_make(process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.01, sigma_max}, &bench->error),
        GD_OK);
    ck_assert_int_eq(gd_state_put(bench->state, "noise", process, &bench->error), GD_OK);
}

START_TEST(test_transfer_saves_and_loads)
{
    struct bench bench;
    bench_open(&bench);
    struct scratch scratch = scratch_make();
    bench.context.directory = scratch.path;
    put_noise(&bench, 1.0);
    struct gd_model *model = small_model(&bench, 1.0, 7), *other = small_model(&bench, 1.0, 8);
    float first = model->parameters[0];
    ck_assert(first != other->parameters[0]);
    ck_assert_int_eq(gd_state_put(bench.state, "model", model, &bench.error), GD_OK);
    ck_assert_msg(run(&bench, &gd_stage_transfer, "{save: teacher}") == GD_OK, "%s", bench.error.text);
    ck_assert_int_eq(gd_state_put(bench.state, "model", other, &bench.error), GD_OK);
    char params[512];
    snprintf(params, sizeof params, "{from: \"%s/teacher.h5\"}", scratch.path);
    ck_assert_msg(run(&bench, &gd_stage_transfer, params) == GD_OK, "%s", bench.error.text);
    const struct gd_model *loaded = gd_state_get(bench.state, "model");
    ck_assert(loaded->parameters[0] == first);
    scratch_remove(&scratch);
    bench_close(&bench);
}
END_TEST

static const float *tensor_of(const struct gd_model *model, const char *name)
{
    const struct gd_tensor *tensor = gd_model_tensor(model, name);
    return tensor ? model->parameters + tensor->offset : NULL;
}

/* A model without the pipeline's force head keeps its own tensors and gets that head; one with more loses what is too
 * much. */
START_TEST(test_transfer_takes_the_heads_of_the_pipeline)
{
    const uint64_t heads[] = {1, 3}; /* score; score and force */
    for (int more = 0; more < 2; more++) {
        struct bench bench;
        bench_open(&bench);
        struct scratch scratch = scratch_make();
        bench.context.directory = scratch.path;
        put_noise(&bench, 1.0);
        struct gd_model *teacher = model_with(&bench, 1.0, 7, heads[more]);
        float score = *tensor_of(teacher, "head.0.mix_vectors.weight"), first = teacher->parameters[0];
        ck_assert_int_eq(gd_state_put(bench.state, "model", teacher, &bench.error), GD_OK);
        ck_assert_int_eq(run(&bench, &gd_stage_transfer, "{save: teacher}"), GD_OK);
        struct gd_model *own = model_with(&bench, 1.0, 8, heads[!more]);
        const float *kept = tensor_of(own, "force_head.0.mix_vectors.weight");
        float force = kept ? *kept : 0;
        ck_assert_int_eq(gd_state_put(bench.state, "model", own, &bench.error), GD_OK);
        char params[512];
        snprintf(params, sizeof params, "{from: \"%s/teacher.h5\"}", scratch.path);
        ck_assert_msg(run(&bench, &gd_stage_transfer, params) == GD_OK, "%s", bench.error.text);
        const struct gd_model *loaded = gd_state_get(bench.state, "model");
        ck_assert(loaded->parameters[0] == first);
        ck_assert(*tensor_of(loaded, "head.0.mix_vectors.weight") == score);
        if (more)
            ck_assert_ptr_null(tensor_of(loaded, "force_head.0.mix_vectors.weight"));
        else
            ck_assert(*tensor_of(loaded, "force_head.0.mix_vectors.weight") == force);
        scratch_remove(&scratch);
        bench_close(&bench);
    }
}
END_TEST

START_TEST(test_transfer_refuses_another_noise)
{
    struct bench bench;
    bench_open(&bench);
    struct scratch scratch = scratch_make();
    bench.context.directory = scratch.path;
    put_noise(&bench, 2.0);
    ck_assert_int_eq(gd_state_put(bench.state, "model", small_model(&bench, 1.0, 7), &bench.error), GD_OK);
    ck_assert_int_eq(run(&bench, &gd_stage_transfer, "{save: teacher}"), GD_OK);
    char params[512];
    snprintf(params, sizeof params, "{from: \"%s/teacher.h5\"}", scratch.path);
    ck_assert_int_eq(run(&bench, &gd_stage_transfer, params), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(bench.error.text, "noise"));
    scratch_remove(&scratch);
    bench_close(&bench);
}
END_TEST

Suite *suite_loop_stages(void)
{
    Suite *suite = suite_create("loop stages");
    TCase *tests = tcase_create("loop stages");
    tcase_add_test(tests, test_anneal_follows_the_loop);
    tcase_add_test(tests, test_reweight_takes_the_lowest_when_cold);
    tcase_add_test(tests, test_reweight_draws_from_the_chains);
    tcase_add_test(tests, test_until_ess_looks_at_the_archive);
    tcase_add_test(tests, test_reweight_takes_all_of_a_small_archive);
    tcase_add_test(tests, test_reweight_follows_the_effective_sample_size);
    tcase_add_test(tests, test_reweight_says_that_the_archive_is_empty);
    tcase_add_test(tests, test_uniform_seed_fills_the_cell);
    tcase_add_test(tests, test_transfer_saves_and_loads);
    tcase_add_test(tests, test_transfer_takes_the_heads_of_the_pipeline);
    tcase_add_test(tests, test_transfer_refuses_another_noise);
    suite_add_tcase(suite, tests);
    return suite;
}

/* The stage `sample` along forces: whose forces they are, what is reported, and what may not matter. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/build.h"
#include "atoms/lbfgs.h"
#include "engine/base/sort.h"
#include "model/guidance.h"
#include "model/head.h"
#include "model/noise_ve.h"
#include "model/painn/painn.h"
#include "unit/stages/bench.h"
#include "unit/suites.h"

extern const struct gd_stage gd_stage_sample;

enum { COUNT = 5, MOBILE = 2 };

static const char *const figures[] = {"guidance_calls", "held", "relaxed", "put_back"};

#define FIGURES (int)(sizeof figures / sizeof *figures)

static struct bench bench;
static struct gd_arena arena;

/* Two atoms on a slab of 2 x 2 x 1, and an untrained model with a head for forces. */
static void put_system(void)
{
    const int64_t size[3] = {2, 2, 1};
    const int species[MOBILE] = {78, 78};
    const double window[2] = {1, 4};
    struct gd_structure slab = {0};
    struct gd_system *system = calloc(1, sizeof *system);
    ck_assert_int_eq(gd_build_fcc111(78, size, 3.92, 5, &slab, &bench.error), GD_OK);
    ck_assert_int_eq(gd_system_make(system, &slab, species, MOBILE, window, true, &bench.error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench.state, "system", system, &bench.error), GD_OK);
    gd_structure_clear(&slab);
}

static void put_model(void)
{
    struct gd_painn_params shape = {.features = 8, .blocks = 1, .radial = 5, .cutoff = 3.0, .heads = GD_SCORE_ONLY};
    struct gd_stream stream = gd_stream_make(7, 1, 1, 1);
    struct gd_process *process = calloc(1, sizeof *process);
    struct gd_model *model;
    for (int k = 0; gd_heads[k]; k++)
        shape.heads |= gd_heads[k] == &gd_head_force ? UINT64_C(1) << k : 0;
    ck_assert_int_eq(gd_process_make(process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.01, 1}, &bench.error),
                     GD_OK);
    ck_assert_int_eq(gd_model_new(&model, &gd_network_painn, &shape, process, &stream, &bench.error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench.state, "noise", process, &bench.error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench.state, "model", model, &bench.error), GD_OK);
}

static const struct gd_potential *put_potential(void)
{
    struct gd_potential *potential;
    const struct gd_potential_class *const *class = gd_potentials;
    while (strcmp((*class)->base.name, "emt") != 0)
        class ++;
    const struct gd_choice choice = {.component = &(*class)->base};
    ck_assert_int_eq(gd_potential_make(&choice, &potential, &bench.error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench.state, "potential", potential, &bench.error), GD_OK);
    return potential;
}

static void setup(void)
{
    arena = (struct gd_arena){0};
    bench_open(&bench);
    put_system();
    put_model();
}

static void teardown(void)
{
    bench_close(&bench);
    gd_arena_clear(&arena);
}

static enum gd_status try(const char *params)
{
    char all[512];
    snprintf(all, sizeof all, "{count: %d, steps: 12, %s}", COUNT, params);
    bench.figure_count = 0;
    return gd_stage_sample.run(&bench.context, bench_params(&bench, &gd_stage_sample, all, &arena));
}

/* The structures that the stage draws; they stay in the slot. */
static struct gd_set *draw(const char *params)
{
    enum gd_status status = try(params);
    ck_assert_msg(!status, "%s", bench.error.text);
    struct gd_set *batch = gd_state_get(bench.state, "batch");
    ck_assert_uint_eq(batch->count, COUNT);
    return batch;
}

/* Their positions, which the caller frees. */
static double *positions_of(const char *params)
{
    const struct gd_set *batch = draw(params);
    size_t bytes = COUNT * batch->atoms * 3 * sizeof(double);
    double *positions = malloc(bytes);
    memcpy(positions, batch->positions, bytes);
    return positions;
}

static size_t position_bytes(void)
{
    return COUNT * ((const struct gd_set *)gd_state_get(bench.state, "batch"))->atoms * 3 * sizeof(double);
}

/* The length of the longest force on a mobile atom of structure k. */
static double longest_force(const struct gd_set *set, size_t k)
{
    return gd_longest((const double(*)[3])(set->forces + 3 * (set->atoms * k + set->fixed)), set->atoms - set->fixed);
}

/* --- What may not matter ------------------------------------------------------------------------------------------ */

static int count_guidances(void)
{
    int count = 0;
    while (gd_guidances[count])
        count++;
    return count;
}

/* Every guidance, along the model's forces and the potential's, with a relaxation: structures and figures. */
START_TEST(chunks_and_threads_do_not_matter)
{
    const struct {
        int chunk, threads;
    } ways[] = {{1, 1}, {2, 3}, {5, 2}};
    double expected[FIGURES];
    put_potential();
    for (int forces = 0; forces < 2; forces++) {
        double *whole = NULL;
        for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
            char params[256];
            snprintf(params, sizeof params, "guidance: %s, forces: %s, finish: {steps: 30, reach: 1}, chunk: %d",
                     gd_guidances[_i]->base.name, forces ? "potential" : "model", ways[way].chunk);
            bench.context.threads = ways[way].threads;
            double *positions = positions_of(params);
            for (int k = 0; k < FIGURES && way == 0; k++)
                expected[k] = bench_figure(&bench, figures[k]);
            for (int k = 0; k < FIGURES; k++)
                ck_assert_msg(bench_figure(&bench, figures[k]) == expected[k], "%s: %s", params, figures[k]);
            if (whole)
                ck_assert_mem_eq(positions, whole, position_bytes());
            else
                whole = positions;
            if (whole != positions)
                free(positions);
        }
        free(whole);
    }
}
END_TEST

/* Without guidance and relaxation no forces are asked for. */
START_TEST(without_guidance_nothing_changes)
{
    double *plain = positions_of("chunk: 0"), *off = positions_of("guidance: off, finish: {fmax: 7}, limit: 1");
    ck_assert_mem_eq(plain, off, position_bytes());
    for (int k = 0; k < bench.figure_count; k++)
        ck_assert_ptr_nonnull(strstr("network_calls", bench.figures[k].name));
    ck_assert_double_eq(bench_figure(&bench, "network_calls"), COUNT * bench_figure(&bench, "calls"));
    free(plain);
    free(off);
}
END_TEST

/* --- Exact forces ------------------------------------------------------------------------------------------------- */

/* The potential itself says whether the structures that are reported as relaxed are. */
START_TEST(the_exact_forces_are_those_of_the_potential)
{
    const struct gd_potential *potential = put_potential();
    int relaxed = 0;
    struct gd_set *batch = draw("forces: potential, finish: {steps: 300, fmax: 0.02, reach: 1e6}");
    ck_assert_int_eq(gd_potential_evaluate_set(potential, batch, 0, COUNT, NULL, 1, &bench.error), GD_OK);
    for (size_t k = 0; k < COUNT; k++)
        relaxed += longest_force(batch, k) <= 0.02 * (1 + 1e-6); /* the forces are rounded to float */
    ck_assert_int_gt(relaxed, 0);
    ck_assert_double_eq(bench_figure(&bench, "relaxed"), relaxed);
    ck_assert_double_eq(bench_figure(&bench, "oracle_evaluations"), COUNT * bench_figure(&bench, "guidance_calls"));
}
END_TEST

/* Without exact forces there is no figure for them. */
START_TEST(forces_of_the_model_are_no_evaluations)
{
    draw("guidance: step, finish: {steps: 3, fmax: 0}");
    ck_assert_double_ge(bench_figure(&bench, "guidance_calls"), 3);
    for (int k = 0; k < bench.figure_count; k++)
        ck_assert_str_ne(bench.figures[k].name, "oracle_evaluations");
}
END_TEST

/* --- Guards ------------------------------------------------------------------------------------------------------- */

/* What a guard undoes is as without the relaxation, and counted. */
START_TEST(what_is_put_back_is_as_drawn)
{
    static const char *const guards[] = {"reach: 1e-9", "clash: 100"};
    char params[256];
    put_potential();
    double *plain = positions_of("chunk: 0");
    snprintf(params, sizeof params, "forces: potential, finish: {steps: 20, fmax: 0, %s}", guards[_i]);
    double *kept = positions_of(params);
    ck_assert_double_eq(bench_figure(&bench, "put_back"), COUNT);
    ck_assert_double_eq(bench_figure(&bench, "relaxed"), 0);
    ck_assert_mem_eq(kept, plain, position_bytes());
    free(plain);
    free(kept);
}
END_TEST

/* The distance of the fingerprint `distances` between two structures, stated by itself: all pairs are of one element,
 * so that those among mobile atoms come first, then the six nearest of the template for all mobile atoms; each part
 * sorted. */
static double rms_distance(const struct gd_system *system, const double *a, const double *b)
{
    double sum = 0, parts[2][2][64];
    size_t counts_[2] = {0, 0};
    const double *const both[] = {a, b};
    for (int s = 0; s < 2; s++) {
        counts_[0] = counts_[1] = 0;
        for (size_t i = system->fixed; i < system->structure.count; i++) {
            double near[16];
            size_t count = 0;
            for (size_t j = 0; j < i; j++) {
                double way[3];
                for (int axis = 0; axis < 3; axis++)
                    way[axis] = both[s][3 * j + (size_t)axis] - both[s][3 * i + (size_t)axis];
                const double length = gd_minimum_image(&system->basis, way);
                if (j < system->fixed)
                    near[count++] = length;
                else
                    parts[s][0][counts_[0]++] = length;
            }
            gd_sort(near, count);
            for (size_t n = 0; n < count && n < 6; n++)
                parts[s][1][counts_[1]++] = near[n];
        }
        for (int part = 0; part < 2; part++)
            gd_sort(parts[s][part], counts_[part]);
    }
    for (int part = 0; part < 2; part++)
        for (size_t n = 0; n < counts_[part]; n++)
            sum += (parts[0][part][n] - parts[1][part][n]) * (parts[0][part][n] - parts[1][part][n]);
    return sqrt(sum / (double)(counts_[0] + counts_[1]));
}

/* With two of the drawn structures as the archive, those that are farther from both than the limit are as drawn. */
START_TEST(what_is_far_from_the_archive_is_as_drawn)
{
    static const char finish[] = "forces: potential, finish: {steps: 1, fmax: 0, reach: 1e6, clash: 0}, limit: 1e12";
    const struct gd_system *system = gd_state_get(bench.state, "system");
    const size_t each = 3 * system->structure.count;
    char params[256];
    double nearest[COUNT], limits[2] = {0, INFINITY};
    put_potential();
    double *plain = positions_of("chunk: 0"), *moved = positions_of(finish);
    const size_t known[] = {1, 3};
    struct gd_set *archive = gd_set_copy(gd_state_get(bench.state, "batch"), known, 0, &bench.error);
    for (size_t n = 0; n < 2; n++)
        ck_assert_int_eq(gd_set_push(archive, plain + each * known[n], &bench.error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench.state, "archive", archive, &bench.error), GD_OK);
    for (size_t k = 0; k < COUNT; k++) {
        nearest[k] = fmin(rms_distance(system, plain + each * k, plain + each * known[0]),
                          rms_distance(system, plain + each * k, plain + each * known[1]));
        limits[0] = fmax(limits[0], nearest[k] * (1 - 1e-9));                    /* one of them is too far */
        limits[1] = fmin(limits[1], nearest[k] > 0 ? nearest[k] / 2 : INFINITY); /* only what is known is near */
        ck_assert(memcmp(plain + each * k, moved + each * k, each * sizeof *plain) != 0);
    }
    const double between = rms_distance(system, plain + each * known[0], plain + each * known[1]);
    const double limit = _i == 0 ? limits[0] : fmin(limits[1], between / 2);
    snprintf(params, sizeof params, "%s, extrapolation: %.17g", finish, limit);
    double *guarded = positions_of(params);
    int far = 0;
    for (size_t k = 0; k < COUNT; k++) {
        const double *expected = nearest[k] > limit ? plain : moved;
        far += nearest[k] > limit;
        ck_assert_mem_eq(guarded + each * k, expected + each * k, each * sizeof *guarded);
    }
    ck_assert_int_eq(far, _i == 0 ? 1 : COUNT - 2);
    ck_assert_double_eq(bench_figure(&bench, "extrapolated"), far);
    free(plain);
    free(moved);
    free(guarded);
}
END_TEST

/* Nothing is known without an archive. */
START_TEST(without_an_archive_all_is_as_drawn)
{
    put_potential();
    double *plain = positions_of("chunk: 0");
    double *guarded = positions_of("forces: potential, finish: {steps: 5, fmax: 0}, extrapolation: 1e6");
    ck_assert_mem_eq(guarded, plain, position_bytes());
    ck_assert_double_eq(bench_figure(&bench, "extrapolated"), COUNT);
    free(plain);
    free(guarded);
}
END_TEST

Suite *suite_sample(void);

Suite *suite_sample(void)
{
    Suite *suite = suite_create("sample");
    TCase *tests = tcase_create("sample");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, chunks_and_threads_do_not_matter, 0, count_guidances());
    tcase_add_test(tests, without_guidance_nothing_changes);
    tcase_add_test(tests, the_exact_forces_are_those_of_the_potential);
    tcase_add_test(tests, forces_of_the_model_are_no_evaluations);
    tcase_add_loop_test(tests, what_is_put_back_is_as_drawn, 0, 2);
    tcase_add_loop_test(tests, what_is_far_from_the_archive_is_as_drawn, 0, 2);
    tcase_add_test(tests, without_an_archive_all_is_as_drawn);
    suite_add_tcase(suite, tests);
    return suite;
}

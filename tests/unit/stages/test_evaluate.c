/* Stage `evaluate`: what joins the archive, what is rejected and why, what counts. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/elements.h"
#include "atoms/extxyz.h"
#include "stages/slots.h"
#include "stages/target.h"
#include "unit/scratch.h"
#include "unit/stages/bench.h"

extern const struct gd_stage gd_stage_evaluate;
extern const struct gd_target_class gd_target_energy;

/* Energy = x of the first atom; x > 9 is a force that is not a number, x > 10 an infinite energy. */
static enum gd_status by_x(const struct gd_potential *potential, const struct gd_structure *structure, double *energy,
                           double (*forces)[3], struct gd_error *error)
{
    (void)potential, (void)error;
    double x = structure->positions[0][0];
    *energy = x > 10 ? INFINITY : x;
    for (size_t k = 0; k < structure->count; k++)
        for (int d = 0; d < 3; d++)
            forces[k][d] = x > 9 ? NAN : 0.0;
    return GD_OK;
}

static void forget(struct gd_potential *potential)
{
    free(potential);
}

static const struct gd_potential_class class_by_x = {.base = {.name = "by-x"}, .evaluate = by_x, .destroy = forget};

static void put_potential(struct bench *bench)
{
    struct gd_potential *potential = calloc(1, sizeof *potential);
    potential->type = &class_by_x;
    ck_assert_int_eq(gd_state_put(bench->state, "potential", potential, &bench->error), GD_OK);
}

static void evaluate(struct bench *bench, const char *params)
{
    struct gd_arena arena = {0};
    void *self = bench_params(bench, &gd_stage_evaluate, params, &arena);
    ck_assert_msg(gd_stage_evaluate.run(&bench->context, self) == GD_OK, "%s", bench->error.text);
    gd_arena_clear(&arena);
}

/* Two atoms each: taken, taken and best, clash, clash through the cell's wall, NaN forces, infinite energy, too low. */
static const double positions[7][2][3] = {
    {{5.0, 0, 0}, {0.5, 6, 6}}, {{3.0, 0, 0}, {0.5, 6, 6}}, {{5.0, 0, 0}, {5.9, 0, 0}}, {{0.2, 0, 0}, {11.7, 0, 0}},
    {{9.5, 0, 0}, {0.5, 6, 6}}, {{11., 0, 0}, {0.5, 6, 6}}, {{1.0, 0, 0}, {0.5, 6, 6}},
};

static struct gd_set *put_batch(struct bench *bench)
{
    struct gd_system *system = bench_system(bench, 2);
    struct gd_set *batch = bench_set(system, 7, &positions[0][0][0]);
    ck_assert_int_eq(gd_state_put(bench->state, "batch", batch, &bench->error), GD_OK);
    return batch;
}

START_TEST(test_every_structure_ends_where_it_belongs)
{
    struct bench bench;
    bench_open(&bench);
    put_batch(&bench);
    put_potential(&bench);
    evaluate(&bench, "{clash: 1.0, floor: 2.0}");

    const struct gd_set *archive = gd_state_get(bench.state, "archive"), *best = gd_state_get(bench.state, "best");
    const struct gd_rejects *rejected = gd_state_get(bench.state, "rejected");
    ck_assert_uint_eq(archive->count, 2);
    ck_assert_double_eq(archive->energies[0], 5.0);
    ck_assert_double_eq(archive->energies[1], 3.0);
    ck_assert_uint_eq(best->count, 1);
    ck_assert_double_eq(best->energies[0], 3.0);
    ck_assert_int_eq(best->serials[0], 2);

    const enum gd_reason reasons[] = {GD_CLASH, GD_CLASH, GD_NOT_FINITE, GD_NOT_FINITE, GD_BELOW_FLOOR};
    ck_assert_uint_eq(rejected->set.count, 5);
    for (size_t k = 0; k < 5; k++)
        ck_assert_int_eq(rejected->reasons[k], reasons[k]);

    ck_assert_int_eq(gd_state_integer(bench.state, "evaluations", -1), 5); /* clashes do not count */
    ck_assert_double_eq(bench_figure(&bench, "taken"), 2);
    ck_assert_double_eq(bench_figure(&bench, "clash"), 2);
    ck_assert_double_eq(bench_figure(&bench, "median"), 4.0);
    bench_close(&bench);
}
END_TEST

/* The batch stays the same structures in the same order; those that were taken have what was found of them, and all the
 * weights of their paths. */
START_TEST(test_the_batch_has_its_energies)
{
    const int64_t serials[7] = {1, 2}; /* 3 to 5 are rejected */
    const double rejected[5] = {2, 3, 4, 5, 6};
    struct bench bench;
    bench_open(&bench);
    struct gd_set *batch = put_batch(&bench);
    for (size_t k = 0; k < 7; k++)
        batch->path_weights[k] = (double)k;
    put_potential(&bench);
    evaluate(&bench, "{clash: 1.0, floor: 2.0}");
    ck_assert_mem_eq(((const struct gd_rejects *)gd_state_get(bench.state, "rejected"))->set.path_weights, rejected,
                     sizeof rejected);
    ck_assert_ptr_eq(gd_state_get(bench.state, "batch"), batch);
    ck_assert_uint_eq(batch->count, 7);
    ck_assert_mem_eq(batch->positions, positions, sizeof positions);
    for (size_t k = 0; k < 7; k++) {
        ck_assert_int_eq(batch->serials[k], serials[k]);
        if (serials[k] > 0)
            ck_assert_double_eq(batch->energies[k], positions[k][0][0]);
        else
            ck_assert_double_nan(batch->energies[k]);
        ck_assert_int_eq(isnan(batch->forces[6 * k]), serials[k] == 0);
        ck_assert_double_eq(batch->path_weights[k], (double)k);
    }
    bench_close(&bench);
}
END_TEST

/* Closer than a share of the sum of the covalent radii, also across the wall, whatever `clash` is. */
START_TEST(test_atoms_are_too_close_for_their_elements)
{
    struct bench bench;
    bench_open(&bench);
    struct gd_system *system = bench_system(&bench, 2);
    const double sum = 2 * gd_element_radius(system->structure.species[0]);
    const double structures[4][2][3] = {{{4, 1, 1}, {4, 1, 1 + 0.49 * sum}},
                                        {{4, 1, 1}, {4, 1, 1 + 0.51 * sum}},
                                        {{0.1, 1, 1}, {12.1 - 0.49 * sum, 1, 1}},
                                        {{0.1, 1, 1}, {12.1 - 0.51 * sum, 1, 1}}};
    struct gd_set *batch = bench_set(system, 4, &structures[0][0][0]);
    ck_assert_int_eq(gd_state_put(bench.state, "batch", batch, &bench.error), GD_OK);
    put_potential(&bench);
    evaluate(&bench, "{clash: 0, near: 0.5}");
    const struct gd_rejects *rejected = gd_state_get(bench.state, "rejected");
    ck_assert_double_eq(bench_figure(&bench, "clash"), 2);
    for (size_t k = 0; k < 2; k++)
        ck_assert_double_eq(rejected->set.positions[6 * k], structures[2 * k][0][0]);
    evaluate(&bench, "{clash: 0}");
    ck_assert_double_eq(bench_figure(&bench, "clash"), 0);
    bench_close(&bench);
}
END_TEST

/* One place, also across the wall, and positions that are not finite: whatever `clash` is, they are not evaluated. */
START_TEST(test_what_cannot_be_evaluated_is_not)
{
    static const double structures[5][2][3] = {{{5, 1, 1}, {5, 1, 1}},
                                               {{0, 1, 1}, {12, 1, 1}},
                                               {{NAN, 1, 1}, {2, 1, 1}},
                                               {{4, 1, INFINITY}, {2, 1, 1}},
                                               {{4, 1, 1}, {4, 1, 1.001}}};
    const enum gd_reason reasons[] = {GD_CLASH, GD_CLASH, GD_NOT_FINITE, GD_NOT_FINITE};
    struct bench bench;
    bench_open(&bench);
    struct gd_set *batch = bench_set(bench_system(&bench, 2), 5, &structures[0][0][0]);
    ck_assert_int_eq(gd_state_put(bench.state, "batch", batch, &bench.error), GD_OK);
    put_potential(&bench);
    evaluate(&bench, "{clash: 0}");
    const struct gd_rejects *rejected = gd_state_get(bench.state, "rejected");
    const struct gd_set *archive = gd_state_get(bench.state, "archive");
    ck_assert_uint_eq(rejected->set.count, 4);
    for (size_t k = 0; k < 4; k++)
        ck_assert_int_eq(rejected->reasons[k], reasons[k]);
    ck_assert_uint_eq(archive->count, 1);
    ck_assert_int_eq(gd_state_integer(bench.state, "evaluations", -1), 1);
    bench_close(&bench);
}
END_TEST

/* Five of seven are not taken; said once for every main reason. */
START_TEST(test_most_of_a_batch_rejected_is_said)
{
    struct bench bench;
    bench_open(&bench);
    put_batch(&bench);
    put_potential(&bench);
    struct gd_arena arena = {0};
    void *self = bench_params(&bench, &gd_stage_evaluate, "{clash: 1.0, floor: 4.0}", &arena);
    for (int k = 0; k < 3; k++)
        ck_assert_int_eq(gd_stage_evaluate.run(&bench.context, self), GD_OK);
    ck_assert_int_eq(bench.warnings, 1);
    ck_assert_msg(strncmp(bench.message,
                          "step: 6 of 7 structures were rejected (2 clash, 2 not_finite, 2 below_floor): ", 78) == 0,
                  "'%s'", bench.message);
    gd_arena_clear(&arena);
    evaluate(&bench, "{clash: 0.0}"); /* two of seven: nothing to say */
    ck_assert_int_eq(bench.warnings, 1);
    evaluate(&bench, "{clash: 1.0, floor: 100}");
    ck_assert_int_eq(bench.warnings, 2);
    ck_assert_msg(strstr(bench.message, "lower floor") != NULL, "'%s'", bench.message);
    bench_close(&bench);
}
END_TEST

/* --- A potential that fails on some structures -------------------------------------------------------------------- */

/* As by_x, but it has no energy for x below 4. */
static enum gd_status above_4(const struct gd_potential *potential, const struct gd_structure *structure,
                              double *energy, double (*forces)[3], struct gd_error *error)
{
    if (structure->positions[0][0] < 4)
        return gd_fail(error, GD_FAILED, "no energy at %g:\n\"too low\"", structure->positions[0][0]);
    return by_x(potential, structure, energy, forces, error);
}

/* The same of many, the last one first. */
static enum gd_status all_above_4(const struct gd_potential *potential, const struct gd_batch *batch, int threads,
                                  struct gd_error *error)
{
    (void)error, (void)threads;
    for (size_t k = batch->count; k-- > 0;) {
        struct gd_structure *structure = &batch->structures[k];
        struct gd_error why = {0};
        if (batch->halt && batch->halt(batch->context) != GD_GO_ON)
            return GD_INTERRUPTED;
        enum gd_status status = above_4(potential, structure, &structure->energy, structure->forces, &why);
        batch->done(batch->context, k, status, why.text);
    }
    return GD_OK;
}

static const struct gd_potential_class class_above_4[] = {
    {.base = {.name = "above-4"}, .evaluate = above_4, .destroy = forget},
    {.base = {.name = "above-4"}, .evaluate = above_4, .evaluate_many = all_above_4, .destroy = forget},
};

/* A batch whose first atoms have these x. */
static void put_line(struct bench *bench, const double *x, size_t count, int many)
{
    double structures[8][2][3] = {{{0}}};
    for (size_t k = 0; k < count; k++) {
        structures[k][0][0] = x[k];
        structures[k][1][0] = structures[k][1][1] = 6;
    }
    const struct gd_system *system = gd_state_get(bench->state, "system");
    struct gd_set *batch = bench_set(system ? system : bench_system(bench, 2), count, &structures[0][0][0]);
    ck_assert_int_eq(gd_state_put(bench->state, "batch", batch, &bench->error), GD_OK);
    if (!gd_state_get(bench->state, "potential"))
        put_potential(bench);
    ((struct gd_potential *)gd_state_get(bench->state, "potential"))->type = &class_above_4[many];
}

static enum gd_status try_to_evaluate(struct bench *bench, const char *params)
{
    struct gd_arena arena = {0};
    void *self = bench_params(bench, &gd_stage_evaluate, params, &arena);
    bench->error = (struct gd_error){0};
    enum gd_status status = gd_stage_evaluate.run(&bench->context, self);
    gd_arena_clear(&arena);
    return status;
}

/* Its structure is rejected with what the potential said; the others do not notice. */
START_TEST(test_a_structure_that_fails)
{
    struct bench bench;
    bench_open(&bench);
    put_line(&bench, (const double[]){5, 3, 7, 2}, 4, _i);
    struct gd_set *batch = gd_state_get(bench.state, "batch");
    batch->path_weights[3] = -1.5;
    evaluate(&bench, "{}");
    const struct gd_rejects *rejected = gd_state_get(bench.state, "rejected");
    const struct gd_set *archive = gd_state_get(bench.state, "archive");
    ck_assert_uint_eq(archive->count, 2);
    ck_assert(archive->energies[1] == 7 && archive->serials[1] == 3);
    ck_assert_int_eq(gd_state_integer(bench.state, "evaluations", -1), 4);
    ck_assert_uint_eq(rejected->set.count, 2);
    ck_assert_uint_eq(rejected->failed, 2);
    ck_assert(rejected->reasons[0] == GD_NO_ENERGY && rejected->set.serials[0] == 2);
    ck_assert_str_eq(rejected->words[0], "no energy at 3:\n\"too low\"");
    ck_assert_str_eq(rejected->words[1], "no energy at 2:\n\"too low\"");
    ck_assert_double_nan(rejected->set.energies[1]);
    ck_assert_double_nan(batch->energies[1]);
    ck_assert(rejected->set.path_weights[1] == -1.5 && batch->path_weights[3] == -1.5);
    ck_assert_double_eq(bench_figure(&bench, "failed"), 2);
    bench_close(&bench);
}
END_TEST

/* What was said is still known when the slot has been saved and loaded, and stands in a file. */
START_TEST(test_failed_structures_are_kept)
{
    struct bench bench;
    struct scratch scratch = scratch_make();
    struct gd_frames frames = {0};
    char path[512];
    bench_open(&bench);
    bench.context.directory = scratch.path;
    put_line(&bench, (const double[]){5, 3}, 2, 0);
    evaluate(&bench, "{}");
    ck_assert_int_eq(gd_extxyz_read(scratch_name(&scratch, "failed.extxyz", path), &frames, &bench.error), GD_OK);
    ck_assert_uint_eq(frames.count, 1);
    ck_assert_double_eq(frames.items[0].structure.positions[0][0], 3);
    ck_assert_str_eq(frames.items[0].info[0].value, "2");
    ck_assert_str_eq(frames.items[0].info[1].value, "\"no energy at 3:\\n\\\"too low\\\"\"");
    gd_frames_clear(&frames);
    struct gd_state *copy = gd_state_new(bench.registry);
    ck_assert_int_eq(gd_state_copy(copy, bench.state, "rejected", &bench.error), GD_OK);
    const struct gd_rejects *rejected = gd_state_get(copy, "rejected");
    ck_assert_uint_eq(rejected->failed, 1);
    ck_assert_str_eq(rejected->words[0], "no energy at 3:\n\"too low\"");
    gd_state_free(copy);
    scratch_remove(&scratch);
    bench_close(&bench);
}
END_TEST

/* A run stops at the first failure when asked to, and when too many fail in a row, whatever batches they are in. */
START_TEST(test_failures_that_stop)
{
    struct bench bench;
    bench_open(&bench);
    put_line(&bench, (const double[]){5, 3, 7, 8}, 4, _i);
    ck_assert_int_eq(try_to_evaluate(&bench, "{on_failure: stop}"), GD_FAILED);
    ck_assert_str_eq(bench.error.text, "structure 2: no energy at 3:\n\"too low\"");
    put_line(&bench, (const double[]){3, 7, 3, 3, 5, 3, 3}, 7, _i);
    ck_assert_int_eq(try_to_evaluate(&bench, "{failures: 3}"), GD_OK);
    put_line(&bench, (const double[]){7, 3, 3, 5}, 4, _i);
    ck_assert_int_eq(try_to_evaluate(&bench, "{failures: 3}"), GD_OK);
    put_line(&bench, (const double[]){7, 7, 3, 2.5}, 4, _i);
    ck_assert_int_eq(try_to_evaluate(&bench, "{failures: 3}"), GD_OK);
    put_line(&bench, (const double[]){2, 5, 7}, 3, _i);
    ck_assert_int_eq(try_to_evaluate(&bench, "{failures: 3}"), GD_FAILED);
    ck_assert_msg(strstr(bench.error.text, "3 structures in a row, at last on structure 1: no energy at 2:"), "%s",
                  bench.error.text);
    bench_close(&bench);
}
END_TEST

/* An interrupt waits for the end of the step, but where an evaluation is slow. */
START_TEST(test_interrupts_of_slow_potentials)
{
    struct gd_potential_class slow = class_above_4[_i];
    volatile int interrupted = 1;
    struct bench bench;
    bench_open(&bench);
    bench.context.interrupted = &interrupted;
    put_line(&bench, (const double[]){5, 6}, 2, _i);
    ck_assert_int_eq(try_to_evaluate(&bench, "{}"), GD_OK);
    slow.slow = true;
    ((struct gd_potential *)gd_state_get(bench.state, "potential"))->type = &slow;
    ck_assert_int_eq(try_to_evaluate(&bench, "{}"), GD_INTERRUPTED);
    ck_assert_str_eq(bench.error.text, "interrupted in step step");
    bench_close(&bench);
}
END_TEST

static bool doubt(const struct gd_potential *potential, char *text, size_t size)
{
    (void)potential;
    snprintf(text, size, "by-x is doubtful");
    return true;
}

/* What the potential finds doubtful is said once. */
START_TEST(test_the_warning_of_a_potential)
{
    struct bench bench;
    struct gd_arena arena = {0};
    struct gd_potential_class doubtful = class_by_x;
    bench_open(&bench);
    put_batch(&bench);
    put_potential(&bench);
    doubtful.warning = doubt;
    ((struct gd_potential *)gd_state_get(bench.state, "potential"))->type = &doubtful;
    void *self = bench_params(&bench, &gd_stage_evaluate, "{clash: 0.0}", &arena);
    for (int k = 0; k < 3; k++)
        ck_assert_int_eq(gd_stage_evaluate.run(&bench.context, self), GD_OK);
    ck_assert_int_eq(bench.warnings, 1);
    ck_assert_str_eq(bench.message, "step: by-x is doubtful");
    gd_arena_clear(&arena);
    bench_close(&bench);
}
END_TEST

START_TEST(test_evaluations_that_cannot_be_counted)
{
    static const int64_t before[] = {INT64_MAX - 4, INT64_MAX, -1, INT64_MAX - 5};
    struct bench bench;
    struct gd_arena arena = {0};
    bench_open(&bench);
    put_batch(&bench);
    put_potential(&bench);
    ck_assert_int_eq(gd_state_put_integer(bench.state, "evaluations", before[_i], &bench.error), GD_OK);
    void *self = bench_params(&bench, &gd_stage_evaluate, "{}", &arena);
    ck_assert_int_eq(gd_stage_evaluate.run(&bench.context, self), _i == 3 ? GD_OK : GD_FAILED);
    ck_assert_msg(_i == 3 || strstr(bench.error.text, "evaluations") != NULL, "'%s'", bench.error.text);
    gd_arena_clear(&arena);
    bench_close(&bench);
}
END_TEST

START_TEST(test_a_second_batch_is_appended)
{
    struct bench bench;
    bench_open(&bench);
    put_batch(&bench);
    put_potential(&bench);
    evaluate(&bench, "{}");
    evaluate(&bench, "{}");
    const struct gd_set *archive = gd_state_get(bench.state, "archive"), *best = gd_state_get(bench.state, "best");
    ck_assert_uint_eq(archive->count, 6);
    ck_assert_int_eq(archive->serials[3], 6);
    ck_assert_double_eq(best->energies[0], 1.0);
    ck_assert_int_eq(best->serials[0], 5); /* the first of equals stays */
    ck_assert_int_eq(gd_state_integer(bench.state, "evaluations", -1), 10);
    bench_close(&bench);
}
END_TEST

START_TEST(test_the_first_hit_is_remembered)
{
    struct bench bench;
    bench_open(&bench);
    struct gd_target *target = NULL;
    const double sought[] = {3.0, 0.25}; /* the parameters of the target: energy, within */
    put_batch(&bench);
    put_potential(&bench);
    ck_assert_int_eq(gd_target_energy.create(sought, gd_state_get(bench.state, "system"), &target, &bench.error),
                     GD_OK);
    target->type = &gd_target_energy;
    ck_assert_int_eq(gd_state_put(bench.state, "target", target, &bench.error), GD_OK);
    evaluate(&bench, "{}");
    ck_assert_int_eq(gd_state_integer(bench.state, "found", -1), 2);
    evaluate(&bench, "{}");
    ck_assert_int_eq(gd_state_integer(bench.state, "found", -1), 2);
    bench_close(&bench);
}
END_TEST

Suite *suite_evaluate(void)
{
    Suite *suite = suite_create("evaluate");
    TCase *tests = tcase_create("evaluate");
    tcase_add_test(tests, test_every_structure_ends_where_it_belongs);
    tcase_add_test(tests, test_the_batch_has_its_energies);
    tcase_add_test(tests, test_what_cannot_be_evaluated_is_not);
    tcase_add_test(tests, test_atoms_are_too_close_for_their_elements);
    tcase_add_test(tests, test_most_of_a_batch_rejected_is_said);
    tcase_add_loop_test(tests, test_a_structure_that_fails, 0, 2);
    tcase_add_test(tests, test_failed_structures_are_kept);
    tcase_add_loop_test(tests, test_failures_that_stop, 0, 2);
    tcase_add_loop_test(tests, test_interrupts_of_slow_potentials, 0, 2);
    tcase_add_test(tests, test_the_warning_of_a_potential);
    tcase_add_loop_test(tests, test_evaluations_that_cannot_be_counted, 0, 4);
    tcase_add_test(tests, test_a_second_batch_is_appended);
    tcase_add_test(tests, test_the_first_hit_is_remembered);
    suite_add_tcase(suite, tests);
    return suite;
}

/* Generations: the stage accept with criteria that form the next population, and mutations of the batch. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "unit/stages/bench.h"
#include "unit/suites.h"

extern const struct gd_stage gd_stage_accept, gd_stage_perturb;

static struct bench bench;
static struct gd_arena arena;

static void setup(void)
{
    arena = (struct gd_arena){0};
    bench_open(&bench);
    bench_system(&bench, 2);
}

static void teardown(void)
{
    bench_close(&bench);
    gd_arena_clear(&arena);
}

/* Structures of two atoms at distances, with the serial numbers first, first + 1, ... */
static void put(const char *slot, size_t count, const double *distances, const double *energies, int64_t first)
{
    double *positions = calloc(count, sizeof(double[2][3]));
    for (size_t k = 0; k < count; k++)
        positions[6 * k + 3] = distances[k];
    struct gd_set *set = bench_set(gd_state_get(bench.state, "system"), count, positions);
    for (size_t k = 0; k < count; k++) {
        set->energies[k] = energies[k];
        set->serials[k] = first + (int64_t)k;
        set->path_weights[k] = 0.5;
    }
    free(positions);
    ck_assert_int_eq(gd_state_put(bench.state, slot, set, &bench.error), GD_OK);
}

static void run_fine(const struct gd_stage *stage, const char *yaml)
{
    bench.figure_count = 0;
    void *self = bench_params(&bench, stage, yaml, &arena);
    ck_assert_msg(stage->run(&bench.context, self) == GD_OK, "%s", bench.error.text);
}

/* The serial numbers of the population, and what was said about the batch. */
static void check(const char *serials, int accepted, int rejected, int same, int invalid)
{
    const struct gd_set *population = gd_state_get(bench.state, "population");
    char found[32] = "";
    for (size_t k = 0; k < population->count; k++) {
        found[k] = (char)('0' + (int)population->serials[k]);
        ck_assert(k == 0 || population->energies[k] >= population->energies[k - 1]);
        ck_assert_double_nan(population->path_weights[k]);
    }
    ck_assert_str_eq(found, serials);
    ck_assert_double_eq(bench_figure(&bench, "accepted"), accepted);
    ck_assert_double_eq(bench_figure(&bench, "not_accepted"), rejected);
    ck_assert_double_eq(bench_figure(&bench, "same"), same);
    ck_assert_double_eq(bench_figure(&bench, "invalid"), invalid);
}

static const char four[] = "{criterion: {diverse: {size: 4}}}";

START_TEST(the_first_generation_has_no_duplicates)
{
    put("batch", 6, (const double[]){2, 3, 2.001, 4, 5, 6}, (const double[]){-1, -2, -1.01, NAN, 0, 1}, 1);
    run_fine(&gd_stage_accept, four);
    check("2356", 4, 0, 1, 1); /* 1 is the same as 3, and higher */
}
END_TEST

START_TEST(new_structures_replace_the_highest)
{
    put("population", 4, (const double[]){2, 3, 4, 5}, (const double[]){-4, -3, -2, -1}, 1);
    put("batch", 3, (const double[]){6, 7, 8}, (const double[]){-2.5, 0, -3.5}, 5);
    run_fine(&gd_stage_accept, four);
    check("1725", 2, 1, 0, 0);
}
END_TEST

/* They do so where they are lower, also than the highest that is no duplicate. */
START_TEST(duplicates_replace_only_each_other)
{
    put("population", 3, (const double[]){2, 3, 4}, (const double[]){-4, -3, -2}, 1);
    put("batch", 3, (const double[]){3.001, 4.001, 2}, (const double[]){-2.99, -2.01, -4}, 4);
    run_fine(&gd_stage_accept, four);
    check("125", 1, 0, 2, 0);
    put("batch", 1, (const double[]){3}, (const double[]){-3.5}, 7); /* the same distance, another energy */
    run_fine(&gd_stage_accept, four);
    check("1725", 1, 0, 0, 0);
    put("batch", 1, (const double[]){3}, (const double[]){-3.55}, 8);
    run_fine(&gd_stage_accept, "{criterion: {diverse: {size: 4, fingerprint: distances}}}");
    check("185", 1, 0, 0, 0); /* of the three at 3 Å the lowest */
}
END_TEST

/* Being the same goes on to neighbours of neighbours: 3.04 is lower than its neighbour 3.08, and higher than 3. It
 * comes in for neither, and 3.08, which is not the same as 3, stays. */
START_TEST(a_refused_duplicate_drops_nothing)
{
    put("population", 2, (const double[]){3, 3.08}, (const double[]){-4, -3}, 1);
    put("batch", 1, (const double[]){3.04}, (const double[]){-3.5}, 3);
    run_fine(&gd_stage_accept, "{criterion: {diverse: {size: 4, fingerprint: {distances: {within: 0.05}}}}}");
    check("12", 0, 0, 1, 0);
}
END_TEST

START_TEST(a_smaller_size_shrinks_the_population)
{
    put("population", 4, (const double[]){2, 3, 4, 5}, (const double[]){-1, -3, NAN, -2}, 1);
    put("batch", 0, NULL, NULL, 1);
    run_fine(&gd_stage_accept, "{criterion: {diverse: {size: 2}}}");
    check("24", 0, 0, 0, 0);
}
END_TEST

/* A share of the batch is moved, though there is a population; what is not keeps its energy. */
START_TEST(mutations_are_of_the_batch)
{
    enum { COUNT = 400 };
    double distances[COUNT], energies[COUNT];
    int moved = 0;
    for (int k = 0; k < COUNT; k++) {
        distances[k] = 3;
        energies[k] = k;
    }
    put("population", 2, (const double[]){2, 4}, (const double[]){0, 0}, 1);
    put("batch", COUNT, distances, energies, 1);
    run_fine(&gd_stage_perturb, "{of: batch, share: 0.3}");
    const struct gd_set *batch = gd_state_get(bench.state, "batch");
    ck_assert_uint_eq(batch->count, COUNT);
    for (size_t k = 0; k < COUNT; k++) {
        const bool still = batch->positions[6 * k + 3] == 3 && batch->positions[6 * k] == 0;
        ck_assert(still ? batch->energies[k] == (double)k : isnan(batch->energies[k]));
        moved += !still;
    }
    ck_assert_int_lt(abs(moved - 120), 46); /* five standard deviations */
}
END_TEST

Suite *suite_generation(void);

Suite *suite_generation(void)
{
    Suite *suite = suite_create("generation");
    TCase *tests = tcase_create("generation");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_first_generation_has_no_duplicates);
    tcase_add_test(tests, new_structures_replace_the_highest);
    tcase_add_test(tests, duplicates_replace_only_each_other);
    tcase_add_test(tests, a_refused_duplicate_drops_nothing);
    tcase_add_test(tests, a_smaller_size_shrinks_the_population);
    tcase_add_test(tests, mutations_are_of_the_batch);
    suite_add_tcase(suite, tests);
    return suite;
}

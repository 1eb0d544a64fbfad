/* The stage that drops duplicates. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "unit/stages/bench.h"
#include "unit/suites.h"

extern const struct gd_stage gd_stage_dedupe;

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

/* A structure of two atoms: their distance, energy and evaluation. */
struct pair {
    double distance, energy;
    int64_t serial;
};

static void put(const char *slot, const struct pair *pairs, size_t count)
{
    double *positions = calloc(count, sizeof(double[2][3]));
    for (size_t k = 0; k < count; k++)
        positions[6 * k + 3] = pairs[k].distance;
    struct gd_set *set = bench_set(gd_state_get(bench.state, "system"), count, positions);
    for (size_t k = 0; k < count; k++) {
        set->energies[k] = pairs[k].energy;
        set->serials[k] = pairs[k].serial;
        set->path_weights[k] = 0.5;
    }
    free(positions);
    ck_assert_int_eq(gd_state_put(bench.state, slot, set, &bench.error), GD_OK);
}

/* Runs the stage and checks the distances that are left, and how many were dropped. */
static void check(const char *params, const double *left, size_t count, int duplicates, int known)
{
    void *self = bench_params(&bench, &gd_stage_dedupe, params, &arena);
    ck_assert_msg(gd_stage_dedupe.run(&bench.context, self) == GD_OK, "%s", bench.error.text);
    const struct gd_set *batch = gd_state_get(bench.state, "batch");
    ck_assert_uint_eq(batch->count, count);
    for (size_t k = 0; k < count; k++) {
        ck_assert_double_eq(batch->positions[6 * k + 3], left[k]);
        ck_assert_double_nan(batch->path_weights[k]);
    }
    ck_assert_double_eq(bench_figure(&bench, "kept"), (double)count);
    ck_assert_double_eq(bench_figure(&bench, "duplicates"), duplicates);
    if (known >= 0)
        ck_assert_double_eq(bench_figure(&bench, "known"), known);
}

START_TEST(without_energies_the_first_stays)
{
    const struct pair batch[] = {{2, NAN, 0}, {3, NAN, 0}, {2.04, NAN, 0}, {2.08, NAN, 0}, {3.01, NAN, 0}};
    put("batch", batch, 5);
    check("{}", (const double[]){2, 3, 2.08}, 3, 2, 0); /* 2.08 is as 2.04, which is not there any more */
    put("batch", batch, 5);
    check("{fingerprint: {distances: {within: 0.2}}}", (const double[]){2, 3}, 2, 3, 0);
}
END_TEST

START_TEST(the_lowest_energy_stays)
{
    put("batch", (const struct pair[]){{2, 5, 1}, {3, 1, 2}, {2.04, 4, 3}, {2.03, NAN, 0}, {2.01, 4, 4}}, 5);
    check("{}", (const double[]){3, 2.04}, 2, 3, 0);
}
END_TEST

START_TEST(what_is_in_the_archive_is_dropped)
{
    const struct pair archive[] = {{2, 0, 1}, {3, 0, 2}, {4, 0, 5}};
    const struct pair batch[] = {{2.01, NAN, 0}, {5, NAN, 0}, {4, NAN, 0}, {5.02, NAN, 0}};
    put("archive", archive, 3);
    put("batch", batch, 4);
    check("{}", (const double[]){5}, 1, 1, 2);
    put("batch", batch, 4);
    check("{archive: false}", (const double[]){2.01, 5, 4}, 3, 1, -1);
}
END_TEST

/* What was evaluated last is in the archive itself, and is no duplicate of itself nor of what came after it. */
START_TEST(only_what_was_evaluated_before_counts)
{
    put("archive", (const struct pair[]){{2, 0, 1}, {3, 1, 2}, {3.02, 0.5, 3}, {4, 0, 4}, {2.03, 0, 5}}, 5);
    put("batch", (const struct pair[]){{3, 1, 2}, {3.02, 0.5, 3}, {2.03, 0, 5}}, 3);
    check("{}", (const double[]){3.02}, 1, 1, 1);
    put("batch", (const struct pair[]){{2, 0, 1}}, 1);
    check("{}", (const double[]){2}, 1, 0, 0);
}
END_TEST

START_TEST(nothing_has_no_duplicates)
{
    put("batch", NULL, 0);
    check("{}", NULL, 0, 0, 0);
}
END_TEST

Suite *suite_dedupe(void);

Suite *suite_dedupe(void)
{
    Suite *suite = suite_create("dedupe");
    TCase *tests = tcase_create("dedupe");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, without_energies_the_first_stays);
    tcase_add_test(tests, the_lowest_energy_stays);
    tcase_add_test(tests, what_is_in_the_archive_is_dropped);
    tcase_add_test(tests, only_what_was_evaluated_before_counts);
    tcase_add_test(tests, nothing_has_no_duplicates);
    suite_add_tcase(suite, tests);
    return suite;
}

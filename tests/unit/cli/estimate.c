/* Time left, from hand-made pipelines. */
#include "cli/estimate.h"

#include <check.h>

Suite *suite_estimate(void);

static const struct gd_stage stage;

/* a, then 3 x (b, 2 x c): 1 + 3 + 6 executions. */
static struct gd_step inner[] = {{.path = "c", .stage = &stage}};
static struct gd_step outer[] = {{.path = "b", .stage = &stage},
                                 {.path = "loop-2", .steps = inner, .count = 1, .times = 2}};
static struct gd_step steps[] = {{.path = "a", .stage = &stage},
                                 {.path = "loop", .steps = outer, .count = 2, .times = 3}};
static struct gd_pipeline pipeline = {.steps = steps, .count = 2};

/* All of that as the step p of another pipeline, and z after it. */
static struct gd_step chained[] = {
    {.path = "p", .pipeline = &pipeline, .steps = steps, .count = 2, .times = 1},
    {.path = "z", .stage = &stage},
};
static const struct gd_pipeline chain = {.steps = chained, .count = 2};

static struct gd_estimate estimate;

static void set_up(void)
{
    ck_assert_int_eq(gd_estimate_init(&estimate, &pipeline), GD_OK);
}

static void tear_down(void)
{
    gd_estimate_clear(&estimate);
}

START_TEST(counts_executions)
{
    ck_assert_uint_eq(estimate.count, 3);
    ck_assert_int_eq(estimate.items[0].expected, 1);
    ck_assert_int_eq(estimate.items[1].expected, 3);
    ck_assert_int_eq(estimate.items[2].expected, 6);
}
END_TEST

START_TEST(unknown_before_every_step_has_run)
{
    bool least;
    gd_estimate_finish(&estimate, "a", 7.0);
    ck_assert_double_eq(gd_estimate_left(&estimate, "b", 0.0, 0.0, &least), 0.0);
    ck_assert(least);
    ck_assert_double_eq_tol(gd_estimate_left(&estimate, "b", 2.0, 0.5, &least), 2.5 * 4.0, 1e-12);
    ck_assert(least);
}
END_TEST

START_TEST(means_times_what_is_left)
{
    bool least;
    gd_estimate_finish(&estimate, "a", 7.0);
    gd_estimate_finish(&estimate, "b", 4.0);
    gd_estimate_finish(&estimate, "c", 1.0);
    gd_estimate_finish(&estimate, "c", 3.0);
    ck_assert_double_eq_tol(gd_estimate_left(&estimate, "b", 0.0, 0.0, &least), 2 * 4.0 + 4 * 2.0, 1e-12);
    ck_assert(!least);
}
END_TEST

/* What runs last is not waited for, until it runs. */
START_TEST(sections_that_run_last_are_left_out)
{
    static const struct gd_stage closing = {.section = true, .last = true};
    struct gd_step both[] = {{.path = "a", .stage = &stage, .times = 1}, {.path = "z", .stage = &closing, .times = 1}};
    const struct gd_pipeline closed = {.steps = both, .count = 2};
    struct gd_estimate closes;
    bool least;
    ck_assert_int_eq(gd_estimate_init(&closes, &closed), GD_OK);
    ck_assert_double_eq_tol(gd_estimate_left(&closes, "a", 2.0, 0.5, &least), 2.0, 1e-12);
    ck_assert(!least);
    gd_estimate_finish(&closes, "a", 4.0);
    ck_assert_double_eq(gd_estimate_left(&closes, "z", 1.0, 0.0, &least), 0.0);
    ck_assert(least);
    gd_estimate_clear(&closes);
}
END_TEST

START_TEST(goes_on_after_a_resume)
{
    bool least;
    gd_estimate_skip(&estimate, &pipeline, 5); /* a b c c b */
    ck_assert_int_eq(estimate.items[0].finished, 1);
    ck_assert_int_eq(estimate.items[1].finished, 2);
    ck_assert_int_eq(estimate.items[2].finished, 2);
    gd_estimate_finish(&estimate, "c", 1.5);
    gd_estimate_finish(&estimate, "c", 2.5);
    ck_assert_double_eq_tol(gd_estimate_left(&estimate, "b", 5.0, 0.5, &least), 5.0 + 2 * 2.0, 1e-12);
    ck_assert(!least);
}
END_TEST

START_TEST(pipelines_count_with_their_steps)
{
    static const char *const paths[] = {"a", "b", "c", "p", "z"};
    static const int64_t expected[] = {1, 3, 6, 1, 1}, finished[] = {1, 3, 6, 1, 0};
    struct gd_estimate whole;
    ck_assert_int_eq(gd_estimate_init(&whole, &chain), GD_OK);
    ck_assert_uint_eq(whole.count, 5);
    gd_estimate_skip(&whole, &chain, 11);
    for (size_t k = 0; k < whole.count; k++) {
        ck_assert_str_eq(whole.items[k].path, paths[k]);
        ck_assert_int_eq(whole.items[k].expected, expected[k]);
        ck_assert_int_eq(whole.items[k].finished, finished[k]);
    }
    gd_estimate_clear(&whole);
}
END_TEST

Suite *suite_estimate(void)
{
    Suite *suite = suite_create("estimate");
    TCase *tests = tcase_create("estimate");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, counts_executions);
    tcase_add_test(tests, unknown_before_every_step_has_run);
    tcase_add_test(tests, means_times_what_is_left);
    tcase_add_test(tests, sections_that_run_last_are_left_out);
    tcase_add_test(tests, goes_on_after_a_resume);
    tcase_add_test(tests, pipelines_count_with_their_steps);
    suite_add_tcase(suite, tests);
    return suite;
}

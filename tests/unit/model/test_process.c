/* Noise processes: the schedules at their ends, g² against the slope of s², and what is refused. */
#include <math.h>
#include <string.h>

#include "model/process.h"
#include "unit/suites.h"

static struct gd_process process_of(int schedule)
{
    struct gd_process process;
    enum gd_status status =
        gd_process_named(&process, "ve", gd_schedule_names[schedule], 0.01, 1.5, &(struct gd_error){0});
    ck_assert_int_eq(status, GD_OK);
    ck_assert_int_eq(process.schedule, schedule);
    return process;
}

START_TEST(sigma_goes_from_min_to_max)
{
    struct gd_process process = process_of(_i);
    ck_assert_double_eq_tol(gd_process_sigma(&process, 0), 0.01, 1e-15);
    ck_assert_double_eq_tol(gd_process_sigma(&process, 1), 1.5, 1e-14);
    for (int k = 0; k < 100; k++)
        ck_assert_double_lt(gd_process_sigma(&process, k / 100.0), gd_process_sigma(&process, (k + 1) / 100.0));
}
END_TEST

START_TEST(sigma_half_way)
{
    const double expected[GD_SCHEDULES] = {
        [GD_LINEAR] = (0.01 + 1.5) / 2,      /* arithmetic mean */
        [GD_EXPONENTIAL] = sqrt(0.01 * 1.5), /* geometric mean */
        [GD_COSINE] = (0.01 + 1.5) / 2,      /* by symmetry */
    };
    struct gd_process process = process_of(_i);
    ck_assert_double_eq_tol(gd_process_sigma(&process, 0.5), expected[_i], 1e-14);
}
END_TEST

START_TEST(spread_is_the_variance_gained)
{
    struct gd_process process = process_of(_i);
    ck_assert_double_eq(gd_process_spread(&process, 0), 0);
    for (int k = 1; k <= 20; k++) {
        double t = k / 20.0, sigma = gd_process_sigma(&process, t), spread = gd_process_spread(&process, t);
        ck_assert_double_eq_tol(spread * spread, sigma * sigma - 0.01 * 0.01, 1e-14);
    }
}
END_TEST

START_TEST(diffusion_is_the_slope_of_the_variance)
{
    struct gd_process process = process_of(_i);
    for (int k = 1; k < 20; k++) {
        double t = k / 20.0, h = 1e-5;
        double after = gd_process_spread(&process, t + h), before = gd_process_spread(&process, t - h);
        double slope = (after * after - before * before) / (2 * h);
        ck_assert_double_eq_tol(gd_process_diffusion2(&process, t), slope, 1e-6);
    }
}
END_TEST

START_TEST(unknown_names_are_refused)
{
    struct gd_process process;
    struct gd_error error = {0};
    ck_assert_int_eq(gd_process_named(&process, "vp", "linear", 0.01, 1, &error), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.text, "vp"));
    error = (struct gd_error){0};
    ck_assert_int_eq(gd_process_named(&process, "ve", "quadratic", 0.01, 1, &error), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.text, "quadratic"));
}
END_TEST

START_TEST(sigmas_out_of_order_are_refused)
{
    const double pairs[][2] = {{1, 1}, {1, 0.5}, {0, 1}, {-0.1, 1}, {NAN, 1}, {0.1, NAN}, {0.1, INFINITY}};
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
        struct gd_process process;
        struct gd_error error = {0};
        ck_assert_int_eq(gd_process_named(&process, "ve", "linear", pairs[k][0], pairs[k][1], &error), GD_BAD_INPUT);
    }
}
END_TEST

START_TEST(rows_give_the_published_defaults)
{
    const struct gd_noise_class *ve = gd_noises[0];
    const struct gd_component *base = &ve->base;
    struct gd_problems problems = {0};
    struct gd_arena arena = {0};
    struct gd_error error = {0};
    struct gd_process process;
    ck_assert_int_eq(gd_params_verify(base->params, base->name, &error), GD_OK);
    void *params = gd_arena_alloc(&arena, 1, base->size);
    ck_assert_int_eq(gd_params_parse(base->params, NULL, NULL, (struct gd_place){0}, params, &arena, &problems), GD_OK);
    ck_assert_int_eq(ve->make(params, &process, &error), GD_OK);
    ck_assert_ptr_eq(process.class, ve);
    ck_assert_int_eq(process.schedule, GD_LINEAR);
    ck_assert_double_eq(process.sigma_min, 0.01);
    ck_assert_double_eq(process.sigma_max, 1.0);
    gd_problems_clear(&problems);
    gd_arena_clear(&arena);
}
END_TEST

Suite *suite_process(void)
{
    Suite *suite = suite_create("process");
    TCase *schedules = tcase_create("schedules");
    tcase_add_loop_test(schedules, sigma_goes_from_min_to_max, 0, GD_SCHEDULES);
    tcase_add_loop_test(schedules, sigma_half_way, 0, GD_SCHEDULES);
    tcase_add_loop_test(schedules, spread_is_the_variance_gained, 0, GD_SCHEDULES);
    tcase_add_loop_test(schedules, diffusion_is_the_slope_of_the_variance, 0, GD_SCHEDULES);
    suite_add_tcase(suite, schedules);
    TCase *input = tcase_create("input");
    tcase_add_test(input, unknown_names_are_refused);
    tcase_add_test(input, sigmas_out_of_order_are_refused);
    tcase_add_test(input, rows_give_the_published_defaults);
    suite_add_tcase(suite, input);
    return suite;
}

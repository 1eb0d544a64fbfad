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
    ck_assert_int_eq(gd_process_named(&process, "laplace", "linear", 0.01, 1, &error), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.text, "laplace"));
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

/* The process that a component's rows give with all defaults. */
static struct gd_process default_of(const struct gd_noise_class *class)
{
    const struct gd_component *base = &class->base;
    struct gd_problems problems = {0};
    struct gd_arena arena = {0};
    struct gd_error error = {0};
    struct gd_process made;
    ck_assert_int_eq(gd_params_verify(base->params, base->name, &error), GD_OK);
    void *params = gd_arena_alloc(&arena, 1, base->size);
    ck_assert_int_eq(gd_params_parse(base->params, NULL, NULL, (struct gd_place){0}, params, &arena, &problems), GD_OK);
    ck_assert_msg(class->make(params, &made, &error) == GD_OK, "%s", error.text);
    ck_assert_ptr_eq(made.type, class);
    gd_problems_clear(&problems);
    gd_arena_clear(&arena);
    return made;
}

START_TEST(rows_give_the_published_defaults)
{
    struct gd_process ve = default_of(gd_noises[0]);
    ck_assert_int_eq(ve.schedule, GD_LINEAR);
    ck_assert_double_eq(ve.min, 0.01);
    ck_assert_double_eq(ve.max, 1.0);
}
END_TEST

START_TEST(processes_are_the_same_or_not)
{
    const struct {
        const char *noise, *schedule;
        double min, max;
    } others[] = {
        {"vp", "linear", 0.1, 1}, {"ve", "cosine", 0.1, 1}, {"ve", "linear", 0.2, 1}, {"ve", "linear", 0.1, 2}};
    struct gd_process one, other;
    struct gd_error error = {0};
    ck_assert_int_eq(gd_process_named(&one, "ve", "linear", 0.1, 1, &error), GD_OK);
    ck_assert_int_eq(gd_process_named(&other, "ve", "linear", 0.1, 1, &error), GD_OK);
    ck_assert(gd_process_same(&one, &other));
    for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
        ck_assert_int_eq(
            gd_process_named(&other, others[k].noise, others[k].schedule, others[k].min, others[k].max, &error), GD_OK);
        ck_assert(!gd_process_same(&one, &other));
    }
}
END_TEST

/* The variance-preserving process is stated as dx = -½ β x dt + √β dW. Its moments by small Euler steps of dm/dt = -½ β
 * m and dv/dt = -β v + β; in the frame that scales with m, the spread is √v/m. */
START_TEST(vp_is_its_sde_in_the_scaled_frame)
{
    enum { STEPS = 200000 };
    const double min = 0.1, max = 6;
    double m = 1, v = 0, dt = 1.0 / STEPS;
    struct gd_process vp;
    ck_assert_int_eq(gd_process_named(&vp, "vp", "linear", min, max, &(struct gd_error){0}), GD_OK);
    ck_assert_double_eq(gd_process_spread(&vp, 0), 0);
    for (int k = 0; k < STEPS; k++) {
        double beta = min + (max - min) * (k + 0.5) * dt;
        m -= 0.5 * beta * m * dt;
        v += beta * (1 - v) * dt;
        if ((k + 1) % (STEPS / 8) == 0) {
            double expected = sqrt(v) / m;
            ck_assert_double_eq_tol(gd_process_spread(&vp, (k + 1) * dt), expected, 1e-4 * expected);
        }
    }
}
END_TEST

START_TEST(vp_diffusion_is_the_slope_of_the_variance)
{
    struct gd_process vp = default_of(gd_noises[1]);
    for (int k = 1; k < 20; k++) {
        double t = k / 20.0, h = 1e-5;
        double after = gd_process_spread(&vp, t + h), before = gd_process_spread(&vp, t - h);
        double slope = (after * after - before * before) / (2 * h);
        ck_assert_double_eq_tol(gd_process_diffusion2(&vp, t), slope, 1e-7 * slope);
    }
}
END_TEST

/* Uniform in a cell of 15 Å: its slowest mode, exp(-½ (2π s/15)²), is below 1 %. */
START_TEST(vp_ends_uniform)
{
    struct gd_process vp = default_of(gd_noises[1]);
    double phase = 2 * M_PI * gd_process_spread(&vp, 1) / 15;
    ck_assert_double_lt(exp(-0.5 * phase * phase), 0.01);
}
END_TEST

START_TEST(impossible_betas_are_refused)
{
    const double pairs[][2] = {{1, 1}, {1, 0.5}, {0, 1}, {-0.1, 1}, {NAN, 1}, {0.1, NAN}, {0.1, INFINITY}, {0.1, 41}};
    struct gd_process process;
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
        struct gd_error error = {0};
        ck_assert_int_eq(gd_process_named(&process, "vp", "linear", pairs[k][0], pairs[k][1], &error), GD_BAD_INPUT);
        ck_assert_ptr_nonnull(strstr(error.text, "beta"));
    }
    struct gd_error error = {0};
    ck_assert_int_eq(gd_process_named(&process, "vp", "cosine", 0.1, 8, &error), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.text, "cosine"));
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
    TCase *preserving = tcase_create("variance preserving");
    tcase_add_test(preserving, vp_is_its_sde_in_the_scaled_frame);
    tcase_add_test(preserving, vp_diffusion_is_the_slope_of_the_variance);
    tcase_add_test(preserving, vp_ends_uniform);
    suite_add_tcase(suite, preserving);
    TCase *input = tcase_create("input");
    tcase_add_test(input, unknown_names_are_refused);
    tcase_add_test(input, sigmas_out_of_order_are_refused);
    tcase_add_test(input, impossible_betas_are_refused);
    tcase_add_test(input, rows_give_the_published_defaults);
    tcase_add_test(input, processes_are_the_same_or_not);
    suite_add_tcase(suite, input);
    return suite;
}

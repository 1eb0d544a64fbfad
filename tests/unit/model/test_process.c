/* Noise processes: the schedules at their ends, g² against the slope of s², and what is refused. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/noise_ve.h"
#include "model/noise_vp.h"
#include "unit/suites.h"

enum { MIN = 10, MAX = 1500 }; /* of the schedules below, mÅ */

static struct gd_process process_of(int schedule)
{
    struct gd_process process;
    const struct gd_ve_params params = {schedule, 1e-3 * MIN, 1e-3 * MAX};
    ck_assert_int_eq(gd_process_make(&process, &gd_noise_ve, &params, &(struct gd_error){0}), GD_OK);
    return process;
}

/* σ(t), from the variance that was gained. */
static double sigma_of(const struct gd_process *process, double t)
{
    return hypot(gd_process_spread(process, t), 1e-3 * MIN);
}

START_TEST(sigma_goes_from_min_to_max)
{
    struct gd_process process = process_of(_i);
    ck_assert_double_eq(gd_process_spread(&process, 0), 0);
    ck_assert_double_eq_tol(sigma_of(&process, 1), 1e-3 * MAX, 1e-14);
    for (int k = 0; k < 100; k++)
        ck_assert_double_lt(sigma_of(&process, k / 100.0), sigma_of(&process, (k + 1) / 100.0));
}
END_TEST

START_TEST(sigma_at_a_third)
{
    const double min = 1e-3 * MIN, max = 1e-3 * MAX;
    const double expected[GD_SCHEDULES] = {
        [GD_LINEAR] = (2 * min + max) / 3,
        [GD_EXPONENTIAL] = cbrt(min * min * max),
        [GD_COSINE] = (3 * min + max) / 4, /* cos 60° is a half */
    };
    struct gd_process process = process_of(_i);
    ck_assert_double_eq_tol(sigma_of(&process, 1.0 / 3), expected[_i], 1e-14);
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

START_TEST(an_unknown_name_is_refused)
{
    struct gd_error error = {0};
    ck_assert_ptr_null(gd_noise_named(NULL, "laplace", &error));
    ck_assert_int_eq(error.status, GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.text, "laplace"));
}
END_TEST

static enum gd_status accept(const void *params, struct gd_error *error)
{
    (void)params, (void)error;
    return GD_OK;
}

/* A process keeps its parameters in itself: they have to fit. */
START_TEST(large_parameters_are_refused)
{
    const char params[GD_NOISE_PARAMS + 1] = {0};
    struct gd_noise_class type = {.base = {.name = "wide", .size = GD_NOISE_PARAMS}, .check = accept};
    struct gd_process process;
    struct gd_error error = {0};
    ck_assert_int_eq(gd_process_make(&process, &type, params, &error), GD_OK);
    type.base.size++;
    ck_assert_int_eq(gd_process_make(&process, &type, params, &error), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.text, "65 bytes"));
}
END_TEST

START_TEST(sigmas_out_of_order_are_refused)
{
    const double pairs[][2] = {{1, 1}, {1, 0.5}, {0, 1}, {-0.1, 1}, {NAN, 1}, {0.1, NAN}, {0.1, INFINITY}};
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
        struct gd_process process;
        struct gd_error error = {0};
        ck_assert_int_eq(gd_process_make(&process, &gd_noise_ve,
                                         &(struct gd_ve_params){GD_LINEAR, pairs[k][0], pairs[k][1]}, &error),
                         GD_BAD_INPUT);
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
    ck_assert_msg(gd_process_make(&made, class, params, &error) == GD_OK, "%s", error.text);
    ck_assert_ptr_eq(made.type, class);
    gd_problems_clear(&problems);
    gd_arena_clear(&arena);
    return made;
}

START_TEST(rows_give_the_published_defaults)
{
    struct gd_process ve = default_of(gd_noises[0]);
    const struct gd_ve_params *params = (const void *)ve.params;
    ck_assert_int_eq(params->schedule, GD_LINEAR);
    ck_assert_double_eq(params->min, 0.01);
    ck_assert_double_eq(params->max, 1.0);
}
END_TEST

START_TEST(processes_are_the_same_or_not)
{
    const struct gd_ve_params first = {GD_LINEAR, 0.1, 1};
    const struct gd_ve_params others[] = {{GD_COSINE, 0.1, 1}, {GD_LINEAR, 0.2, 1}, {GD_LINEAR, 0.1, 2}};
    struct gd_process one, other;
    struct gd_error error = {0};
    ck_assert_int_eq(gd_process_make(&one, &gd_noise_ve, &first, &error), GD_OK);
    ck_assert_int_eq(gd_process_make(&other, &gd_noise_ve, &first, &error), GD_OK);
    ck_assert(gd_process_same(&one, &other));
    for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
        ck_assert_int_eq(gd_process_make(&other, &gd_noise_ve, &others[k], &error), GD_OK);
        ck_assert(!gd_process_same(&one, &other));
    }
    other = default_of(gd_noises[1]);
    ck_assert(!gd_process_same(&one, &other));
}
END_TEST

/* As messages name them. */
START_TEST(a_process_as_text)
{
    struct gd_process process;
    const struct gd_ve_params params = {GD_COSINE, 0.25, 2};
    ck_assert_int_eq(gd_process_make(&process, &gd_noise_ve, &params, NULL), GD_OK);
    char *text = gd_process_text(&process);
    ck_assert_str_eq(text, "ve (schedule cosine, min 0.25, max 2)");
    free(text);
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
    ck_assert_int_eq(gd_process_make(&vp, &gd_noise_vp, &(struct gd_vp_params){0, min, max}, &(struct gd_error){0}),
                     GD_OK);
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
        ck_assert_int_eq(
            gd_process_make(&process, &gd_noise_vp, &(struct gd_vp_params){0, pairs[k][0], pairs[k][1]}, &error),
            GD_BAD_INPUT);
        ck_assert_ptr_nonnull(strstr(error.text, "beta"));
    }
}
END_TEST

Suite *suite_process(void)
{
    Suite *suite = suite_create("process");
    TCase *schedules = tcase_create("schedules");
    tcase_add_loop_test(schedules, sigma_goes_from_min_to_max, 0, GD_SCHEDULES);
    tcase_add_loop_test(schedules, sigma_at_a_third, 0, GD_SCHEDULES);
    tcase_add_loop_test(schedules, diffusion_is_the_slope_of_the_variance, 0, GD_SCHEDULES);
    suite_add_tcase(suite, schedules);
    TCase *preserving = tcase_create("variance preserving");
    tcase_add_test(preserving, vp_is_its_sde_in_the_scaled_frame);
    tcase_add_test(preserving, vp_diffusion_is_the_slope_of_the_variance);
    tcase_add_test(preserving, vp_ends_uniform);
    suite_add_tcase(suite, preserving);
    TCase *input = tcase_create("input");
    tcase_add_test(input, an_unknown_name_is_refused);
    tcase_add_test(input, large_parameters_are_refused);
    tcase_add_test(input, sigmas_out_of_order_are_refused);
    tcase_add_test(input, impossible_betas_are_refused);
    tcase_add_test(input, rows_give_the_published_defaults);
    tcase_add_test(input, processes_are_the_same_or_not);
    tcase_add_test(input, a_process_as_text);
    suite_add_tcase(suite, input);
    return suite;
}

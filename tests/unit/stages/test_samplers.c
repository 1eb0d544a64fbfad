/* Loops that are fitted to their own draws: how they become unstable. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "model/network.h"
#include "model/noise_ve.h"
#include "stages/training_batch.h"
#include "unit/stages/bench.h"

#define MIDDLE 20.0 /* Å: of the cell, from where x counts */

/* --- Forces of the loop's own draws ------------------------------------------------------------------------------- */

/* A score that is linear in each coordinate, fitted at every time that is asked for to the forces of fresh draws of
 * N(shift, S²), which is off from N(0, S²): their goal, -x_0/S², by least squares. */
struct linear_fit {
    struct gd_training_batch batch;
    struct gd_system *system;
    struct gd_model model;
    struct gd_stream stream;
    double deviation, shift;
};

static enum gd_status fit(void *self, const struct gd_set *set, double t, float *score, struct gd_error *error)
{
    enum { FILLS = 800 };
    struct linear_fit *fit = self;
    const double s = gd_process_spread(&fit->model.process, t);
    double sums[4] = {0};
    (void)error;
    for (int k = 0; k < FILLS; k++) {
        double at[3], pull[3];
        for (int axis = 0; axis < 3; axis++) {
            const double x = fit->shift + fit->deviation * gd_stream_normal(&fit->stream);
            at[axis] = MIDDLE + x;
            pull[axis] = -x / (fit->deviation * fit->deviation);
        }
        const struct gd_force_goal goal = {pull, INFINITY, false};
        gd_training_batch_fill(&fit->batch, 0, fit->system, &fit->model, at, t, 1, &goal, &fit->stream);
        for (int axis = 0; axis < 3; axis++) {
            const double x = fit->batch.positions[axis] - MIDDLE, y = (double)fit->batch.target[axis] / s;
            const double terms[4] = {x, y, x * x, x * y};
            for (int m = 0; m < 4; m++)
                sums[m] += terms[m] / (3 * FILLS);
        }
    }
    const double slope = (sums[3] - sums[0] * sums[1]) / (sums[2] - sums[0] * sums[0]);
    for (size_t c = 0; c < 3 * set->count; c++)
        score[c] = (float)(sums[1] + slope * (set->positions[c] - MIDDLE - sums[0]));
    return GD_OK;
}

/* How many times the error of a mean comes back from a fit to such draws, with noise from 0 to s, q = s²/S². */
static double multiplier(double q)
{
    enum { PATHS = 4000, STEPS = 2000 };
    const struct gd_structure box = {.cell = {{{40, 0, 0}, {0, 40, 0}, {0, 0, 40}}, {false, false, false}}};
    struct gd_system system;
    struct gd_error error = {0};
    double mean = 0;
    ck_assert_int_eq(gd_system_make(&system, &box, (int[]){18}, 1, NULL, false, &error), GD_OK);
    struct linear_fit fitted = {.system = &system,
                                .model = {.prediction = gd_predictions},
                                .stream = gd_stream_make(12, 0, 0, 0),
                                .deviation = 3 / sqrt(q),
                                .shift = 6 / sqrt(q)};
    struct gd_set *like = bench_set(&system, 1, (double[]){0, 0, 0}), *set = gd_set_new(&system.structure, 0, &error);
    ck_assert_int_eq(gd_training_batch_make(&fitted.batch, like, 1, &error), GD_OK);
    ck_assert_int_eq(
        gd_process_make(&fitted.model.process, &gd_noise_ve, &(struct gd_ve_params){GD_EXPONENTIAL, 0.003, 3}, &error),
        GD_OK);
    const struct gd_sampling sampling = {.name = "fitted",
                                         .stream = gd_stream_make(13, 0, 0, 0),
                                         .system = &system,
                                         .process = &fitted.model.process,
                                         .score = {.evaluate = fit, .self = &fitted},
                                         .steps = STEPS,
                                         .end = 1e-3,
                                         .start = GD_START_NORMAL};
    ck_assert_msg(gd_sample(&sampling, &gd_sampler_euler_maruyama, NULL, PATHS, set, &error) == GD_OK, "%s",
                  error.text);
    for (size_t c = 0; c < 3 * PATHS; c++)
        mean += (set->positions[c] - MIDDLE) / (3 * PATHS);
    gd_training_batch_clear(&fitted.batch);
    gd_set_free(like);
    gd_set_free(set);
    gd_system_clear(&system);
    return mean / fitted.shift;
}

/* How an error of the mean grows from round to round when the buffer has the last `rounds` rounds, in the long run. */
static double growth(double multiplier, int rounds)
{
    enum { LONG = 4000 };
    double errors[LONG] = {0}, sum = 0;
    for (int k = 0; k < rounds; k++)
        errors[k] = k == rounds - 1;
    for (int k = rounds; k < LONG; k++) {
        double mean = 0, size = 0;
        for (int m = 1; m <= rounds; m++)
            mean += errors[k - m] / rounds;
        errors[k] = multiplier * mean;
        for (int m = 0; m < rounds; m++)
            size = fmax(size, fabs(errors[k - m]));
        sum += k >= LONG / 2 ? log(size) / (LONG / 2) : 0;
        for (int m = 0; m < rounds; m++)
            errors[k - m] /= size;
    }
    return exp(sum);
}

/* -(ln(1 + q) - q/(1 + q)). */
START_TEST(errors_of_a_mean_come_back_multiplied)
{
    static const double known[][2] = {{4, -0.809}, {36, -2.638}, {400, -4.996}};
    const double found = multiplier(known[_i][0]);
    ck_assert_double_eq_tol(found / known[_i][1], 1, 0.02);
    if (known[_i][0] == 400) {
        ck_assert_double_gt(growth(found, 4), 1.02);
        ck_assert_double_eq_tol(growth(found, 5), 1, 0.01);
        ck_assert_double_lt(growth(found, 6), 0.99);
    }
}
END_TEST

Suite *suite_samplers(void);

Suite *suite_samplers(void)
{
    Suite *suite = suite_create("samplers");
    TCase *slow = tcase_create("samplers_slow");
    tcase_set_tags(slow, "slow");
    tcase_set_timeout(slow, 300);
    tcase_add_loop_test(slow, errors_of_a_mean_come_back_multiplied, 0, 3);
    suite_add_tcase(suite, slow);
    return suite;
}

/* Samplers as whole loops of stages: what rounds cost, how loops that are fitted to their own draws become unstable,
 * and that a distribution on a line comes out. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "atoms/region.h"
#include "engine/base/sort.h"
#include "model/mlp.h"
#include "model/network.h"
#include "model/noise_ve.h"
#include "stages/training_batch.h"
#include "unit/stages/bench.h"

extern const struct gd_stage gd_stage_estimate, gd_stage_evaluate, gd_stage_reweight, gd_stage_sample, gd_stage_train;

/* --- Two Gaussians on a line -------------------------------------------------------------------------------------- */

#define MIDDLE 20.0 /* Å: of the cell, from where x counts */

static const double centres[2] = {-1, 2}, deviations[2] = {0.7, 0.4};

/* -log of ½ N(-1, 0.7²) + ½ N(2, 0.4²) in x; flat in y and z. */
static enum gd_status pair(const struct gd_potential *potential, const struct gd_structure *structure, double *energy,
                           double (*forces)[3], struct gd_error *error)
{
    const double x = structure->positions[0][0] - MIDDLE;
    double exponents[2], sum = 0, slope = 0;
    (void)potential, (void)error;
    for (int k = 0; k < 2; k++)
        exponents[k] = -pow((x - centres[k]) / deviations[k], 2) / 2 - log(2 * deviations[k] * sqrt(2 * M_PI));
    const double highest = fmax(exponents[0], exponents[1]);
    for (int k = 0; k < 2; k++) {
        sum += exp(exponents[k] - highest);
        slope += exp(exponents[k] - highest) * (x - centres[k]) / pow(deviations[k], 2);
    }
    *energy = -highest - log(sum);
    forces[0][0] = -slope / sum;
    forces[0][1] = forces[0][2] = 0;
    return GD_OK;
}

static void forget(struct gd_potential *potential)
{
    free(potential);
}

static const struct gd_potential_class class_pair = {
    .base = {.name = "pair"}, .absolute = true, .evaluate = pair, .destroy = forget};

/* One atom on a line, so thin that y and z do not count; the potential, T = 1, noise from 0.01 Å, and a small
 * network on positions. */
static void open_line(struct bench *bench, double noise)
{
    struct gd_arena arena = {0};
    const struct gd_structure box = {.cell = {{{40, 0, 0}, {0, 40, 0}, {0, 0, 40}}, {false, false, false}}};
    struct gd_region region;
    double room[3] = {0};
    struct gd_system *system = calloc(1, sizeof *system);
    struct gd_potential *potential = calloc(1, sizeof *potential);
    struct gd_process *process = calloc(1, sizeof *process);
    struct gd_stream stream = gd_stream_make(3, 0, 0, 0);
    const struct gd_mlp_params shape = {
        .features = 32, .blocks = 1, .waves = 10, .shortest = 1.5, .longest = 200, .heads = GD_SCORE_ONLY};
    struct gd_model *model;
    bench_open(bench);
    const struct gd_choice choice = bench_choice(bench, "region", "{box: {lengths: [400, 0.001, 0.001]}}", &arena);
    ck_assert_int_eq(gd_region_make(&region, &choice, &box, room, &bench->error), GD_OK);
    ck_assert_int_eq(gd_system_make_in(system, &box, (int[]){18}, 1, &region, &bench->error), GD_OK);
    potential->type = &class_pair;
    ck_assert_int_eq(
        gd_process_make(process, &gd_noise_ve, &(struct gd_ve_params){GD_EXPONENTIAL, 0.01, noise}, &bench->error),
        GD_OK);
    ck_assert_int_eq(gd_model_new(&model, &gd_network_mlp, &shape, process, &stream, &bench->error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench->state, "system", system, &bench->error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench->state, "potential", potential, &bench->error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench->state, "noise", process, &bench->error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench->state, "model", model, &bench->error), GD_OK);
    ck_assert_int_eq(gd_state_put_real(bench->state, "temperature", 1, &bench->error), GD_OK);
    gd_arena_clear(&arena);
}

/* Runs a stage as the next execution of a step. */
static void run(struct bench *bench, const struct gd_stage *stage, const char *params)
{
    struct gd_arena arena = {0};
    bench->context.execution++;
    ck_assert_msg(stage->run(&bench->context, bench_params(bench, stage, params, &arena)) == GD_OK, "%s",
                  bench->error.text);
    gd_arena_clear(&arena);
}

static int64_t evaluations(const struct bench *bench)
{
    return gd_state_integer(bench->state, "evaluations", 0);
}

/* A loop: its first structures and its rounds. */
struct loop {
    const struct gd_stage *stages[6];
    const char *params[6], *begin;
    double noise; /* Å */
    int rounds;
    int64_t first, round; /* evaluations of the first structures, and of a round */
};

static const struct loop loops[] = {
    {/* Adjoint Sampling */
     {&gd_stage_reweight, &gd_stage_train, &gd_stage_sample, &gd_stage_evaluate},
     {"{size: 10000, weights: {newest: {count: 10000}}}",
      "{goal: adjoint, weights: uniform, steps: 60, batch: 256, rate: 2e-3, decay: 0, validation: 0, clip: 1}",
      "{count: 500, steps: 50, start: origin}", "{clash: 0}"},
     "{count: 500, steps: 50, start: origin}",
     3,
     60,
     500,
     500},
    {/* iDEM */
     {&gd_stage_reweight, &gd_stage_estimate, &gd_stage_train, &gd_stage_sample, &gd_stage_evaluate},
     {"{size: 2000, weights: {newest: {count: 2000}}}",
      "{pairs: 2000, samples: 400, limit: 0, clash: 0, terms: mix, stiffness: 3}",
      "{goal: pairs, steps: 300, batch: 256, rate: 1e-3, decay: 0, validation: 0, length: 3, weights: uniform}",
      "{count: 500, steps: 50, start: normal}", "{clash: 0}"},
     "{count: 500, steps: 50, start: normal}",
     10,
     6,
     500,
     2000 * 400 + 500},
};

/* Of the mixture, below x. */
static double below(double x)
{
    double sum = 0;
    for (int k = 0; k < 2; k++)
        sum += erfc((centres[k] - x) / deviations[k] / sqrt(2)) / 4;
    return sum;
}

/* Below which there is a share p of the mixture. */
static double quantile(double p)
{
    double low = -20, high = 20;
    while (high - low > 1e-9)
        *(below((low + high) / 2) < p ? &low : &high) = (low + high) / 2;
    return low;
}

/* The share of the right half of the buffer, and its W2 to the mixture's quantiles. */
static void judge(const struct bench *bench, double *share, double *distance)
{
    const struct gd_set *buffer = gd_state_get(bench->state, "buffer");
    const double count = (double)buffer->count;
    double *found = calloc(buffer->count, sizeof *found), square = 0;
    *share = 0;
    for (size_t k = 0; k < buffer->count; k++) {
        found[k] = buffer->positions[3 * k] - MIDDLE;
        *share += (found[k] > 0.75) / count;
    }
    gd_sort(found, buffer->count);
    for (size_t k = 0; k < buffer->count; k++)
        square += pow(found[k] - quantile(((double)k + 0.5) / count), 2) / count;
    *distance = sqrt(square);
    free(found);
}

/* The first structures and so many rounds, of which each costs what it says. */
static void go(struct bench *bench, const struct loop *loop, int rounds)
{
    open_line(bench, loop->noise);
    run(bench, &gd_stage_sample, loop->begin);
    run(bench, &gd_stage_evaluate, "{clash: 0}");
    ck_assert_int_eq(evaluations(bench), loop->first);
    for (int round = 0; round < rounds; round++) {
        for (int k = 0; loop->stages[k]; k++)
            run(bench, loop->stages[k], loop->params[k]);
        ck_assert_int_eq(evaluations(bench), loop->first + (round + 1) * loop->round);
    }
}

START_TEST(rounds_cost_what_they_say)
{
    struct bench bench;
    go(&bench, &loops[_i], 2);
    bench_close(&bench);
}
END_TEST

/* By iDEM and the weights of paths. Of exact draws, ½ (1 - Φ(1.75/0.7) + Φ(1.25/0.4)) = 0.5027 are on the right of
 * 0.75; 40,000 of them have a W2 of some 0.013 Å. Without weights, the draws of eight such models have shares of 0.500
 * ± 0.008 and a W2 of up to 0.1 Å. */
START_TEST(two_gaussians_come_out)
{
    static const struct {
        const struct gd_stage *stage;
        const char *params;
    } last[] = {
        {&gd_stage_estimate, "{pairs: 4000, samples: 400, limit: 0, clash: 0, terms: mix, stiffness: 3}"},
        {&gd_stage_train, "{goal: pairs, steps: 700, batch: 256, rate: 1e-3, decay: 0, validation: 0, length: 3}"},
        {&gd_stage_sample, "{count: 40000, steps: 100, start: normal, path_weights: true}"},
        {&gd_stage_evaluate, "{clash: 0}"},
        {&gd_stage_reweight, "{size: 40000, replace: true, weights: {paths: {newest: 40000}}}"},
    };
    struct bench bench;
    double share, distance;
    go(&bench, &loops[1], loops[1].rounds);
    for (size_t k = 0; k < sizeof last / sizeof *last; k++)
        run(&bench, last[k].stage, last[k].params);
    judge(&bench, &share, &distance);
    ck_assert_msg(fabs(share - 0.5) < 0.02, "a share of %g", share);
    ck_assert_msg(distance < 0.05, "W2 is %g Å", distance);
    bench_close(&bench);
}
END_TEST

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
    TCase *draws = tcase_create("samplers_statistics");
    tcase_set_tags(draws, "statistics");
    tcase_set_timeout(draws, 300);
    tcase_add_loop_test(draws, rounds_cost_what_they_say, 0, sizeof loops / sizeof *loops);
    tcase_add_test(draws, two_gaussians_come_out);
    tcase_add_loop_test(draws, errors_of_a_mean_come_back_multiplied, 0, 3);
    suite_add_tcase(suite, draws);
    return suite;
}

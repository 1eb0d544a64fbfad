/* Hills on collective variables: the free energy that they give, the variables, and the stages that use them. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "stages/hills.h"
#include "unit/stages/bench.h"

extern const struct gd_stage gd_stage_bias, gd_stage_reweight;

/* --- The free energy of one variable, by exact draws from E + V on a grid ------------------------------------------
 */

enum { POINTS = 801 };

#define FIRST       (-2.0)
#define SPACING     0.005
#define TEMPERATURE 0.3
#define GAMMA       6.0

static double energy_at(double x)
{
    return 4 * (x * x - 1) * (x * x - 1) + 0.4 * x;
}

static double place(int k)
{
    return FIRST + SPACING * k;
}

/* A draw from exp(-(E + V)/T): the grid's point k. */
static int draw(const double *bias, struct gd_stream *stream)
{
    double weights[POINTS], sum = 0;
    for (int k = 0; k < POINTS; k++)
        sum += weights[k] = exp(-(energy_at(place(k)) + bias[k]) / TEMPERATURE);
    double rest = gd_stream_uniform(stream) * sum;
    int k = 0;
    while (k < POINTS - 1 && (rest -= weights[k]) > 0)
        k++;
    return k;
}

/* Root mean square of -γ/(γ - 1) V - E up to a constant, where E is less than 3 above its minimum. */
static double error_of(const double *bias)
{
    double lowest = INFINITY, mean = 0, square = 0;
    int count = 0;
    for (int k = 0; k < POINTS; k++)
        lowest = fmin(lowest, energy_at(place(k)));
    for (int k = 0; k < POINTS; k++) {
        const double off = -GAMMA / (GAMMA - 1) * bias[k] - energy_at(place(k));
        if (energy_at(place(k)) - lowest >= 3)
            continue;
        mean += off;
        square += off * off;
        count++;
    }
    mean /= count;
    return sqrt(square / count - mean * mean);
}

/* Hills of height 0.02 and width 0.1. Expected: 0.25 after 500 hills, of one run; 0.043 after 2,000 and 0.045 after
 * 6,000, which are the hill's width. */
START_TEST(hills_give_the_free_energy)
{
    struct gd_stream stream = gd_stream_make(3, 0, 0, 0);
    struct gd_hills hills = {0};
    struct gd_error error = {0};
    const double periods[GD_VARIABLES] = {0};
    double bias[POINTS] = {0};
    for (int n = 1; n <= 6000; n++) {
        struct gd_hill hill = {.variables = 1 << GD_VARIABLE_HEIGHT, .width = 0.1};
        const int at = draw(bias, &stream);
        hill.centre[GD_VARIABLE_HEIGHT] = place(at);
        hill.height = 0.02 * exp(-bias[at] / ((GAMMA - 1) * TEMPERATURE));
        ck_assert_int_eq(gd_hills_add(&hills, &hill, &error), GD_OK);
        const struct gd_hills newest = {1, 1, &hills.hills[n - 1]};
        for (int k = 0; k < POINTS; k++)
            bias[k] += gd_hills_energy(&newest, (const double[GD_VARIABLES]){7, 7, place(k), 7}, periods);
        if (n == 500)
            ck_assert_double_eq_tol(error_of(bias), 0.25, 0.1);
        if (n == 2000)
            ck_assert_double_eq_tol(error_of(bias), 0.043, 0.015);
    }
    ck_assert_double_eq_tol(error_of(bias), 0.045, 0.015);
    const double middle[GD_VARIABLES] = {0, 0, place(400), 0};
    ck_assert_double_eq_tol(gd_hills_energy(&hills, middle, periods), bias[400], 1e-9);
    free(hills.hills);
}
END_TEST

/* --- Variables ---------------------------------------------------------------------------------------------------- */

/* Two platinum atoms (covalent radius 1.36 Å) across the edge of a periodic box of 12 Å. */
START_TEST(variables_of_a_pair)
{
    const double positions[2][3] = {{11.5, 6, 2}, {1.5, 6, 4}};
    struct bench bench;
    double values[GD_VARIABLES], periods[GD_VARIABLES];
    bench_open(&bench);
    const struct gd_system *system = bench_system(&bench, 2);
    gd_variables_find(system, positions[0], values);
    gd_variables_periods(system, periods);
    ck_assert_double_eq_tol(values[GD_VARIABLE_X], 0.5, 1e-9);
    ck_assert_double_eq_tol(fabs(values[GD_VARIABLE_Y]), 6, 1e-9); /* 6 and -6 are one place */
    ck_assert_double_eq(values[GD_VARIABLE_HEIGHT], 3);
    ck_assert_double_eq_tol(values[GD_VARIABLE_COORDINATION], 1 / (1 + pow(sqrt(8) / (1.3 * 2.72), 6)), 1e-9);
    ck_assert_double_eq(periods[GD_VARIABLE_X], 12);
    ck_assert_double_eq(periods[GD_VARIABLE_HEIGHT], 0);
    struct gd_hill hill = {.variables = 1 << GD_VARIABLE_X | 1 << GD_VARIABLE_HEIGHT,
                           .height = 2,
                           .width = 1,
                           .centre = {-1.5, 99, 3, 99}}; /* 2 Å away, or 14 */
    values[GD_VARIABLE_X] = 12.5;
    ck_assert_double_eq_tol(gd_hills_energy(&(struct gd_hills){1, 1, &hill}, values, periods), 2 * exp(-2), 1e-12);
    bench_close(&bench);
}
END_TEST

/* --- The stages --------------------------------------------------------------------------------------------------- */

static void run(struct bench *bench, const struct gd_stage *stage, const char *params)
{
    struct gd_arena arena = {0};
    ck_assert_msg(stage->run(&bench->context, bench_params(bench, stage, params, &arena)) == GD_OK, "%s",
                  bench->error.text);
    gd_arena_clear(&arena);
}

/* Structures of one atom at heights 2, 2 and 5 Å, of which the last has no energy yet. */
static struct gd_set *put(struct bench *bench, const char *slot)
{
    const double positions[9] = {6, 6, 2, 6, 6, 2, 6, 6, 5};
    struct gd_set *set = bench_set(gd_state_get(bench->state, "system"), 3, positions);
    for (int k = 0; k < 2; k++)
        set->energies[k] = -1;
    set->energies[2] = NAN;
    ck_assert_int_eq(gd_state_put(bench->state, slot, set, &bench->error), GD_OK);
    return set;
}

static void open_biased(struct bench *bench)
{
    bench_open(bench);
    bench_system(bench, 1);
    ck_assert_int_eq(gd_state_put_real(bench->state, "temperature", 0.5, &bench->error), GD_OK);
}

START_TEST(hills_fall_where_there_are_some)
{
    struct bench bench;
    open_biased(&bench);
    put(&bench, "batch");
    run(&bench, &gd_stage_bias, "{variables: [x, height], height: 0.4, width: 0.1, gamma: 3}");
    const struct gd_hills *hills = gd_state_get(bench.state, "hills");
    ck_assert_uint_eq(hills->count, 2);
    ck_assert_double_eq(bench_figure(&bench, "hills"), 2);
    ck_assert_double_eq_tol(bench_figure(&bench, "bias"), 0.1, 1e-12); /* 0 and 0.2 */
    ck_assert_double_eq_tol(hills->hills[0].height, 0.2, 1e-12);
    ck_assert_double_eq_tol(hills->hills[1].height, 0.2 * exp(-0.2 / (2 * 0.5)), 1e-12);
    ck_assert_double_eq(hills->hills[1].variables, 1 << GD_VARIABLE_X | 1 << GD_VARIABLE_HEIGHT);
    ck_assert_double_eq(hills->hills[1].centre[GD_VARIABLE_HEIGHT], 2);
    run(&bench, &gd_stage_bias, "{variables: [height]}");
    ck_assert_uint_eq(((const struct gd_hills *)gd_state_get(bench.state, "hills"))->count, 4);
    bench_close(&bench);
}
END_TEST

/* Of two structures of the same energy, one under a hill of 20 T: of weights with the bias, that one has none beside
 * the other, and of weights without the bias in draws, all. */
START_TEST(hills_weigh_the_archive)
{
    static const char *const params[] = {"{size: 1, bias: add}", "{size: 1, bias: remove}"};
    struct bench bench;
    open_biased(&bench);
    put(&bench, "archive")->energies[2] = -1;
    put(&bench, "batch");
    run(&bench, &gd_stage_bias, "{variables: [height], height: 20, width: 0.1, gamma: 1000}");
    run(&bench, &gd_stage_reweight, params[_i]);
    const struct gd_set *buffer = gd_state_get(bench.state, "buffer");
    ck_assert_uint_eq(buffer->count, 1);
    ck_assert_double_eq(buffer->positions[2], _i ? 2 : 5);
    run(&bench, &gd_stage_reweight, "{size: 3}");
    ck_assert_double_eq_tol(bench_figure(&bench, "effective"), 3, 1e-9);
    bench_close(&bench);
}
END_TEST

Suite *suite_bias(void)
{
    Suite *suite = suite_create("bias");
    TCase *tests = tcase_create("bias");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, hills_give_the_free_energy);
    tcase_add_test(tests, variables_of_a_pair);
    tcase_add_test(tests, hills_fall_where_there_are_some);
    tcase_add_loop_test(tests, hills_weigh_the_archive, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}

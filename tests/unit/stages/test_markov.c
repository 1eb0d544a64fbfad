/* Stage `walk`: the distribution of its chains, against integrals and known means of the benchmark systems. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/region.h"
#include "unit/stages/bench.h"

extern const struct gd_stage gd_stage_walk;

/* Atoms in an open box of edge `edge`, in a region or a window near z = 0, and the potential. */
static struct gd_system *open_system(struct bench *bench, size_t mobile, double edge, const char *region,
                                     const char *potential)
{
    struct gd_arena arena = {0};
    struct gd_structure box = {.cell = {{{edge, 0, 0}, {0, edge, 0}, {0, 0, edge}}, {false, false, false}}};
    struct gd_region made;
    struct gd_potential *slot;
    int species[13] = {18, 18, 18, 18, 18, 18, 18, 18, 18, 18, 18, 18, 18};
    double room[3] = {0};
    struct gd_system *system = calloc(1, sizeof *system);
    bench_open(bench);
    const struct gd_choice chosen = bench_choice(bench, "region", region, &arena);
    const struct gd_choice energy = bench_choice(bench, "potential", potential, &arena);
    ck_assert_msg(gd_region_make(&made, &chosen, &box, room, &bench->error) == GD_OK, "%s", bench->error.text);
    ck_assert_msg(gd_system_make_in(system, &box, species, mobile, &made, &bench->error) == GD_OK, "%s",
                  bench->error.text);
    ck_assert_int_eq(gd_potential_make(&energy, &slot, &bench->error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench->state, "system", system, &bench->error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench->state, "potential", slot, &bench->error), GD_OK);
    gd_arena_clear(&arena);
    return system;
}

/* Chains at uniform places. */
static void put_chains(struct bench *bench, const struct gd_system *system, size_t count)
{
    struct gd_stream stream = gd_stream_make(2, 0, 0, 0);
    struct gd_set *batch = bench_set(system, 0, NULL);
    double positions[13][3];
    for (size_t k = 0; k < count; k++) {
        for (size_t i = 0; i < system->structure.count; i++)
            gd_system_draw(system, &stream, positions[i]);
        ck_assert_int_eq(gd_set_push(batch, positions[0], &bench->error), GD_OK);
    }
    ck_assert_int_eq(gd_state_put(bench->state, "batch", batch, &bench->error), GD_OK);
}

/* Runs the stage again and again, and takes the mean of the energies of the chains and its standard error by chains. */
static double mean_energy(struct bench *bench, const char *params, int burn, int times, double *error)
{
    struct gd_arena arena = {0};
    void *self = bench_params(bench, &gd_stage_walk, params, &arena);
    const size_t count = ((const struct gd_set *)gd_state_get(bench->state, "batch"))->count;
    double *means = calloc(count, sizeof *means), mean = 0, squares = 0;
    for (int time = 0; time < burn + times; time++) {
        bench->context.execution = (uint32_t)time;
        ck_assert_msg(gd_stage_walk.run(&bench->context, self) == GD_OK, "%s", bench->error.text);
        const struct gd_set *batch = gd_state_get(bench->state, "batch");
        for (size_t k = 0; k < count && time >= burn; k++)
            means[k] += batch->energies[k] / times;
    }
    for (size_t k = 0; k < count; k++) {
        mean += means[k] / (double)count;
        squares += means[k] * means[k] / (double)count;
    }
    *error = sqrt((squares - mean * mean) / (double)(count - 1));
    free(means);
    gd_arena_clear(&arena);
    return mean;
}

static const char *const methods[] = {"metropolis", "langevin"};

/* The mean energy of one atom of the mixture in a square, by a sum over a grid. */
static double square_mean(const struct gd_potential *potential, double x0, double y0, double edge, double temperature)
{
    enum { POINTS = 400 };
    double sum = 0, weights = 0;
    for (int k = 0; k < POINTS * POINTS; k++) {
        double at[1][3] = {{x0 + (k % POINTS + 0.5) * edge / POINTS, y0 + (k / POINTS + 0.5) * edge / POINTS, 0}};
        double energy, force[1][3];
        int species[1] = {18};
        struct gd_error error = {0};
        const struct gd_structure one = {.count = 1, .species = species, .positions = at};
        ck_assert_int_eq(gd_potential_call(potential, &one, &energy, force, &error), GD_OK);
        sum += energy * exp(-energy / temperature);
        weights += exp(-energy / temperature);
    }
    return sum / weights;
}

/* Walls cut through modes of the mixture. */
START_TEST(chains_between_walls_have_the_mean_of_an_integral)
{
    struct bench bench;
    char params[160];
    double error;
    struct gd_system *system = open_system(
        &bench, 1, 20, "{box: {lengths: [4.0, 4.0, 1.0], from: origin, centre: [-2.0, 9.0, 0.0]}}", "gmm40");
    put_chains(&bench, system, 100);
    snprintf(params, sizeof params, "{steps: 20, step: 1.2, temperature: 1.5, method: %s}", methods[_i]);
    const double exact = square_mean(gd_state_get(bench.state, "potential"), -4, 7, 4, 1.5);
    const double found = mean_energy(&bench, params, 10, 200, &error);
    ck_assert_double_lt(error, 0.01);
    ck_assert_msg(fabs(found - exact) < 4 * error, "%g is not %g ± %g", found, exact, error);
    bench_close(&bench);
}
END_TEST

/* What long Metropolis runs have found of a system at T = 1: mean and standard deviation of the energy, its 5, 50 and
 * 95 %; the mean distance of two atoms, and the 5, 25, 50, 75 and 95 % of distances. */
struct known {
    double mean, deviation, energies[3], distance, distances[5];
};

static const struct known known_dw4 = {
    -22.538, 1.902, {-24.945, -22.913, -18.89}, 4.045, {2.348, 2.696, 4.381, 5.382, 5.714}};
static const struct known known_lj13 = {
    -42.955, 6.96, {-53.6, -43.39, -30.8}, 1.642, {0.954, 1.110, 1.612, 2.002, 2.688}};

enum { OBSERVABLES = 2 + 3 + 1 + 5 };

static const double shares[OBSERVABLES] = {0, 0, 0.05, 0.5, 0.95, 0, 0.05, 0.25, 0.5, 0.75, 0.95};

/* What is expected of each observable, and by how much it may be off for the digits above. */
static void expect(const struct known *known, double values[OBSERVABLES], double slack[OBSERVABLES])
{
    for (int k = 0; k < OBSERVABLES; k++) {
        values[k] = shares[k];
        slack[k] = 5e-3;
    }
    values[0] = known->mean;
    values[1] = known->deviation * known->deviation;
    values[5] = known->distance;
    slack[0] = 0.03 * known->deviation / 6.96;
    slack[1] = 0.01 * values[1];
}

/* Adds the observables of structure k, over `times`. */
static void observe(const struct known *known, const struct gd_set *batch, size_t k, int times,
                    double values[OBSERVABLES])
{
    const double energy = batch->energies[k], *at = batch->positions + 3 * batch->atoms * k;
    const double pairs = (double)(batch->atoms * (batch->atoms - 1) / 2);
    values[0] += energy / times;
    values[1] += (energy - known->mean) * (energy - known->mean) / times;
    for (int m = 0; m < 3; m++)
        values[2 + m] += (energy < known->energies[m]) / (double)times;
    for (size_t i = 0; i < batch->atoms; i++)
        for (size_t j = 0; j < i; j++) {
            const double *a = at + 3 * i, *b = at + 3 * j;
            const double r = sqrt(pow(a[0] - b[0], 2) + pow(a[1] - b[1], 2) + pow(a[2] - b[2], 2));
            values[5] += r / pairs / times;
            for (int m = 0; m < 5; m++)
                values[6 + m] += (r < known->distances[m]) / pairs / times;
        }
}

/* Runs the chains, and compares all that is known: four standard errors, by chains, and the digits. */
static void compare_chains(struct bench *bench, const char *params, int burn, int times, const struct known *known)
{
    struct gd_arena arena = {0};
    void *self = bench_params(bench, &gd_stage_walk, params, &arena);
    const size_t count = ((const struct gd_set *)gd_state_get(bench->state, "batch"))->count;
    double(*found)[OBSERVABLES] = calloc(count, sizeof *found), expected[OBSERVABLES], slack[OBSERVABLES];
    for (int time = 0; time < burn + times; time++) {
        bench->context.execution = (uint32_t)time;
        ck_assert_msg(gd_stage_walk.run(&bench->context, self) == GD_OK, "%s", bench->error.text);
        for (size_t k = 0; k < count && time >= burn; k++)
            observe(known, gd_state_get(bench->state, "batch"), k, times, found[k]);
    }
    expect(known, expected, slack);
    for (int m = 0; m < OBSERVABLES; m++) {
        double mean = 0, squares = 0;
        for (size_t k = 0; k < count; k++) {
            mean += found[k][m] / (double)count;
            squares += found[k][m] * found[k][m] / (double)count;
        }
        const double error = sqrt((squares - mean * mean) / (double)(count - 1));
        ck_assert_msg(fabs(mean - expected[m]) < 4 * error + slack[m], "%d: %g is not %g ± %g", m, mean, expected[m],
                      error);
        ck_assert_msg(m > 0 || error < known->deviation / 10, "± %g", error);
    }
    free(found);
    gd_arena_clear(&arena);
}

START_TEST(dw4_is_as_known)
{
    struct bench bench;
    char params[160];
    struct gd_system *system = open_system(&bench, 4, 8, "{window: {between: [0.0, 0.001]}}", "double-well");
    put_chains(&bench, system, 60);
    snprintf(params, sizeof params, "{steps: 100, step: %g, temperature: 1, clash: 0, method: %s}", _i ? 0.25 : 0.35,
             methods[_i]);
    compare_chains(&bench, params, 20, 40, &known_dw4);
    bench_close(&bench);
}
END_TEST

START_TEST(lj13_is_as_known)
{
    struct bench bench;
    struct gd_system *system =
        open_system(&bench, 13, 4, "{box: {lengths: [50.0, 50.0, 50.0]}}",
                    "{sum: {first: {lj: {epsilon: 2.0, sigma: 0.8908987181403393}}, second: trap}}");
    struct gd_stream stream = gd_stream_make(2, 0, 0, 0);
    put_chains(&bench, system, 24);
    struct gd_set *batch = gd_state_get(bench.state, "batch");
    for (size_t c = 0; c < 3 * 13 * batch->count; c++)
        batch->positions[c] = gd_stream_normal(&stream);
    compare_chains(&bench, "{steps: 500, step: 0.045, temperature: 1, clash: 0, method: langevin}", 20, 60,
                   &known_lj13);
    bench_close(&bench);
}
END_TEST

/* Every proposal is an evaluation, and so is the beginning of a chain that has no energy; where chains end is in the
 * archive. */
START_TEST(evaluations_are_counted)
{
    struct bench bench;
    double error;
    struct gd_system *system = open_system(&bench, 1, 20, "{window: {between: [0.0, 0.001]}}", "gmm40");
    put_chains(&bench, system, 7);
    mean_energy(&bench, "{steps: 5, step: 0.5, temperature: 1}", 0, 2, &error);
    const struct gd_set *archive = gd_state_get(bench.state, "archive"), *batch = gd_state_get(bench.state, "batch");
    ck_assert_int_eq(gd_state_integer(bench.state, "evaluations", 0), 7 * (1 + 2 * 5));
    ck_assert_uint_eq(archive->count, 2 * 7);
    for (size_t k = 0; k < 7; k++) {
        ck_assert(archive->energies[7 + k] == batch->energies[k]);
        ck_assert_int_le(archive->serials[7 + k], 7 * 11);
        ck_assert_int_gt(archive->serials[7 + k], 0);
    }
    bench_close(&bench);
}
END_TEST

/* A potential that fails at the last `failing` of every `period` calls. */
static int calls, period, failing;

static enum gd_status now_and_then(const struct gd_potential *potential, const struct gd_structure *structure,
                                   double *energy, double (*forces)[3], struct gd_error *error)
{
    (void)potential;
    memset(forces, 0, structure->count * sizeof *forces);
    *energy = 0;
    return calls++ % period < period - failing ? GD_OK : gd_fail(error, GD_FAILED, "now");
}

static void forget(struct gd_potential *potential)
{
    free(potential);
}

/* Failures between which the potential has energies are not in a row, however many they are. */
START_TEST(only_failures_in_a_row_end_a_walk)
{
    static const struct gd_potential_class class = {
        .base = {.name = "now-and-then"}, .evaluate = now_and_then, .destroy = forget};
    struct bench bench;
    struct gd_arena arena = {0};
    struct gd_system *system = open_system(&bench, 1, 20, "{window: {between: [0.0, 0.001]}}", "gmm40");
    struct gd_potential *potential = calloc(1, sizeof *potential);
    potential->type = &class;
    ck_assert_int_eq(gd_state_put(bench.state, "potential", potential, &bench.error), GD_OK);
    put_chains(&bench, system, (size_t)_i + 1);
    calls = 0;
    period = 7;
    failing = 2;
    bench.context.threads = 1;
    void *self = bench_params(&bench, &gd_stage_walk, "{steps: 60, step: 0.5, temperature: 1, failures: 3}", &arena);
    ck_assert_msg(gd_stage_walk.run(&bench.context, self) == GD_OK, "%s", bench.error.text);
    ck_assert_double_gt(bench_figure(&bench, "failed"), 12);
    failing = 3;
    ck_assert_int_eq(gd_stage_walk.run(&bench.context, self), GD_FAILED);
    ck_assert_ptr_nonnull(strstr(bench.error.text, "3 structures in a row"));
    gd_arena_clear(&arena);
    bench_close(&bench);
}
END_TEST

/* Of a chain whose energy is so high that it moves, and of others with one so low that they stay: that is a choice as
 * well. */
START_TEST(chains_have_no_weights)
{
    struct bench bench;
    double error;
    struct gd_system *system = open_system(&bench, 1, 20, "{window: {between: [0.0, 0.001]}}", "gmm40");
    put_chains(&bench, system, 3);
    const struct gd_set *batch = gd_state_get(bench.state, "batch");
    for (size_t k = 0; k < 3; k++) {
        batch->energies[k] = k > 0 ? -1e6 : 1e6;
        memset(batch->forces + 3 * k, 0, 3 * sizeof(double));
        batch->serials[k] = (int64_t)k + 1;
        batch->path_weights[k] = 0.5;
    }
    mean_energy(&bench, "{steps: 5, step: 0.5, temperature: 1}", 0, 1, &error);
    for (size_t k = 0; k < 3; k++) {
        ck_assert(k > 0 ? batch->energies[k] == -1e6 : batch->energies[k] < 1e6);
        ck_assert_double_nan(batch->path_weights[k]);
    }
    bench_close(&bench);
}
END_TEST

/* Two atoms that must not come closer than a clash: no chain has them closer, and what is not evaluated is not counted.
 */
START_TEST(clashes_are_not_evaluated)
{
    struct bench bench;
    double error;
    struct gd_system *system = open_system(&bench, 2, 3, "{box: {lengths: [3.0, 3.0, 3.0]}}", "trap");
    put_chains(&bench, system, 40);
    mean_energy(&bench, "{steps: 50, step: 0.5, temperature: 1, clash: 1.5}", 0, 1, &error);
    const struct gd_set *archive = gd_state_get(bench.state, "archive");
    const double skipped = bench_figure(&bench, "unevaluated");
    ck_assert_double_gt(skipped, 0);
    ck_assert_int_le(gd_state_integer(bench.state, "evaluations", 0), 40 * 51 - (int64_t)skipped);
    ck_assert_uint_gt(archive->count, 20);
    for (size_t k = 0; k < archive->count; k++) {
        const double *at = archive->positions + 6 * k;
        double squared = 0;
        for (int axis = 0; axis < 3; axis++)
            squared += (at[axis] - at[3 + axis]) * (at[axis] - at[3 + axis]);
        ck_assert_double_ge(squared, 1.5 * 1.5);
    }
    bench_close(&bench);
}
END_TEST

Suite *suite_markov(void)
{
    Suite *suite = suite_create("markov");
    TCase *tests = tcase_create("markov"), *draws = tcase_create("markov_statistics");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, chains_between_walls_have_the_mean_of_an_integral, 0, 2);
    tcase_add_test(tests, evaluations_are_counted);
    tcase_add_loop_test(tests, only_failures_in_a_row_end_a_walk, 0, 2);
    tcase_add_test(tests, clashes_are_not_evaluated);
    tcase_add_test(tests, chains_have_no_weights);
    suite_add_tcase(suite, tests);
    tcase_set_tags(draws, "statistics");
    tcase_set_timeout(draws, 300);
    tcase_add_loop_test(draws, dw4_is_as_known, 0, 2);
    tcase_add_test(draws, lj13_is_as_known);
    suite_add_tcase(suite, draws);
    return suite;
}

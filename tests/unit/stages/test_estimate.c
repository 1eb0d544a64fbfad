/* Scores by Monte Carlo, against the exact ones of mixtures and of harmonic atoms. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/head.h"
#include "model/noise_ve.h"
#include "model/painn/painn.h"
#include "potentials/gmm40.h"
#include "stages/goals.h"
#include "stages/monte_carlo.h"
#include "stages/posterior.h"
#include "unit/stages/bench.h"

extern const struct gd_stage gd_stage_estimate;

/* Atoms in an open box without walls, and the potential. */
static void open_free(struct bench *bench, size_t atoms, const char *potential)
{
    struct gd_structure box = {.cell = {{{9, 0, 0}, {0, 9, 0}, {0, 0, 9}}, {false, false, false}}};
    struct gd_system *system = calloc(1, sizeof *system);
    struct gd_potential *slot;
    struct gd_arena arena = {0};
    int species[2] = {18, 18};
    bench_open(bench);
    const struct gd_choice choice = bench_choice(bench, "potential", potential, &arena);
    ck_assert_msg(gd_system_make(system, &box, species, atoms, NULL, false, &bench->error) == GD_OK, "%s",
                  bench->error.text);
    ck_assert_int_eq(gd_potential_make(&choice, &slot, &bench->error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench->state, "system", system, &bench->error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench->state, "potential", slot, &bench->error), GD_OK);
    gd_arena_clear(&arena);
}

/* GMM-40 with noise: energy and score at a point, exact. */
static double noised_mixture(const double point[2], double spread, double score[2])
{
    const double variance = pow(gd_gmm40_deviation(), 2) + spread * spread;
    double means[GD_GMM40_MODES][2], sum = 0;
    gd_gmm40_means(means);
    score[0] = score[1] = 0;
    for (int k = 0; k < GD_GMM40_MODES; k++) {
        const double x = means[k][0] - point[0], y = means[k][1] - point[1];
        const double weight = exp(-(x * x + y * y) / (2 * variance)) / (2 * M_PI * variance * GD_GMM40_MODES);
        sum += weight;
        score[0] += weight * x / variance;
        score[1] += weight * y / variance;
    }
    score[0] /= sum;
    score[1] /= sum;
    return -log(sum);
}

static const struct {
    double spread, score[2], energy;
    double bias[3], deviation[3]; /* of E_K, at K = 10, 100, 1,000 */
    double score_deviation[2];    /* of the x of S_K, at K = 100, 1,000 */
} known[] = {
    {1, {1.9208, -1.6228}, 16.69448, {1.61, 0.416, 0.084}, {1.64, 0.868, 0.388}, {0.567, 0.230}},
    {5, {0.04394, -0.0014}, 8.93891, {0.605, 0.027, 0.004}, {1.43, 0.294, 0.092}, {0.172, 0.053}},
    {20, {-0.01181, 0.00579}, 8.89110, {0.800, 0.046, 0.002}, {1.78, 0.313, 0.092}, {0.173, 0.050}},
};

/* Means and deviations of 2,000 estimates. Those of the table are of as many, so both have an error: a mean of
 * 2^1/2 deviations over the root of 2,000, of which four; a deviation of 10 %. */
START_TEST(estimates_of_a_noised_mixture)
{
    enum { REPEATS = 2000 };
    static const int64_t samples[3] = {10, 100, 1000};
    struct bench bench;
    double exact[2], y[1][3] = {{10, 10, 0}};
    open_free(&bench, 1, "gmm40");
    const double energy = noised_mixture(y[0], known[_i].spread, exact);
    ck_assert_double_eq_tol(energy, known[_i].energy, 5.1e-6);
    for (int axis = 0; axis < 2; axis++)
        ck_assert_double_eq_tol(exact[axis], known[_i].score[axis], 5.1e-5);
    for (int n = 0; n < 3; n++) {
        const struct gd_monte_carlo estimate = {gd_state_get(bench.state, "system"),
                                                gd_state_get(bench.state, "potential"),
                                                1,
                                                0,
                                                INFINITY,
                                                0,
                                                samples[n],
                                                0,
                                                0};
        double sums[4] = {0}, score[3];
        for (uint32_t repeat = 0; repeat < REPEATS; repeat++) {
            struct gd_stream stream = gd_stream_make(4, 0, 0, repeat);
            struct gd_monte_carlo_result result = {.score = score};
            ck_assert_int_eq(gd_monte_carlo_score(&estimate, y[0], known[_i].spread, &stream, &result, &bench.error),
                             GD_OK);
            ck_assert_int_eq(result.evaluations, samples[n]);
            const double off = result.energy - energy, wrong = score[0] - exact[0];
            sums[0] += off / REPEATS;
            sums[1] += off * off / REPEATS;
            sums[2] += wrong / REPEATS;
            sums[3] += wrong * wrong / REPEATS;
        }
        const double deviation = sqrt(sums[1] - sums[0] * sums[0]), spread = sqrt(sums[3] - sums[2] * sums[2]);
        const double slack = 4 * M_SQRT2 * deviation / sqrt(REPEATS) + 5e-4;
        ck_assert_msg(fabs(sums[0] - known[_i].bias[n]) < slack, "K %d: bias of E_K %g, not %g ± %g", (int)samples[n],
                      sums[0], known[_i].bias[n], slack);
        ck_assert_msg(fabs(deviation / known[_i].deviation[n] - 1) < 0.1, "K %d: deviation of E_K %g, not %g",
                      (int)samples[n], deviation, known[_i].deviation[n]);
        if (n > 0)
            ck_assert_msg(fabs(spread / known[_i].score_deviation[n - 1] - 1) < 0.1,
                          "K %d: deviation of S_K %g, not %g", (int)samples[n], spread,
                          known[_i].score_deviation[n - 1]);
    }
    bench_close(&bench);
}
END_TEST

/* Energies of the mixture with noise of a spread, as `find` of struct gd_noised_energies. */
static enum gd_status find_exact(void *self, const double *positions, size_t count, double *energies,
                                 struct gd_error *unused)
{
    double score[2];
    (void)unused;
    for (size_t k = 0; k < count; k++)
        energies[k] = noised_mixture(positions + 3 * k, *(const double *)self, score);
    return GD_OK;
}

/* Bootstrapped from exact energies at noise of 0, half and nine tenths of the spread: exp(-E_K) is exp(-E_t) in the
 * mean, and the score comes with it. At noise of 0 it is the estimate from the potential, with its deviation at
 * K = 100; from more noise it deviates less. */
START_TEST(bootstraps_of_a_noised_mixture)
{
    enum { REPEATS = 1000, SAMPLES = 100 };
    static const double shares[] = {0, 0.5, 0.9};
    const double spread = known[_i].spread, y[1][3] = {{10, 10, 0}};
    double former = INFINITY;
    struct bench bench;
    open_free(&bench, 1, "gmm40");
    for (int n = 0; n < 3; n++) {
        double least = shares[n] * spread, sums[4] = {0}, means[2] = {0}, squares[2] = {0}, score[3];
        const struct gd_monte_carlo estimate = {.system = gd_state_get(bench.state, "system"), .samples = SAMPLES};
        for (uint32_t repeat = 0; repeat < REPEATS; repeat++) {
            struct gd_stream stream = gd_stream_make(5, 0, (uint32_t)n, repeat);
            struct gd_monte_carlo_result result = {.score = score};
            ck_assert_int_eq(gd_monte_carlo_bootstrap(&estimate, &(struct gd_noised_energies){find_exact, &least}, y[0],
                                                      spread * sqrt(1 - shares[n] * shares[n]), &stream, &result,
                                                      &bench.error),
                             GD_OK);
            ck_assert_int_eq(result.evaluations, 0);
            const double off = result.energy - known[_i].energy, weight = exp(-off);
            const double values[] = {off, off * off, weight, weight * weight};
            for (int k = 0; k < 4; k++)
                sums[k] += values[k] / REPEATS;
            for (int axis = 0; axis < 2; axis++) {
                means[axis] += weight * score[axis] / REPEATS;
                squares[axis] += pow(weight * score[axis], 2) / REPEATS;
            }
        }
        const double deviation = sqrt(sums[1] - sums[0] * sums[0]);
        const double slack = 4 * sqrt((sums[3] - sums[2] * sums[2]) / REPEATS);
        ck_assert_msg(fabs(sums[2] - 1) < slack, "from %g: %g, not 1 ± %g", shares[n], sums[2], slack);
        for (int axis = 0; axis < 2; axis++) {
            const double error = 4 * sqrt((squares[axis] - means[axis] * means[axis]) / REPEATS);
            ck_assert_msg(fabs(means[axis] - known[_i].score[axis]) < error, "from %g: score %g, not %g ± %g",
                          shares[n], means[axis], known[_i].score[axis], error);
        }
        if (n == 0)
            ck_assert_msg(fabs(deviation / known[_i].deviation[1] - 1) < 0.1, "deviation %g, not %g", deviation,
                          known[_i].deviation[1]);
        ck_assert_msg(deviation < former, "from %g: deviation %g, after %g", shares[n], deviation, former);
        former = deviation;
    }
    bench_close(&bench);
}
END_TEST

/* Mean score over many estimates of one atom of the mixture, between walls near it, and its standard error; by chains
 * with this step (Å), or of independent samples. */
static void mean_score(struct bench *bench, double variance, double step, double mean[2], double error[2])
{
    enum { REPEATS = 400 };
    const struct gd_monte_carlo estimate = {
        gd_state_get(bench->state, "system"), gd_state_get(bench->state, "potential"), 2, 0, variance, 0, 500, 0, 0};
    double squares[2] = {0}, y[1][3] = {{-0.3, 8.2, 0}}, score[3];
    mean[0] = mean[1] = 0;
    for (uint32_t repeat = 0; repeat < REPEATS; repeat++) {
        struct gd_stream stream = gd_stream_make(6, 0, (uint32_t)fmin(variance, 2), repeat);
        struct gd_monte_carlo_result result = {.score = score};
        ck_assert_int_eq(
            step > 0 ? gd_posterior_score(&estimate, step, y[0], 1.5, (float[3]){0}, &stream, &result, &bench->error)
                     : gd_monte_carlo_score(&estimate, y[0], 1.5, &stream, &result, &bench->error),
            GD_OK);
        for (int axis = 0; axis < 2; axis++) {
            mean[axis] += score[axis] / REPEATS;
            squares[axis] += score[axis] * score[axis] / REPEATS;
        }
    }
    for (int axis = 0; axis < 2; axis++)
        error[axis] = sqrt((squares[axis] - mean[axis] * mean[axis]) / REPEATS);
}

/* Springs of 2 eV/Å² to sites at an edge of a periodic cell of 12 Å. */
static const double sites[2][3] = {{0.2, 11.9, 6}, {5, 0.1, 11.8}};

static enum gd_status spring(const struct gd_potential *potential, const struct gd_structure *structure, double *energy,
                             double (*forces)[3], struct gd_error *error)
{
    (void)potential, (void)error;
    *energy = 0;
    for (size_t i = 0; i < structure->count; i++)
        for (int axis = 0; axis < 3; axis++) {
            const double off = remainder(structure->positions[i][axis] - sites[i][axis], 12);
            *energy += off * off;
            forces[i][axis] = -2 * off;
        }
    return GD_OK;
}

static void forget(struct gd_potential *potential)
{
    free(potential);
}

/* Harmonic atoms have the score -u/(T/k + s²), with u from their sites. The mix with their stiffness has it for each
 * sample, whatever the noise; forces and noise alone have it in the mean. Across the edges of the cell too. */
START_TEST(atoms_on_sites_have_their_score)
{
    static const struct gd_potential_class class_spring = {
        .base = {.name = "spring"}, .evaluate = spring, .destroy = forget};
    static const double variances[] = {0.15, 0, INFINITY}, slacks[] = {1e-9, 0.15, 0.15};
    const double y[2][3] = {{11.5, 0.4, 6.3}, {5.6, 11.3, 0.2}};
    struct bench bench;
    bench_open(&bench);
    const struct gd_system *system = bench_system(&bench, 2);
    struct gd_potential *potential = calloc(1, sizeof *potential);
    potential->type = &class_spring;
    ck_assert_int_eq(gd_state_put(bench.state, "potential", potential, &bench.error), GD_OK);
    for (int k = 1; k <= 3; k++) {
        const double spread = 0.2 * k;
        const struct gd_monte_carlo estimate = {system, potential, 0.3, 0, variances[_i], 0, _i ? 200000 : 10, 0, 0};
        double score[6];
        struct gd_monte_carlo_result result = {.score = score};
        struct gd_stream stream = gd_stream_make(11, 0, (uint32_t)_i, (uint32_t)k);
        ck_assert_int_eq(gd_monte_carlo_score(&estimate, y[0], spread, &stream, &result, &bench.error), GD_OK);
        for (int c = 0; c < 6; c++) {
            const double off = remainder(y[c / 3][c % 3] - sites[c / 3][c % 3], 12);
            ck_assert_double_eq_tol(score[c], -off / (0.15 + spread * spread), slacks[_i]);
        }
    }
    bench_close(&bench);
}
END_TEST

/* From exact samples chains of three steps have the score in the mean: the slope of their goals in u. Independent
 * samples, as few, do not. Across the edges of the cell too. */
START_TEST(short_chains_from_exact_samples_have_no_bias)
{
    enum { REPEATS = 20000 };
    static const struct gd_potential_class class_spring = {
        .base = {.name = "spring"}, .evaluate = spring, .destroy = forget};
    static const double variances[] = {0.15, 0, INFINITY}, spreads[] = {0.1, 0.4, 1.2};
    struct bench bench;
    bench_open(&bench);
    const struct gd_system *system = bench_system(&bench, 2);
    struct gd_potential *potential = calloc(1, sizeof *potential);
    potential->type = &class_spring;
    ck_assert_int_eq(gd_state_put(bench.state, "potential", potential, &bench.error), GD_OK);
    const struct gd_monte_carlo estimate = {system, potential, 0.3, 0, variances[_i % 3], 0, 3, 0, 0};
    const double spread = spreads[_i / 3], exact = -1 / (0.15 + spread * spread);
    double cross = 0, square = 0, squares = 0, others = 0;
    for (uint32_t repeat = 0; repeat < REPEATS; repeat++) {
        struct gd_stream stream = gd_stream_make(12, 0, (uint32_t)_i, repeat);
        double y[2][3], u[6], score[6], other[6];
        float noise[6];
        for (int c = 0; c < 6; c++) {
            const double from = sqrt(0.15) * gd_stream_normal(&stream);
            noise[c] = (float)gd_stream_normal(&stream);
            u[c] = from + spread * (double)noise[c];
            y[c / 3][c % 3] = sites[c / 3][c % 3] + u[c];
        }
        for (int i = 0; i < 2; i++)
            gd_system_confine(system, y[i], NULL);
        struct gd_monte_carlo_result result = {.score = score}, independent = {.score = other};
        ck_assert_int_eq(gd_posterior_score(&estimate, 0.4, y[0], spread, noise, &stream, &result, &bench.error),
                         GD_OK);
        ck_assert_int_eq(result.evaluations, 4);
        ck_assert_int_eq(gd_monte_carlo_score(&estimate, y[0], spread, &stream, &independent, &bench.error), GD_OK);
        for (int c = 0; c < 6; c++) {
            cross += score[c] * u[c];
            squares += pow((score[c] - exact * u[c]) * u[c], 2);
            square += u[c] * u[c];
            others += other[c] * u[c];
        }
    }
    const double slope = cross / square, slack = 4 * sqrt(squares) / square + 1e-6;
    ck_assert_msg(fabs(slope - exact) < slack, "slope %g, not %g ± %g", slope, exact, slack);
    if (_i == 7 || _i == 8) /* forces or noise alone, at large noise */
        ck_assert_msg(fabs(others / square - exact) > 0.2 * fabs(exact), "independent samples: %g", others / square);
    bench_close(&bench);
}
END_TEST

/* One sample far up a spring of 2 eV/Å², whose force over T is 100 times the limit: of a mix it counts as the limit,
 * and the rest is noise. */
START_TEST(long_forces_of_samples_are_shortened)
{
    struct bench bench;
    double y[2][3] = {{0, 4, 4}, {100, 4, 4}}, score[6];
    struct gd_stream stream = gd_stream_make(7, 0, 0, 0), same = stream;
    struct gd_monte_carlo_result result = {.score = score};
    open_free(&bench, 2, "{trap: {stiffness: 2}}");
    const struct gd_monte_carlo estimate = {
        gd_state_get(bench.state, "system"), gd_state_get(bench.state, "potential"), 1, 0, 3, 1, 1, 0, 0};
    ck_assert_int_eq(gd_monte_carlo_score(&estimate, y[0], 1, &stream, &result, &bench.error), GD_OK);
    for (int i = 0; i < 2; i++) {
        double noise[3];
        for (int axis = 0; axis < 3; axis++)
            noise[axis] = gd_stream_normal(&same);
        ck_assert_double_eq_tol(score[3 * i], 0.25 * noise[0] + 0.75 * (i ? -1 : 1), 0.01); /* c = 3/(3 + 1) */
        ck_assert_double_eq_tol(score[3 * i + 1], 0.25 * noise[1], 0.05);
    }
    bench_close(&bench);
}
END_TEST

/* Two atoms at distance r with hardly any noise: of a Lennard-Jones pair, which is 4 (r^-12 - r^-6) high. The score is
 * minus the slope of what the energy counts as, on both sides of the ceiling. */
START_TEST(energies_above_a_ceiling_grow_with_their_logarithm)
{
    const double floor = -1, ceiling = 5, r = (const double[]){0.4, 0.7, 0.95, 1.2}[_i], step = 1e-5;
    const double pair = 4 * (pow(r, -12) - pow(r, -6)), above = pair - floor;
    const double expected = above > ceiling ? floor + ceiling + ceiling * log(above / ceiling) : pair;
    struct bench bench;
    double score[6], energies[3];
    open_free(&bench, 2, "{lj: {epsilon: 1, sigma: 1, cutoff: 100, shift: false}}");
    const struct gd_monte_carlo estimate = {gd_state_get(bench.state, "system"),
                                            gd_state_get(bench.state, "potential"),
                                            1,
                                            0,
                                            INFINITY,
                                            0,
                                            1,
                                            floor,
                                            ceiling};
    for (int k = 2; k >= 0; k--) { /* the last is in the middle */
        const double y[2][3] = {{0, 4, 4}, {r + (k == 0 ? 0 : k == 1 ? step : -step), 4, 4}};
        struct gd_monte_carlo_result result = {.score = score};
        struct gd_stream stream = gd_stream_make(7, 0, 0, 0);
        ck_assert_int_eq(gd_monte_carlo_score(&estimate, y[0], 1e-12, &stream, &result, &bench.error), GD_OK);
        energies[k] = result.energy;
    }
    ck_assert_double_eq_tol(energies[0], expected, 1e-5 * fabs(expected));
    const double slope = (energies[1] - energies[2]) / (2 * step);
    ck_assert_double_eq_tol(score[3], -slope, 1e-4 * fabs(slope));
    bench_close(&bench);
}
END_TEST

/* Means of noise need no sign at walls, and those of forces do: both are the same score, as is their mix; by
 * chains too. */
START_TEST(forces_are_turned_over_at_walls)
{
    struct bench bench;
    struct gd_arena arena = {0};
    struct gd_structure box = {.cell = {{{20, 0, 0}, {0, 20, 0}, {0, 0, 20}}, {false, false, false}}};
    struct gd_region region;
    struct gd_system *system = calloc(1, sizeof *system);
    double room[3], means[5][2], errors[5][2];
    const double variances[] = {0, INFINITY, 1, 0, INFINITY}, steps[] = {0, 0, 0, 3, 3};
    open_free(&bench, 1, "gmm40");
    const struct gd_choice choice = bench_choice(
        &bench, "region", "{box: {lengths: [4.0, 4.0, 1.0], from: origin, centre: [-2.0, 9.0, 0.0]}}", &arena);
    ck_assert_int_eq(gd_region_make(&region, &choice, &box, room, &bench.error), GD_OK);
    ck_assert_int_eq(gd_system_make_in(system, &box, (int[]){18}, 1, &region, &bench.error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench.state, "system", system, &bench.error), GD_OK);
    for (int way = 0; way < 5; way++)
        mean_score(&bench, variances[way], steps[way], means[way], errors[way]);
    for (int way = 1; way < 5; way++)
        for (int axis = 0; axis < 2; axis++)
            ck_assert_msg(fabs(means[0][axis] - means[way][axis]) < 4 * hypot(errors[0][axis], errors[way][axis]),
                          "way %d, axis %d: %g with S² = %g, %g by noise, ± %g", way, axis, means[way][axis],
                          variances[way], means[0][axis], hypot(errors[0][axis], errors[way][axis]));
    gd_arena_clear(&arena);
    bench_close(&bench);
}
END_TEST

/* --- The stage ---------------------------------------------------------------------------------------------------- */

/* Two atoms in a trap, of which one structure is noised: they are harmonic around their middle, and score -u/(T/k + s²)
 * each, where u is its place as seen from there. */
static void open_trapped(struct bench *bench)
{
    struct gd_process *process = calloc(1, sizeof *process);
    double positions[2][3] = {{4, 4.5, 4.5}, {5, 4.5, 4.5}};
    open_free(bench, 2, "{trap: {stiffness: 2}}");
    ck_assert_int_eq(gd_process_make(process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.01, 1}, &bench->error),
                     GD_OK);
    ck_assert_int_eq(gd_state_put(bench->state, "noise", process, &bench->error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench->state, "buffer",
                                  bench_set(gd_state_get(bench->state, "system"), 1, positions[0]), &bench->error),
                     GD_OK);
    ck_assert_int_eq(gd_state_put_real(bench->state, "temperature", 0.5, &bench->error), GD_OK);
}

static enum gd_status estimate(struct bench *bench, const char *params)
{
    struct gd_arena arena = {0};
    enum gd_status status =
        gd_stage_estimate.run(&bench->context, bench_params(bench, &gd_stage_estimate, params, &arena));
    gd_arena_clear(&arena);
    return status;
}

/* The mean error, over its expected size with so many samples. */
START_TEST(harmonic_atoms_have_their_score)
{
    static const char *const ways[] = {"{pairs: 400, samples: 4000, limit: 0, clash: 0}",
                                       "{pairs: 400, samples: 4000, limit: 0, clash: 0, terms: noise}",
                                       "{pairs: 400, samples: 4000, limit: 0, clash: 0, terms: mix, stiffness: 2}",
                                       "{pairs: 400, samples: 4000, limit: 0, clash: 0, chain: 0.7}"};
    const bool chain = _i == 3;
    const int64_t calls = 400 * (4000 + chain); /* a chain begins with one */
    struct bench bench;
    double squares = 0, size = 0, energies = 0;
    open_trapped(&bench);
    ck_assert_msg(estimate(&bench, ways[_i]) == GD_OK, "%s", bench.error.text);
    const struct gd_set *goals = gd_state_get(bench.state, "goals");
    const struct gd_process *process = gd_state_get(bench.state, "noise");
    const struct gd_goal_energies *found = gd_state_get(bench.state, "goal_energies");
    ck_assert_uint_eq(goals->count, 400);
    ck_assert(chain ? !found : found->count == 400);
    ck_assert_int_eq(gd_state_integer(bench.state, "evaluations", 0), calls);
    ck_assert_double_eq(bench_figure(&bench, "calls"), (double)calls);
    for (size_t k = 0; k < goals->count; k++) {
        const double s = gd_process_spread(process, goals->energies[k]), *at = goals->positions + 6 * k;
        const double square = pow(at[0] - at[3], 2) + pow(at[1] - at[4], 2) + pow(at[2] - at[5], 2);
        const double energy = square / (1 + 4 * s * s) + 1.5 * log(1 + 4 * s * s);
        energies += chain ? 0 : pow(found->energies[k] - energy, 2);
        for (size_t axis = 0; axis < 3; axis++) {
            const double exact = -(at[axis] - at[3 + axis]) / 2 / (0.25 + s * s);
            const double wrong = goals->forces[6 * k + axis] - exact;
            const double bound = (const double[]){4, 1 / (s * s + 1e-2), 0.25, 4}[_i];
            squares += wrong * wrong / bound;
            size += exact * exact;
        }
    }
    ck_assert_double_gt(sqrt(size / 1200), 0.5); /* 1/Å */
    ck_assert_double_lt(sqrt(squares / 1200), 0.06);
    ck_assert_double_lt(sqrt(energies / 400), 0.05);
    bench_close(&bench);
}
END_TEST

START_TEST(long_scores_are_shortened)
{
    struct bench bench;
    open_trapped(&bench);
    ck_assert_int_eq(estimate(&bench, "{pairs: 50, samples: 10, limit: 0.5, clash: 0}"), GD_OK);
    const struct gd_set *goals = gd_state_get(bench.state, "goals");
    double shortened = 0;
    for (size_t k = 0; k < 2 * goals->count; k++) {
        const double *score = goals->forces + 3 * k;
        const double length = sqrt(score[0] * score[0] + score[1] * score[1] + score[2] * score[2]);
        ck_assert_double_le(length, 0.5 + 1e-12);
        shortened += length > 0.5 - 1e-12;
    }
    ck_assert_double_gt(shortened, 10);
    ck_assert_double_eq_tol(bench_figure(&bench, "clipped"), shortened / 100, 1e-12);
    bench_close(&bench);
}
END_TEST

/* What clashes is not evaluated; a pair all of whose samples clash has no goal, and without any goal there is nothing
 * to train on. */
START_TEST(clashes_have_no_weight)
{
    struct bench bench;
    open_trapped(&bench);
    ck_assert_int_eq(estimate(&bench, "{pairs: 200, samples: 2, clash: 1.2}"), GD_OK);
    const struct gd_set *goals = gd_state_get(bench.state, "goals");
    const double dropped = bench_figure(&bench, "dropped"), calls = bench_figure(&bench, "calls");
    ck_assert_double_gt(dropped, 0);
    ck_assert_double_eq((double)goals->count + dropped, 200);
    ck_assert(calls < 400 && calls >= (double)goals->count);
    ck_assert_int_eq(estimate(&bench, "{pairs: 20, samples: 2, clash: 90}"), GD_FAILED);
    ck_assert_msg(strstr(bench.error.text, "no sample") != NULL, "%s", bench.error.text);
    bench_close(&bench);
}
END_TEST

/* A model that takes each structure of two atoms for one of this noised energy, at any time. */
static void put_model(struct bench *bench, double energy)
{
    struct gd_painn_params shape = {.features = 8, .blocks = 1, .radial = 4, .cutoff = 3};
    struct gd_model *model;
    for (int k = 0; gd_heads[k]; k++)
        shape.heads |= gd_heads[k] == &gd_head_noised_energy ? UINT64_C(1) << k : 0;
    ck_assert_int_eq(
        gd_model_new_zero(&model, &gd_network_painn, &shape, gd_state_get(bench->state, "noise"), &bench->error),
        GD_OK);
    model->parameters[gd_model_tensor(model, "noised_energy_head.2.bias")->offset] = (float)(energy / 2);
    ck_assert_int_eq(gd_state_put(bench->state, "model", model, &bench->error), GD_OK);
}

/* The energies of the goals and whether their times are in the first of four pieces, [200]. */
static void run_estimate(struct bench *bench, const char *params, double *energies, bool *first)
{
    ck_assert_msg(estimate(bench, params) == GD_OK, "%s", bench->error.text);
    const struct gd_set *goals = gd_state_get(bench->state, "goals");
    const struct gd_process *process = gd_state_get(bench->state, "noise");
    const struct gd_goal_energies *found = gd_state_get(bench->state, "goal_energies");
    ck_assert_uint_eq(goals->count, 200);
    memcpy(energies, found->energies, 200 * sizeof *energies);
    for (size_t k = 0; k < 200; k++)
        first[k] = pow(gd_process_spread(process, goals->energies[k]) / gd_process_spread(process, 1), 2) < 0.25;
}

/* Goals of all pieces but the first are the logarithm of a mean over evaluated and over learned energies, where the
 * evaluated ones are as they would be alone; by any number of threads. */
START_TEST(goals_are_bootstrapped)
{
    struct bench bench;
    double direct[200], mixed[200], learned[200], again[200];
    bool first[200];
    size_t count = 0;
    open_trapped(&bench);
    put_model(&bench, 3);
    bench.context.threads = 1;
    run_estimate(&bench, "{pairs: 200, samples: 6, clash: 0}", direct, first);
    run_estimate(&bench, "{pairs: 200, samples: 10, clash: 0, bootstrap: {samples: 4, pieces: 4, trials: 0}}", mixed,
                 first);
    for (size_t k = 0; k < 200; k++) {
        count += first[k];
        if (!first[k])
            ck_assert_double_eq_tol(mixed[k], -log(0.6 * exp(-direct[k]) + 0.4 * exp(-3)), 1e-6);
    }
    ck_assert(count > 20 && count < 180);
    ck_assert_double_eq(bench_figure(&bench, "calls"), (double)(6 * 200 + 4 * count));
    ck_assert_double_eq_tol(bench_figure(&bench, "bootstrapped"), 1 - (double)count / 200, 1e-12);
    run_estimate(&bench, "{pairs: 200, samples: 6, clash: 0, bootstrap: {samples: 6, pieces: 4, trials: 0}}", learned,
                 first);
    for (size_t k = 0; k < 200; k++)
        ck_assert_double_eq_tol(learned[k], first[k] ? direct[k] : 3, 1e-6);
    ck_assert_double_eq(bench_figure(&bench, "calls"), (double)(6 * count));
    bench.context.threads = 3;
    run_estimate(&bench, "{pairs: 200, samples: 10, clash: 0, bootstrap: {samples: 4, pieces: 4, trials: 0}}", again,
                 first);
    ck_assert_mem_eq(again, mixed, sizeof again);
    bench_close(&bench);
}
END_TEST

/* Pieces of equal times, and no bootstrapping below some noise: which goals are the model's. */
START_TEST(pieces_may_be_of_times)
{
    static const char *const ways[] = {
        "{pairs: 200, samples: 6, clash: 0, bootstrap: {samples: 6, pieces: 5, spacing: time, trials: 0}}",
        "{pairs: 200, samples: 6, clash: 0, bootstrap: {samples: 6, pieces: 5, spacing: time, direct: 0.6, trials: "
        "0}}"};
    static const double earliest[] = {0.2, 0.6}; /* the noise is close to t Å */
    struct bench bench;
    size_t count = 0;
    open_trapped(&bench);
    put_model(&bench, 3);
    ck_assert_msg(estimate(&bench, ways[_i]) == GD_OK, "%s", bench.error.text);
    const struct gd_set *goals = gd_state_get(bench.state, "goals");
    const struct gd_goal_energies *found = gd_state_get(bench.state, "goal_energies");
    for (size_t k = 0; k < goals->count; k++) {
        const double t = goals->energies[k];
        const bool learned = fabs(found->energies[k] - 3) < 1e-6;
        if (fabs(t - earliest[_i]) > 0.01)
            ck_assert_msg(learned == (t > earliest[_i]), "t %g: %g", t, found->energies[k]);
        count += learned;
    }
    ck_assert(count > 20 && count < 180);
    bench_close(&bench);
}
END_TEST

/* A ceiling counts from the lowest energy of the buffer, so that one there must have an energy. */
START_TEST(a_ceiling_needs_an_energy_in_the_buffer)
{
    struct bench bench;
    open_trapped(&bench);
    struct gd_set *buffer = gd_state_get(bench.state, "buffer");
    for (size_t k = 0; k < buffer->count; k++)
        buffer->energies[k] = NAN;
    ck_assert_int_eq(estimate(&bench, "{pairs: 8, samples: 2, clash: 0, ceiling: 5}"), GD_FAILED);
    ck_assert_ptr_nonnull(strstr(bench.error.text, "ceiling"));
    buffer->energies[0] = 1;
    ck_assert_msg(estimate(&bench, "{pairs: 8, samples: 2, clash: 0, ceiling: 5}") == GD_OK, "%s", bench.error.text);
    bench_close(&bench);
}
END_TEST

/* The mean square of what has been added to the buffer's structure, over s². */
START_TEST(pairs_are_noised_again)
{
    static const char *const ways[] = {"{pairs: 4000, samples: 1, clash: 0}",
                                       "{pairs: 4000, samples: 1, clash: 0, again: 0.5}",
                                       "{pairs: 4000, samples: 1, clash: 0, again: 0.75}"};
    static const double expected[] = {1, 2, 4}; /* 1/(1 - again) */
    struct bench bench;
    double sum = 0, squares = 0;
    open_trapped(&bench);
    const struct gd_set *buffer = gd_state_get(bench.state, "buffer");
    ck_assert_msg(estimate(&bench, ways[_i]) == GD_OK, "%s", bench.error.text);
    const struct gd_set *goals = gd_state_get(bench.state, "goals");
    ck_assert_uint_eq(goals->count, 4000);
    for (size_t k = 0; k < goals->count; k++) {
        const double s = gd_process_spread(gd_state_get(bench.state, "noise"), goals->energies[k]);
        double square = 0;
        for (size_t c = 0; c < 6; c++)
            square += pow((goals->positions[6 * k + c] - buffer->positions[c]) / s, 2) / 6;
        sum += square / 4000;
        squares += square * square / 4000;
    }
    ck_assert_double_eq_tol(sum, expected[_i], 4 * sqrt((squares - sum * sum) / 4000));
    bench_close(&bench);
}
END_TEST

/* The energy of the two atoms rises with the noise, from 1 to 3.8. A model that knows the first is better at less noise
 * and is asked; one that knows the last is not. Each piece but the first has two trials of so many structures. */
START_TEST(trials_decide)
{
    static const struct {
        double energy;
        bool pays;
    } cases[] = {{1, true}, {3.8, false}};
    struct bench bench;
    open_trapped(&bench);
    for (int k = 0; k < 2; k++) {
        put_model(&bench, cases[k].energy);
        ck_assert_msg(estimate(&bench, "{pairs: 100, samples: 100, clash: 0, bootstrap: {samples: 80, pieces: 2, "
                                       "trials: 200}}") == GD_OK,
                      "%s", bench.error.text);
        const double share = bench_figure(&bench, "bootstrapped");
        ck_assert_msg((share > 0) == cases[k].pays, "%g: %g", cases[k].energy, share);
        ck_assert_double_eq_tol(bench_figure(&bench, "calls"), 100 * 400 + 100 * 100 - 80 * 100 * share, 1e-6);
    }
    bench_close(&bench);
}
END_TEST

Suite *suite_estimate(void)
{
    Suite *suite = suite_create("estimate");
    TCase *tests = tcase_create("estimate");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, estimates_of_a_noised_mixture, 0, 3);
    tcase_add_loop_test(tests, bootstraps_of_a_noised_mixture, 0, 3);
    tcase_add_loop_test(tests, atoms_on_sites_have_their_score, 0, 3);
    tcase_add_test(tests, long_forces_of_samples_are_shortened);
    tcase_add_loop_test(tests, energies_above_a_ceiling_grow_with_their_logarithm, 0, 4);
    tcase_add_test(tests, a_ceiling_needs_an_energy_in_the_buffer);
    tcase_add_test(tests, forces_are_turned_over_at_walls);
    tcase_add_loop_test(tests, short_chains_from_exact_samples_have_no_bias, 0, 9);
    tcase_add_loop_test(tests, harmonic_atoms_have_their_score, 0, 4);
    tcase_add_test(tests, long_scores_are_shortened);
    tcase_add_test(tests, clashes_have_no_weight);
    tcase_add_test(tests, goals_are_bootstrapped);
    tcase_add_loop_test(tests, pieces_may_be_of_times, 0, 2);
    tcase_add_loop_test(tests, pairs_are_noised_again, 0, 3);
    tcase_add_test(tests, trials_decide);
    suite_add_tcase(suite, tests);
    return suite;
}

/* The benchmark systems of samplers: constants, energies and lowest minima, as an independent program has computed
 * them. GMM-40's means are those of PyTorch's generator. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/build.h"
#include "helpers.h"
#include "potentials/gmm40.h"

#define LJ_TRAPPED "{sum: {first: {lj: {epsilon: 2.0, sigma: 0.8908987181403393}}, second: {trap: {stiffness: 1.0}}}}"
#define LJ_ALONE   "{lj: {epsilon: 2.0, sigma: 0.8908987181403393}}"

static double energy_of(const char *yaml, size_t count, double (*positions)[3])
{
    int species[4] = {18, 18, 18, 18};
    double energy, forces[4][3];
    struct gd_structure structure = {.count = count, .species = species, .positions = positions};
    struct gd_potential *potential = test_potential(yaml);
    struct gd_error error = {0};
    ck_assert_ok(gd_potential_evaluate(potential, &structure, &energy, forces, &error), error);
    gd_potential_free(potential);
    return energy;
}

START_TEST(test_gmm40_means)
{
    static const double first[6][2] = {{-0.2995, 21.4577}, {-32.9218, -29.4376}, {-15.4062, 10.7263},
                                       {-0.7925, 31.7156}, {-3.5498, 10.5845},   {-12.0885, -7.8626}};
    static const double range[2][2] = {{-38.214, 36.219}, {-37.462, 39.765}}, total[2] = {-85.62052, 49.60153};
    double means[GD_GMM40_MODES][2], closest = INFINITY;
    gd_gmm40_means(means);
    ck_assert_double_eq_tol(gd_gmm40_deviation(), 1.3132617, 5e-8);
    ck_assert_double_eq_tol(pow(gd_gmm40_deviation(), 2), 1.7246563, 5e-8);
    for (int axis = 0; axis < 2; axis++) {
        double low = INFINITY, high = -INFINITY, sum = 0;
        for (int k = 0; k < GD_GMM40_MODES; k++) {
            low = fmin(low, means[k][axis]);
            high = fmax(high, means[k][axis]);
            sum += means[k][axis];
            if (k < 6)
                ck_assert_double_eq_tol(means[k][axis], first[k][axis], 5.1e-5);
            for (int j = 0; j < k; j++)
                closest = fmin(closest, hypot(means[k][0] - means[j][0], means[k][1] - means[j][1]));
        }
        ck_assert_double_eq_tol(low, range[axis][0], 5.1e-4);
        ck_assert_double_eq_tol(high, range[axis][1], 5.1e-4);
        ck_assert_double_eq_tol(sum, total[axis], 1e-5);
    }
    ck_assert_double_eq_tol(closest, 1.17996, 5.1e-6);
}
END_TEST

START_TEST(test_gmm40_energies)
{
    double means[GD_GMM40_MODES][2], at[2][3] = {{0}, {10, 10, 7}};
    gd_gmm40_means(means);
    ck_assert_double_eq_tol(energy_of("gmm40", 1, at), 23.316348, 5.1e-7);
    ck_assert_double_eq_tol(energy_of("gmm40", 1, at + 1), 22.196023, 5.1e-7);
    ck_assert_double_eq_tol(energy_of("gmm40", 2, at), 23.316348 + 22.196023, 1.1e-6);
    double mean[1][3] = {{means[0][0], means[0][1], 0}};
    ck_assert_double_eq_tol(energy_of("gmm40", 1, mean), 6.071784, 5.1e-7);
}
END_TEST

/* Mean and deviation of the energy, over draws from the mixture itself: with 200,000 of them, 4 standard errors are
 * 0.009. */
START_TEST(test_gmm40_entropy)
{
    enum { DRAWS = 200000 };
    double means[GD_GMM40_MODES][2], sum = 0, squares = 0;
    int species[1] = {1};
    struct gd_potential *potential = test_potential("gmm40");
    struct gd_stream stream = test_stream(0);
    struct gd_error error = {0};
    gd_gmm40_means(means);
    for (int k = 0; k < DRAWS; k++) {
        const double *mean = means[gd_stream_below(&stream, GD_GMM40_MODES)];
        double energy, force[1][3], at[1][3] = {{0}};
        for (int axis = 0; axis < 2; axis++)
            at[0][axis] = mean[axis] + gd_gmm40_deviation() * gd_stream_normal(&stream);
        struct gd_structure structure = {.count = 1, .species = species, .positions = at};
        ck_assert_ok(gd_potential_call(potential, &structure, &energy, force, &error), error);
        sum += energy / DRAWS;
        squares += energy * energy / DRAWS;
    }
    ck_assert_double_eq_tol(sum, 6.859, 0.01);
    ck_assert_double_eq_tol(sqrt(squares - sum * sum), 0.974, 0.01);
    gd_potential_free(potential);
}
END_TEST

START_TEST(test_dw4_square)
{
    double square[4][3] = {{0}, {4}, {4, 4}, {0, 4}};
    ck_assert_double_eq_tol(energy_of("double-well", 4, square), -8.396643, 5.1e-7);
}
END_TEST

/* The three lowest minima of four particles in a plane, of many that are reached from random places. Forces of a plane
 * stay in it. */
START_TEST(test_dw4_minima)
{
    static const double lowest[] = {-25.7922, -25.3124, -24.3524};
    struct gd_potential *potential = test_potential("double-well");
    struct gd_stream stream = test_stream(1);
    int species[4] = {18, 18, 18, 18}, found[3] = {0};
    double below = INFINITY;
    for (int k = 0; k < 60; k++) {
        double at[4][3] = {{0}};
        for (int c = 0; c < 8; c++)
            at[c / 2][c % 2] = test_uniform(&stream, 0, 6);
        struct gd_structure structure = {.count = 4, .species = species, .positions = at};
        double energy = test_relax(potential, &structure, 0, 1e-4);
        below = fmin(below, energy);
        for (int m = 0; m < 3; m++)
            found[m] += fabs(energy - lowest[m]) < 5.1e-5;
    }
    ck_assert_double_ge(below, lowest[0] - 5.1e-5);
    for (int m = 0; m < 3; m++)
        ck_assert_msg(found[m] > 0, "the minimum of %g is not found", lowest[m]);
    gd_potential_free(potential);
}
END_TEST

START_TEST(test_lj_pair)
{
    double pair[2][3] = {{0}, {0, 1}};
    ck_assert_double_eq_tol(energy_of(LJ_TRAPPED, 2, pair), -1.75, 1e-12);
}
END_TEST

static const struct {
    const char *cluster;
    double energy, trap;
} clusters[] = {
    {"{build: cluster, symbol: Ar, a: 1.35, shape: icosahedron, shells: 2}", -83.0896, 5.5545},
    {"{build: cluster, symbol: Ar, a: 1.35, shape: icosahedron, shells: 3}", -491.6413, 66.6418},
};

/* Icosahedra, relaxed: all of the energy, and the trap's part of it. */
START_TEST(test_lj_minima)
{
    struct gd_error error = {0};
    struct gd_structure cluster;
    struct gd_potential *trapped = test_potential(LJ_TRAPPED), *alone = test_potential(LJ_ALONE);
    ck_assert_ok(test_build(clusters[_i].cluster, &cluster, &error), error);
    double pairs, (*forces)[3] = calloc(cluster.count, sizeof *forces);
    double energy = test_relax(trapped, &cluster, 0, 1e-5);
    ck_assert_ok(gd_potential_evaluate(alone, &cluster, &pairs, forces, &error), error);
    ck_assert_double_eq_tol(energy, clusters[_i].energy, 5.1e-5);
    ck_assert_double_eq_tol(energy - pairs, clusters[_i].trap, 1.1e-4);
    free(forces);
    gd_structure_clear(&cluster);
    gd_potential_free(trapped);
    gd_potential_free(alone);
}
END_TEST

START_TEST(test_open_alone)
{
    static const char *const potentials[] = {"gmm40", "double-well", "trap"};
    struct gd_potential *potential = test_potential(potentials[_i]);
    int species[1] = {18};
    double position[1][3] = {{0}};
    struct gd_structure structure = {.cell = {{{9, 0, 0}, {0, 9, 0}, {0, 0, 9}}, {false, true, false}},
                                     .count = 1,
                                     .species = species,
                                     .positions = position};
    struct gd_error error = {0};
    ck_assert_int_eq(gd_potential_supports(potential, &structure, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, "no meaning in a periodic cell") != NULL, "%s", error.text);
    gd_potential_free(potential);
}
END_TEST

/* A sum blames the term that cannot do it. */
START_TEST(test_sum_blames)
{
    struct gd_error error = {0};
    ck_assert_ptr_null(test_potential_try("{sum: {second: {eam: {file: nowhere.eam.fs}}}}", &error));
    ck_assert_msg(strstr(error.text, "nowhere.eam.fs") != NULL, "%s", error.text);
}
END_TEST

Suite *suite_benchmarks(void)
{
    Suite *suite = suite_create("benchmarks");
    TCase *tests = tcase_create("benchmarks");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, test_gmm40_means);
    tcase_add_test(tests, test_gmm40_energies);
    tcase_add_test(tests, test_gmm40_entropy);
    tcase_add_test(tests, test_dw4_square);
    tcase_add_test(tests, test_dw4_minima);
    tcase_add_test(tests, test_lj_pair);
    tcase_add_loop_test(tests, test_lj_minima, 0, 2);
    tcase_add_loop_test(tests, test_open_alone, 0, 3);
    tcase_add_test(tests, test_sum_blames);
    suite_add_tcase(suite, tests);
    return suite;
}

/* Weights of structures: by what has been published, and by counting. */
#include <check.h>
#include <math.h>

#include "stages/rule.h"
#include "unit/stages/bench.h"

/* The weights that a rule gives to structures of these energies, and logarithms of path weights, at a temperature. */
static void weigh_paths(const char *rule, double *energies, double *paths, size_t count, double temperature,
                        double *weights)
{
    struct bench bench;
    struct gd_arena arena = {0};
    bench_open(&bench);
    const struct gd_choice choice = bench_choice(&bench, "rule", rule, &arena);
    const struct gd_set set = {.count = count, .energies = energies, .path_weights = paths};
    ((const struct gd_rule_class *)choice.component)->log_weights(choice.params, &set, temperature, weights);
    for (size_t k = 0; k < count; k++)
        weights[k] = exp(weights[k]);
    gd_arena_clear(&arena);
    bench_close(&bench);
}

/* The same at 1 eV, of structures whose paths are not known. */
static void weigh(const char *rule, double *energies, size_t count, double *weights)
{
    weigh_paths(rule, energies, NULL, count, 1, weights);
}

/* y = 0, 1/9, ... 1 with τ = 0.1; the highest weight is 6.338 before it is limited. */
START_TEST(bins_are_those_of_ddom)
{
    static const double known[] = {5, 2.3317, 0.8578, 0.3156, 0.1161, 0.0259};
    double energies[11], weights[11];
    for (int k = 0; k < 10; k++)
        energies[k] = 3 - 7 * k / 9.0;
    energies[10] = NAN;
    weigh("bins", energies, 11, weights);
    for (int k = 0; k < 6; k++)
        ck_assert_double_eq_tol(weights[9 - k], known[k], 5.1e-5);
    ck_assert_double_eq(weights[10], 0);
    weigh("{bins: {most: 100}}", energies, 11, weights);
    ck_assert_double_eq_tol(weights[9], 6.338, 5.1e-4);
}
END_TEST

/* Energies that are all the same, or one, or none. */
START_TEST(bins_of_next_to_nothing)
{
    double weights[3];
    weigh("bins", (double[]){2, 2, 2}, 3, weights);
    ck_assert(weights[0] > 0 && weights[0] == weights[1] && weights[1] == weights[2]);
    weigh("bins", (double[]){2, NAN, INFINITY}, 3, weights);
    ck_assert(weights[0] > 0 && weights[1] == 0 && weights[2] == 0);
    weigh("bins", (double[]){NAN, NAN, INFINITY}, 3, weights);
    ck_assert(weights[0] == 0 && weights[1] == 0 && weights[2] == 0);
}
END_TEST

START_TEST(newest_are_the_last)
{
    double weights[5];
    weigh("{newest: {count: 2}}", (double[]){1, 2, NAN, 4, 5}, 5, weights);
    ck_assert(weights[0] == 0 && weights[1] == 0 && weights[2] == 0 && weights[3] == 1 && weights[4] == 1);
    weigh("{newest: {count: 9}}", (double[]){1, 2, NAN, 4, 5}, 5, weights);
    ck_assert(weights[0] == 1 && weights[4] == 1);
}
END_TEST

/* Three of one energy, one of another, and one without. */
START_TEST(novelty_counts_those_alike)
{
    double weights[5];
    weigh("novelty", (double[]){1, 1.01, 1.018, 3, NAN}, 5, weights);
    ck_assert_double_eq_tol(weights[0], 1 / sqrt(3), 1e-12);
    ck_assert_double_eq_tol(weights[1], exp(-0.01) / sqrt(3), 1e-12);
    ck_assert_double_eq_tol(weights[3], exp(-2), 1e-12);
    ck_assert_double_eq(weights[4], 0);
    weigh("{novelty: {within: 0.015, power: 1}}", (double[]){1, 1.01, 1.018, 3, NAN}, 5, weights);
    ck_assert_double_eq_tol(weights[0], 1. / 2, 1e-12);
    ck_assert_double_eq_tol(weights[1], exp(-0.01) / 3, 1e-12);
}
END_TEST

/* exp(-E/T) times the path weight; without an energy or a path weight nothing. */
START_TEST(paths_are_weighed)
{
    double weights[5], energies[] = {1, 2, NAN, -1, 0.5}, paths[] = {0.5, 3, 1, NAN, -INFINITY};
    weigh_paths("paths", energies, paths, 5, 0.5, weights);
    ck_assert_double_eq_tol(weights[0], exp(0.5 - 2), 1e-12);
    ck_assert_double_eq_tol(weights[1], exp(3. - 4), 1e-12);
    ck_assert(weights[2] == 0 && weights[3] == 0 && weights[4] == 0);
    weigh_paths("{paths: {newest: 4}}", energies, paths, 5, 0.5, weights);
    ck_assert(weights[0] == 0 && weights[1] > 0);
}
END_TEST

Suite *suite_rules(void)
{
    Suite *suite = suite_create("rules");
    TCase *tests = tcase_create("rules");
    tcase_add_test(tests, bins_are_those_of_ddom);
    tcase_add_test(tests, bins_of_next_to_nothing);
    tcase_add_test(tests, newest_are_the_last);
    tcase_add_test(tests, novelty_counts_those_alike);
    tcase_add_test(tests, paths_are_weighed);
    suite_add_tcase(suite, tests);
    return suite;
}

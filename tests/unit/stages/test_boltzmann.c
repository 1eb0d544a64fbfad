/* Boltzmann weights: their ratios, their sum, and energies that are far off or not finite. */
#include <math.h>

#include "stages/boltzmann.h"
#include "stages/rank.h"
#include "unit/suites.h"

START_TEST(weights_have_boltzmann_ratios_and_sum_one)
{
    const double energies[] = {-3.2, -3.0, -2.5, 1.0}, temperature = 0.4;
    double weights[4], log_weights[4], sum = 0;
    gd_boltzmann_weights(energies, 4, temperature, weights);
    gd_boltzmann_log_weights(energies, 4, temperature, log_weights);
    for (int k = 0; k < 4; k++) {
        sum += weights[k];
        ck_assert_double_eq_tol(weights[k] / weights[0], exp(-(energies[k] + 3.2) / temperature), 1e-15);
        ck_assert_double_eq_tol(log_weights[k], -(energies[k] + 3.2) / temperature, 1e-14);
    }
    ck_assert_double_eq_tol(sum, 1, 1e-15);
}
END_TEST

START_TEST(large_energies_do_not_overflow)
{
    double weights[2];
    gd_boltzmann_weights((double[]){1e6, 1e6 + 0.02}, 2, 0.02, weights);
    ck_assert_double_eq_tol(weights[1] / weights[0], exp(-1), 1e-8);
    gd_boltzmann_weights((double[]){-1e6, 0}, 2, 0.02, weights);
    ck_assert(weights[0] == 1 && weights[1] == 0);
}
END_TEST

START_TEST(energies_that_are_not_finite_count_for_nothing)
{
    double weights[4], log_weights[4];
    const double energies[] = {NAN, 2, -INFINITY, INFINITY};
    gd_boltzmann_weights(energies, 4, 1, weights);
    gd_boltzmann_log_weights(energies, 4, 1, log_weights);
    ck_assert(weights[0] == 0 && weights[1] == 1 && weights[2] == 0 && weights[3] == 0);
    ck_assert(log_weights[0] == -INFINITY && log_weights[1] == 0 && log_weights[2] == -INFINITY);
    gd_boltzmann_weights(energies + 2, 2, 1, weights);
    ck_assert(weights[0] == 0 && weights[1] == 0);
}
END_TEST

START_TEST(logarithms_become_weights)
{
    double weights[3] = {-1000, -1000 - log(3), -INFINITY}, none[2] = {-INFINITY, -INFINITY};
    gd_weights_from_logs(weights, 3);
    ck_assert_double_eq_tol(weights[0], 0.75, 1e-12);
    ck_assert_double_eq_tol(weights[1], 0.25, 1e-12);
    ck_assert(weights[2] == 0);
    gd_weights_from_logs(none, 2);
    ck_assert(none[0] == 0 && none[1] == 0);
}
END_TEST

START_TEST(effective_sample_size)
{
    ck_assert_double_eq_tol(gd_effective_sample_size((double[]){0.2, 0.2, 0.2, 0.2, 0.2}, 5), 5, 1e-14);
    ck_assert_double_eq(gd_effective_sample_size((double[]){0, 3, 0}, 3), 1);
    ck_assert_double_eq_tol(gd_effective_sample_size((double[]){3, 1}, 2), 16.0 / 10, 1e-15);
    ck_assert_double_eq(gd_effective_sample_size((double[]){0, 0}, 2), 0);
    ck_assert_double_eq(gd_effective_sample_size(NULL, 0), 0);
    const double energies[] = {1e6, 1e6 + 0.7 * log(3), INFINITY, NAN}; /* weights 3 and 1, and none */
    ck_assert_double_eq_tol(gd_boltzmann_effective_size(energies, 4, 0.7), 1.6, 1e-8);
    ck_assert_double_eq(gd_boltzmann_effective_size(energies + 2, 2, 0.7), 0);
}
END_TEST

START_TEST(ranks_are_shares_of_what_is_below)
{
    const double values[] = {3, -1, INFINITY, 3, 7, NAN}, known[] = {0.5, 0.125, NAN, 0.5, 0.875, NAN};
    struct gd_error error = {0};
    double ranks[6];
    ck_assert_int_eq(gd_rank(values, 6, ranks, &error), GD_OK);
    for (int k = 0; k < 6; k++)
        ck_assert_msg(isnan(known[k]) ? isnan(ranks[k]) : ranks[k] == known[k], "%d: %g", k, ranks[k]);
    ck_assert_int_eq(gd_rank(NULL, 0, ranks, &error), GD_OK);
}
END_TEST

Suite *suite_boltzmann(void)
{
    Suite *suite = suite_create("boltzmann");
    TCase *weights = tcase_create("weights");
    tcase_add_test(weights, weights_have_boltzmann_ratios_and_sum_one);
    tcase_add_test(weights, large_energies_do_not_overflow);
    tcase_add_test(weights, energies_that_are_not_finite_count_for_nothing);
    tcase_add_test(weights, logarithms_become_weights);
    tcase_add_test(weights, effective_sample_size);
    tcase_add_test(weights, ranks_are_shares_of_what_is_below);
    suite_add_tcase(suite, weights);
    return suite;
}

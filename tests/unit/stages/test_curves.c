/* Annealing curves at points where their values are known without a formula in common with the code. */
#include <math.h>
#include <string.h>

#include "stages/curve.h"
#include "unit/suites.h"

static double at(const char *name, double from, double to, double fraction)
{
    for (size_t k = 0; gd_curves[k]; k++)
        if (strcmp(gd_curves[k]->base.name, name) == 0)
            return gd_curves[k]->value(NULL, from, to, fraction);
    ck_abort_msg("no curve '%s'", name);
    return NAN;
}

START_TEST(ends_are_exact)
{
    const char *names[] = {"exponential", "linear", "cosine"};
    for (size_t k = 0; k < 3; k++) {
        ck_assert_double_eq(at(names[k], 5.0, 0.02, 0), 5.0);
        ck_assert_double_eq(at(names[k], 5.0, 0.02, 1), 0.02);
    }
    ck_assert_double_eq(at("constant", 5.0, 0.02, 0), 5.0);
    ck_assert_double_eq(at("constant", 5.0, 0.02, 1), 5.0);
}
END_TEST

START_TEST(values_on_the_way)
{
    ck_assert_double_eq_tol(at("exponential", 8, 0.5, 0.25), 4, 1e-14); /* halves with every quarter */
    ck_assert_double_eq_tol(at("exponential", 8, 0.5, 0.75), 1, 1e-14);
    ck_assert_double_eq_tol(at("linear", 8, 0.5, 0.4), 5, 1e-14);
    ck_assert_double_eq_tol(at("cosine", 8, 0.5, 0.5), 4.25, 1e-14);
    ck_assert_double_eq_tol(at("cosine", 9, 1, 1.0 / 3), 7, 1e-14); /* cos 60° = 1/2: a quarter of the way down */
    ck_assert_double_eq(at("constant", 8, 0.5, 0.4), 8);
}
END_TEST

START_TEST(curves_only_fall)
{
    const char *names[] = {"exponential", "linear", "cosine"};
    for (size_t k = 0; k < 3; k++)
        for (int step = 0; step < 18; step++)
            ck_assert_double_gt(at(names[k], 5.0, 0.02, step / 18.0), at(names[k], 5.0, 0.02, (step + 1) / 18.0));
}
END_TEST

Suite *suite_curves(void)
{
    Suite *suite = suite_create("curves");
    TCase *curves = tcase_create("curves");
    tcase_add_test(curves, ends_are_exact);
    tcase_add_test(curves, values_on_the_way);
    tcase_add_test(curves, curves_only_fall);
    suite_add_tcase(suite, curves);
    return suite;
}

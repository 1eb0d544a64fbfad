/* Against what lifelines, statsmodels and SciPy say (tests/data/make_statistics_reference.py), and against numbers that
 * are known from the literature. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>

#include "engine/base/files.h"
#include "engine/base/sort.h"
#include "statistics/samples.h"
#include "statistics/survival.h"
#include "unit/suites.h"

static const double tolerance = 1e-9;

static cJSON *reference;

static void read_reference(void)
{
    char *text;
    ck_assert_int_eq(gd_file_read(GD_TEST_DATA "/statistics-reference.json", &text, NULL, NULL), GD_OK);
    reference = cJSON_Parse(text);
    ck_assert_ptr_nonnull(reference);
    free(text);
}

static void forget_reference(void)
{
    cJSON_Delete(reference);
}

static const cJSON *get(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    ck_assert_ptr_nonnull(item);
    return item;
}

static double at(const cJSON *list, int place)
{
    const cJSON *item = cJSON_GetArrayItem(list, place);
    ck_assert_ptr_nonnull(item);
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static double *numbers(const cJSON *list, size_t *count)
{
    *count = (size_t)cJSON_GetArraySize(list);
    double *values = calloc(*count + 1, sizeof *values);
    for (size_t k = 0; k < *count; k++)
        values[k] = at(list, (int)k);
    return values;
}

static void near(double value, double expected, const char *what)
{
    ck_assert_msg(fabs(value - expected) <= tolerance * fmax(1, fabs(expected)), "%s: %.15g, expected %.15g", what,
                  value, expected);
}

START_TEST(normal_quantiles)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, get(reference, "normal"))
    {
        near(gd_normal_quantile(at(row, 0)), at(row, 1), "quantile");
        near(gd_normal_two_sided(at(row, 1)), 2 * fmin(at(row, 0), 1 - at(row, 0)), "tail");
    }
}
END_TEST

START_TEST(wilson_intervals)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, get(reference, "wilson"))
    {
        const struct gd_interval interval = gd_wilson((size_t)at(row, 0), (size_t)at(row, 1), at(row, 2));
        near(interval.low, at(row, 3), "low");
        near(interval.high, at(row, 4), "high");
    }
    ck_assert(isnan(gd_wilson(0, 0, 0.95).low));
}
END_TEST

START_TEST(attempts)
{
    near(gd_attempts_cost(2560, 0.3, 0.99), 2560 * log(0.01) / log(0.7), "cost");
    ck_assert_int_eq((int)gd_attempts_cost(2560, 0.3, 0.99), 33053);
    ck_assert(gd_attempts_cost(100, 0.999, 0.9) == 100);
    ck_assert(gd_attempts_cost(100, 1, 0.99) == 100);
    ck_assert(isinf(gd_attempts_cost(100, 0, 0.99)));
    ck_assert(isnan(gd_attempts_cost(100, NAN, 0.99)));
}
END_TEST

static struct gd_duration *durations(const cJSON *object, size_t *count)
{
    size_t events;
    double *times = numbers(get(object, "times"), count), *event = numbers(get(object, "events"), &events);
    struct gd_duration *list = calloc(*count, sizeof *list);
    for (size_t k = 0; k < *count; k++)
        list[k] = (struct gd_duration){times[k], event[k] > 0};
    free(times);
    free(event);
    return list;
}

static void compare_curve(const struct gd_survival *curve, const cJSON *expected)
{
    double error;
    ck_assert_uint_eq(curve->count, (size_t)cJSON_GetArraySize(get(expected, "time")));
    for (int k = 0; k < (int)curve->count; k++) {
        near(curve->time[k], at(get(expected, "time"), k), "time");
        near(curve->survival[k], at(get(expected, "survival"), k), "survival");
        ck_assert(curve->at_risk[k] == (size_t)at(get(expected, "at_risk"), k));
        if (curve->survival[k] > 0) { /* at 0 they say nothing */
            near(curve->error[k], at(get(expected, "error"), k), "error");
            near(curve->low[k], at(get(expected, "low"), k), "low");
            near(curve->high[k], at(get(expected, "high"), k), "high");
        }
    }
    const cJSON *median = get(expected, "median");
    if (cJSON_IsNumber(median))
        near(gd_survival_median(curve), median->valuedouble, "median");
    else
        ck_assert(isinf(gd_survival_median(curve)));
    near(gd_survival_mean(curve, get(expected, "horizon")->valuedouble, &error), get(expected, "mean")->valuedouble,
         "restricted mean");
}

START_TEST(survival_curves)
{
    const cJSON *expected;
    ck_assert_int_gt(cJSON_GetArraySize(get(reference, "survival")), 10);
    cJSON_ArrayForEach(expected, get(reference, "survival"))
    {
        size_t count;
        struct gd_survival curve;
        struct gd_duration *list = durations(expected, &count);
        ck_assert_int_eq(gd_survival_estimate(list, count, 0.95, &curve), GD_OK);
        compare_curve(&curve, expected);
        gd_survival_clear(&curve);
        free(list);
    }
}
END_TEST

/* The first reference, by hand: 12 runs of which 8 hit. */
START_TEST(restricted_mean_of_known_runs)
{
    size_t count;
    double error, length;
    struct gd_survival curve;
    struct gd_duration *list = durations(cJSON_GetArrayItem(get(reference, "survival"), 0), &count);
    ck_assert_int_eq(gd_survival_estimate(list, count, 0.95, &curve), GD_OK);
    ck_assert(fabs(gd_survival_mean(&curve, 2560, &error) - 1230.1587) < 5e-5);
    ck_assert(fabs(error - 265.4453) < 5e-5);
    ck_assert(gd_survival_at(&curve, 119) == 1);
    near(gd_survival_at(&curve, 120), 11.0 / 12, "after the first event");
    near(gd_survival_at(&curve, 1e9), curve.survival[curve.count - 1], "after the last one");
    ck_assert(gd_survival_mean(&curve, 100, &error) == 100 && error == 0);
    double least = INFINITY, where = 0;
    for (size_t k = 0; k < curve.count; k++) {
        const double cost = fmax(curve.time[k], curve.time[k] * log(0.01) / log(curve.survival[k]));
        where = cost < least ? curve.time[k] : where;
        least = fmin(least, cost);
    }
    near(gd_survival_restarts(&curve, 0.99, &length), least, "restarts");
    near(length, where, "their length");
    gd_survival_clear(&curve);
    free(list);
}
END_TEST

START_TEST(no_runs)
{
    struct gd_survival curve;
    double error, length;
    ck_assert_int_eq(gd_survival_estimate(NULL, 0, 0.95, &curve), GD_OK);
    ck_assert(gd_survival_mean(&curve, 10, &error) == 10);
    ck_assert(isinf(gd_survival_median(&curve)));
    ck_assert(isinf(gd_survival_restarts(&curve, 0.99, &length)));
    gd_survival_clear(&curve);
}
END_TEST

START_TEST(log_rank_tests)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, get(reference, "log_rank"))
    {
        size_t first_count, second_count;
        struct gd_log_rank result, swapped;
        struct gd_duration *first = durations(get(row, "first"), &first_count),
                           *second = durations(get(row, "second"), &second_count);
        ck_assert_int_eq(gd_log_rank_test(first, first_count, second, second_count, &result), GD_OK);
        ck_assert_int_eq(gd_log_rank_test(second, second_count, first, first_count, &swapped), GD_OK);
        near(result.z * result.z, get(row, "chi2")->valuedouble, "chi2");
        near(result.p, get(row, "p")->valuedouble, "p");
        near(result.z, -swapped.z, "z, swapped");
        free(first);
        free(second);
    }
    struct gd_log_rank none;
    ck_assert_int_eq(gd_log_rank_test(NULL, 0, NULL, 0, &none), GD_OK);
    ck_assert(none.z == 0 && none.p == 1);
}
END_TEST

/* The sign of z: the first of the references hits earlier. */
START_TEST(log_rank_sign)
{
    const struct gd_duration early[] = {{1, true}, {2, true}, {3, true}},
                             late[] = {{10, true}, {20, true}, {30, false}};
    struct gd_log_rank result;
    ck_assert_int_eq(gd_log_rank_test(early, 3, late, 3, &result), GD_OK);
    ck_assert(result.z > 1);
}
END_TEST

static double sign_flip_p(const double *differences, size_t count)
{
    double p;
    ck_assert_int_eq(gd_sign_flip_test(differences, count, &p), GD_OK);
    return p;
}

START_TEST(permutations_and_superiority)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, get(reference, "permutation"))
    {
        size_t count;
        double *a = numbers(get(row, "a"), &count), *b = numbers(get(row, "b"), &count);
        near(gd_superiority(a, count, b, count), get(row, "superiority")->valuedouble, "superiority");
        for (size_t k = 0; k < count; k++)
            a[k] -= b[k];
        near(sign_flip_p(a, count), get(row, "p")->valuedouble, "p");
        free(a);
        free(b);
    }
    const double known[] = {-1, -2, 0, 1, -3, -3, -3, -2}; /* 4 7 3 9 6 8 5 7 against 5 9 3 8 9 11 8 9 */
    near(sign_flip_p(known, 8), 0.046875, "p of known differences");
    ck_assert(isnan(sign_flip_p(NULL, 0)));
    ck_assert(sign_flip_p((const double[30]){0}, 30) == 1);
    ck_assert(isnan(gd_superiority(NULL, 0, known, 8)));
}
END_TEST

/* Beyond 20 pairs signs are drawn: against the normal approximation, and the same each time. */
START_TEST(drawn_permutations)
{
    static const size_t counts[] = {21, 24, 32, 33, 40, 71};
    double differences[71];
    for (size_t k = 0; k < sizeof differences / sizeof *differences; k++)
        differences[k] = sin((double)(k * k)) + 0.25;
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < counts[k]; i++) {
            sum += differences[i];
            squares += differences[i] * differences[i];
        }
        const double p = sign_flip_p(differences, counts[k]);
        ck_assert_msg(fabs(p - gd_normal_two_sided(sum / sqrt(squares))) < 0.01, "p of %zu pairs: %g", counts[k], p);
        ck_assert(p == sign_flip_p(differences, counts[k]));
    }
}
END_TEST

START_TEST(holm)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, get(reference, "holm"))
    {
        size_t count;
        double *p = numbers(cJSON_GetArrayItem(row, 0), &count);
        ck_assert_int_eq(gd_holm_correct(p, count), GD_OK);
        for (int k = 0; k < (int)count; k++)
            near(p[k], at(cJSON_GetArrayItem(row, 1), k), "p");
        free(p);
    }
    double with_gap[] = {0.02, NAN, 0.04};
    ck_assert_int_eq(gd_holm_correct(with_gap, 3), GD_OK);
    near(with_gap[0], 0.04, "the smaller of two");
    ck_assert(isnan(with_gap[1]));
}
END_TEST

START_TEST(quantiles)
{
    const cJSON *row, *pair;
    cJSON_ArrayForEach(row, get(reference, "quantiles"))
    {
        size_t count;
        double *values = numbers(cJSON_GetArrayItem(row, 0), &count);
        gd_sort(values, count);
        cJSON_ArrayForEach(pair, cJSON_GetArrayItem(row, 1))
            near(gd_quantile(values, count, at(pair, 0)), at(pair, 1), "quantile");
        free(values);
    }
    ck_assert(isnan(gd_quantile(NULL, 0, 0.5)));
}
END_TEST

Suite *suite_statistics(void)
{
    Suite *suite = suite_create("statistics");
    TCase *tests = tcase_create("statistics");
    tcase_add_checked_fixture(tests, read_reference, forget_reference);
    tcase_add_test(tests, normal_quantiles);
    tcase_add_test(tests, wilson_intervals);
    tcase_add_test(tests, attempts);
    tcase_add_test(tests, survival_curves);
    tcase_add_test(tests, restricted_mean_of_known_runs);
    tcase_add_test(tests, no_runs);
    tcase_add_test(tests, log_rank_tests);
    tcase_add_test(tests, log_rank_sign);
    tcase_add_test(tests, permutations_and_superiority);
    tcase_add_test(tests, drawn_permutations);
    tcase_add_test(tests, holm);
    tcase_add_test(tests, quantiles);
    suite_add_tcase(suite, tests);
    return suite;
}

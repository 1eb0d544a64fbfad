/* Numbers: whether they are finite, in order; dense symmetric matrices. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/decimal.h"
#include "engine/base/numbers.h"
#include "engine/base/random.h"
#include "engine/base/sort.h"
#include "engine/base/symmetric.h"

START_TEST(one_number_that_is_not_finite)
{
    double numbers[5] = {1, -2, 1e300, 0, 3};
    ck_assert(gd_all_finite(numbers, 5) && gd_all_finite(NULL, 0));
    for (int k = 0; k < 5; k++) {
        const double kept = numbers[k];
        numbers[k] = k % 2 ? NAN : -INFINITY;
        ck_assert(!gd_all_finite(numbers, 5));
        ck_assert(gd_all_finite(numbers, (size_t)k));
        numbers[k] = kept;
    }
}
END_TEST

static void check_decimal(double number)
{
    char found[GD_DECIMAL_SIZE], wanted[64];
    snprintf(wanted, sizeof wanted, "%.17g", number);
    ck_assert_uint_eq(gd_decimal_write(found, number), strlen(wanted));
    ck_assert_str_eq(found, wanted);
}

/* Numbers of all sizes, of few digits, between two decimals, beside powers of ten and two. */
START_TEST(decimals_as_printf_writes_them)
{
    static const double some[] = {0,          0.5,
                                  1,          2,
                                  9.5,        100,
                                  0.1,        0.0001,
                                  0.00012345, 0.00009999999999999999,
                                  1e15,       123456789012345678.0,
                                  1e300,      5e-324,
                                  INFINITY,   0.3,
                                  2.5e-5};
    struct gd_stream stream = gd_stream_make(1, 2, 3, 4);
    for (size_t k = 0; k < sizeof some / sizeof *some; k++) {
        check_decimal(some[k]);
        check_decimal(-some[k]);
    }
    for (int power = -18; power < 20; power++) {
        const double ten = pow(10, power);
        for (int k = 0; k < 1000; k++) {
            const double uniform = gd_stream_uniform(&stream);
            check_decimal(ten * uniform);
            check_decimal(-ten * floor(1000 * uniform));
            check_decimal(ldexp(floor(4096 * uniform), power)); /* ends in a 5 that is rounded to even */
            check_decimal(ldexp(floor(ldexp(uniform, 53)), -power - 40));
        }
        check_decimal(nextafter(ten, 0));
        check_decimal(nextafter(ten, INFINITY));
        check_decimal(ten);
    }
}
END_TEST

START_TEST(durations)
{
    static const struct {
        const char *text;
        double seconds;
    } good[] = {{"90", 90},    {"1.5s", 1.5}, {"5m", 300},     {"2h", 7200},
                {"1d", 86400}, {"0", 0},      {"1h30m", 5400}, {"1d2h3m4.5", 93784.5}};
    static const char *const bad[] = {"",      "m",  "-1",  "-5m", "5 m", "5mm",  "1h-3m",
                                      "1h 3m", "5M", "inf", "nan", "0x1", "1e999"};
    double seconds;
    for (size_t k = 0; k < sizeof good / sizeof *good; k++)
        ck_assert(gd_parse_duration(good[k].text, &seconds) && seconds == good[k].seconds);
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        ck_assert_msg(!gd_parse_duration(bad[k], &seconds), "%s", bad[k]);
}
END_TEST

/* Equal values keep the order of their places, whatever that of the list. */
START_TEST(places_are_sorted_by_value)
{
    static const double values[] = {2, -1, 2, INFINITY, -1, 0};
    static const size_t expected[] = {1, 4, 5, 0, 2, 3};
    size_t places[] = {5, 4, 3, 2, 1, 0};
    gd_sort_places(places, 6, values);
    ck_assert_mem_eq(places, expected, sizeof expected);
    size_t some[] = {3, 2, 0};
    gd_sort_places(some, 3, values);
    ck_assert(some[0] == 0 && some[1] == 2 && some[2] == 3);
}
END_TEST

/* A = Q D Qᵀ, where Q are rotations of planes. */
START_TEST(matrices_are_solved)
{
    enum { MOST = 24 };
    struct gd_stream stream = gd_stream_make(3, (uint32_t)_i, 0, 0);
    const size_t n = 1 + (size_t)_i;
    double a[MOST * MOST] = {0}, d[MOST], q[MOST * MOST] = {0}, b[MOST] = {0}, x[MOST],
                    workspace[(2 * MOST + 4) * MOST];
    for (size_t i = 0; i < n; i++) {
        d[i] = (_i % 3 == 0 || gd_stream_uniform(&stream) < 0.5 ? 1 : -1) * exp(6 * gd_stream_uniform(&stream) - 3);
        q[i * n + i] = 1;
        b[i] = gd_stream_uniform(&stream) - 0.5;
    }
    if (n > 4) /* eigenvalues that are the same */
        d[0] = d[1] = d[3];
    for (size_t p = 0; p < n && _i % 4; p++) /* with _i % 4 == 0 the matrix is diagonal */
        for (size_t r = p + 1; r < n; r++) {
            const double angle = 6.3 * gd_stream_uniform(&stream);
            for (size_t i = 0; i < n; i++) {
                const double one = q[i * n + p], other = q[i * n + r];
                q[i * n + p] = cos(angle) * one - sin(angle) * other;
                q[i * n + r] = sin(angle) * one + cos(angle) * other;
            }
        }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            for (size_t k = 0; k < n; k++)
                a[i * n + j] += q[i * n + k] * d[k] * q[j * n + k];
    memcpy(x, b, sizeof x);
    gd_symmetric_solve(a, n, x, workspace);
    for (size_t i = 0; i < n; i++) {
        double expected = 0;
        for (size_t k = 0; k < n; k++)
            for (size_t j = 0; j < n; j++)
                expected += q[i * n + k] * q[j * n + k] * b[j] / fabs(d[k]);
        ck_assert_msg(fabs(x[i] - expected) < 1e-10, "%zu of %zu: %g is not %g", i, n, x[i], expected);
    }
}
END_TEST

static int rising(const void *a, const void *b)
{
    double one = *(const double *)a, other = *(const double *)b;
    return (one > other) - (one < other);
}

/* The path of n points has 2 cos(π k/(n+1)), k = 1 .. n; the ring 2 cos(2 π k/n), k = 0 .. n-1, some of them twice. */
START_TEST(eigenvalues_of_paths_and_rings)
{
    enum { MOST = 40 };
    static double matrix[MOST * MOST], values[MOST], expected[MOST], room[3 * MOST];
    for (size_t n = 1; n <= MOST; n++)
        for (int ring = 0; ring < (n > 2 ? 2 : 1); ring++) {
            memset(matrix, 0, sizeof matrix);
            for (size_t k = 0; k < n; k++) {
                if (k + 1 < n || ring) {
                    matrix[k * n + (k + 1) % n] = 1;
                    matrix[(k + 1) % n * n + k] = 1;
                }
                expected[k] = 2 * cos(M_PI * (ring ? 2 * (double)k / (double)n : (double)(k + 1) / (double)(n + 1)));
            }
            qsort(expected, n, sizeof *expected, rising);
            gd_symmetric_eigenvalues(matrix, n, values, room);
            for (size_t k = 0; k < n; k++)
                ck_assert_msg(fabs(values[k] - expected[k]) < 1e-13, "%zu %d: %zu: %.17g", n, ring, k, values[k]);
        }
}
END_TEST

/* Q Λ Qᵀ with the reflection Q = 1 - 2 u uᵀ/(u·u) has Λ. */
START_TEST(eigenvalues_of_a_full_matrix)
{
    enum { N = 12 };
    struct gd_stream stream = gd_stream_make(5, 0, 0, 0);
    double matrix[N * N], values[N], room[3 * N], expected[N], u[N], squares = 0;
    for (int k = 0; k < N; k++) {
        expected[k] = k == 5 ? -3 : 10 * gd_stream_normal(&stream);
        u[k] = gd_stream_normal(&stream);
        squares += u[k] * u[k];
    }
    expected[6] = expected[7]; /* twice the same */
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            matrix[i * N + j] = 0;
            for (int k = 0; k < N; k++)
                matrix[i * N + j] +=
                    ((i == k) - 2 * u[i] * u[k] / squares) * expected[k] * ((j == k) - 2 * u[j] * u[k] / squares);
        }
    qsort(expected, N, sizeof *expected, rising);
    gd_symmetric_eigenvalues(matrix, N, values, room);
    for (int k = 0; k < N; k++)
        ck_assert_double_eq_tol(values[k], expected[k], 1e-12);
}
END_TEST

START_TEST(eigenvalues_of_nothing)
{
    double matrix[9] = {0}, values[3], room[9];
    gd_symmetric_eigenvalues(matrix, 0, values, room);
    gd_symmetric_eigenvalues(matrix, 3, values, room);
    for (int k = 0; k < 3; k++)
        ck_assert_double_eq_tol(values[k], 0, 1e-300);
}
END_TEST

START_TEST(rounded_for_people)
{
    static const struct {
        double number;
        int digits;
        const char *text;
    } cases[] = {{128.4, 2, "130"},   {1234.5, 3, "1230"},  {99.6, 2, "100"},
                 {1e6, 2, "1000000"}, {13.4, 2, "13"},      {1.34, 2, "1.3"},
                 {1, 2, "1.0"},       {0.0134, 2, "0.013"}, {0.00000131, 2, "0.0000013"},
                 {0, 3, "0"},         {-128.4, 2, "-130"},  {0.5, 1, "0.5"},
                 {9.96, 2, "10"},     {0.9996, 3, "1.00"},  {0.00999, 1, "0.01"}};
    char text[32];
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        ck_assert_str_eq(gd_number_round(text, sizeof text, cases[k].number, cases[k].digits), cases[k].text);
}
END_TEST

Suite *suite_numbers(void);

Suite *suite_numbers(void)
{
    Suite *suite = suite_create("numbers");
    TCase *tests = tcase_create("numbers");
    tcase_add_test(tests, one_number_that_is_not_finite);
    tcase_add_test(tests, durations);
    tcase_add_test(tests, decimals_as_printf_writes_them);
    tcase_add_test(tests, places_are_sorted_by_value);
    tcase_add_loop_test(tests, matrices_are_solved, 0, 24);
    tcase_add_test(tests, eigenvalues_of_paths_and_rings);
    tcase_add_test(tests, eigenvalues_of_a_full_matrix);
    tcase_add_test(tests, rounded_for_people);
    tcase_add_test(tests, eigenvalues_of_nothing);
    suite_add_tcase(suite, tests);
    return suite;
}

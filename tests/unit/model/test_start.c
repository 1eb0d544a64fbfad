/* Where a draw in open space begins: moments of a draw whose sampler does nothing. */
#include <math.h>

#include "model/noise_ve.h"
#include "model/sampler.h"
#include "unit/suites.h"

enum { ATOMS = 5, DRAWS = 4000 };

static enum gd_status rest(const struct gd_stride *stride, struct gd_error *error)
{
    (void)stride, (void)error;
    return GD_OK;
}

static enum gd_status no_score(void *self, const struct gd_set *set, double t, float *score, struct gd_error *error)
{
    (void)self, (void)set, (void)t, (void)score, (void)error;
    return GD_FAILED;
}

/* Draws atoms in an open box of 20 Å, and gives mean and variance of their coordinates, and the mean square of their
 * sums over the atoms, as seen from the middle. */
static void measure(int start, double *mean, double *variance, double *sums)
{
    const struct gd_sampler_class still = {.step = rest};
    struct gd_structure box = {.cell = {{{20, 0, 0}, {0, 20, 0}, {0, 0, 20}}, {false, false, false}}};
    struct gd_system system;
    struct gd_process process;
    struct gd_error error = {0};
    ck_assert_int_eq(gd_system_make(&system, &box, (int[ATOMS]){18, 18, 18, 18, 18}, ATOMS, NULL, false, &error),
                     GD_OK);
    ck_assert_int_eq(gd_process_make(&process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.3, 0.5}, &error),
                     GD_OK);
    const struct gd_sampling sampling = {.name = "start",
                                         .stream = gd_stream_make(1, 0, 0, 0),
                                         .system = &system,
                                         .process = &process,
                                         .score = {.evaluate = no_score},
                                         .steps = 2,
                                         .end = 0.1,
                                         .start = start,
                                         .start_scale = 3};
    struct gd_set *set = gd_set_new(&system.structure, 0, &error);
    ck_assert_msg(gd_sample(&sampling, &still, NULL, DRAWS, set, &error) == GD_OK, "%s", error.text);
    *mean = *variance = *sums = 0;
    for (size_t k = 0; k < DRAWS; k++)
        for (size_t axis = 0; axis < 3; axis++) {
            double sum = 0;
            for (size_t i = 0; i < ATOMS; i++) {
                const double x = set->positions[3 * (ATOMS * k + i) + axis] - 10;
                sum += x;
                *mean += x / (3 * ATOMS * DRAWS);
                *variance += x * x / (3 * ATOMS * DRAWS);
            }
            *sums += sum * sum / (3 * DRAWS);
        }
    gd_set_free(set);
    gd_system_clear(&system);
}

/* With s(1)² = 0.5² - 0.3² = 0.16; harmonic: 3²/5 less a fifth, which the mean takes. Bounds: five standard errors. */
START_TEST(starts_have_their_moments)
{
    double mean, variance, sums;
    measure(GD_START_NORMAL, &mean, &variance, &sums);
    ck_assert_double_eq_tol(mean, 0, 5 * 0.4 / sqrt(3 * ATOMS * DRAWS));
    ck_assert_double_eq_tol(variance / 0.16, 1, 5 * sqrt(2. / (3 * ATOMS * DRAWS)));
    ck_assert_double_eq_tol(sums / (ATOMS * 0.16), 1, 5 * sqrt(2. / (3 * DRAWS)));
    measure(GD_START_HARMONIC, &mean, &variance, &sums);
    ck_assert_double_eq_tol(mean, 0, 1e-12);
    ck_assert_double_eq_tol(variance / (9. / ATOMS * (1 - 1. / ATOMS)), 1, 5 * sqrt(2. / (3 * (ATOMS - 1) * DRAWS)));
    ck_assert_double_eq_tol(sums, 0, 1e-24);
    measure(GD_START_UNIFORM, &mean, &variance, &sums);
    ck_assert_double_eq_tol(variance, 400. / 12, 1);
}
END_TEST

Suite *suite_start(void)
{
    Suite *suite = suite_create("start");
    TCase *tests = tcase_create("start");
    tcase_add_test(tests, starts_have_their_moments);
    suite_add_tcase(suite, tests);
    return suite;
}

/* Where a draw in open space begins: moments of a draw whose sampler does nothing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    measure(GD_START_ORIGIN, &mean, &variance, &sums);
    ck_assert_double_eq_tol(mean, 0, 1e-4);
    ck_assert_double_eq_tol(variance / 1e-6, 1, 5 * sqrt(2. / (3 * ATOMS * DRAWS)));
    measure(GD_START_UNIFORM, &mean, &variance, &sums);
    ck_assert_double_eq_tol(variance, 400. / 12, 1);
}
END_TEST

/* The control that steers from the origin to N(1.5, 0.25) in each direction, with σ from 0.01 to 3 Å. */
static enum gd_status steer(void *self, const struct gd_set *set, double t, float *control, struct gd_error *error)
{
    const struct gd_process *process = self;
    const double all = pow(gd_process_spread(process, 1), 2), left = pow(gd_process_spread(process, t), 2);
    const double a = 1 / 0.25 - 1 / all;
    (void)error;
    for (size_t c = 0; c < 3 * set->count; c++)
        control[c] = (float)((1.5 / 0.25 - a * (set->positions[c] - 10)) / (1 + a * left));
    return GD_OK;
}

/* Known by theory: mean and variance of what so many Euler-Maruyama steps give. Of one atom, which begins at the middle
 * to the last bit. Bounds: four standard errors of both means, the table's digits, and that the last step is exact. */
START_TEST(a_control_steers_from_the_origin)
{
    static const struct {
        int64_t steps;
        double mean, variance;
    } known[] = {{50, 1.516, 0.2542}, {200, 1.505, 0.2512}, {1000, 1.502, 0.2512}};
    enum { PATHS = 20000 };
    struct gd_structure box = {.cell = {{{20, 0, 0}, {0, 20, 0}, {0, 0, 20}}, {false, false, false}}};
    struct gd_system system;
    struct gd_process process;
    struct gd_error error = {0};
    ck_assert_int_eq(gd_system_make(&system, &box, (int[]){18}, 1, NULL, false, &error), GD_OK);
    ck_assert_int_eq(gd_process_make(&process, &gd_noise_ve, &(struct gd_ve_params){GD_EXPONENTIAL, 0.01, 3}, &error),
                     GD_OK);
    const float points[] = {0.3f, 1, 2};
    const double times[] = {0.9, 0.5, 0.1}, controls[] = {0.396669, 1.891207, -1.776305};
    for (int k = 0; k < 3; k++) {
        double at[3] = {10 + (double)points[k], 10, 10};
        float control[3];
        ck_assert_int_eq(steer(&process, &(struct gd_set){.count = 1, .positions = at}, times[k], control, &error),
                         GD_OK);
        ck_assert_double_eq_tol(control[0], controls[k], 1e-6);
    }
    const struct gd_sampling sampling = {.name = "control",
                                         .stream = gd_stream_make(2, 0, 0, 0),
                                         .system = &system,
                                         .process = &process,
                                         .score = {.evaluate = steer, .self = &process},
                                         .steps = known[_i].steps,
                                         .end = 1e-3,
                                         .start = GD_START_ORIGIN};
    struct gd_set *set = gd_set_new(&system.structure, 0, &error);
    ck_assert_msg(gd_sample(&sampling, &gd_sampler_euler_maruyama, NULL, PATHS, set, &error) == GD_OK, "%s",
                  error.text);
    double mean = 0, variance = 0;
    for (size_t c = 0; c < 3 * PATHS; c++)
        mean += (set->positions[c] - 10) / (3 * PATHS);
    for (size_t c = 0; c < 3 * PATHS; c++)
        variance += pow(set->positions[c] - 10 - mean, 2) / (3 * PATHS);
    ck_assert_double_eq_tol(mean, known[_i].mean, 4 * 0.5 / sqrt(3 * PATHS) + 1e-3);
    ck_assert_double_eq_tol(variance, known[_i].variance, 4 * 0.25 * sqrt(2. / (3 * PATHS)) + 1e-3);
    gd_set_free(set);
    gd_system_clear(&system);
}
END_TEST

/* Paths under a control, of which each coordinate is a path of its own, with the logarithm of the weight that it would
 * have without one: a step by x under the control v, with noise of variance V, is exp(v x - V v²/2) times as likely. */
struct paths {
    const struct gd_process *process;
    double factor, length; /* of the control; of a step in time */
    size_t count;
    double before;                     /* time; 0: there was no step */
    double *places, *controls, *likes; /* [count] before; log of how much more likely the path is */
};

static void weigh_step(struct paths *paths, const double *positions)
{
    const double variance = gd_process_diffusion2(paths->process, paths->before) * paths->length;
    for (size_t c = 0; c < paths->count && paths->before > 0; c++)
        paths->likes[c] += paths->controls[c] * (positions[c] - paths->places[c]) -
                           variance * paths->controls[c] * paths->controls[c] / 2;
}

static enum gd_status steer_paths(void *self, const struct gd_set *set, double t, float *control,
                                  struct gd_error *error)
{
    struct paths *paths = self;
    enum gd_status status = steer((void *)paths->process, set, t, control, error);
    weigh_step(paths, set->positions);
    for (size_t c = 0; c < paths->count; c++) {
        control[c] *= (float)paths->factor;
        paths->controls[c] = (double)control[c];
    }
    memcpy(paths->places, set->positions, paths->count * sizeof *paths->places);
    paths->before = t;
    return status;
}

/* Known by theory: with weights, paths of any control end in N(1.5, 0.25). The mean weight is 1 but for the steps; the
 * effective share of the paths says how good the control is. */
START_TEST(paths_of_any_control_are_weighed)
{
    static const struct {
        double factor;
        int64_t steps;
        double mean, share;
    } known[] = {{1, 1000, 1.000, 0.986}, {0.8, 1000, 1.000, 0.903}, {0.5, 1000, 1.000, 0.623},
                 {1, 200, 0.99, 0.930},   {0.8, 200, 0.99, 0.864},   {0.5, 200, 0.99, 0.607}};
    enum { PATHS = 20000 };
    struct gd_structure box = {.cell = {{{20, 0, 0}, {0, 20, 0}, {0, 0, 20}}, {false, false, false}}};
    struct gd_system system;
    struct gd_process process;
    struct gd_error error = {0};
    ck_assert_int_eq(gd_system_make(&system, &box, (int[]){18}, 1, NULL, false, &error), GD_OK);
    ck_assert_int_eq(gd_process_make(&process, &gd_noise_ve, &(struct gd_ve_params){GD_EXPONENTIAL, 0.01, 3}, &error),
                     GD_OK);
    const double end = 1e-3, all = pow(gd_process_spread(&process, 1), 2);
    struct paths paths = {.process = &process,
                          .factor = known[_i].factor,
                          .length = (1 - end) / (double)(known[_i].steps - 1),
                          .count = 3 * PATHS,
                          .places = calloc(3 * PATHS, sizeof(double)),
                          .controls = calloc(3 * PATHS, sizeof(double)),
                          .likes = calloc(3 * PATHS, sizeof(double))};
    const struct gd_sampling sampling = {.name = "paths",
                                         .stream = gd_stream_make(5, 0, 0, 0),
                                         .system = &system,
                                         .process = &process,
                                         .score = {.evaluate = steer_paths, .self = &paths},
                                         .steps = known[_i].steps,
                                         .end = end,
                                         .start = GD_START_ORIGIN};
    struct gd_set *set = gd_set_new(&system.structure, 0, &error);
    ck_assert_msg(gd_sample(&sampling, &gd_sampler_euler_maruyama, NULL, PATHS, set, &error) == GD_OK, "%s",
                  error.text);
    double sum = 0, squares = 0, mean = 0;
    for (size_t c = 0; c < paths.count; c++) { /* the last step, without noise, is left out */
        const double x = set->positions[c] - 10;
        const double weight =
            exp(x * x / (2 * all) + log(all) / 2 - (x - 1.5) * (x - 1.5) / 0.5 - log(0.25) / 2 - paths.likes[c]);
        sum += weight;
        squares += weight * weight;
        mean += weight * x;
    }
    const double share = sum * sum / squares / (3 * PATHS), slack = 4 * sqrt((1 / share - 1) / (3 * PATHS));
    ck_assert_double_eq_tol(sum / (3 * PATHS), known[_i].mean, slack + 5e-3);
    ck_assert_double_eq_tol(share, known[_i].share, 0.01);
    ck_assert_double_eq_tol(mean / sum, 1.5, 4 * 0.5 / sqrt(3 * PATHS * share) + 5e-3);
    free(paths.places);
    free(paths.controls);
    free(paths.likes);
    gd_set_free(set);
    gd_system_clear(&system);
}
END_TEST

Suite *suite_start(void)
{
    Suite *suite = suite_create("start");
    TCase *tests = tcase_create("start"), *draws = tcase_create("start_statistics");
    tcase_add_test(tests, starts_have_their_moments);
    tcase_add_loop_test(tests, a_control_steers_from_the_origin, 0, 2);
    suite_add_tcase(suite, tests);
    tcase_set_tags(draws, "statistics");
    tcase_set_timeout(draws, 120);
    tcase_add_loop_test(draws, a_control_steers_from_the_origin, 2, 3);
    tcase_add_loop_test(draws, paths_of_any_control_are_weighed, 0, 6);
    suite_add_tcase(suite, draws);
    return suite;
}

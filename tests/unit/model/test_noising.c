/* The forward kernel: its distribution in the plane and between reflecting walls, against closed forms, and its target
 * against the score of that distribution. */
#include <math.h>
#include <string.h>

#include "model/noise_ve.h"
#include "model/noising.h"
#include "unit/statistics.h"
#include "unit/suites.h"

enum { DRAWS = 40000 };

static const double window[2] = {2, 7};
static struct gd_system system_;
static struct gd_process process;
static double drawn[3][DRAWS], targets[3][DRAWS];

/* One fixed and one mobile atom, in a cell wide enough for the tests that must not meet its edges. */
static void setup_cell(double width, const double *bounds)
{
    double positions[1][3] = {{1, 2, 3}};
    struct gd_structure one = {.cell = {{{width, 0, 0}, {0, width, 0}, {1, 0, 9}}, {true, true, true}},
                               .count = 1,
                               .species = (int[]){78},
                               .positions = positions};
    struct gd_error error = {0};
    ck_assert_int_eq(gd_system_make(&system_, &one, (int[]){79}, 1, bounds, false, &error), GD_OK);
    ck_assert_int_eq(gd_process_make(&process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.01, 2.0}, &error),
                     GD_OK);
}

static void setup(void)
{
    setup_cell(40, window);
}

static void teardown(void)
{
    gd_system_clear(&system_);
}

/* Draws x_t from x_0 = (20, 20, height) many times. */
static void draw_all(double t, double height)
{
    for (uint32_t k = 0; k < DRAWS; k++) {
        struct gd_stream stream = gd_stream_make(11, 0, 0, k);
        double positions[2][3] = {{1, 2, 3}, {20, 20, height}};
        float target[3];
        gd_noise_structure(&system_, &process, t, &stream, positions[0], target);
        ck_assert(positions[0][0] == 1 && positions[0][1] == 2 && positions[0][2] == 3);
        for (int axis = 0; axis < 3; axis++) {
            drawn[axis][k] = positions[1][axis];
            targets[axis][k] = target[axis];
        }
    }
}

/* A normal distribution reflected at both walls of the window: sums over the images of its mean. */
struct folded {
    double mean, sigma;
};

static double folded_density(const struct folded *folded, double z)
{
    double sum = 0, height = window[1] - window[0];
    for (int k = -4; k <= 4; k++)
        for (int side = -1; side <= 1; side += 2) {
            double image = window[0] + 2 * k * height + side * (folded->mean - window[0]);
            double x = (z - image) / folded->sigma;
            sum += exp(-0.5 * x * x) / (folded->sigma * sqrt(2 * M_PI));
        }
    return sum;
}

static double folded_cdf(const void *self, double z)
{
    const struct folded *folded = self;
    double sum = 0, height = window[1] - window[0];
    for (int k = -4; k <= 4; k++)
        for (int side = -1; side <= 1; side += 2) {
            double image = window[0] + 2 * k * height + side * (folded->mean - window[0]);
            sum += stat_normal_cdf((z - image) / folded->sigma) - stat_normal_cdf((window[0] - image) / folded->sigma);
        }
    return sum;
}

static double normal_cdf(const void *self, double x)
{
    const struct folded *normal = self;
    return stat_normal_cdf((x - normal->mean) / normal->sigma);
}

static const double times[] = {0.02, 0.3, 1};
static const double heights[] = {4.5, 2.4, 6.95}; /* in the middle, and near either wall */

START_TEST(in_plane_moments_are_those_of_the_spread)
{
    double spread = gd_process_spread(&process, times[_i]), mean = 0, square = 0;
    draw_all(times[_i], 4.5);
    for (int k = 0; k < DRAWS; k++) {
        double x = (drawn[0][k] - 20) / spread;
        ck_assert_double_eq_tol(x, targets[0][k], 1e-5);
        mean += x / DRAWS;
        square += x * x / DRAWS;
    }
    ck_assert_double_lt(fabs(mean) * sqrt(DRAWS), SIGMAS_BOUND);
    ck_assert_double_lt(fabs(square - 1) * sqrt(DRAWS / 2.0), SIGMAS_BOUND);
    struct folded normal = {20, spread};
    ck_assert_double_lt(stat_kolmogorov(drawn[1], DRAWS, normal_cdf, &normal), KOLMOGOROV_BOUND);
}
END_TEST

START_TEST(heights_follow_the_reflected_normal)
{
    struct folded folded = {heights[_i % 3], gd_process_spread(&process, times[_i / 3])};
    draw_all(times[_i / 3], folded.mean);
    for (int k = 0; k < DRAWS; k++)
        ck_assert(drawn[2][k] >= window[0] && drawn[2][k] <= window[1]);
    ck_assert_double_lt(stat_kolmogorov(drawn[2], DRAWS, folded_cdf, &folded), KOLMOGOROV_BOUND);
}
END_TEST

/* First and second moment of the folded normal, by Simpson's rule. */
static void quadrature(const struct folded *folded, double moments[2])
{
    enum { PANELS = 20000 };
    double h = (window[1] - window[0]) / PANELS;
    moments[0] = moments[1] = 0;
    for (int k = 0; k <= PANELS; k++) {
        double z = window[0] + k * h, weight = (k == 0 || k == PANELS ? 1 : k % 2 ? 4 : 2) * h / 3;
        moments[0] += weight * z * folded_density(folded, z);
        moments[1] += weight * z * z * folded_density(folded, z);
    }
}

START_TEST(moments_between_the_walls_match_quadrature)
{
    struct folded folded = {heights[_i % 3], gd_process_spread(&process, times[_i / 3])};
    double moments[2], mean = 0, fourth = 0, variance = 0;
    quadrature(&folded, moments);
    draw_all(times[_i / 3], folded.mean);
    for (int k = 0; k < DRAWS; k++)
        mean += drawn[2][k] / DRAWS;
    for (int k = 0; k < DRAWS; k++) {
        double square = (drawn[2][k] - mean) * (drawn[2][k] - mean);
        variance += square / DRAWS;
        fourth += square * square / DRAWS;
    }
    double expected = moments[1] - moments[0] * moments[0];
    ck_assert_double_lt(fabs(mean - moments[0]), SIGMAS_BOUND * sqrt(expected / DRAWS));
    ck_assert_double_lt(fabs(variance - expected), SIGMAS_BOUND * sqrt((fourth - variance * variance) / DRAWS));
}
END_TEST

/* The mean target of the draws that end in [a, b] is -spread times the mean score there, -s (p(b) - p(a))/(P(b) -
 * P(a)). */
START_TEST(target_is_the_score_of_the_reflected_kernel)
{
    enum { BINS = 10 };
    struct folded folded = {heights[_i % 3], gd_process_spread(&process, times[_i / 3])};
    double sum[BINS] = {0}, squares[BINS] = {0}, count[BINS] = {0}, width = (window[1] - window[0]) / BINS;
    draw_all(times[_i / 3], folded.mean);
    for (int k = 0; k < DRAWS; k++) {
        int bin = (int)fmin((drawn[2][k] - window[0]) / width, BINS - 1);
        count[bin]++;
        sum[bin] += targets[2][k];
        squares[bin] += targets[2][k] * targets[2][k];
    }
    int tested = 0;
    for (int bin = 0; bin < BINS; bin++) {
        double a = window[0] + bin * width, b = a + width, n = count[bin];
        if (n < 100)
            continue;
        double mass = folded_cdf(&folded, b) - folded_cdf(&folded, a);
        double expected = -folded.sigma * (folded_density(&folded, b) - folded_density(&folded, a)) / mass;
        double mean = sum[bin] / n, deviation = sqrt((squares[bin] / n - mean * mean) / n);
        ck_assert_double_lt(fabs(mean - expected), SIGMAS_BOUND * deviation);
        tested++;
    }
    ck_assert_int_ge(tested, 1);
}
END_TEST

START_TEST(uniform_heights_stay_uniform)
{
    for (uint32_t k = 0; k < DRAWS; k++) {
        struct gd_stream stream = gd_stream_make(5, 0, 0, k);
        double z = window[0] + (window[1] - window[0]) * gd_stream_uniform(&stream);
        double positions[2][3] = {{0}, {20, 20, z}};
        gd_noise_structure(&system_, &process, times[_i], &stream, positions[0], (float[3]){0});
        drawn[2][k] = positions[1][2];
    }
    ck_assert_double_lt(stat_kolmogorov(drawn[2], DRAWS, stat_uniform_cdf, window), KOLMOGOROV_BOUND);
}
END_TEST

START_TEST(periodic_directions_wrap)
{
    gd_system_clear(&system_);
    setup_cell(3, NULL);
    double spread = gd_process_spread(&process, 1);
    int wrapped = 0;
    for (uint32_t k = 0; k < 1000; k++) {
        struct gd_stream stream = gd_stream_make(7, 0, 0, k);
        double positions[2][3] = {{0}, {1, 2, 3}}, start[3] = {1, 2, 3}, cells[3];
        float target[3];
        gd_noise_structure(&system_, &process, 1, &stream, positions[0], target);
        gd_to_fractional(&system_.basis, positions[1], cells);
        for (int axis = 0; axis < 3; axis++) {
            ck_assert(cells[axis] > -1e-12 && cells[axis] < 1 + 1e-12);
            positions[1][axis] -= start[axis] + spread * (double)target[axis];
        }
        gd_to_fractional(&system_.basis, positions[1], cells); /* what is left is a whole number of cells */
        for (int axis = 0; axis < 3; axis++) {
            ck_assert_double_eq_tol(cells[axis], round(cells[axis]), 1e-6);
            wrapped += round(cells[axis]) != 0;
        }
    }
    ck_assert_int_gt(wrapped, 100);
}
END_TEST

/* --- Forces as a goal -----------------------------------------------------------------------------------------------
 */

/* A vector is turned over when its atom was: so the unfolded path can be told from it. */
START_TEST(vectors_are_reflected_with_their_atoms)
{
    const double spread = gd_process_spread(&process, 1), height = window[1] - window[0];
    int turned = 0;
    for (uint32_t k = 0; k < 2000; k++) {
        struct gd_stream stream = gd_stream_make(13, 0, 0, k);
        double positions[2][3] = {{1, 2, 3}, {20, 20, 3.5}}, vector[3] = {4, -5, 6};
        float target[3];
        gd_noise_structure_with(&system_, &process, 1, &stream, positions[0], target, vector);
        ck_assert(vector[0] == 4 && vector[1] == -5 && fabs(vector[2]) == 6);
        double unfolded = 3.5 + spread * target[2] * (vector[2] / 6) - window[0];
        double folded = fabs(remainder(unfolded, 2 * height));
        ck_assert_double_eq_tol(positions[1][2] - window[0], folded, 1e-6);
        turned += vector[2] < 0;
    }
    ck_assert_int_gt(turned, 200);
}
END_TEST

/* An energy along one coordinate, and where the score of its noised Boltzmann density is known. */
struct along {
    double temperature, length, (*energy)(double x), (*force)(double x);
};

static double walled_energy(double x)
{
    return 0.8 * cos(0.75 * M_PI * x) + 0.3 * x;
}

static double walled_force(double x)
{
    return 0.6 * M_PI * sin(0.75 * M_PI * x) - 0.3;
}

static double ring_energy(double x)
{
    return 0.8 * cos(M_PI * x / 2) + 0.5 * sin(M_PI * x);
}

static double ring_force(double x)
{
    return 0.4 * M_PI * sin(M_PI * x / 2) - 0.5 * M_PI * cos(M_PI * x);
}

static const struct along walled = {0.7, 4, walled_energy, walled_force};
static const struct along ring = {0.7, 4, ring_energy, ring_force};

/* The mean of ±F/T over all ways from x_0 to y, by the sums of a fine grid and of images; gd_system_confine brings the
 * end of each way back and says whether the force is turned over. axis: 2 for walls, 0 for a periodic direction. */
static double mean_force(const struct along *along, int axis, double y, double spread)
{
    enum { POINTS = 2000 };
    double sum = 0, weights = 0;
    for (int image = -8; image <= 8; image++)
        for (int k = 0; k < POINTS; k++) {
            double x = (k + 0.5) * along->length / POINTS, vector[3] = {1, 1, 1}, point[3] = {1, 1, 1};
            bool mirrored = axis == 2 && image % 2;
            double end = image * along->length + (mirrored ? along->length - y : y), step = (end - x) / spread;
            point[axis] = end;
            gd_system_confine(&system_, point, vector);
            ck_assert_double_eq_tol(point[axis], y, 1e-9);
            double weight = exp(-along->energy(x) / along->temperature - step * step / 2);
            sum += weight * vector[axis] * along->force(x) / along->temperature;
            weights += weight;
        }
    return sum / weights;
}

static const double no_gap[2] = {0, 4};

static void setup_narrow(void)
{
    setup_cell(4, no_gap);
}

static const struct {
    double spread, at, score;
} walled_scores[] = {{0.3, 0.05, 0.25936}, {0.3, 1.3, -0.17024}, {0.3, 3.9, 0.29003},
                     {1, 0.05, 0.00818},   {1, 1.3, -0.15769},   {1, 3.9, -0.02273}},
  ring_scores[] = {{0.3, 0.4, 1.034572}, {0.3, 2.2, -1.627236}, {1, 0.4, 0.455210}, {1, 2.2, -0.235290}};

START_TEST(forces_between_walls_give_the_score)
{
    double found = mean_force(&walled, 2, walled_scores[_i].at, walled_scores[_i].spread);
    ck_assert_double_eq_tol(found, walled_scores[_i].score, 5.1e-6);
}
END_TEST

START_TEST(forces_in_a_ring_give_the_score)
{
    double found = mean_force(&ring, 0, ring_scores[_i].at, ring_scores[_i].spread);
    ck_assert_double_eq_tol(found, ring_scores[_i].score, 5.1e-7);
}
END_TEST

Suite *suite_noising(void)
{
    Suite *suite = suite_create("noising");
    TCase *kernel = tcase_create("kernel");
    tcase_add_checked_fixture(kernel, setup, teardown);
    tcase_add_loop_test(kernel, in_plane_moments_are_those_of_the_spread, 0, 3);
    tcase_add_loop_test(kernel, heights_follow_the_reflected_normal, 0, 9);
    tcase_add_loop_test(kernel, moments_between_the_walls_match_quadrature, 0, 9);
    tcase_add_loop_test(kernel, target_is_the_score_of_the_reflected_kernel, 0, 9);
    tcase_add_loop_test(kernel, uniform_heights_stay_uniform, 0, 3);
    tcase_add_test(kernel, periodic_directions_wrap);
    tcase_add_test(kernel, vectors_are_reflected_with_their_atoms);
    suite_add_tcase(suite, kernel);
    TCase *forces = tcase_create("forces");
    tcase_add_checked_fixture(forces, setup_narrow, teardown);
    tcase_add_loop_test(forces, forces_between_walls_give_the_score, 0, 6);
    tcase_add_loop_test(forces, forces_in_a_ring_give_the_score, 0, 4);
    suite_add_tcase(suite, forces);
    return suite;
}

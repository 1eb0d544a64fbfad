/* Reverse sampling with scores known in closed form: it must return the distribution that they are the scores of, draw
 * by draw the same however the draw is cut, and say what happened when a number is not finite. */
#include <math.h>
#include <string.h>

#include "atoms/extxyz.h"
#include "model/sampler.h"
#include "unit/scratch.h"
#include "unit/statistics.h"
#include "unit/suites.h"

/* A small periodic cell and a narrow window, so that noise of SIGMA_MAX makes everything uniform: the start is then
 * exact. The slowest mode left is exp(-2π² σ²/SIDE²) = 1.5e-4 in the plane and 1e-6 between the walls. */
#define SIDE      3.0
#define SIGMA_MAX 2.0
static const double window[2] = {5, 6.2};

static struct gd_system system_;
static struct gd_process process;
static struct gd_error error;
static struct gd_context context;
static const struct gd_events silent;

static void setup_atoms(size_t mobile)
{
    double positions[1][3] = {{0.5, 1, 2}};
    int *species = malloc(mobile * sizeof *species);
    struct gd_structure template_ = {.cell = {{{SIDE, 0, 0}, {0, SIDE, 0}, {0, 0, 9}}, {true, true, true}},
                                     .count = 1,
                                     .species = (int[]){78},
                                     .positions = positions};
    for (size_t i = 0; i < mobile; i++)
        species[i] = 79;
    error = (struct gd_error){0};
    ck_assert_int_eq(gd_system_make(&system_, &template_, species, mobile, window, false, &error), GD_OK);
    ck_assert_int_eq(gd_process_named(&process, "ve", "linear", 0.01, SIGMA_MAX, &error), GD_OK);
    context = (struct gd_context){.error = &error,
                                  .events = &silent,
                                  .step = "sample",
                                  .seed = 3,
                                  .iterations = 1,
                                  .threads = 1,
                                  .device = "cpu"};
    free(species);
}

static void setup(void)
{
    setup_atoms(2);
}

static void teardown(void)
{
    gd_system_clear(&system_);
}

static struct gd_sampling sampling_with(enum gd_status (*evaluate)(void *, const struct gd_set *, double, float *,
                                                                   struct gd_error *),
                                        void *self, int64_t steps)
{
    return (struct gd_sampling){
        .context = &context,
        .system = &system_,
        .process = &process,
        .score = {evaluate, self},
        .steps = steps,
        .end = 0.005,
    };
}

static struct gd_set draw(const struct gd_sampling *sampling, size_t count)
{
    struct gd_set set;
    ck_assert_int_eq(gd_set_init(&set, &system_.structure, system_.fixed, &error), GD_OK);
    enum gd_status status = gd_sample(sampling, gd_samplers[0], NULL, count, &set, &error);
    ck_assert_msg(status == GD_OK, "%s", error.text);
    ck_assert_uint_eq(set.count, count);
    return set;
}

/* Coordinate `axis` of mobile atom `i` of structure `k`. */
static double coordinate(const struct gd_set *set, size_t k, size_t i, size_t axis)
{
    return set->positions[3 * (k * set->atoms + set->fixed + i) + axis];
}

static enum gd_status no_score(void *self, const struct gd_set *set, double t, float *score, struct gd_error *unused)
{
    (void)self, (void)t, (void)unused;
    memset(score, 0, set->count * 3 * (set->atoms - set->fixed) * sizeof *score);
    return GD_OK;
}

START_TEST(start_is_uniform_in_cell_and_window)
{
    enum { DRAWS = 20000 };
    static double values[3][DRAWS];
    const double one[2] = {0, 1}, *ranges[3] = {one, one, window};
    for (uint32_t k = 0; k < DRAWS; k++) {
        double positions[3][3] = {{0.5, 1, 2}}, fractional[3];
        struct gd_stream stream = gd_context_stream(&context, k);
        gd_sample_start(&system_, &stream, positions[0]);
        ck_assert(positions[0][0] == 0.5 && positions[0][1] == 1 && positions[0][2] == 2);
        gd_to_fractional(&system_.basis, positions[2], fractional);
        values[0][k] = fractional[0];
        values[1][k] = fractional[1];
        values[2][k] = positions[2][2];
    }
    for (int axis = 0; axis < 3; axis++)
        ck_assert_double_lt(stat_kolmogorov(values[axis], DRAWS, stat_uniform_cdf, ranges[axis]), KOLMOGOROV_BOUND);
}
END_TEST

/* No force at all: the window must come back uniform, also next to its walls. */
START_TEST(uniform_window_comes_back)
{
    enum { ATOMS = 100, STRUCTURES = 1500, DRAWS = ATOMS * STRUCTURES, BINS = 60 };
    static double values[DRAWS];
    double observed[BINS] = {0}, expected[BINS];
    teardown();
    setup_atoms(ATOMS);
    struct gd_sampling sampling = sampling_with(no_score, NULL, 50);
    struct gd_set set = draw(&sampling, STRUCTURES);
    for (size_t k = 0; k < DRAWS; k++) {
        double z = coordinate(&set, k / ATOMS, k % ATOMS, 2);
        ck_assert(z >= window[0] && z <= window[1]);
        observed[(int)fmin((z - window[0]) / (window[1] - window[0]) * BINS, BINS - 1)]++;
        values[k] = z;
    }
    for (int bin = 0; bin < BINS; bin++)
        expected[bin] = (double)DRAWS / BINS;
    ck_assert_double_lt(stat_chi_square_excess(observed, expected, BINS), 0);
    ck_assert_double_lt(stat_kolmogorov(values, DRAWS, stat_uniform_cdf, window), KOLMOGOROV_BOUND);
    gd_set_clear(&set);
}
END_TEST

/* Two places for two atoms: a mixture of two normal distributions in all six coordinates, wrapped in the plane and
 * reflected in z. One of the places of the first atom is so near the lower wall that the reflection matters. */
enum { PLACES = 2, COORDINATES = 6 };

static const double shares[PLACES] = {0.35, 0.65};
static const double centres[PLACES][COORDINATES] = {{0.2, 2.0, 5.1, 1.5, 1.5, 5.9}, {1.8, 0.4, 5.7, 1.5, 2.8, 5.5}};
static const double widths[PLACES] = {0.20, 0.15};

/* One coordinate: images of the centre at centre + k period, and mirrored ones with `mirrored`. */
static double image(double centre, bool mirrored, bool in_z, int k)
{
    double period = in_z ? 2 * (window[1] - window[0]) : SIDE;
    return (mirrored ? 2 * window[0] - centre : centre) + k * period;
}

/* Adds up density and its derivative of one coordinate over the images within reach. */
static void image_sums(double x, double centre, double sigma, bool in_z, double *density, double *slope)
{
    int reach = (int)ceil(6 * sigma / (2 * (window[1] - window[0]))) + 1;
    *density = *slope = 0;
    for (int mirrored = 0; mirrored <= in_z; mirrored++)
        for (int k = -reach; k <= reach; k++) {
            double d = x - image(centre, mirrored, in_z, k), p = exp(-0.5 * d * d / (sigma * sigma)) / sigma;
            *density += p;
            *slope -= p * d / (sigma * sigma);
        }
}

static enum gd_status mixture_score(void *self, const struct gd_set *set, double t, float *score,
                                    struct gd_error *unused)
{
    (void)self, (void)unused;
    double spread = gd_process_spread(&process, t);
    for (size_t k = 0; k < set->count; k++, score += COORDINATES) {
        double total = 0, sum[COORDINATES] = {0};
        for (int place = 0; place < PLACES; place++) {
            double chance = shares[place], density[COORDINATES], slope[COORDINATES];
            double sigma = sqrt(widths[place] * widths[place] + spread * spread);
            for (size_t c = 0; c < COORDINATES; c++) {
                image_sums(coordinate(set, k, c / 3, c % 3), centres[place][c], sigma, c % 3 == 2, &density[c],
                           &slope[c]);
                chance *= density[c];
            }
            total += chance;
            for (int c = 0; c < COORDINATES; c++)
                sum[c] += chance * slope[c] / density[c];
        }
        for (int c = 0; c < COORDINATES; c++)
            score[c] = (float)(sum[c] / total);
    }
    return GD_OK;
}

/* The chance that a coordinate of a place is below x, counted from the lower end of its range. */
static double below(int place, int c, double x)
{
    bool in_z = c % 3 == 2;
    double sum = 0, low = in_z ? window[0] : 0;
    for (int mirrored = 0; mirrored <= in_z; mirrored++)
        for (int k = -3; k <= 3; k++) {
            double centre = image(centres[place][c], mirrored, in_z, k);
            sum += stat_normal_cdf((x - centre) / widths[place]) - stat_normal_cdf((low - centre) / widths[place]);
        }
    return sum;
}

static double mixture_cdf(const void *self, double x)
{
    const int *c = self;
    return shares[0] * below(0, *c, x) + shares[1] * below(1, *c, x);
}

/* Counts of the structures by the sides of four coordinates, against their chances. */
static double joint_excess(const struct gd_set *set)
{
    enum { SPLITS = 4, BINS = 1 << SPLITS };
    const struct {
        int c;
        double at;
    } splits[SPLITS] = {{0, 1.75}, {2, 5.5}, {4, 1.6}, {5, 5.65}};
    double observed[BINS] = {0}, expected[BINS] = {0};
    for (size_t k = 0; k < set->count; k++) {
        int bin = 0;
        for (int s = 0; s < SPLITS; s++)
            bin |= (coordinate(set, k, (size_t)splits[s].c / 3, (size_t)splits[s].c % 3) < splits[s].at) << s;
        observed[bin]++;
    }
    for (int bin = 0; bin < BINS; bin++)
        for (int place = 0; place < PLACES; place++) {
            double chance = shares[place];
            for (int s = 0; s < SPLITS; s++) {
                double p = below(place, splits[s].c, splits[s].at);
                chance *= bin >> s & 1 ? p : 1 - p;
            }
            expected[bin] += chance * (double)set->count;
        }
    return stat_chi_square_excess(observed, expected, BINS);
}

START_TEST(mixture_comes_back)
{
    enum { DRAWS = 5000 };
    static double values[DRAWS];
    struct gd_sampling sampling = sampling_with(mixture_score, NULL, 300);
    struct gd_set set = draw(&sampling, DRAWS);
    for (int c = 0; c < COORDINATES; c++) {
        for (size_t k = 0; k < DRAWS; k++)
            values[k] = coordinate(&set, k, (size_t)c / 3, (size_t)c % 3);
        double distance = stat_kolmogorov(values, DRAWS, mixture_cdf, &c);
        ck_assert_msg(distance < KOLMOGOROV_BOUND, "coordinate %d: %g", c, distance);
    }
    ck_assert_double_lt(joint_excess(&set), 0);
    gd_set_clear(&set);
}
END_TEST

START_TEST(chunks_and_order_do_not_matter)
{
    struct gd_sampling sampling = sampling_with(mixture_score, NULL, 20);
    struct gd_set whole = draw(&sampling, 7);
    struct gd_set first = draw(&sampling, 3);
    sampling.first = 3;
    struct gd_set rest = draw(&sampling, 4);
    size_t each = 3 * whole.atoms;
    ck_assert_mem_eq(whole.positions, first.positions, 3 * each * sizeof(double));
    ck_assert_mem_eq(whole.positions + 3 * each, rest.positions, 4 * each * sizeof(double));
    ck_assert_mem_ne(first.positions, rest.positions, each * sizeof(double));
    gd_set_clear(&whole);
    gd_set_clear(&first);
    gd_set_clear(&rest);
}
END_TEST

START_TEST(template_stays)
{
    struct gd_sampling sampling = sampling_with(mixture_score, NULL, 10);
    struct gd_set set = draw(&sampling, 3);
    for (size_t k = 0; k < set.count; k++)
        ck_assert_mem_eq(set.positions + 3 * k * set.atoms, system_.structure.positions, 3 * sizeof(double));
    gd_set_clear(&set);
}
END_TEST

/* Remembers the times it is asked for, and where the first mobile atom is. */
struct record {
    double times[8], x[8];
    int count;
};

static enum gd_status recording(void *self, const struct gd_set *set, double t, float *score, struct gd_error *unused)
{
    struct record *record = self;
    record->times[record->count] = t;
    record->x[record->count++] = coordinate(set, 0, 0, 0);
    return no_score(NULL, set, t, score, unused);
}

START_TEST(times_go_from_one_to_the_end)
{
    struct record record = {0};
    struct gd_sampling sampling = sampling_with(recording, &record, 5);
    sampling.end = 0.1;
    struct gd_set set = draw(&sampling, 1);
    ck_assert_int_eq(record.count, 5);
    for (int k = 0; k < 5; k++)
        ck_assert_double_eq_tol(record.times[k], 1 - 0.9 * k / 4, 1e-14);
    for (int k = 1; k < 5; k++)
        ck_assert_double_ne(record.x[k], record.x[k - 1]);
    ck_assert_double_eq(coordinate(&set, 0, 0, 0), record.x[4]); /* the last step adds no noise */
    gd_set_clear(&set);
}
END_TEST

/* A constant score in x times (spread/Å)^power. */
static enum gd_status constant_score(void *self, const struct gd_set *set, double t, float *score,
                                     struct gd_error *unused)
{
    const double *power = self;
    no_score(NULL, set, t, score, unused);
    for (size_t k = 0; k < 2 * set->count; k++)
        score[3 * k] = (float)(0.3 * pow(gd_process_spread(&process, t), *power));
    return GD_OK;
}

START_TEST(sharpen_multiplies_the_score)
{
    double none = 0, power = -1.5;
    struct gd_sampling sampling = sampling_with(constant_score, &power, 6);
    struct gd_set sharp = draw(&sampling, 2);
    sampling = sampling_with(constant_score, &none, 6);
    struct gd_set plain = draw(&sampling, 2);
    sampling.sharpen = 1.5;
    struct gd_set sharpened = draw(&sampling, 2);
    for (size_t k = 0; k < 3 * sharp.atoms * sharp.count; k++)
        ck_assert_double_eq_tol(sharpened.positions[k], sharp.positions[k], 1e-5);
    ck_assert_double_gt(fabs(coordinate(&sharp, 0, 0, 0) - coordinate(&plain, 0, 0, 0)), 1e-3);
    gd_set_clear(&sharp);
    gd_set_clear(&plain);
    gd_set_clear(&sharpened);
}
END_TEST

/* The y of the second mobile atom of the set's second structure stops being finite at the fourth step. */
static enum gd_status failing(void *self, const struct gd_set *set, double t, float *score, struct gd_error *unused)
{
    struct record *record = self;
    no_score(NULL, set, t, score, unused);
    if (record->count++ == 3)
        score[6 + 4] = NAN;
    return GD_OK;
}

static enum gd_status fail_in(const char *directory, struct gd_set *set)
{
    struct record record = {0};
    struct gd_sampling sampling = sampling_with(failing, &record, 11);
    sampling.first = 40;
    sampling.end = 0.5;
    context.directory = directory;
    ck_assert_int_eq(gd_set_init(set, &system_.structure, system_.fixed, &error), GD_OK);
    return gd_sample(&sampling, gd_samplers[0], NULL, 3, set, &error);
}

START_TEST(nonfinite_score_is_named_and_kept)
{
    char path[512];
    struct scratch scratch = scratch_make();
    struct gd_set set;
    struct gd_frames frames = {0};
    ck_assert_int_eq(fail_in(scratch.path, &set), GD_FAILED);
    const char *parts[] = {"sample: ", "score of atom 2 (Au)", "structure 41", "time 0.85",
                           "step 4",   "nonfinite.extxyz"};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
        ck_assert_msg(strstr(error.text, parts[k]) != NULL, "'%s' is not in '%s'", parts[k], error.text);
    struct gd_error reading = {0};
    ck_assert_msg(gd_extxyz_read(scratch_name(&scratch, "nonfinite.extxyz", path), &frames, &reading) == GD_OK, "%s",
                  reading.text);
    ck_assert_uint_eq(frames.count, 1);
    ck_assert_uint_eq(frames.items[0].structure.count, 3);
    ck_assert_mem_eq(frames.items[0].structure.positions, set.positions + 3 * set.atoms, 9 * sizeof(double));
    gd_frames_clear(&frames);
    gd_set_clear(&set);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(nonfinite_score_without_a_directory)
{
    struct gd_set set;
    ck_assert_int_eq(fail_in(NULL, &set), GD_FAILED);
    ck_assert_ptr_nonnull(strstr(error.text, "structure 41"));
    gd_set_clear(&set);
}
END_TEST

START_TEST(second_interrupt_stops)
{
    const volatile int interrupts = 2;
    struct record record = {0};
    struct gd_sampling sampling = sampling_with(recording, &record, 5);
    struct gd_set set;
    context.interrupted = &interrupts;
    ck_assert_int_eq(gd_set_init(&set, &system_.structure, system_.fixed, &error), GD_OK);
    ck_assert_int_eq(gd_sample(&sampling, gd_samplers[0], NULL, 1, &set, &error), GD_INTERRUPTED);
    ck_assert_int_eq(record.count, 0);
    gd_set_clear(&set);
}
END_TEST

Suite *suite_sampler(void)
{
    Suite *suite = suite_create("sampler");
    TCase *statistics = tcase_create("statistics");
    tcase_add_checked_fixture(statistics, setup, teardown);
    tcase_set_timeout(statistics, 300);
    tcase_add_test(statistics, start_is_uniform_in_cell_and_window);
    tcase_add_test(statistics, uniform_window_comes_back);
    tcase_add_test(statistics, mixture_comes_back);
    suite_add_tcase(suite, statistics);
    TCase *steps = tcase_create("steps");
    tcase_add_checked_fixture(steps, setup, teardown);
    tcase_add_test(steps, chunks_and_order_do_not_matter);
    tcase_add_test(steps, template_stays);
    tcase_add_test(steps, times_go_from_one_to_the_end);
    tcase_add_test(steps, sharpen_multiplies_the_score);
    tcase_add_test(steps, nonfinite_score_is_named_and_kept);
    tcase_add_test(steps, nonfinite_score_without_a_directory);
    tcase_add_test(steps, second_interrupt_stops);
    suite_add_tcase(suite, steps);
    return suite;
}

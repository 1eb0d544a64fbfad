/* Reverse sampling with scores known in closed form: it must return the distribution that they are the scores of, draw
 * by draw the same however the draw is cut, and say what happened when a number is not finite. */
#include <math.h>
#include <string.h>

#include "atoms/extxyz.h"
#include "model/noise_ve.h"
#include "model/noise_vp.h"
#include "model/sampler.h"
#include "unit/model/mixture.h"
#include "unit/scratch.h"
#include "unit/statistics.h"
#include "unit/suites.h"

#define SIGMA_MAX 2.0 /* uniform in the mixture's cell */

static struct gd_system system_;
static struct gd_process process;
static struct gd_error error;
static struct gd_arena arena;
static struct mixture mixture;

static void setup_atoms(size_t mobile)
{
    error = (struct gd_error){0};
    arena = (struct gd_arena){0};
    mixture = (struct mixture){&process, {0.20, 0.15}};
    ck_assert_int_eq(mixture_system(&system_, mobile, &error), GD_OK);
    ck_assert_int_eq(
        gd_process_make(&process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.01, SIGMA_MAX}, &error), GD_OK);
}

static void setup(void)
{
    setup_atoms(2);
}

static void teardown(void)
{
    gd_system_clear(&system_);
    gd_arena_clear(&arena);
}

/* A sampler with the defaults of its rows. */
struct chosen {
    const struct gd_sampler_class *class;
    void *params;
};

static struct chosen choose(const struct gd_sampler_class *class)
{
    struct gd_problems problems = {0};
    void *params = gd_arena_alloc(&arena, 1, class->base.size + 1);
    ck_assert_int_eq(gd_params_verify(class->base.params, class->base.name, &error), GD_OK);
    ck_assert_int_eq(gd_params_parse(class->base.params, NULL, NULL, (struct gd_place){0}, params, &arena, &problems),
                     GD_OK);
    gd_problems_clear(&problems);
    return (struct chosen){class, params};
}

static struct chosen named(const char *name)
{
    for (size_t k = 0; gd_samplers[k]; k++)
        if (strcmp(gd_samplers[k]->base.name, name) == 0)
            return choose(gd_samplers[k]);
    ck_abort_msg("no sampler '%s'", name);
}

static struct gd_sampling sampling_with(enum gd_status (*evaluate)(void *, const struct gd_set *, double, float *,
                                                                   struct gd_error *),
                                        void *self, int64_t steps)
{
    return (struct gd_sampling){
        .name = "sample",
        .stream = gd_stream_make(3, gd_stream_hash("sample"), 0, 0),
        .system = &system_,
        .process = &process,
        .score = {.evaluate = evaluate, .self = self},
        .steps = steps,
        .end = 0.005,
    };
}

static struct gd_set draw_by(struct chosen sampler, const struct gd_sampling *sampling, size_t count)
{
    struct gd_set set;
    ck_assert_int_eq(gd_set_init(&set, &system_.structure, system_.fixed, &error), GD_OK);
    enum gd_status status = gd_sample(sampling, sampler.class, sampler.params, count, &set, &error);
    ck_assert_msg(!status, "%s: %s", sampler.class->base.name, error.text);
    ck_assert_uint_eq(set.count, count);
    return set;
}

/* By Euler and Maruyama. */
static struct gd_set draw(const struct gd_sampling *sampling, size_t count)
{
    return draw_by(named("euler-maruyama"), sampling, count);
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
    const double one[2] = {0, 1}, *ranges[3] = {one, one, mixture_window};
    for (uint32_t k = 0; k < DRAWS; k++) {
        double positions[3][3] = {{0.5, 1, 2}}, fractional[3];
        struct gd_stream stream = gd_stream_make(3, gd_stream_hash("sample"), 0, k);
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
    struct gd_sampling sampling = sampling_with(no_score, NULL, 20);
    struct gd_set set = draw_by(choose(gd_samplers[_i]), &sampling, STRUCTURES);
    for (size_t k = 0; k < DRAWS; k++) {
        double z = coordinate(&set, k / ATOMS, k % ATOMS, 2);
        ck_assert(z >= mixture_window[0] && z <= mixture_window[1]);
        observed[(int)fmin((z - mixture_window[0]) / (mixture_window[1] - mixture_window[0]) * BINS, BINS - 1)]++;
        values[k] = z;
    }
    for (int bin = 0; bin < BINS; bin++)
        expected[bin] = (double)DRAWS / BINS;
    ck_assert_double_lt(stat_chi_square_excess(observed, expected, BINS), 0);
    ck_assert_double_lt(stat_kolmogorov(values, DRAWS, stat_uniform_cdf, mixture_window), KOLMOGOROV_BOUND);
    gd_set_clear(&set);
}
END_TEST

static double cdf_of(const void *self, double x)
{
    return mixture_cdf(&mixture, *(const int *)self, x);
}

/* The largest Kolmogorov distance of the six coordinates from the mixture's. */
static double kolmogorov_of(const struct gd_set *set)
{
    double *values = malloc(set->count * sizeof *values), most = 0;
    for (int c = 0; c < MIXTURE_COORDINATES; c++) {
        for (size_t k = 0; k < set->count; k++)
            values[k] = mixture_coordinate(set, k, (size_t)c);
        most = fmax(most, stat_kolmogorov(values, set->count, cdf_of, &c));
    }
    free(values);
    return most;
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
            bin |= (mixture_coordinate(set, k, (size_t)splits[s].c) < splits[s].at) << s;
        observed[bin]++;
    }
    for (int bin = 0; bin < BINS; bin++)
        for (int place = 0; place < MIXTURE_PLACES; place++) {
            double chance = mixture_shares[place];
            for (int s = 0; s < SPLITS; s++) {
                double p = mixture_below(&mixture, place, splits[s].c, splits[s].at);
                chance *= bin >> s & 1 ? p : 1 - p;
            }
            expected[bin] += chance * (double)set->count;
        }
    return stat_chi_square_excess(observed, expected, BINS);
}

/* All that there are. */
static int count_samplers(void)
{
    int count = 0;
    while (gd_samplers[count])
        count++;
    return count;
}

/* So many steps that what is left of the steps' error does not show; of those that need fewer than others, their own.
 */
static int64_t enough(const char *sampler)
{
    static const struct {
        const char *sampler;
        int64_t steps;
    } fewer[] = {{"predictor-corrector", 100}, {"stochastic-heun", 40}, {"heun", 20}, {"ddim", 100}};
    for (size_t k = 0; k < sizeof fewer / sizeof *fewer; k++)
        if (strcmp(fewer[k].sampler, sampler) == 0)
            return fewer[k].steps;
    return 160;
}

static void check_mixture(int k, size_t draws)
{
    const char *name = gd_samplers[k]->base.name;
    struct gd_sampling sampling = sampling_with(mixture_score, &mixture, enough(name));
    struct gd_set set = draw_by(choose(gd_samplers[k]), &sampling, draws);
    double distance = kolmogorov_of(&set);
    ck_assert_msg(distance < KOLMOGOROV_BOUND, "%s: %g", name, distance);
    ck_assert_double_lt(joint_excess(&set), 0);
    gd_set_clear(&set);
}

START_TEST(mixture_comes_back)
{
    check_mixture(_i, 5000);
}
END_TEST

/* The same with noise that preserves the variance, in the frame that scales with it. */
START_TEST(mixture_comes_back_from_vp)
{
    ck_assert_int_eq(gd_process_make(&process, &gd_noise_vp, &(struct gd_vp_params){0, 0.1, 3.2}, &error), GD_OK);
    ck_assert_double_gt(gd_process_spread(&process, 1), SIGMA_MAX);
    check_mixture(_i, 2000);
}
END_TEST

/* For the same number of network calls second order comes nearer. The noise of the SDE shows in narrow places (of the
 * width of thermal vibrations), where its steps are most wrong. */
START_TEST(second_order_beats_first)
{
    const struct {
        double widths[MIXTURE_PLACES];
        struct {
            const char *sampler;
            int64_t steps;
        } pair[2];
    } cases[] = {{{0.05, 0.04}, {{"stochastic-heun", 20}, {"euler-maruyama", 39}}},
                 {{0.20, 0.15}, {{"heun", 6}, {"ddim", 11}}}};
    double distances[2];
    mixture = (struct mixture){&process, {cases[_i].widths[0], cases[_i].widths[1]}};
    for (int k = 0; k < 2; k++) {
        struct gd_sampling sampling = sampling_with(mixture_score, &mixture, cases[_i].pair[k].steps);
        struct gd_set set = draw_by(named(cases[_i].pair[k].sampler), &sampling, 5000);
        distances[k] = kolmogorov_of(&set);
        gd_set_clear(&set);
    }
    ck_assert_msg(distances[0] < 0.5 * distances[1], "%g, %g", distances[0], distances[1]);
}
END_TEST

/* The median distance of a coordinate from where another draw with the same starts takes it. The median, because a few
 * that start on the border between the places end in the other one. */
static double median_distance(const struct gd_set *a, const struct gd_set *b)
{
    size_t count = a->count * MIXTURE_COORDINATES;
    double *distances = malloc(count * sizeof *distances);
    for (size_t k = 0; k < a->count; k++)
        for (size_t c = 0; c < MIXTURE_COORDINATES; c++) {
            double d = mixture_coordinate(a, k, c) - mixture_coordinate(b, k, c);
            distances[MIXTURE_COORDINATES * k + c] = fabs(c % 3 == 2 ? d : remainder(d, MIXTURE_SIDE));
        }
    qsort(distances, count, sizeof *distances, stat_ascending);
    double median = distances[count / 2];
    free(distances);
    return median;
}

/* Without noise, a draw with many steps says where each start should end. Twice the steps halve the error in first
 * order, and quarter it in second. */
START_TEST(the_probability_flow_has_its_order)
{
    const struct {
        const char *sampler;
        double least, most;
    } orders[] = {{"ddim", 1.7, 2.4}, {"heun", 3.3, 5}};
    struct gd_sampling sampling = sampling_with(mixture_score, &mixture, 1000);
    struct gd_set exact = draw_by(named("heun"), &sampling, 200);
    double distances[2];
    for (int k = 0; k < 2; k++) {
        sampling.steps = 40 << k;
        struct gd_set set = draw_by(named(orders[_i].sampler), &sampling, 200);
        distances[k] = median_distance(&set, &exact);
        gd_set_clear(&set);
    }
    double ratio = distances[0] / distances[1];
    ck_assert_msg(ratio > orders[_i].least && ratio < orders[_i].most, "%s: %g", orders[_i].sampler, ratio);
    gd_set_clear(&exact);
}
END_TEST

START_TEST(chunks_and_order_do_not_matter)
{
    struct chosen sampler = choose(gd_samplers[_i]);
    struct gd_sampling sampling = sampling_with(mixture_score, &mixture, 20);
    sampling.weighed = sampler.class->weighs;
    struct gd_set whole = draw_by(sampler, &sampling, 7);
    struct gd_set first = draw_by(sampler, &sampling, 3);
    sampling.first = 3;
    struct gd_set rest = draw_by(sampler, &sampling, 4);
    size_t each = 3 * whole.atoms;
    ck_assert_mem_eq(whole.positions, first.positions, 3 * each * sizeof(double));
    ck_assert_mem_eq(whole.positions + 3 * each, rest.positions, 4 * each * sizeof(double));
    ck_assert_mem_ne(first.positions, rest.positions, each * sizeof(double));
    ck_assert_mem_eq(whole.path_weights, first.path_weights, 3 * sizeof(double));
    ck_assert_mem_eq(whole.path_weights + 3, rest.path_weights, 4 * sizeof(double));
    ck_assert_int_eq(isnan(rest.path_weights[3]), !sampling.weighed);
    gd_set_clear(&whole);
    gd_set_clear(&first);
    gd_set_clear(&rest);
}
END_TEST

START_TEST(template_stays)
{
    struct gd_sampling sampling = sampling_with(mixture_score, &mixture, 10);
    struct gd_set set = draw_by(choose(gd_samplers[_i]), &sampling, 3);
    for (size_t k = 0; k < set.count; k++)
        ck_assert_mem_eq(set.positions + 3 * k * set.atoms, system_.structure.positions, 3 * sizeof(double));
    gd_set_clear(&set);
}
END_TEST

/* Remembers the times it is asked for, and where the first mobile atom is. */
struct record {
    double times[32], x[32];
    int count;
};

static enum gd_status recording(void *self, const struct gd_set *set, double t, float *score, struct gd_error *unused)
{
    struct record *record = self;
    record->times[record->count] = t;
    record->x[record->count++] = coordinate(set, 0, 0, 0);
    return no_score(NULL, set, t, score, unused);
}

/* What docs/sampling.md states with default parameters: `each` calls per step, and `more` in all. */
static const struct {
    const char *name;
    int each, more;
} stated_calls[] = {
    {"euler-maruyama", 1, 0}, {"predictor-corrector", 2, 0}, {"stochastic-heun", 2, -1}, {"heun", 2, -1},
    {"ddim", 1, 0},
};

/* The calls that are stated; what is not in the table states them itself. */
static int64_t calls_of(const struct chosen *sampler, int64_t steps)
{
    for (size_t k = 0; k < sizeof stated_calls / sizeof *stated_calls; k++)
        if (strcmp(stated_calls[k].name, sampler->class->base.name) == 0)
            return stated_calls[k].each * steps + stated_calls[k].more;
    return sampler->class->calls(sampler->params, steps);
}

START_TEST(network_calls_are_as_stated)
{
    struct chosen sampler = choose(gd_samplers[_i]);
    for (int steps = 2; steps < 9; steps++) {
        struct record record = {0};
        struct gd_sampling sampling = sampling_with(recording, &record, steps);
        struct gd_set set = draw_by(sampler, &sampling, 2);
        ck_assert_int_eq(record.count, calls_of(&sampler, steps));
        ck_assert_int_eq(record.count, sampler.class->calls(sampler.params, steps));
        for (int k = 0; k < record.count; k++)
            ck_assert(record.times[k] >= sampling.end - 1e-15 && record.times[k] <= 1);
        gd_set_clear(&set);
    }
}
END_TEST

START_TEST(rho_spaces_the_times)
{
    struct record record = {0};
    struct gd_sampling sampling = sampling_with(recording, &record, 6);
    struct chosen sampler = {named("ddim").class, &(double){4}};
    struct gd_set set = draw_by(sampler, &sampling, 1);
    double first = 1, last = pow(sampling.end, 0.25);
    for (int k = 0; k < 6; k++)
        ck_assert_double_eq_tol(pow(record.times[k], 0.25), first + (last - first) * k / 5, 1e-14);
    gd_set_clear(&set);
}
END_TEST

START_TEST(corrector_steps_are_at_the_time_of_the_predictor)
{
    struct record record = {0};
    struct gd_sampling sampling = sampling_with(recording, &record, 4);
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    struct chosen sampler = named("predictor-corrector");
    const char *yaml = "{corrector: 3, snr: 0.2, rho: 1}";
    ck_assert_int_eq(gd_tree_parse_yaml(&tree, "test", yaml, strlen(yaml), &problems), GD_OK);
    ck_assert_int_eq(gd_params_parse(sampler.class->base.params, NULL, tree.root, tree.root->place, sampler.params,
                                     &arena, &problems),
                     GD_OK);
    struct gd_set set = draw_by(sampler, &sampling, 1);
    ck_assert_int_eq(record.count, 16);
    ck_assert_int_eq(sampler.class->calls(sampler.params, 4), 16);
    for (int k = 0; k < 16; k++)
        ck_assert_double_eq_tol(record.times[k], 1 - (1 - sampling.end) * (k / 4) / 3, 1e-14);
    gd_tree_clear(&tree);
    gd_set_clear(&set);
}
END_TEST

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
    struct chosen sampler = choose(gd_samplers[_i]);
    struct gd_sampling sampling = sampling_with(constant_score, &power, 6);
    struct gd_set sharp = draw_by(sampler, &sampling, 2);
    sampling = sampling_with(constant_score, &none, 6);
    struct gd_set plain = draw_by(sampler, &sampling, 2);
    sampling.sharpen = 1.5;
    struct gd_set sharpened = draw_by(sampler, &sampling, 2);
    for (size_t k = 0; k < 3 * sharp.atoms * sharp.count; k++)
        ck_assert_double_eq_tol(sharpened.positions[k], sharp.positions[k], 1e-5);
    ck_assert_double_gt(fabs(coordinate(&sharp, 0, 0, 0) - coordinate(&plain, 0, 0, 0)), 1e-3);
    gd_set_clear(&sharp);
    gd_set_clear(&plain);
    gd_set_clear(&sharpened);
}
END_TEST

enum { SHIFTS = 4 };

/* The score of one Gaussian in the middle of the cell and the window, far enough from their edges. */
static const double centre[3] = {1.5, 1.5, 5.6}, width = 0.1;

static enum gd_status gaussian(void *self, const struct gd_set *set, double t, float *score, struct gd_error *unused)
{
    (void)self, (void)unused;
    double spread = gd_process_spread(&process, t);
    for (size_t c = 0; c < 6 * set->count; c++)
        score[c] =
            (float)((centre[c % 3] - coordinate(set, c / 6, c / 3 % 2, c % 3)) / (width * width + spread * spread));
    return GD_OK;
}

/* Each step leaves width²/(width² + s²) of the distance to the centre. */
START_TEST(shifts_move_to_the_posterior_mean)
{
    struct chosen sampler = choose(gd_samplers[_i]);
    struct gd_sampling sampling = sampling_with(gaussian, NULL, 50);
    sampling.end = 0.1;
    struct gd_set before = draw_by(sampler, &sampling, 3);
    sampling.shifts = SHIFTS;
    struct gd_set after = draw_by(sampler, &sampling, 3);
    double left = 1;
    for (int k = 0; k < SHIFTS; k++) {
        double spread = gd_process_spread(&process, sampling.end * (SHIFTS - k) / SHIFTS);
        left *= width * width / (width * width + spread * spread);
    }
    ck_assert_double_lt(left, 0.5);
    for (size_t c = 0; c < 18; c++) {
        double away = coordinate(&before, c / 6, c / 3 % 2, c % 3) - centre[c % 3];
        ck_assert_double_eq_tol(coordinate(&after, c / 6, c / 3 % 2, c % 3) - centre[c % 3], left * away, 1e-6);
    }
    gd_set_clear(&before);
    gd_set_clear(&after);
}
END_TEST

START_TEST(shifts_are_calls_at_falling_times)
{
    struct record record = {0};
    struct chosen sampler = choose(gd_samplers[_i]);
    struct gd_sampling sampling = sampling_with(recording, &record, 3);
    sampling.end = 0.1;
    sampling.shifts = SHIFTS;
    struct gd_set set = draw_by(sampler, &sampling, 2);
    int64_t calls = sampler.class->calls(sampler.params, 3);
    ck_assert_int_eq(record.count, calls + SHIFTS);
    for (int k = 0; k < SHIFTS; k++)
        ck_assert_double_eq_tol(record.times[calls + k], 0.1 * (SHIFTS - k) / SHIFTS, 1e-14);
    gd_set_clear(&set);
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

static enum gd_status fail_in(const char *directory, struct chosen sampler, struct gd_set *set)
{
    struct record record = {0};
    struct gd_sampling sampling = sampling_with(failing, &record, 11);
    sampling.first = 40;
    sampling.end = 0.5;
    sampling.directory = directory;
    ck_assert_int_eq(gd_set_init(set, &system_.structure, system_.fixed, &error), GD_OK);
    return gd_sample(&sampling, sampler.class, sampler.params, 3, set, &error);
}

START_TEST(nonfinite_score_is_named_and_kept)
{
    char path[512];
    struct scratch scratch = scratch_make();
    struct gd_set set;
    struct gd_frames frames = {0};
    ck_assert_int_eq(fail_in(scratch.path, named("euler-maruyama"), &set), GD_FAILED);
    const char *parts[] = {"sample: ", "score of atom 3 (Au)", "structure 42", "time 0.85",
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

static enum gd_status refusing(void *self, const struct gd_set *set, double t, float *score, struct gd_error *why)
{
    (void)self, (void)set, (void)score;
    return t < 0.9 ? gd_fail(why, GD_NO_MEMORY, "out of memory for edges") : GD_OK;
}

START_TEST(a_score_that_fails_is_told_with_its_step)
{
    struct record record = {0};
    struct gd_sampling sampling = sampling_with(refusing, &record, 11);
    struct gd_set set;
    sampling.end = 0.5;
    ck_assert_int_eq(gd_set_init(&set, &system_.structure, system_.fixed, &error), GD_OK);
    struct chosen sampler = named("euler-maruyama");
    ck_assert_int_eq(gd_sample(&sampling, sampler.class, sampler.params, 3, &set, &error), GD_NO_MEMORY);
    ck_assert_str_eq(error.text, "sample: step 4, time 0.85: out of memory for edges");
    gd_set_clear(&set);
}
END_TEST

/* As a network may put out where it knows nothing. */
static enum gd_status wild_score(void *self, const struct gd_set *set, double t, float *score, struct gd_error *unused)
{
    (void)self, (void)t, (void)unused;
    for (size_t k = 0; k < set->count * 3 * (set->atoms - set->fixed); k++)
        score[k] = k % 2 ? 1e30f : -1e30f;
    return GD_OK;
}

/* However large the score: atoms stay where the next score, and the edges for it, can be found. */
START_TEST(a_wild_score_leaves_atoms_in_the_cell)
{
    struct gd_sampling sampling = sampling_with(wild_score, NULL, 20);
    sampling.shifts = 3;
    struct gd_set set = draw_by(choose(gd_samplers[_i]), &sampling, 5);
    const struct gd_basis *basis = &system_.basis;
    for (size_t k = 0; k < 5; k++)
        for (size_t i = 0; i < 2; i++)
            for (int axis = 0; axis < 3; axis++) {
                const double *at = &set.positions[3 * (k * set.atoms + set.fixed + i)];
                double place =
                    at[0] * basis->inverse[0][axis] + at[1] * basis->inverse[1][axis] + at[2] * basis->inverse[2][axis];
                ck_assert_msg(fabs(place - 0.5) <= 1, "%s: %g cells away", gd_samplers[_i]->base.name, place);
            }
    gd_set_clear(&set);
}
END_TEST

START_TEST(nonfinite_score_without_a_directory)
{
    struct gd_set set;
    ck_assert_int_eq(fail_in(NULL, choose(gd_samplers[_i]), &set), GD_FAILED);
    ck_assert_ptr_nonnull(strstr(error.text, "score of atom 3 (Au) of structure 42"));
    gd_set_clear(&set);
}
END_TEST

static bool always(void *caller)
{
    (void)caller;
    return true;
}

START_TEST(a_stop_ends_the_draw)
{
    struct chosen sampler = choose(gd_samplers[_i]);
    struct record record = {0};
    struct gd_sampling sampling = sampling_with(recording, &record, 5);
    struct gd_set set;
    sampling.stop = always;
    ck_assert_int_eq(gd_set_init(&set, &system_.structure, system_.fixed, &error), GD_OK);
    ck_assert_int_eq(gd_sample(&sampling, sampler.class, sampler.params, 1, &set, &error), GD_INTERRUPTED);
    ck_assert_str_eq(error.text, "interrupted in step sample");
    ck_assert_int_eq(record.count, 0);
    gd_set_clear(&set);
}
END_TEST

struct counted {
    int64_t done[8];
    size_t count;
};

static void count_steps(void *caller, int64_t done)
{
    struct counted *counted = caller;
    ck_assert_uint_lt(counted->count, 8);
    counted->done[counted->count++] = done;
}

START_TEST(progress_counts_the_steps)
{
    struct record record = {0};
    struct counted counted = {0};
    struct gd_sampling sampling = sampling_with(recording, &record, 5);
    sampling.progress = count_steps;
    sampling.caller = &counted;
    struct gd_set set = draw_by(choose(gd_samplers[_i]), &sampling, 2);
    ck_assert_uint_eq(counted.count, 5);
    for (size_t k = 0; k < counted.count; k++)
        ck_assert_int_eq(counted.done[k], (int64_t)k + 1);
    gd_set_clear(&set);
}
END_TEST

Suite *suite_sampler(void)
{
    Suite *suite = suite_create("sampler");
    const int samplers = count_samplers();
    TCase *statistics = tcase_create("statistics");
    tcase_add_checked_fixture(statistics, setup, teardown);
    tcase_set_tags(statistics, "statistics");
    tcase_set_timeout(statistics, 300);
    tcase_add_test(statistics, start_is_uniform_in_cell_and_window);
    tcase_add_loop_test(statistics, uniform_window_comes_back, 0, samplers);
    tcase_add_loop_test(statistics, mixture_comes_back, 0, samplers);
    tcase_add_loop_test(statistics, mixture_comes_back_from_vp, 0, samplers);
    tcase_add_loop_test(statistics, second_order_beats_first, 0, 2);
    tcase_add_loop_test(statistics, the_probability_flow_has_its_order, 0, 2);
    suite_add_tcase(suite, statistics);
    TCase *steps = tcase_create("steps");
    tcase_add_checked_fixture(steps, setup, teardown);
    tcase_add_loop_test(steps, chunks_and_order_do_not_matter, 0, samplers);
    tcase_add_loop_test(steps, template_stays, 0, samplers);
    tcase_add_loop_test(steps, network_calls_are_as_stated, 0, samplers);
    tcase_add_test(steps, times_go_from_one_to_the_end);
    tcase_add_test(steps, a_score_that_fails_is_told_with_its_step);
    tcase_add_test(steps, rho_spaces_the_times);
    tcase_add_test(steps, corrector_steps_are_at_the_time_of_the_predictor);
    tcase_add_loop_test(steps, sharpen_multiplies_the_score, 0, samplers);
    tcase_add_loop_test(steps, shifts_move_to_the_posterior_mean, 0, samplers);
    tcase_add_loop_test(steps, shifts_are_calls_at_falling_times, 0, samplers);
    tcase_add_test(steps, nonfinite_score_is_named_and_kept);
    tcase_add_loop_test(steps, nonfinite_score_without_a_directory, 0, samplers);
    tcase_add_loop_test(steps, a_wild_score_leaves_atoms_in_the_cell, 0, samplers);
    tcase_add_loop_test(steps, a_stop_ends_the_draw, 0, samplers);
    tcase_add_loop_test(steps, progress_counts_the_steps, 0, samplers);
    suite_add_tcase(suite, steps);
    return suite;
}

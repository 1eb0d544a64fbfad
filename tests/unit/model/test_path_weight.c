/* Weights of paths: what the steps of a draw that is watched say, and means that are known, whatever drew. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/noise_ve.h"
#include "model/path_weight.h"
#include "model/sampler.h"
#include "unit/suites.h"

static void make_process(struct gd_process *process, double most)
{
    struct gd_error error = {0};
    const struct gd_ve_params params = {GD_EXPONENTIAL, 0.05, most};
    ck_assert_int_eq(gd_process_make(process, &gd_noise_ve, &params, &error), GD_OK);
}

/* Atoms in a box of these sides; `walls`: periodic in the plane, and between the walls of a window. */
static void make_system(struct gd_system *system, size_t atoms, double side, bool walls)
{
    const int argon[] = {18, 18, 18};
    struct gd_error error = {0};
    const struct gd_structure box = {.cell = {{{side, 0, 0}, {0, side, 0}, {0, 0, side}}, {walls, walls, false}}};
    ck_assert_msg(gd_system_make(system, &box, argon, atoms, walls ? (const double[]){0, side} : NULL, false, &error) ==
                      GD_OK,
                  "%s", error.text);
}

static struct gd_set *draw(const struct gd_sampling *sampling, const struct gd_sampler_class *sampler, size_t count)
{
    struct gd_error error = {0};
    struct gd_set *set = gd_set_new(&sampling->system->structure, 0, &error);
    ck_assert_msg(gd_sample(sampling, sampler, NULL, count, set, &error) == GD_OK, "%s", error.text);
    return set;
}

/* --- Against the steps -------------------------------------------------------------------------------------------- */

enum { WATCHED = 40, ATOMS = 3, NUMBERS = 3 * ATOMS };

/* Where structures are at every step, and the scores there. */
struct film {
    const struct gd_process *process;
    double length; /* of a step in time */
    double before; /* time; 0: there was no step */
    double starts[WATCHED * NUMBERS], places[WATCHED * NUMBERS], scores[WATCHED * NUMBERS], likes[WATCHED], variance;
};

/* Of a step with noise of variance V and the drift V s: log of how much more likely it is than without the drift. */
static void add_step(struct film *film, const double *positions)
{
    const double variance = gd_process_diffusion2(film->process, film->before) * film->length;
    for (size_t c = 0; c < WATCHED * NUMBERS; c++)
        film->likes[c / NUMBERS] +=
            film->scores[c] * (positions[c] - film->places[c]) - variance * film->scores[c] * film->scores[c] / 2;
    film->variance += variance;
}

static enum gd_status record(void *self, const struct gd_set *set, double t, float *score, struct gd_error *error)
{
    struct film *film = self;
    (void)error;
    if (film->before > 0)
        add_step(film, set->positions);
    else
        memcpy(film->starts, set->positions, sizeof film->starts);
    for (size_t c = 0; c < WATCHED * NUMBERS; c++) {
        score[c] = (float)(0.3 * (double)(c % 5) - 0.2 * (set->positions[c] - 5));
        film->scores[c] = (double)score[c];
    }
    memcpy(film->places, set->positions, sizeof film->places);
    film->before = t;
    return GD_OK;
}

/* The sum of squares of distances from the middle of the structure, or of the box. */
static double squares(const double *positions, bool own)
{
    double sum = 0;
    for (size_t axis = 0; axis < 3; axis++) {
        double middle = own ? 0 : 5;
        for (size_t i = 0; i < ATOMS && own; i++)
            middle += positions[3 * i + axis] / ATOMS;
        for (size_t i = 0; i < ATOMS; i++)
            sum += pow(positions[3 * i + axis] - middle, 2);
    }
    return sum;
}

static void watch(const struct gd_sampler_class *sampler, const struct gd_system *system, int start, bool absolute)
{
    enum { STEPS = 30 };
    static struct film film;
    struct gd_process process;
    make_process(&process, 2);
    film = (struct film){.process = &process, .length = (1 - 0.01) / (STEPS - 1)};
    const struct gd_sampling sampling = {.name = "watched",
                                         .stream = gd_stream_make(3, 0, 0, 0),
                                         .system = system,
                                         .process = &process,
                                         .score = {.evaluate = record, .self = &film},
                                         .steps = STEPS,
                                         .end = 0.01,
                                         .start = start,
                                         .start_scale = 3,
                                         .absolute = absolute,
                                         .weighed = true};
    struct gd_set *set = draw(&sampling, sampler, WATCHED);
    add_step(&film, set->positions);
    const double s = gd_process_spread(&process, 1);
    const double variances[] = {INFINITY, s * s, 9. / ATOMS, film.variance + 1e-6};
    for (size_t k = 0; k < WATCHED; k++) {
        const double *place = (start == GD_START_ORIGIN ? set->positions : film.starts) + NUMBERS * k;
        const double count = absolute ? NUMBERS : NUMBERS - 3, variance = variances[start];
        const double likes =
            start ? -squares(place, !absolute) / (2 * variance) - count / 2 * log(2 * M_PI * variance) : 0;
        const double expected = -likes - film.likes[k];
        ck_assert_msg(fabs(set->path_weights[k] - expected) < 1e-9, "%s, start %d, absolute %d, structure %zu: %g, %g",
                      sampler->base.name, start, absolute, k, set->path_weights[k], expected);
    }
    gd_set_free(set);
}

/* Of every sampler whose paths are weighed, from every start whose density is known. */
START_TEST(weights_are_those_of_the_steps)
{
    struct gd_system system;
    make_system(&system, ATOMS, 10, false);
    int weighed = 0;
    for (const struct gd_sampler_class *const *sampler = gd_samplers; *sampler; sampler++)
        for (int way = 0; (*sampler)->weighs && way < 8; way++, weighed++)
            if (way / 2 != GD_START_HARMONIC || way % 2 == 0)
                watch(*sampler, &system, way / 2, way % 2);
    ck_assert_int_gt(weighed, 0);
    gd_system_clear(&system);
}
END_TEST

/* --- Against means that are known --------------------------------------------------------------------------------- */

/* E/T of a coordinate between walls 4 Å apart, or in a cell of 4 Å, and of two atoms at a distance of r, and their
 * slopes. The second has its lowest energies 1.5 Å apart. */
static double hills(double x, double *slope)
{
    *slope = -1.2 * sin(M_PI * x / 2) * M_PI / 2 - 0.6 * sin(M_PI * x) * M_PI;
    return 1.2 * cos(M_PI * x / 2) + 0.6 * cos(M_PI * x);
}

static double bond(double r, double *slope)
{
    *slope = 12 * (r - 1.5);
    return 6 * (r - 1.5) * (r - 1.5);
}

/* Forces at no noise, of which 0.4 are taken at any: no score of anything. In one direction only of each place: some
 * of what is drawn is too rare. */
static enum gd_status guess_hills(void *self, const struct gd_set *set, double t, float *score, struct gd_error *error)
{
    (void)self, (void)t, (void)error;
    for (size_t c = 0; c < 3 * set->count; c++) {
        double slope;
        hills(set->positions[c], &slope);
        score[c] = (float)(-0.4 * slope);
    }
    return GD_OK;
}

/* The same for a pair, which drifts on its way: of that nothing may be seen. */
static enum gd_status guess_bond(void *self, const struct gd_set *set, double t, float *score, struct gd_error *error)
{
    (void)self, (void)error;
    for (size_t k = 0; k < set->count; k++) {
        const double *x = set->positions + 6 * k;
        double r = 0, slope;
        for (size_t axis = 0; axis < 3; axis++)
            r += pow(x[3 + axis] - x[axis], 2);
        r = sqrt(r);
        bond(r, &slope);
        for (size_t axis = 0; axis < 3; axis++) {
            const double pull = 0.4 * (1 - t) * slope * (x[3 + axis] - x[axis]) / fmax(r, 0.1);
            score[6 * k + axis] = (float)(pull + 0.1);
            score[6 * k + 3 + axis] = (float)(-pull + 0.1);
        }
    }
    return GD_OK;
}

/* The mean of a number of each structure with its weights, and its standard error. */
static void check_mean(const struct gd_set *set, const double *values, const double *energies, double known)
{
    double sum = 0, mean = 0, error = 0, highest = -INFINITY;
    for (size_t k = 0; k < set->count; k++)
        highest = fmax(highest, set->path_weights[k] - energies[k]);
    for (size_t k = 0; k < set->count; k++) {
        const double weight = exp(set->path_weights[k] - energies[k] - highest);
        sum += weight;
        mean += weight * values[k];
    }
    mean /= sum;
    for (size_t k = 0; k < set->count; k++)
        error += pow(exp(set->path_weights[k] - energies[k] - highest) * (values[k] - mean) / sum, 2);
    error = sqrt(error);
    ck_assert_msg(fabs(mean - known) < 4 * error, "%g ± %g, and not %g", mean, error, known);
    ck_assert_double_lt(error, 0.04 * fabs(known)); /* else nothing would be seen */
}

/* ∫ f(x) w(x) dx / ∫ w(x) dx of f = cos(πx/2) and w = exp(-E), or of f = r² and w = r² exp(-E). */
static double mean_of(double (*energy)(double x, double *slope), bool radial, double most)
{
    double sum = 0, weights = 0, slope;
    for (int k = 0; k < 40000; k++) {
        const double x = (k + 0.5) * most / 40000, w = (radial ? x * x : 1) * exp(-energy(x, &slope));
        weights += w;
        sum += w * (radial ? x * x : cos(M_PI * x / 2));
    }
    return sum / weights;
}

enum { DRAWS = 30000 };

/* An atom in a periodic cell, between walls, from anywhere: of the three directions the third is that of the walls. */
START_TEST(walls_and_periods_are_weighed)
{
    struct gd_system system;
    struct gd_process process;
    make_system(&system, 1, 4, true);
    make_process(&process, 1.5);
    const struct gd_sampling sampling = {.name = "walls",
                                         .stream = gd_stream_make(4, 0, 0, 0),
                                         .system = &system,
                                         .process = &process,
                                         .score = {.evaluate = guess_hills},
                                         .steps = 40,
                                         .end = 0.01,
                                         .weighed = true};
    struct gd_set *set = draw(&sampling, &gd_sampler_euler_maruyama, DRAWS);
    double *values = calloc(DRAWS, sizeof *values), *energies = calloc(DRAWS, sizeof *energies), slope;
    for (size_t axis = 0; axis < 3; axis += 2) {
        for (size_t k = 0; k < DRAWS; k++) {
            values[k] = cos(M_PI * set->positions[3 * k + axis] / 2);
            energies[k] = 0;
            for (size_t c = 0; c < 3; c++)
                energies[k] += hills(set->positions[3 * k + c], &slope);
        }
        check_mean(set, values, energies, mean_of(hills, false, 4));
    }
    free(values);
    free(energies);
    gd_set_free(set);
    gd_system_clear(&system);
}
END_TEST

/* The mean of the weights is ∫ exp(-E) over all structures whose centre is at one point, from whatever start: u = r/√2
 * is the length of the vector of coordinates. */
static void check_integral(const struct gd_set *set, const double *energies)
{
    double known = 0, mean = 0, error = 0, slope;
    for (int k = 0; k < 40000; k++) {
        const double r = (k + 0.5) * 10 / 40000;
        known += 4 * M_PI * r * r * exp(-bond(r, &slope)) * (10. / 40000) / pow(2, 1.5);
    }
    for (size_t k = 0; k < set->count; k++)
        mean += exp(set->path_weights[k] - energies[k]) / (double)set->count;
    for (size_t k = 0; k < set->count; k++)
        error += pow((exp(set->path_weights[k] - energies[k]) - mean) / (double)set->count, 2);
    error = sqrt(error);
    ck_assert_msg(fabs(mean - known) < 4 * error, "%g ± %g, and not %g", mean, error, known);
    ck_assert_double_lt(error, 0.04 * known);
}

/* Two atoms in open space, from all starts around the middle. */
START_TEST(pairs_in_open_space_are_weighed)
{
    struct gd_system system;
    struct gd_process process;
    make_system(&system, 2, 10, false);
    make_process(&process, 1.5);
    const struct gd_sampling sampling = {.name = "pairs",
                                         .stream = gd_stream_make(5, 0, 0, 0),
                                         .system = &system,
                                         .process = &process,
                                         .score = {.evaluate = guess_bond},
                                         .steps = 100,
                                         .end = 0.01,
                                         .start = GD_START_NORMAL + _i,
                                         .start_scale = 2,
                                         .weighed = true};
    struct gd_set *set = draw(&sampling, &gd_sampler_euler_maruyama, DRAWS);
    double *values = calloc(DRAWS, sizeof *values), *energies = calloc(DRAWS, sizeof *energies), slope;
    for (size_t k = 0; k < DRAWS; k++) {
        const double *x = set->positions + 6 * k;
        for (size_t axis = 0; axis < 3; axis++)
            values[k] += pow(x[3 + axis] - x[axis], 2);
        energies[k] = bond(sqrt(values[k]), &slope);
    }
    check_mean(set, values, energies, mean_of(bond, true, 10));
    check_integral(set, energies);
    free(values);
    free(energies);
    gd_set_free(set);
    gd_system_clear(&system);
}
END_TEST

/* Most of the score of a well of 1 Å, 1 Å beside the middle. */
static enum gd_status guess_well(void *self, const struct gd_set *set, double t, float *score, struct gd_error *error)
{
    const double spread = gd_process_spread(self, t);
    (void)error;
    for (size_t c = 0; c < 3 * set->count; c++)
        score[c] = (float)(-0.7 * (set->positions[c] - 6) / (1 + spread * spread));
    return GD_OK;
}

/* An atom in open space, whose place counts although a network may see only places relative to each other. */
START_TEST(an_atom_in_open_space_is_weighed)
{
    struct gd_system system;
    struct gd_process process;
    make_system(&system, 1, 10, false);
    make_process(&process, 1.5);
    const struct gd_sampling sampling = {.name = "well",
                                         .stream = gd_stream_make(6, 0, 0, 0),
                                         .system = &system,
                                         .process = &process,
                                         .score = {.evaluate = guess_well, .self = &process},
                                         .steps = 40,
                                         .end = 0.01,
                                         .start = _i ? GD_START_ORIGIN : GD_START_NORMAL,
                                         .weighed = true};
    struct gd_set *set = draw(&sampling, &gd_sampler_euler_maruyama, DRAWS);
    double *values = calloc(DRAWS, sizeof *values), *energies = calloc(DRAWS, sizeof *energies);
    for (size_t k = 0; k < DRAWS; k++) {
        values[k] = set->positions[3 * k] - 5;
        for (size_t c = 0; c < 3; c++)
            energies[k] += pow(set->positions[3 * k + c] - 6, 2) / 2;
    }
    check_mean(set, values, energies, 1);
    free(values);
    free(energies);
    gd_set_free(set);
    gd_system_clear(&system);
}
END_TEST

/* --- Where they are known ----------------------------------------------------------------------------------------- */

START_TEST(unknown_densities_are_said)
{
    struct gd_system open, walls, one;
    struct gd_process process;
    make_system(&open, 2, 4, false);
    make_system(&walls, 2, 4, true);
    make_process(&process, 2);
    for (int start = GD_START_UNIFORM; start <= GD_START_ORIGIN; start++) {
        ck_assert_int_eq(gd_path_weight_unknown(&open, &process, start, 2, false) != NULL, start == GD_START_UNIFORM);
        ck_assert_int_eq(gd_path_weight_unknown(&walls, &process, start, 2, false) != NULL, start != GD_START_UNIFORM);
    }
    walls.window[1] = 0.5; /* thinner than all starts */
    for (int start = GD_START_UNIFORM; start <= GD_START_ORIGIN; start++) {
        ck_assert(!gd_path_weight_unknown(&walls, &process, start, 2, false));
        memset(walls.structure.cell.periodic, 0, sizeof walls.structure.cell.periodic); /* as all but uniform have it */
    }
    ck_assert(gd_path_weight_unknown(&open, &process, GD_START_HARMONIC, 2, true)); /* the mean does not move there */
    ck_assert(!gd_path_weight_unknown(&open, &process, GD_START_NORMAL, 2, true));
    make_system(&one, 1, 4, false);
    ck_assert(gd_path_weight_unknown(&one, &process, GD_START_HARMONIC, 2, false));
    ck_assert(!gd_path_weight_unknown(&one, &process, GD_START_NORMAL, 2, false));
    gd_system_clear(&one);
    walls.region.count = 1;
    ck_assert(gd_path_weight_unknown(&walls, &process, GD_START_UNIFORM, 2, false));
    walls.region.count = 0;
    gd_system_clear(&open);
    gd_system_clear(&walls);
}
END_TEST

Suite *suite_path_weight(void)
{
    Suite *suite = suite_create("path_weight");
    TCase *tests = tcase_create("path_weight"), *draws = tcase_create("path_weight_statistics");
    tcase_add_test(tests, weights_are_those_of_the_steps);
    tcase_add_test(tests, unknown_densities_are_said);
    suite_add_tcase(suite, tests);
    tcase_set_tags(draws, "statistics");
    tcase_set_timeout(draws, 120);
    tcase_add_test(draws, walls_and_periods_are_weighed);
    tcase_add_loop_test(draws, pairs_in_open_space_are_weighed, 0, 3);
    tcase_add_loop_test(draws, an_atom_in_open_space_is_weighed, 0, 2);
    suite_add_tcase(suite, draws);
    return suite;
}

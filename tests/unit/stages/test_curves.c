/* Annealing curves at points where their values are known without a formula in common with the code, and the stage
 * that asks them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/language/pipeline.h"
#include "engine/run/check.h"
#include "engine/run/function.h"
#include "stages/boltzmann.h"
#include "stages/curve.h"
#include "stages/stages.h"
#include "unit/stages/bench.h"
#include "unit/suites.h"

static const struct gd_curve_class *curve_named(const char *name)
{
    for (size_t k = 0; gd_curves[k]; k++)
        if (strcmp(gd_curves[k]->base.name, name) == 0)
            return gd_curves[k];
    ck_abort_msg("no curve '%s'", name);
}

/* The value with the parameters of a row's struct, each one number; NULL: the curve has none. */
static double value_at(const char *name, const void *params, struct gd_curve_point at)
{
    double value = NAN;
    struct gd_error error = {0};
    ck_assert_msg(curve_named(name)->value(params, &at, &value, &error) == GD_OK, "%s", error.text);
    return value;
}

static double at(const char *name, double from, double to, int64_t k, int64_t n)
{
    return value_at(name, &(int64_t){5}, (struct gd_curve_point){.from = from, .to = to, .k = k, .n = n});
}

static const char *const falling[] = {"exponential", "linear", "cosine", "hold"};

START_TEST(ends_are_exact)
{
    for (int n = 2; n < 20; n++) {
        ck_assert_double_eq(at(falling[_i], 5.0, 0.02, 0, n), 5.0);
        ck_assert_double_eq(at(falling[_i], 5.0, 0.02, n - 1, n), 0.02);
    }
    ck_assert_double_eq(at(falling[_i], 5.0, 0.02, 0, 1), 5.0);
}
END_TEST

START_TEST(curves_only_fall)
{
    bool stairs = strcmp(falling[_i], "hold") == 0;
    for (int k = 0; k < 18; k++) {
        double here = at(falling[_i], 5.0, 0.02, k, 19), next = at(falling[_i], 5.0, 0.02, k + 1, 19);
        ck_assert(stairs ? here >= next : here > next);
    }
}
END_TEST

START_TEST(values_on_the_way)
{
    ck_assert_double_eq_tol(at("exponential", 8, 0.5, 1, 5), 4, 1e-14); /* halves with every quarter */
    ck_assert_double_eq_tol(at("exponential", 8, 0.5, 3, 5), 1, 1e-14);
    ck_assert_double_eq_tol(at("linear", 8, 0.5, 2, 6), 5, 1e-14);
    ck_assert_double_eq_tol(at("cosine", 8, 0.5, 1, 3), 4.25, 1e-14);
    ck_assert_double_eq_tol(at("cosine", 9, 1, 1, 4), 7, 1e-14); /* cos 60° = 1/2: a quarter of the way down */
    for (int k = 0; k < 10; k++)
        ck_assert_double_eq(at("constant", 8, 0.5, k, 10), 8);
}
END_TEST

START_TEST(hold_makes_stairs)
{
    const double levels[] = {16, 4, 1}; /* the same factor */
    const int64_t plateaus = 3, lengths[] = {3, 6, 9};
    for (int length = 0; length < 3; length++)
        for (int64_t k = 0; k < lengths[length]; k++) {
            struct gd_curve_point point = {.from = 16, .to = 1, .k = k, .n = lengths[length]};
            double level = levels[k / (lengths[length] / 3)];
            ck_assert_double_eq_tol(value_at("hold", &plateaus, point), level, 1e-14);
        }
    /* fewer points than plateaus: one value each */
    const double each[] = {16, 4, 1};
    for (int64_t k = 0; k < 3; k++)
        ck_assert_double_eq_tol(at("hold", 16, 1, k, 3), each[k], 1e-14);
}
END_TEST

/* Two structures 0.6 eV apart. With the weights 1 and w, the effective sample size (1 + w)²/(1 + w²) is 0.8 of 2 at
 * w = 1/3, which is at T = 0.6 eV / ln 3. */
static const double pair[] = {-7.0, -6.4};

static double adapt(double ess, struct gd_curve_point point)
{
    return value_at("adaptive", &ess, point);
}

START_TEST(adaptive_keeps_the_effective_sample_size)
{
    struct gd_curve_point point = {.from = 5, .to = 0.02, .k = 3, .n = 10, .previous = 4, .energies = pair, .count = 2};
    ck_assert_double_eq_tol(adapt(0.8, point), 0.6 / log(3), 1e-12);
    point.k = 0; /* at the first point, too */
    ck_assert_double_eq_tol(adapt(0.8, point), 0.6 / log(3), 1e-12);
}
END_TEST

START_TEST(adaptive_stays_in_its_bounds)
{
    struct gd_curve_point point = {
        .from = 5, .to = 0.02, .k = 3, .n = 10, .previous = 0.3, .energies = pair, .count = 2};
    ck_assert_double_eq(adapt(0.8, point), 0.3); /* never rises */
    point.previous = 50;
    point.from = 0.5;
    ck_assert_double_eq(adapt(0.8, point), 0.5);
    point.from = 5;
    point.to = 2;
    ck_assert_double_eq(adapt(0.8, point), 2);
    point.previous = 1; /* left by something else */
    ck_assert_double_eq(adapt(0.8, point), 2);
    point.to = 0.02;
    point.previous = 4;
    ck_assert_double_eq(adapt(0.5, point), 0.02); /* one structure of the two is enough at any temperature */
    point.energies = (const double[]){1.5, 1.5};
    ck_assert_double_eq(adapt(1, point), 0.02); /* equal weights at any temperature */
}
END_TEST

START_TEST(adaptive_begins_without_an_archive)
{
    struct gd_curve_point point = {.from = 5, .to = 0.02, .n = 10, .previous = 1};
    ck_assert_double_eq(adapt(0.5, point), 5);
}
END_TEST

START_TEST(adaptive_on_many_structures)
{
    enum { COUNT = 500 };
    double energies[COUNT], weights[COUNT];
    for (int k = 0; k < COUNT; k++)
        energies[k] = 5.5 + 20 * pow((k + 0.5) / COUNT, 3);
    for (double ess = 0.05; ess < 0.6; ess += 0.05) {
        struct gd_curve_point point = {.from = 50, .to = 1e-4, .n = 10, .energies = energies, .count = COUNT};
        gd_boltzmann_weights(energies, COUNT, adapt(ess, point), weights);
        ck_assert_double_eq_tol(gd_effective_sample_size(weights, COUNT), ess * COUNT, 1e-9 * COUNT);
    }
}
END_TEST

/* The parameters of `variance`, in the order of its rows. */
struct variance {
    int64_t newest;
    double scale, capacity, slow, fast;
};

static double vary(struct variance params, struct gd_curve_point point)
{
    point.n = 10;
    return value_at("variance", &params, point);
}

/* The median of 0 to 4 is 2, that of the distances from it is 1; of normal energies it is the deviation over 1.4826. */
static const double five[] = {0, 1, 2, 3, 4};
static const struct variance usual = {128, 1, 1, 0.95, 0.5};

START_TEST(variance_begins_at_the_deviation)
{
    struct gd_curve_point point = {.from = 50, .to = 0.02, .energies = five, .count = 5};
    ck_assert_double_eq_tol(vary(usual, point), 1.4826, 1e-12);
    ck_assert_double_eq_tol(vary((struct variance){128, 3, 1, 0.95, 0.5}, point), 3 * 1.4826, 1e-12);
    point.energies = (const double[]){3, 1, 0, 1e9, 2}; /* a clash in place of 4, and another order */
    ck_assert_double_eq_tol(vary(usual, point), 1.4826, 1e-12);
    point.count = 4; /* 3 1 0 1e9: median 2, distances 1 1 2 and far */
    ck_assert_double_eq_tol(vary(usual, point), 1.4826 * 1.5, 1e-12);
    point.count = 0;
    ck_assert_double_eq(vary(usual, point), 50);
}
END_TEST

START_TEST(variance_knows_normal_energies)
{
    enum { COUNT = 20000 };
    static double energies[COUNT];
    struct gd_stream stream = gd_stream_make(4, 1, 2, 3);
    for (int k = 0; k < COUNT; k++)
        energies[k] = k % 20 == 0 ? 1e5 : 70 + 3.5 * gd_stream_normal(&stream); /* one in twenty is a clash */
    struct gd_curve_point point = {.from = 50, .to = 0.02, .energies = energies, .count = COUNT};
    double deviation = vary((struct variance){COUNT, 1, 1, 0.95, 0.5}, point);
    ck_assert_msg(fabs(deviation / 3.5 - 1) < 0.1, "%g", deviation);
}
END_TEST

START_TEST(variance_cools_by_the_heat_capacity)
{
    struct gd_curve_point point = {
        .from = 50, .to = 0.02, .k = 2, .previous = 1.4, .energies = five, .count = 5}; /* C is 1.12 */
    ck_assert_double_eq_tol(vary(usual, point), 1.4 * 0.95, 1e-12);
    point.previous = 1.5; /* C is 0.98 */
    ck_assert_double_eq_tol(vary(usual, point), 1.5 * 0.5, 1e-12);
    ck_assert_double_eq_tol(vary((struct variance){128, 1, 0.97, 0.8, 0.5}, point), 1.5 * 0.8, 1e-12);
    ck_assert_double_eq_tol(vary((struct variance){128, 1, 0.98, 0.8, 0.5}, point), 1.5 * 0.5, 1e-12);
    point.energies = (const double[]){-900, 700, 50, -60, 0, 1, 2, 3, 4}; /* those of former iterations do not count */
    point.count = 9;
    ck_assert_double_eq_tol(vary((struct variance){5, 1, 1, 0.95, 0.5}, point), 1.5 * 0.5, 1e-12);
    ck_assert_double_eq_tol(vary(usual, point), 1.5 * 0.95, 1e-12);
}
END_TEST

START_TEST(variance_stays_in_its_bounds)
{
    struct gd_curve_point point = {.from = 1, .to = 0.5, .energies = five, .count = 5};
    ck_assert_double_eq(vary(usual, point), 1);
    point.k = 1;
    point.previous = 0.52;
    ck_assert_double_eq(vary(usual, point), 0.5);
    point.previous = 0.9;
    point.energies = (const double[]){7, 7, 7, 7, 7};
    ck_assert_double_eq(vary(usual, point), 0.5); /* half of it is below */
    point.k = 0;
    ck_assert_double_eq(vary(usual, point), 0.5);
}
END_TEST

extern const struct gd_stage gd_stage_anneal;

static struct bench bench;
static struct gd_arena arena;

static void setup(void)
{
    arena = (struct gd_arena){0};
    bench_open(&bench);
}

static void teardown(void)
{
    bench_close(&bench);
    gd_arena_clear(&arena);
}

/* Runs the stage at iteration k of n; the temperature it leaves. */
static double anneal(void *params, int64_t k, int64_t n)
{
    bench.context.iteration = k;
    bench.context.iterations = n;
    ck_assert_msg(gd_stage_anneal.run(&bench.context, params) == GD_OK, "%s", bench.error.text);
    return gd_state_real(bench.state, "temperature", NAN);
}

START_TEST(stage_follows_the_loop)
{
    void *params = bench_params(&bench, &gd_stage_anneal, "{from: 8, to: 0.5}", &arena);
    const double expected[] = {8, 4, 2, 1, 0.5};
    for (int k = 0; k < 5; k++)
        ck_assert_double_eq_tol(anneal(params, k, 5), expected[k], 1e-14);
}
END_TEST

START_TEST(stage_gives_the_archive_and_the_temperature_before)
{
    void *params = bench_params(&bench, &gd_stage_anneal, "{curve: {adaptive: {ess: 0.8}}}", &arena);
    const struct gd_system *system = bench_system(&bench, 1);
    ck_assert_double_eq(anneal(params, 0, 4), 5); /* no archive yet */
    struct gd_set *archive = bench_set(system, 2, (const double[]){1, 2, 3, 4, 5, 6});
    memcpy(archive->energies, pair, sizeof pair);
    ck_assert_int_eq(gd_state_put(bench.state, "archive", archive, &bench.error), GD_OK);
    ck_assert_double_eq_tol(anneal(params, 1, 4), 0.6 / log(3), 1e-12);
    archive->energies[1] += 5;
    ck_assert_double_eq_tol(anneal(params, 2, 4), 0.6 / log(3), 1e-12);
}
END_TEST

/* A script's function: 10/(1 + k) + n, or what it is told to return. */
struct script {
    struct gd_function function;
    struct gd_value result;
    const struct gd_state *state;
};

static enum gd_status call(struct gd_function *self, const struct gd_value *arguments, size_t count,
                           struct gd_value *result, struct gd_error *error)
{
    struct script *script = (struct script *)self;
    (void)error;
    ck_assert_uint_eq(count, 3);
    ck_assert(arguments[0].kind == GD_VALUE_NUMBER && arguments[1].kind == GD_VALUE_NUMBER &&
              arguments[2].kind == GD_VALUE_STATE);
    script->state = arguments[2].state;
    *result = script->result;
    if (script->result.kind == GD_VALUE_NIL)
        *result = gd_value_number(10 / (1 + arguments[0].number) + arguments[1].number);
    return GD_OK;
}

/* The stage's parameters begin with its curve. */
static void *params_with(struct script *script)
{
    void *params = bench_params(&bench, &gd_stage_anneal, "{}", &arena);
    *(struct gd_choice *)params = (struct gd_choice){.function = script};
    return params;
}

START_TEST(a_function_takes_the_place_of_a_curve)
{
    struct script script = {.function.call = call};
    void *params = params_with(&script);
    ck_assert_double_eq(anneal(params, 0, 3), 13);
    ck_assert_double_eq(anneal(params, 4, 5), 7);
    ck_assert_ptr_eq(script.state, bench.state);
}
END_TEST

START_TEST(a_function_must_give_a_temperature)
{
    const struct gd_value wrong[] = {gd_value_number(0),
                                     gd_value_number(-1),
                                     gd_value_number(NAN),
                                     gd_value_number(INFINITY),
                                     {.kind = GD_VALUE_BOOL, .truth = true}};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        struct script script = {.function.call = call, .result = wrong[k]};
        bench.error = (struct gd_error){0};
        ck_assert_int_eq(gd_stage_anneal.run(&bench.context, params_with(&script)), GD_FAILED);
        ck_assert_ptr_nonnull(strstr(bench.error.text, "step: the function"));
    }
    ck_assert_ptr_null(gd_state_get(bench.state, "temperature"));
}
END_TEST

/* The problems of checking a pipeline's one step. */
static size_t problems_of(const char *yaml)
{
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    struct gd_pipeline pipeline = {0};
    ck_assert_int_eq(gd_tree_parse_yaml(&tree, "test.yaml", yaml, strlen(yaml), &problems), GD_OK);
    enum gd_status status = gd_pipeline_build(&pipeline, bench.registry, &tree, NULL, 0, &problems);
    ck_assert_msg(!status, "%s", problems.count ? problems.items[0].text : "");
    gd_pipeline_check(&pipeline, bench.state, &problems);
    size_t count = 0;
    for (size_t k = 0; k < problems.count; k++)
        count += strstr(problems.items[k].text, "never rises") != NULL;
    gd_problems_clear(&problems);
    gd_pipeline_clear(&pipeline);
    return count;
}

START_TEST(a_curve_that_falls_is_not_asked_to_rise)
{
    const char *form = "godiff: 1\nname: x\nsystem: {template: {build: fcc111, symbol: Pt, size: [2, 2, 1]}, add: Pt, "
                       "window: {above: [1, 3]}}\npotential: lj\nmodel: painn\nsteps:\n  - anneal: {curve: %s, "
                       "from: 1, to: %s}\n";
    const struct {
        const char *curve, *to;
        size_t problems;
    } cases[] = {{"adaptive", "2", 1}, {"adaptive", "1", 0}, {"adaptive", "0.1", 0}, {"linear", "2", 0}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char *yaml = gd_format(form, cases[k].curve, cases[k].to);
        ck_assert_uint_eq(problems_of(yaml), cases[k].problems);
        free(yaml);
    }
}
END_TEST

Suite *suite_curves(void)
{
    Suite *suite = suite_create("curves");
    TCase *curves = tcase_create("curves");
    tcase_add_loop_test(curves, ends_are_exact, 0, 4);
    tcase_add_loop_test(curves, curves_only_fall, 0, 4);
    tcase_add_test(curves, values_on_the_way);
    tcase_add_test(curves, hold_makes_stairs);
    tcase_add_test(curves, adaptive_keeps_the_effective_sample_size);
    tcase_add_test(curves, adaptive_stays_in_its_bounds);
    tcase_add_test(curves, adaptive_begins_without_an_archive);
    tcase_add_test(curves, adaptive_on_many_structures);
    tcase_add_test(curves, variance_begins_at_the_deviation);
    tcase_add_test(curves, variance_knows_normal_energies);
    tcase_add_test(curves, variance_cools_by_the_heat_capacity);
    tcase_add_test(curves, variance_stays_in_its_bounds);
    suite_add_tcase(suite, curves);
    TCase *stage = tcase_create("stage");
    tcase_add_checked_fixture(stage, setup, teardown);
    tcase_add_test(stage, stage_follows_the_loop);
    tcase_add_test(stage, stage_gives_the_archive_and_the_temperature_before);
    tcase_add_test(stage, a_function_takes_the_place_of_a_curve);
    tcase_add_test(stage, a_function_must_give_a_temperature);
    tcase_add_test(stage, a_curve_that_falls_is_not_asked_to_rise);
    suite_add_tcase(suite, stage);
    return suite;
}

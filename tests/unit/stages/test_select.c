/* The stage that chooses among the structures of a batch. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/head.h"
#include "model/network.h"
#include "model/noise_ve.h"
#include "model/painn/painn.h"
#include "stages/selection.h"
#include "unit/stages/bench.h"
#include "unit/statistics.h"
#include "unit/suites.h"

extern const struct gd_stage gd_stage_select;

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

/* --- The stage ---------------------------------------------------------------------------------------------------- */

/* Structures of two atoms at these distances, as a slot's value; the energies are their numbers. */
static void put_pairs(const char *slot, size_t count, const double *distances)
{
    const struct gd_system *system = gd_state_get(bench.state, "system");
    double *positions = calloc(count, sizeof(double[2][3]));
    for (size_t k = 0; k < count; k++)
        positions[6 * k + 3] = distances[k];
    struct gd_set *set = bench_set(system, count, positions);
    for (size_t k = 0; k < count; k++)
        set->energies[k] = (double)k;
    free(positions);
    ck_assert_int_eq(gd_state_put(bench.state, slot, set, &bench.error), GD_OK);
}

/* The numbers of the structures that the stage keeps, as digits. */
static const char *kept(const char *params)
{
    static char digits[32];
    size_t n = 0;
    void *self = bench_params(&bench, &gd_stage_select, params, &arena);
    ck_assert_msg(gd_stage_select.run(&bench.context, self) == GD_OK, "%s", bench.error.text);
    const struct gd_set *batch = gd_state_get(bench.state, "batch");
    for (size_t k = 0; k < batch->count; k++)
        digits[n++] = (char)('0' + (int)batch->energies[k]);
    digits[n] = '\0';
    return digits;
}

static const double pairs[] = {2, 2.1, 3, 4, 2.05};

START_TEST(the_farthest_are_chosen)
{
    static const struct {
        double archive[2];
        size_t known;
        const char *params, *expected;
        double novelty;
    } cases[] = {
        {{2}, 1, "{keep: 1, novel: 1}", "3", 2},     /* 4 Å is 2 Å from what is known */
        {{2}, 1, "{keep: 2, novel: 1}", "23", 1},    /* then 3 Å is 1 Å from both */
        {{2}, 1, "{keep: 3, novel: 1}", "123", 0.1}, /* and 2.1 Å 0.1 Å from 2 Å */
        {{4, 3}, 2, "{keep: 1, novel: 1}", "0", 1},  /* other things are new then */
        {{4, 3}, 2, "{keep: 2, novel: 1}", "01", 0.1},  {{4, 3}, 2, "{keep: 5, novel: 1}", "01234", 0},
        {{4, 3}, 2, "{keep: 9, novel: 1}", "01234", 0},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        bench_system(&bench, 2);
        put_pairs("batch", 5, pairs);
        put_pairs("archive", cases[k].known, cases[k].archive);
        ck_assert_str_eq(kept(cases[k].params), cases[k].expected);
        ck_assert_double_eq_tol(bench_figure(&bench, "novelty"), cases[k].novelty, 1e-12);
        ck_assert_double_eq(bench_figure(&bench, "dropped"), 5 - (double)strlen(cases[k].expected));
    }
}
END_TEST

START_TEST(without_an_archive_the_first_is_new)
{
    bench_system(&bench, 2);
    put_pairs("batch", 5, pairs);
    ck_assert_str_eq(kept("{keep: 2, novel: 1}"), "03");
}
END_TEST

START_TEST(clashes_are_the_last_to_be_chosen)
{
    bench_system(&bench, 2);
    for (int k = 0; k < 20; k++) {
        bench.context.execution = (uint32_t)k;
        put_pairs("batch", 4, (const double[]){0.9, 2, 11.9, 3}); /* 11.9 Å is 0.1 Å under the minimum image */
        ck_assert_str_eq(kept(k % 2 ? "{keep: 2, novel: 1}" : "{keep: 2, novel: 0}"), "13");
        ck_assert_double_eq(bench_figure(&bench, "clash"), 2);
    }
    put_pairs("batch", 4, (const double[]){0.9, 2, NAN, 3});
    ck_assert_str_eq(kept("{keep: 3}"), "013");
    put_pairs("batch", 4, (const double[]){0.9, 2, NAN, 3});
    ck_assert_str_eq(kept("{keep: 3, clash: 0.5, novel: 1}"), "013");
    put_pairs("batch", 2, (const double[]){0.9, 0.8});
    ck_assert_str_eq(kept("{keep: 1}"), "0");
}
END_TEST

/* Of eight, four: each in half of the cases, of 2,000. The count has the standard deviation √(2000/4) = 22. */
START_TEST(the_rest_is_chosen_at_random)
{
    enum { CASES = 2000, COUNT = 8 };
    const double distances[COUNT] = {2, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 5};
    int counts[COUNT] = {0}, neighbours = 0;
    bench_system(&bench, 2);
    for (uint32_t k = 0; k < CASES; k++) {
        bench.context.execution = k;
        put_pairs("batch", COUNT, distances);
        const char *digits = kept("{keep: 4, novel: 0}");
        ck_assert_uint_eq(strlen(digits), 4);
        for (const char *digit = digits; *digit; digit++)
            counts[*digit - '0']++;
        neighbours += strchr(digits, '0') && strchr(digits, '1');
    }
    for (int k = 0; k < COUNT; k++)
        ck_assert_msg(abs(counts[k] - CASES / 2) < 110, "%d: %d", k, counts[k]);
    ck_assert_int_lt(abs(neighbours - CASES * 3 / 14), 110); /* 4/8 · 3/7 */
}
END_TEST

START_TEST(shares_add_up)
{
    bench_system(&bench, 2);
    put_pairs("archive", 1, (const double[]){2});
    for (uint32_t k = 0; k < 50; k++) {
        bench.context.execution = k;
        put_pairs("batch", 5, pairs);
        const char *digits = kept("{keep: 3, novel: 0.4}"); /* one of three by novelty */
        ck_assert_uint_eq(strlen(digits), 3);
        ck_assert_ptr_nonnull(strchr(digits, '3'));
    }
}
END_TEST

/* --- Predicted energies ------------------------------------------------------------------------------------------- */

/* An untrained model, with a head for energies or without. */
static struct gd_model *put_model(bool energies)
{
    struct gd_painn_params shape = {.features = 16, .blocks = 1, .radial = 8, .cutoff = 8.0, .heads = GD_SCORE_ONLY};
    struct gd_stream stream = gd_stream_make(7, 1, 1, 1);
    struct gd_process process;
    struct gd_model *model;
    for (int k = 0; gd_heads[k] && energies; k++)
        shape.heads |= gd_heads[k] == &gd_head_energy ? UINT64_C(1) << k : 0;
    ck_assert_int_eq(gd_process_make(&process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.01, 1}, &bench.error),
                     GD_OK);
    ck_assert_int_eq(gd_model_new(&model, &gd_network_painn, &shape, &process, &stream, &bench.error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench.state, "model", model, &bench.error), GD_OK);
    return model;
}

/* What the model predicts for a pair of atoms at a distance. */
static float energy_of(const struct gd_model *model, double distance)
{
    const struct gd_system *system = gd_state_get(bench.state, "system");
    struct gd_set *set = bench_set(system, 1, (const double[]){0, 0, 0, distance, 0, 0});
    const struct gd_structure structure = gd_set_view(set, 0);
    struct gd_network *network;
    float energy;
    ck_assert_int_eq(gd_network_new(&network, model, "reference", 1, &bench.error), GD_OK);
    ck_assert_int_eq(gd_network_structures(network, &structure, &set->fixed, 1, &bench.error), GD_OK);
    ck_assert_int_eq(gd_network_forward(network, &gd_head_energy, &(double){0}, false, &energy, &bench.error), GD_OK);
    gd_network_free(network);
    gd_set_free(set);
    return energy;
}

/* The numbers of those of the first `count` pairs that have a lower energy than all but `lowest` - 1 others, as digits.
 */
static const char *lowest_of(const struct gd_model *model, int count, const double *distances, int lowest)
{
    static char digits[32];
    float energies[16];
    size_t n = 0;
    for (int k = 0; k < count; k++)
        energies[k] = energy_of(model, distances[k]);
    for (int k = 0; k < count; k++) {
        int below = 0;
        for (int j = 0; j < count; j++)
            below += energies[j] < energies[k];
        if (below < lowest)
            digits[n++] = (char)('0' + k);
    }
    digits[n] = '\0';
    return digits;
}

START_TEST(the_lowest_are_chosen)
{
    const double distances[] = {3.1, 2.0, 4.4, 2.6, 5.2, 2.2, 3.7, 4.9};
    bench_system(&bench, 2);
    const struct gd_model *model = put_model(true);
    for (int keep = 1; keep < 8; keep++) {
        char params[64];
        snprintf(params, sizeof params, "{keep: %d, lowest: 1, novel: 0}", keep);
        for (bench.context.threads = 1; bench.context.threads < 4; bench.context.threads += 2) {
            put_pairs("batch", 8, distances);
            ck_assert_str_eq(kept(params), lowest_of(model, 8, distances, keep));
        }
    }
}
END_TEST

/* The lowest first, then what is farthest from it, which is never the first of them. */
START_TEST(the_shares_go_together)
{
    const double distances[] = {3.0, 3.2, 2.0, 5.2};
    bench_system(&bench, 2);
    const struct gd_model *model = put_model(true);
    const int first = lowest_of(model, 4, distances, 1)[0] - '0';
    int farthest = 0;
    for (int k = 1; k < 4; k++)
        if (fabs(distances[k] - distances[first]) > fabs(distances[farthest] - distances[first]))
            farthest = k;
    put_pairs("batch", 4, distances);
    const char *digits = kept("{keep: 2, lowest: 0.5, novel: 0.5}");
    ck_assert_uint_eq(strlen(digits), 2);
    ck_assert(strchr(digits, '0' + first) && strchr(digits, '0' + farthest));
    put_pairs("batch", 3, distances);
    ck_assert_uint_eq(strlen(kept("{keep: 1, lowest: 0.5, novel: 0.5}")), 1); /* both shares are half a structure */
}
END_TEST

START_TEST(an_energy_that_is_not_finite_is_said)
{
    bench_system(&bench, 2);
    struct gd_model *model = put_model(true);
    const struct gd_tensor *tensor = gd_model_tensor(model, "filter_net.weight");
    for (int k = 0; k < tensor->rows * tensor->columns; k++)
        model->parameters[tensor->offset + (size_t)k] = 3e38f;
    put_pairs("batch", 3, pairs);
    void *self = bench_params(&bench, &gd_stage_select, "{keep: 2, lowest: 0.5}", &arena);
    ck_assert_int_eq(gd_stage_select.run(&bench.context, self), GD_FAILED);
    ck_assert_ptr_nonnull(strstr(bench.error.text, "step: the energy that the model predicts for structure 1 is"));
}
END_TEST

/* --- By energies -------------------------------------------------------------------------------------------------- */

/* Structures of two atoms whose energies are given; the numbers of the structures are their serials, from 1. */
static void put_energies(const char *slot, size_t count, const double *distances, const double *energies)
{
    put_pairs(slot, count, distances);
    struct gd_set *set = gd_state_get(bench.state, slot);
    for (size_t k = 0; k < count; k++) {
        set->energies[k] = energies[k];
        set->serials[k] = (int64_t)k + 1;
        set->path_weights[k] = 0.5;
    }
}

/* The serials of the structures that the stage leaves in a slot, as digits. */
static const char *left_in(const char *slot, const char *params)
{
    static char digits[32];
    size_t n = 0;
    void *self = bench_params(&bench, &gd_stage_select, params, &arena);
    ck_assert_msg(gd_stage_select.run(&bench.context, self) == GD_OK, "%s", bench.error.text);
    const struct gd_set *set = gd_state_get(bench.state, slot);
    for (size_t k = 0; k < set->count; k++) {
        digits[n++] = (char)('0' + (int)set->serials[k]);
        ck_assert(isnan(set->path_weights[k]));
    }
    digits[n] = '\0';
    return digits;
}

static const double six_distances[] = {2, 3, 2.1, 5, 3.1, 5.1};
static const double six_energies[] = {-1, -2, NAN, -3, -2.5, -2.9};

/* As many as asked for, in order, none without an energy, and the same for any number of threads; all when there are no
 * more. */
START_TEST(every_selection)
{
    bench_system(&bench, 2);
    ck_assert_int_eq(gd_state_put_real(bench.state, "temperature", 0.5, &bench.error), GD_OK);
    for (const struct gd_selection_class *const *type = gd_selections; *type; type++)
        for (uint32_t k = 0; k < 30; k++) {
            char params[128], first[32];
            bench.context.execution = k;
            snprintf(params, sizeof params, "{keep: 3, by: %s, from: archive, into: population}", (*type)->base.name);
            put_energies("archive", 6, six_distances, six_energies);
            bench.context.threads = 1;
            snprintf(first, sizeof first, "%s", left_in("population", params));
            bench.context.threads = 3;
            ck_assert_str_eq(left_in("population", params), first);
            ck_assert_uint_eq(strlen(first), 3);
            ck_assert(first[0] < first[1] && first[1] < first[2] && !strchr(first, '3'));
            params[7] = '5';
            ck_assert_str_eq(left_in("population", params), "12456");
            params[7] = '9';
            ck_assert_str_eq(left_in("population", params), "12456");
        }
}
END_TEST

START_TEST(the_lowest_energies_are_kept)
{
    static const char *const expected[] = {"4", "46", "456", "2456"};
    bench_system(&bench, 2);
    for (size_t keep = 1; keep <= 4; keep++) {
        char params[64];
        snprintf(params, sizeof params, "{keep: %zu, by: lowest}", keep);
        put_energies("batch", 6, six_distances, six_energies);
        ck_assert_str_eq(left_in("batch", params), expected[keep - 1]);
        ck_assert_double_eq(bench_figure(&bench, "dropped"), 6 - (double)keep);
        bench.figure_count = 0;
    }
}
END_TEST

/* How often each of four is the one that is kept, in 4,000 cases; within five standard deviations. */
static void check_chances(const char *params, const double chances[4])
{
    enum { CASES = 4000 };
    const double distances[] = {2, 3, 4, 5}, energies[] = {-1, -3, -2, 0};
    int counts[4] = {0};
    put_energies("archive", 4, distances, energies);
    for (uint32_t k = 0; k < CASES; k++) {
        bench.context.execution = k;
        counts[left_in("batch", params)[0] - '1']++;
    }
    for (int k = 0; k < 4; k++)
        ck_assert_msg(fabs(counts[k] - CASES * chances[k]) <= 5 * sqrt(CASES * chances[k] * (1 - chances[k])),
                      "%s: %d: %d for %g", params, k, counts[k], CASES * chances[k]);
}

/* The one that r others are below wins with ((4-r)^s - (3-r)^s)/4^s. */
START_TEST(tournaments_have_their_chances)
{
    bench_system(&bench, 2);
    check_chances("{keep: 1, by: {tournament: {size: 1}}, from: archive}", (const double[]){0.25, 0.25, 0.25, 0.25});
    check_chances("{keep: 1, by: tournament, from: archive}",
                  (const double[]){7.0 / 64, 37.0 / 64, 19.0 / 64, 1.0 / 64});
}
END_TEST

START_TEST(boltzmann_has_its_chances)
{
    const double weights[] = {exp(1.0), exp(3.0), exp(2.0), 1}, sum = weights[0] + weights[1] + weights[2] + weights[3];
    double chances[4];
    for (int k = 0; k < 4; k++)
        chances[k] = weights[k] / sum;
    bench_system(&bench, 2);
    check_chances("{keep: 1, by: {boltzmann: {temperature: 1}}, from: archive}", chances);
    ck_assert_int_eq(gd_state_put_real(bench.state, "temperature", 1, &bench.error), GD_OK);
    check_chances("{keep: 1, by: boltzmann, from: archive}", chances);
    ck_assert_int_eq(gd_state_put(bench.state, "temperature", NULL, &bench.error), GD_OK);
    void *self = bench_params(&bench, &gd_stage_select, "{keep: 1, by: boltzmann, from: archive}", &arena);
    ck_assert_int_eq(gd_stage_select.run(&bench.context, self), GD_BAD_INPUT);
}
END_TEST

/* Three clusters, at 2, 3 and 5 Å. */
START_TEST(k_means_keeps_the_lowest_of_each_cluster)
{
    const double distances[] = {2, 5.02, 3.01, 2.01, 2.02, 5.01, 3, 2.03},
                 energies[] = {-9, -2, -3, -8, -7, -1, -4, -6};
    bench_system(&bench, 2);
    for (uint32_t k = 0; k < 20; k++) {
        bench.context.execution = k;
        put_energies("archive", 8, distances, energies);
        ck_assert_str_eq(left_in("batch", "{keep: 3, by: {k-means: {window: 100}}, from: archive}"), "127");
        ck_assert_str_eq(left_in("batch", "{keep: 2, by: k-means, from: archive}"), "17"); /* 5 Å is too high */
        ck_assert_str_eq(left_in("batch", "{keep: 3, by: {k-means: {window: 1}}, from: archive}"), "14");
    }
}
END_TEST

Suite *suite_select(void);

Suite *suite_select(void)
{
    Suite *suite = suite_create("select");
    TCase *tests = tcase_create("select");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_farthest_are_chosen);
    tcase_add_test(tests, without_an_archive_the_first_is_new);
    tcase_add_test(tests, clashes_are_the_last_to_be_chosen);
    tcase_add_test(tests, the_rest_is_chosen_at_random);
    tcase_add_test(tests, shares_add_up);
    tcase_add_test(tests, the_lowest_are_chosen);
    tcase_add_test(tests, the_shares_go_together);
    tcase_add_test(tests, an_energy_that_is_not_finite_is_said);
    tcase_add_test(tests, every_selection);
    tcase_add_test(tests, the_lowest_energies_are_kept);
    tcase_add_test(tests, tournaments_have_their_chances);
    tcase_add_test(tests, boltzmann_has_its_chances);
    tcase_add_test(tests, k_means_keeps_the_lowest_of_each_cluster);
    suite_add_tcase(suite, tests);
    return suite;
}

/* The stages that judge proposals and exchange structures between temperatures, and every criterion. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stages/criterion.h"
#include "unit/example.h"
#include "unit/stages/bench.h"
#include "unit/statistics.h"
#include "unit/suites.h"

extern const struct gd_stage gd_stage_perturb, gd_stage_accept, gd_stage_exchange;

static struct bench bench;
static struct gd_arena arena;

static void setup(void)
{
    arena = (struct gd_arena){0};
    bench_open(&bench);
    bench.context.threads = 1;
    bench_system(&bench, 1);
}

static void teardown(void)
{
    bench_close(&bench);
    gd_arena_clear(&arena);
}

/* Structures of one atom, evaluated as numbers first, first + 1, ..., in a slot. Without energies: all of energy 0. */
static struct gd_set *put(const char *slot, size_t count, const double *energies, int64_t first)
{
    double *positions = calloc(count, sizeof(double[3]));
    for (size_t k = 0; k < count; k++)
        positions[3 * k] = (double)first + (double)k;
    struct gd_set *set = bench_set(gd_state_get(bench.state, "system"), count, positions);
    for (size_t k = 0; k < count; k++) {
        set->energies[k] = energies ? energies[k] : 0;
        set->serials[k] = isfinite(set->energies[k]) ? first + (int64_t)k : 0;
        set->path_weights[k] = 0.5;
    }
    free(positions);
    ck_assert_int_eq(gd_state_put(bench.state, slot, set, &bench.error), GD_OK);
    return set;
}

static enum gd_status run(const struct gd_stage *stage, const char *yaml)
{
    bench.figure_count = 0;
    return stage->run(&bench.context, bench_params(&bench, stage, yaml, &arena));
}

static void run_fine(const struct gd_stage *stage, const char *yaml)
{
    ck_assert_msg(run(stage, yaml) == GD_OK, "%s", bench.error.text);
}

static const struct gd_set *population(void)
{
    return gd_state_get(bench.state, "population");
}

static struct gd_chain *chain(size_t k)
{
    return &((struct gd_chains *)gd_state_get(bench.state, "chains"))->chains[k];
}

/* What a chain takes, or keeps, its energy has decided: its path has no weight. */
static void check_paths(void)
{
    for (size_t k = 0; k < population()->count; k++)
        ck_assert_double_nan(population()->path_weights[k]);
}

/* --- accept ------------------------------------------------------------------------------------------------------- */

START_TEST(the_first_structures_begin_chains)
{
    struct gd_set *batch = put("batch", 3, (const double[]){2, NAN, 1}, 1);
    batch->positions[0] = INFINITY; /* no place to go on from */
    run_fine(&gd_stage_accept, "{}");
    ck_assert_uint_eq(population()->count, 2);
    ck_assert(isnan(population()->energies[0]));
    ck_assert_double_eq(population()->energies[1], 1);
    check_paths();
    ck_assert_double_eq(bench_figure(&bench, "accepted"), 2);
    ck_assert_double_eq(bench_figure(&bench, "invalid"), 1);
}
END_TEST

/* Whatever the criterion of chains: what has no energy is not taken, and by a chain without energy anything else is. */
START_TEST(every_criterion_keeps_valid_structures)
{
    const struct gd_component *const *criteria = gd_registry_components(bench.registry, "criterion");
    for (; *criteria; criteria++) {
        struct gd_text text = {0};
        if (((const struct gd_criterion_class *)*criteria)->renew)
            continue;
        gd_text_print(&text, "{criterion: {%s: ", (*criteria)->name);
        example_rows(&text, (*criteria)->params, NULL, NULL);
        gd_text_print(&text, "}}");
        char *yaml = gd_text_take(&text);
        put("population", 4, (const double[]){1, NAN, 1, NAN}, 1);
        put("batch", 4, (const double[]){NAN, 9, -1, NAN}, 11);
        run_fine(&gd_stage_accept, yaml);
        const int64_t serials[] = {1, 12, 13, 0}; /* all criteria take lower energies */
        for (size_t k = 0; k < 4; k++) {
            ck_assert_msg(population()->serials[k] == serials[k], "%s: chain %zu", yaml, k);
            ck_assert_double_eq(chain(k)->outcome, serials[k] > 10 ? GD_CHAIN_ACCEPTED : GD_CHAIN_REJECTED);
            if (serials[k] > 10)
                ck_assert_double_eq(population()->positions[3 * k], (double)serials[k]);
        }
        check_paths();
        ck_assert_double_eq(bench_figure(&bench, "accepted"), 2);
        ck_assert_double_eq(bench_figure(&bench, "invalid"), 2);
        ck_assert_double_eq(bench_figure(&bench, "lowest"), -1);
        ck_assert_double_eq(bench_figure(&bench, "mean"), 3);
        free(yaml);
    }
}
END_TEST

START_TEST(other_numbers_of_structures_are_refused)
{
    put("population", 2, NULL, 1);
    put("batch", 3, NULL, 3);
    ck_assert_int_eq(run(&gd_stage_accept, "{criterion: lowest}"), GD_FAILED);
    ck_assert_ptr_nonnull(strstr(bench.error.text, "3 proposals for 2 chains"));
}
END_TEST

START_TEST(thresholds)
{
    put("population", 4, NULL, 1);
    put("batch", 4, (const double[]){0.2, 0.21, -5, 0}, 11);
    run_fine(&gd_stage_accept, "{criterion: {threshold: {rise: 0.2}}}");
    ck_assert_int_eq(population()->serials[0], 11);
    ck_assert_int_eq(population()->serials[1], 2);
    ck_assert_int_eq(population()->serials[2], 13);
    ck_assert_int_eq(population()->serials[3], 14);
    put("population", 2, NULL, 1);
    put("batch", 2, (const double[]){0, -1e-9}, 11);
    run_fine(&gd_stage_accept, "{criterion: lowest}");
    ck_assert_int_eq(population()->serials[0], 1);
    ck_assert_int_eq(population()->serials[1], 12);
}
END_TEST

enum { MANY = 20000 };

/* How many of many proposals of one rise are accepted. */
static double count_accepted(double rise, const char *yaml)
{
    static double energies[MANY];
    for (size_t k = 0; k < MANY; k++)
        energies[k] = rise;
    put("population", MANY, NULL, 1);
    put("batch", MANY, energies, MANY + 1);
    run_fine(&gd_stage_accept, yaml);
    ck_assert_double_eq(bench_figure(&bench, "accepted") + bench_figure(&bench, "not_accepted"), MANY);
    return bench_figure(&bench, "accepted");
}

static void check_share(double accepted, double chance)
{
    ck_assert_double_lt(fabs(accepted - chance * MANY), SIGMAS_BOUND * sqrt(MANY * chance * (1 - chance)) + 1e-9);
}

/* The temperature is the criterion's own, that of the chain, or the slot's, in this order. */
START_TEST(metropolis_accepts_by_boltzmann_factors)
{
    check_share(count_accepted(0.1, "{criterion: {metropolis: {temperature: 0.2}}}"), exp(-0.5));
    check_share(count_accepted(-0.1, "{criterion: {metropolis: {temperature: 0.2}}}"), 1);
    ck_assert_int_eq(gd_state_put_real(bench.state, "temperature", 0.1, &bench.error), GD_OK);
    check_share(count_accepted(0.1, "{criterion: metropolis}"), exp(-1));
    check_share(count_accepted(0.1, "{criterion: {metropolis: {temperature: 0.2}}}"), exp(-0.5));
    for (size_t k = 0; k < MANY; k++)
        chain(k)->temperature = 0.05;
    check_share(count_accepted(0.1, "{criterion: metropolis}"), exp(-2));
    check_share(count_accepted(0.1, "{criterion: {metropolis: {temperature: 0.2}}}"), exp(-0.5));
}
END_TEST

/* Harmonic springs about the middle of the box: after many steps, the places of the chains have the Boltzmann
 * distribution, and a mean energy of 3/2 T. */
static double spring(const double place[3])
{
    return 0.5 * (pow(place[0] - 6, 2) + pow(place[1] - 6, 2) + pow(place[2] - 6, 2));
}

static double boltzmann_cdf(const void *self, double x)
{
    return stat_normal_cdf(x / sqrt(*(const double *)self));
}

START_TEST(metropolis_samples_the_boltzmann_distribution)
{
    enum { CHAINS = 2000, STEPS = 150 };
    const double temperature = 0.2;
    static double x[CHAINS];
    double mean = 0;
    struct gd_set *start = put("population", CHAINS, NULL, 1);
    for (size_t c = 0; c < 3 * CHAINS; c++)
        start->positions[c] = 6.2;
    for (size_t k = 0; k < CHAINS; k++)
        start->energies[k] = spring(start->positions + 3 * k);
    put("batch", CHAINS, NULL, 1);
    for (uint32_t step = 0; step < STEPS; step++) {
        bench.context.execution = step;
        bench.context.step = "perturb";
        run_fine(&gd_stage_perturb, "{move: {rattle: {amplitude: 0.9}}}");
        struct gd_set *batch = gd_state_get(bench.state, "batch");
        for (size_t k = 0; k < CHAINS; k++)
            batch->energies[k] = spring(batch->positions + 3 * k);
        bench.context.step = "accept";
        run_fine(&gd_stage_accept, "{criterion: {metropolis: {temperature: 0.2}}}");
    }
    for (size_t k = 0; k < CHAINS; k++) {
        x[k] = population()->positions[3 * k + k % 3] - 6;
        mean += population()->energies[k] / CHAINS;
    }
    ck_assert_double_lt(stat_kolmogorov(x, CHAINS, boltzmann_cdf, &temperature), KOLMOGOROV_BOUND);
    ck_assert_double_lt(fabs(mean - 1.5 * temperature), SIGMAS_BOUND * temperature * sqrt(1.5 / CHAINS));
}
END_TEST

/* The feedback of Goedecker's method: a return, a new minimum that is accepted, a known one that is not. */
START_TEST(minima_hopping_adapts_each_chain)
{
    put("archive", 3, (const double[]){7, 0, 5}, 1); /* of which the last is a proposal that is judged now */
    put("population", 3, NULL, 1);
    put("batch", 3, (const double[]){0.0005, 0.4, 7}, 3);
    const char *yaml = "{criterion: {minima-hopping: {difference: 0.5, accepted: 0.9, rejected: 1.2, returned: 1.3, "
                       "known: 1.4, found: 0.8}}}";
    run_fine(&gd_stage_accept, yaml);
    ck_assert_double_eq(bench_figure(&bench, "same"), 1);
    ck_assert_double_eq(bench_figure(&bench, "accepted"), 1);
    ck_assert_double_eq(bench_figure(&bench, "not_accepted"), 1);
    const double kinetic[] = {1.3, 0.8, 1.4}, threshold[] = {1, 0.9, 1.2};
    for (size_t k = 0; k < 3; k++) {
        ck_assert_double_eq_tol(chain(k)->kinetic, kinetic[k], 1e-12);
        ck_assert_double_eq_tol(chain(k)->threshold, threshold[k], 1e-12);
    }
    ck_assert_int_eq(population()->serials[0], 1);
    ck_assert_int_eq(population()->serials[1], 4);
    put("batch", 3, (const double[]){0.52, 0.852, 0.59}, 11); /* up by 0.52, 0.452 and 0.59 */
    run_fine(&gd_stage_accept, yaml);
    ck_assert_int_eq(population()->serials[0], 1);  /* at most 0.5 */
    ck_assert_int_eq(population()->serials[1], 4);  /* at most 0.45 */
    ck_assert_int_eq(population()->serials[2], 13); /* at most 0.6 */
}
END_TEST

START_TEST(old_proposals_alone_are_known)
{
    put("archive", 1, (const double[]){0.3}, 3); /* the proposal itself */
    put("population", 1, NULL, 1);
    put("batch", 1, (const double[]){0.3}, 3);
    run_fine(&gd_stage_accept, "{criterion: {minima-hopping: {known: 2, found: 0.5}}}");
    ck_assert_double_eq(chain(0)->kinetic, 0.5);
}
END_TEST

/* --- exchange ----------------------------------------------------------------------------------------------------- */

START_TEST(ladders_are_geometric)
{
    put("population", 3, NULL, 1);
    run_fine(&gd_stage_exchange, "{from: 0.1, to: 0.9}");
    const double temperatures[] = {0.1, 0.3, 0.9};
    for (size_t k = 0; k < 3; k++)
        ck_assert_double_eq_tol(chain(k)->temperature, temperatures[k], 1e-12);
    ck_assert_double_eq(gd_state_real(bench.state, "temperature", 0), 0.1);
    put("population", 1, NULL, 1);
    run_fine(&gd_stage_exchange, "{from: 0.1, to: 0.9}");
    ck_assert_double_eq(chain(0)->temperature, 0.1);
}
END_TEST

/* Structures only change places, each time between neighbours, even and odd pairs in turn; those without an energy
 * stay. */
START_TEST(exchanges_keep_the_structures)
{
    enum { CHAINS = 9 };
    const double energies[CHAINS] = {8, 7, 6, NAN, 4, 3, 2, 1, 0}; /* the hot chains have the low energies */
    put("population", CHAINS, energies, 1);
    bool moved[CHAINS] = {false};
    for (uint32_t execution = 0; execution < 20; execution++) {
        int64_t before[CHAINS], sum = 0;
        memcpy(before, population()->serials, sizeof before);
        bench.context.execution = execution;
        run_fine(&gd_stage_exchange, "{from: 0.1, to: 1, every: 2}");
        for (size_t k = 0; k < CHAINS; k++) {
            const size_t other = (k + execution / 2) % 2 ? k - 1 : k + 1;
            const int64_t now = population()->serials[k];
            const bool exchanged = now != before[k];
            ck_assert(!exchanged || (execution % 2 == 0 && other < CHAINS && now == before[other]));
            ck_assert_double_eq(population()->positions[3 * k], now ? (double)now : 4.);
            ck_assert(now == 0 || population()->energies[k] == 9. - (double)now);
            moved[k] = moved[k] || exchanged;
            sum += now;
        }
        ck_assert_int_eq(sum, 41); /* 1 + 2 + ... + 9 without the 4 */
    }
    for (size_t k = 0; k < CHAINS; k++)
        ck_assert(moved[k] == (k != 3));
}
END_TEST

/* All pairs of one round, with energies such that each exchanges with the same chance. */
START_TEST(exchanges_are_as_likely_as_they_should_be)
{
    const double first = 1e-3, last = 1e3;
    static double energies[2 * MANY];
    for (size_t k = 0; k < 2 * MANY; k += 2) {
        const double factor = pow(last / first, 1. / (2 * MANY - 1));
        const double temperature = first * pow(factor, (double)k);
        energies[k + 1] = 0.75 / (1 / temperature - 1 / (temperature * factor));
    }
    put("population", 2 * MANY, energies, 1);
    run_fine(&gd_stage_exchange, "{from: 1e-3, to: 1e3}");
    ck_assert_double_eq(bench_figure(&bench, "tried"), MANY);
    check_share(bench_figure(&bench, "exchanged"), exp(-0.75));
    for (size_t k = 0; k < 2 * MANY; k += 2)
        energies[k + 1] *= -1;
    put("population", 2 * MANY, energies, 1);
    run_fine(&gd_stage_exchange, "{from: 1e-3, to: 1e3}");
    ck_assert_double_eq(bench_figure(&bench, "exchanged"), MANY);
}
END_TEST

/* --- The slot ----------------------------------------------------------------------------------------------------- */

START_TEST(chains_are_kept_and_renewed)
{
    struct gd_chains *chains = gd_chains_of(&bench.context, 2);
    chains->chains[1] = (struct gd_chain){.step = 2, .kinetic = 3, .threshold = 4, .temperature = 5, .outcome = 1};
    struct gd_state *copy = gd_state_new(bench.registry);
    ck_assert_int_eq(gd_state_copy(copy, bench.state, "chains", &bench.error), GD_OK);
    const struct gd_chains *copied = gd_state_get(copy, "chains");
    ck_assert_uint_eq(copied->count, 2);
    ck_assert_mem_eq(copied->chains, chains->chains, 2 * sizeof *chains->chains);
    ck_assert_ptr_eq(gd_chains_of(&bench.context, 2), chains);
    ck_assert_double_eq(gd_chains_of(&bench.context, 3)->chains[1].step, 1);
    gd_state_free(copy);
}
END_TEST

START_TEST(spoiled_chains_are_refused)
{
    static const struct gd_chain spoiled[] = {
        {.step = 0, .kinetic = 1, .threshold = 1},
        {.step = 1, .kinetic = NAN, .threshold = 1},
        {.step = 1, .kinetic = 1, .threshold = -1},
        {.step = 1, .kinetic = 1, .threshold = 1, .temperature = -1},
        {.step = 1, .kinetic = 1, .threshold = 1, .outcome = 7},
    };
    for (size_t k = 0; k < sizeof spoiled / sizeof *spoiled; k++) {
        struct gd_error error = {0};
        struct gd_chain one = spoiled[k];
        ck_assert_int_eq(gd_slot_chains.check(&(struct gd_chains){1, &one}, bench.state, &error), GD_BAD_INPUT);
        ck_assert_ptr_nonnull(strstr(error.text, "chain 1"));
    }
}
END_TEST

Suite *suite_chains(void)
{
    Suite *suite = suite_create("chains");
    TCase *tcase = tcase_create("chains");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, the_first_structures_begin_chains);
    tcase_add_test(tcase, every_criterion_keeps_valid_structures);
    tcase_add_test(tcase, other_numbers_of_structures_are_refused);
    tcase_add_test(tcase, thresholds);
    tcase_add_test(tcase, metropolis_accepts_by_boltzmann_factors);
    tcase_add_test(tcase, metropolis_samples_the_boltzmann_distribution);
    tcase_add_test(tcase, minima_hopping_adapts_each_chain);
    tcase_add_test(tcase, old_proposals_alone_are_known);
    tcase_add_test(tcase, ladders_are_geometric);
    tcase_add_test(tcase, exchanges_keep_the_structures);
    tcase_add_test(tcase, exchanges_are_as_likely_as_they_should_be);
    tcase_add_test(tcase, chains_are_kept_and_renewed);
    tcase_add_test(tcase, spoiled_chains_are_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}

/* The stage that crosses structures: what must hold of every crossover that is registered, and how parents are chosen.
 */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/build.h"
#include "atoms/elements.h"
#include "atoms/growth.h"
#include "stages/crossover.h"
#include "stages/fingerprint.h"
#include "unit/stages/bench.h"
#include "unit/suites.h"

extern const struct gd_stage gd_stage_cross;

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

/* --- Systems ------------------------------------------------------------------------------------------------------ */

static const int alloy[] = {78, 29, 78, 29, 79, 78, 29};

enum { MOBILE = sizeof alloy / sizeof *alloy };

/* An empty box of `edge` Å, of which a region may bound the mobile atoms, or a slab of Pt with a window: the seven
 * atoms become the slot `system`. */
static const struct gd_system *make_region(double edge, bool periodic, bool slab, const char *yaml)
{
    struct gd_region region = {0};
    const int64_t size[3] = {4, 4, 2};
    const double window[2] = {1, 5};
    struct gd_structure box = {0};
    struct gd_system *system = calloc(1, sizeof *system);
    if (slab)
        ck_assert_int_eq(gd_build_fcc111(78, size, 3.92, 8, &box, &bench.error), GD_OK);
    else
        ck_assert_int_eq(gd_structure_alloc(&box, 0, false, &bench.error), GD_OK);
    for (int axis = 0; axis < 3 && !slab; axis++) {
        box.cell.vectors[axis][axis] = edge;
        box.cell.periodic[axis] = periodic;
    }
    if (yaml) {
        const struct gd_choice choice = bench_choice(&bench, "region", yaml, &arena);
        ck_assert_int_eq(gd_region_make(&region, &choice, &box, NULL, &bench.error), GD_OK);
        ck_assert_int_eq(gd_system_make_in(system, &box, alloy, MOBILE, &region, &bench.error), GD_OK);
    } else
        ck_assert_int_eq(gd_system_make(system, &box, alloy, MOBILE, slab ? window : NULL, slab, &bench.error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench.state, "system", system, &bench.error), GD_OK);
    gd_structure_clear(&box);
    return system;
}

static const struct gd_system *make_system(double edge, bool periodic, bool slab)
{
    return make_region(edge, periodic, slab, NULL);
}

/* Grown structures with the energies -1, -2, ... and the serials 1, 2, ... */
static struct gd_set *grow(const struct gd_system *system, size_t count)
{
    const struct gd_growth growth = {.near = 0.8, .far = 1.2, .tries = 100, .direction = GD_GROWTH_UNBIASED};
    struct gd_set *set = bench_set(system, 0, NULL);
    double *positions = calloc(system->structure.count, sizeof(double[3]));
    for (uint32_t k = 0; k < count; k++) {
        struct gd_stream stream = gd_stream_make(3, 1, 4, k);
        if (system->fixed)
            memcpy(positions, system->structure.positions, system->fixed * sizeof(double[3]));
        ck_assert_int_eq(gd_growth_place(&growth, system, &stream, (double(*)[3])positions, &bench.error), GD_OK);
        ck_assert_int_eq(gd_set_push(set, positions, &bench.error), GD_OK);
        set->energies[k] = -1.0 - k;
        set->serials[k] = 1 + (int64_t)k;
    }
    free(positions);
    return set;
}

static void put(const char *slot, struct gd_set *set)
{
    ck_assert_int_eq(gd_state_put(bench.state, slot, set, &bench.error), GD_OK);
}

static const struct gd_set *cross(const char *params)
{
    bench.figure_count = 0;
    void *self = bench_params(&bench, &gd_stage_cross, params, &arena);
    ck_assert_msg(gd_stage_cross.run(&bench.context, self) == GD_OK, "%s", bench.error.text);
    return gd_state_get(bench.state, "batch");
}

/* --- Every crossover ---------------------------------------------------------------------------------------------- */

/* The smallest distance of a mobile atom to another, in sums of covalent radii. */
static double closest(const struct gd_system *system, const double *positions)
{
    const int *species = system->structure.species;
    double least = INFINITY;
    for (size_t i = system->fixed; i < system->structure.count; i++)
        for (size_t j = 0; j < i; j++) {
            double difference[3];
            for (size_t axis = 0; axis < 3; axis++)
                difference[axis] = positions[3 * j + axis] - positions[3 * i + axis];
            least = fmin(least, gd_minimum_image(&system->basis, difference) /
                                    (gd_element_radius(species[i]) + gd_element_radius(species[j])));
        }
    return least;
}

/* Template in its place, mobile atoms in the window; counts those children that are too close. */
static void check_children(const struct gd_system *system, const struct gd_set *children, double near, const char *name)
{
    int close = 0;
    for (size_t k = 0; k < children->count; k++) {
        const double *positions = children->positions + 3 * children->atoms * k;
        close += closest(system, positions) < near;
        if (system->fixed)
            ck_assert_mem_eq(positions, system->structure.positions, system->fixed * sizeof(double[3]));
        for (size_t i = system->fixed; i < children->atoms; i++) {
            for (size_t axis = 0; axis < 3; axis++)
                ck_assert(isfinite(positions[3 * i + axis]));
            ck_assert(gd_system_contains(system, positions + 3 * i));
        }
        ck_assert(isnan(children->energies[k]) && children->serials[k] == 0);
    }
    ck_assert_msg(close == (int)bench_figure(&bench, "close"), "%s: %d", name, close);
    ck_assert_mem_eq(children->species + system->fixed, alloy, sizeof alloy);
}

/* How many children are a parent's copy, to rounding. */
static size_t count_copies(const struct gd_system *system, const struct gd_set *parents, const struct gd_set *children)
{
    const struct gd_choice choice = bench_choice(&bench, "fingerprint", "distances", &arena);
    struct gd_fingerprints of[2];
    size_t copies = 0;
    ck_assert_int_eq(gd_fingerprints_make(&of[0], &choice, system, parents, 1, &bench.error), GD_OK);
    ck_assert_int_eq(gd_fingerprints_make(&of[1], &choice, system, children, 1, &bench.error), GD_OK);
    for (size_t k = 0; k < children->count; k++) {
        bool copy = false;
        for (size_t j = 0; j < parents->count; j++)
            copy = copy || gd_fingerprint_distance(&of[1], k, &of[0], j) < 1e-9;
        copies += copy;
    }
    gd_fingerprints_clear(&of[0]);
    gd_fingerprints_clear(&of[1]);
    return copies;
}

enum { CHILDREN = 40 };

static void check_crossover(const struct gd_system *system, const char *name)
{
    struct gd_set *known = gd_set_copy(gd_state_get(bench.state, "archive"), NULL, 8, &bench.error);
    char params[128];
    snprintf(params, sizeof params, "{count: %d, crossover: %s, tries: 200}", CHILDREN, name);
    bench.context.threads = 3;
    struct gd_set *one = gd_set_copy(cross(params), NULL, CHILDREN, &bench.error);
    bench.context.threads = 1;
    const struct gd_set *children = cross(params);
    ck_assert_uint_eq(children->count, CHILDREN);
    ck_assert_mem_eq(one->positions, children->positions, CHILDREN * children->atoms * sizeof(double[3]));
    check_children(system, children, 0.7, name);
    ck_assert_msg(bench_figure(&bench, "close") < CHILDREN / 2, "%s: %g", name, bench_figure(&bench, "close"));
    size_t copies = count_copies(system, known, children);
    ck_assert_msg(copies <= CHILDREN / 4, "%s: %zu copies", name, copies);
    ck_assert_msg(bench_figure(&bench, "copies") <= (double)copies, "%s: %zu copies", name, copies);
    bench.context.seed++;
    ck_assert(memcmp(one->positions, cross(params)->positions, CHILDREN * one->atoms * sizeof(double[3])) != 0);
    gd_set_free(one);
    gd_set_free(known);
}

START_TEST(every_crossover)
{
    static const struct {
        double edge;
        bool periodic, slab;
        const char *region;
    } systems[] = {{14, false, false, NULL},
                   {9, true, false, NULL},
                   {0, true, true, NULL},
                   {14, true, false, "{sphere: {radius: 5}}"},
                   {14, true, false, "{cylinder: {radius: 5, length: 9}}"}};
    size_t tried = 0;
    for (size_t k = 0; k < sizeof systems / sizeof *systems; k++) {
        const struct gd_system *system =
            make_region(systems[k].edge, systems[k].periodic, systems[k].slab, systems[k].region);
        put("archive", grow(system, 8));
        for (const struct gd_crossover_class *const *type = gd_crossovers; *type; type++, tried++)
            check_crossover(system, (*type)->base.name);
    }
    ck_assert_uint_ge(tried, 15);
}
END_TEST

/* --- Each by itself ----------------------------------------------------------------------------------------------- */

/* Where a parent is both, nothing is left of the other: of what is not turned, the parent remains. */
START_TEST(a_parent_crossed_with_itself_is_itself)
{
    static const char *const each[] = {"cut-splice", "{cut-splice: {align: false}}", "slabs", "permutation"};
    const struct gd_system *system = make_system(0, true, true);
    put("archive", grow(system, 1));
    for (size_t k = 0; k < sizeof each / sizeof *each; k++) {
        char params[128];
        snprintf(params, sizeof params, "{count: 10, crossover: %s, near: 0.5}", each[k]);
        ck_assert_uint_eq(count_copies(system, gd_state_get(bench.state, "archive"), cross(params)), 10);
    }
}
END_TEST

static int by_place(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(double[3]));
}

START_TEST(permutation_keeps_the_places_of_a_parent)
{
    const struct gd_system *system = make_system(14, false, false);
    struct gd_set *parents = grow(system, 6);
    put("archive", parents);
    struct gd_set *children = gd_set_copy(cross("{count: 50, crossover: permutation}"), NULL, 50, &bench.error);
    size_t changed = 0;
    for (size_t k = 0; k < children->count; k++) {
        double *child = children->positions + (size_t)3 * MOBILE * k;
        size_t alike = 0;
        for (size_t j = 0; j < parents->count; j++) {
            const double *parent = parents->positions + (size_t)3 * MOBILE * j;
            bool here = true;
            for (size_t i = 0; i < MOBILE; i++) {
                bool found = false;
                for (size_t at = 0; at < MOBILE; at++)
                    found = found || (fabs(parent[3 * at] - child[3 * i]) < 1e-9 &&
                                      fabs(parent[3 * at + 1] - child[3 * i + 1]) < 1e-9 &&
                                      fabs(parent[3 * at + 2] - child[3 * i + 2]) < 1e-9);
                here = here && found;
            }
            alike += here;
        }
        ck_assert_uint_eq(alike, 1);
        qsort(child, MOBILE, sizeof(double[3]), by_place); /* no place twice */
        for (size_t i = 1; i < MOBILE; i++)
            changed += memcmp(child + 3 * i, child + 3 * (i - 1), sizeof(double[3])) != 0;
    }
    ck_assert_uint_eq(changed, (MOBILE - 1) * children->count);
    gd_set_free(children);
}
END_TEST

/* On a slab every atom of an aligned child is a parent's, moved in the plane for the second; and some come from each.
 */
START_TEST(cut_and_splice_takes_from_both)
{
    const struct gd_system *system = make_system(0, true, true);
    struct gd_set *parents = grow(system, 2);
    put("archive", parents);
    struct gd_set *children =
        gd_set_copy(cross("{count: 30, crossover: cut-splice, near: 0.01}"), NULL, 30, &bench.error);
    const size_t numbers = 3 * children->atoms;
    ck_assert_double_eq(bench_figure(&bench, "copies"), 0);
    for (size_t k = 0; k < children->count; k++) {
        size_t from[2] = {0};
        for (size_t i = system->fixed; i < children->atoms; i++)
            for (size_t parent = 0; parent < 2; parent++)
                for (size_t j = system->fixed; j < children->atoms; j++)
                    from[parent] += children->species[i] == children->species[j] &&
                                    fabs(children->positions[numbers * k + 3 * i + 2] -
                                         parents->positions[numbers * parent + 3 * j + 2]) < 1e-9;
        ck_assert_uint_ge(from[0], 1);
        ck_assert_uint_ge(from[1], 1);
        ck_assert_uint_eq(from[0] + from[1], MOBILE);
    }
    gd_set_free(children);
}
END_TEST

/* No child is far enough: the more tries, the less close. The first try is the same. */
START_TEST(after_all_tries_the_least_close_one_is_taken)
{
    const struct gd_system *system = make_system(0, true, true);
    double before[20] = {0};
    int better = 0;
    put("archive", grow(system, 6));
    for (int more = 0; more < 3; more++) {
        char params[64];
        snprintf(params, sizeof params, "{count: 20, near: 9, tries: %d}", more == 0 ? 1 : 5 * more);
        const struct gd_set *children = cross(params);
        ck_assert_double_eq(bench_figure(&bench, "close") + bench_figure(&bench, "copies"), 20);
        for (size_t k = 0; k < 20; k++) {
            const double least = closest(system, children->positions + 3 * children->atoms * k);
            ck_assert_double_ge(least, before[k]);
            better += least > before[k];
            before[k] = least;
        }
    }
    ck_assert_int_gt(better, 30);
}
END_TEST

/* --- Parents ------------------------------------------------------------------------------------------------------ */

/* Which parent's places the children of a permutation have, of three parents. */
static void count_mothers(const struct gd_set *parents, const char *params, double counts[3])
{
    const struct gd_set *children = cross(params);
    const size_t numbers = (size_t)3 * MOBILE;
    memset(counts, 0, 3 * sizeof *counts);
    for (size_t k = 0; k < children->count; k++)
        for (size_t j = 0; j < 3; j++)
            for (size_t at = 0; at < MOBILE; at++)
                counts[j] +=
                    fabs(children->positions[numbers * k] - parents->positions[numbers * j + 3 * at]) < 1e-9 &&
                    fabs(children->positions[numbers * k + 1] - parents->positions[numbers * j + 3 * at + 1]) < 1e-9;
}

/* The chance of each of three to be the first of two that are drawn one after the other without return, in either
 * order. */
static void expect_mothers(const double weights[3], double chances[3])
{
    const double sum = weights[0] + weights[1] + weights[2];
    for (int i = 0; i < 3; i++) {
        chances[i] = weights[i] / sum;
        for (int j = 0; j < 3; j++)
            if (j != i)
                chances[i] += weights[j] / sum * weights[i] / (sum - weights[j]);
        chances[i] /= 2;
    }
}

START_TEST(parents_are_chosen_by_fitness_and_rarity)
{
    enum { COUNT = 20000 };
    static const struct {
        double energies[3];
        int repeats; /* more structures of the archive with the energy of the first */
        double weights[3];
    } cases[] = {
        {{-3, -2, -1}, 0, {0.8807970779778824, 0.5, 0.11920292202211758}}, /* (1 - tanh(-1))/2, ... */
        {{-2, -2, -2}, 0, {1, 1, 1}},                                      /* each has two of its energy */
        {{-3, -2, -2},
         8,
         {0.8807970779778824 / 3, 0.11920292202211758 / 1.4142135623730951, 0.11920292202211758 / 1.4142135623730951}},
    };
    const struct gd_system *system = make_system(14, false, false);
    struct gd_set *parents = grow(system, 3);
    put("population", parents);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        double counts[3], chances[3];
        struct gd_set *archive = grow(system, 3 + (size_t)cases[k].repeats);
        for (size_t j = 0; j < archive->count; j++)
            archive->energies[j] = cases[k].energies[j < 3 ? j : 0] + (j < 3 ? 0 : 0.01);
        memcpy(parents->energies, cases[k].energies, sizeof cases[k].energies);
        put("archive", archive);
        count_mothers(parents, "{count: 20000, crossover: permutation, tries: 1}", counts);
        expect_mothers(cases[k].weights, chances);
        ck_assert_double_eq(counts[0] + counts[1] + counts[2], COUNT);
        for (int j = 0; j < 3; j++) /* five standard deviations */
            ck_assert_msg(fabs(counts[j] - COUNT * chances[j]) < 5 * sqrt(COUNT * chances[j] * (1 - chances[j])),
                          "case %zu: %g for %g", k, counts[j], COUNT * chances[j]);
    }
}
END_TEST

START_TEST(structures_without_an_energy_are_no_parents)
{
    const struct gd_system *system = make_system(14, false, false);
    struct gd_set *parents = grow(system, 3);
    double counts[3];
    put("archive", grow(system, 3));
    put("population", parents);
    parents->energies[1] = NAN;
    count_mothers(parents, "{count: 50, crossover: permutation, tries: 1}", counts);
    ck_assert(counts[0] > 0 && counts[1] == 0 && counts[2] > 0);
    parents->energies[0] = parents->energies[2] = NAN;
    void *self = bench_params(&bench, &gd_stage_cross, "{}", &arena);
    ck_assert_int_eq(gd_stage_cross.run(&bench.context, self), GD_FAILED);
    ck_assert_str_eq(bench.error.text, "step: none of the 3 parents has an energy");
}
END_TEST

START_TEST(what_changes_nothing_is_said)
{
    const struct gd_system *system = bench_system(&bench, 4);
    double positions[2 * 4 * 3] = {0};
    for (size_t i = 0; i < 8; i++)
        positions[3 * i] = 2.5 * (double)i;
    struct gd_set *parents = bench_set(system, 2, positions);
    parents->energies[0] = parents->energies[1] = 1;
    put("archive", parents);
    cross("{count: 5, crossover: permutation}");
    ck_assert_double_eq(bench_figure(&bench, "copies"), 5);
    ck_assert_int_eq(bench.warnings, 1);
    ck_assert_str_eq(bench.message, "step: 5 of 5 children are copies of parents: permutation changes little here");
}
END_TEST

Suite *suite_cross(void);

Suite *suite_cross(void)
{
    Suite *suite = suite_create("cross");
    TCase *tests = tcase_create("cross");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, every_crossover);
    tcase_add_test(tests, a_parent_crossed_with_itself_is_itself);
    tcase_add_test(tests, permutation_keeps_the_places_of_a_parent);
    tcase_add_test(tests, cut_and_splice_takes_from_both);
    tcase_add_test(tests, after_all_tries_the_least_close_one_is_taken);
    tcase_add_test(tests, parents_are_chosen_by_fitness_and_rarity);
    tcase_add_test(tests, structures_without_an_energy_are_no_parents);
    tcase_add_test(tests, what_changes_nothing_is_said);
    suite_add_tcase(suite, tests);
    return suite;
}

/* Fingerprints of structures: what must hold of every one that is registered, and what each one is. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/build.h"
#include "stages/fingerprint.h"
#include "unit/stages/bench.h"
#include "unit/suites.h"

static struct bench bench;
static struct gd_arena arena;
static struct gd_stream stream;

static void setup(void)
{
    arena = (struct gd_arena){0};
    bench_open(&bench);
    stream = gd_stream_make(5, 6, 7, 8);
}

static void teardown(void)
{
    bench_close(&bench);
    gd_arena_clear(&arena);
}

static struct gd_choice choice_of(const char *text)
{
    return bench_choice(&bench, "fingerprint", text, &arena);
}

static struct gd_fingerprints make(const struct gd_choice *choice, const struct gd_system *system,
                                   const struct gd_set *set)
{
    struct gd_fingerprints made;
    ck_assert_msg(gd_fingerprints_make(&made, choice, system, set, bench.context.threads, &bench.error) == GD_OK, "%s",
                  bench.error.text);
    ck_assert_uint_eq(made.count, set->count);
    return made;
}

/* --- Every fingerprint -------------------------------------------------------------------------------------------- */

/* Mobile atoms in an empty box of 30 Å that nothing repeats. */
static struct gd_system *free_system(const int *species, size_t count)
{
    struct gd_structure box = {0};
    struct gd_system *system = calloc(1, sizeof *system);
    ck_assert_int_eq(gd_structure_alloc(&box, 0, false, &bench.error), GD_OK);
    for (int axis = 0; axis < 3; axis++)
        box.cell.vectors[axis][axis] = 30;
    ck_assert_int_eq(gd_system_make(system, &box, species, count, NULL, false, &bench.error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench.state, "system", system, &bench.error), GD_OK);
    gd_structure_clear(&box);
    return system;
}

/* Two Pt and a Cu on a slab of 3 x 3 Pt; it becomes the slot `system`. */
static struct gd_system *slab_system(void)
{
    const int64_t size[3] = {3, 3, 2};
    const int species[] = {78, 29, 78};
    const double window[2] = {1, 5};
    struct gd_structure slab = {0};
    struct gd_system *system = calloc(1, sizeof *system);
    ck_assert_int_eq(gd_build_fcc111(78, size, 3.92, 8, &slab, &bench.error), GD_OK);
    ck_assert_int_eq(gd_system_make(system, &slab, species, 3, window, true, &bench.error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench.state, "system", system, &bench.error), GD_OK);
    gd_structure_clear(&slab);
    return system;
}

enum { ATOMS = 7 };

static const int metals[ATOMS] = {78, 29, 78, 78, 29, 78, 79};

/* Turned about an axis by an angle (Rodrigues), then shifted. */
static void turn(const double *from, const double axis[3], double angle, double shift, double *to)
{
    const double c = cos(angle), s = sin(angle);
    for (size_t i = 0; i < ATOMS; i++) {
        const double *p = from + 3 * i;
        double along = axis[0] * p[0] + axis[1] * p[1] + axis[2] * p[2];
        for (int k = 0; k < 3; k++) {
            int a = (k + 1) % 3, b = (k + 2) % 3;
            to[3 * i + (size_t)k] =
                p[k] * c + (axis[a] * p[b] - axis[b] * p[a]) * s + axis[k] * along * (1 - c) + shift;
        }
    }
}

static void swap_atoms(double *positions, size_t i, size_t j)
{
    for (size_t axis = 0; axis < 3; axis++) {
        double former = positions[3 * i + axis];
        positions[3 * i + axis] = positions[3 * j + axis];
        positions[3 * j + axis] = former;
    }
}

/* A cluster, turned and shifted, with like atoms exchanged; as a chain; and with unlike atoms exchanged, which leaves
 * no end of the chain as it was. */
static struct gd_set *clusters(const struct gd_system *system)
{
    double *at[5], *positions = calloc(5 * 3 * ATOMS, sizeof *positions);
    for (size_t k = 0; k < 5; k++)
        at[k] = positions + 3 * ATOMS * k;
    for (size_t k = 0; k < (size_t)3 * ATOMS; k++) {
        at[0][k] = 4 * gd_stream_uniform(&stream);
        at[3][k] = k % 3 == 0 ? 2.5 * (double)(k / 3) : 0;
    }
    turn(at[0], (const double[]){0.6, 0, 0.8}, 1.1, 9, at[1]);
    memcpy(at[2], at[0], 3 * ATOMS * sizeof(double));
    swap_atoms(at[2], 0, 5);
    swap_atoms(at[2], 1, 4);
    memcpy(at[4], at[3], 3 * ATOMS * sizeof(double));
    swap_atoms(at[4], 0, 1);
    struct gd_set *set = bench_set(system, 5, positions);
    free(positions);
    for (size_t k = 0; k < 5; k++)
        set->energies[k] = 1.5;
    return set;
}

/* Fails the test unless fingerprints 0, 1 .. alike-1 are the same, and those after are not, neither with the first nor
 * with each other. */
static void check_classes(const struct gd_fingerprints *made, size_t alike, const char *name)
{
    for (size_t k = 0; k < made->count; k++)
        for (size_t j = 0; j < made->count; j++) {
            double distance = gd_fingerprint_distance(made, k, made, j);
            bool same = k == j || (k < alike && j < alike);
            ck_assert_msg(distance == gd_fingerprint_distance(made, j, made, k), "%s: %zu %zu", name, k, j);
            ck_assert_msg(gd_fingerprint_same(made, k, made, j) == same, "%s: %zu %zu: %g", name, k, j, distance);
            ck_assert_msg(!same || distance < 1e-9, "%s: %zu %zu: %g", name, k, j, distance);
        }
}

/* The tests below, with every fingerprint and its default parameters. */
static void check_each(const struct gd_system *system, const struct gd_set *set, size_t alike)
{
    size_t tried = 0;
    for (const struct gd_fingerprint_class *const *type = gd_fingerprint_classes; *type; type++, tried++) {
        struct gd_choice choice = choice_of((*type)->base.name);
        struct gd_fingerprints made[2];
        for (int threads = 0; threads < 2; threads++) {
            bench.context.threads = 1 + 2 * threads;
            made[threads] = make(&choice, system, set);
        }
        check_classes(&made[0], alike, (*type)->base.name);
        ck_assert_mem_eq(made[0].values, made[1].values, made[0].count * made[0].length * sizeof(double));
        gd_fingerprints_clear(&made[0]);
        gd_fingerprints_clear(&made[1]);
    }
    ck_assert_uint_ge(tried, 3);
}

START_TEST(every_fingerprint_of_a_cluster)
{
    const struct gd_system *system = free_system(metals, ATOMS);
    struct gd_set *set = clusters(system);
    check_each(system, set, 3);
    gd_set_free(set);
}
END_TEST

/* The slab with mobile atoms at the points, each moved by `shift` of the cell's vectors. */
static void place(const struct gd_system *system, const double points[3][3], const double shift[2], double *positions)
{
    size_t bytes = system->fixed * sizeof(double[3]);
    memcpy(positions, system->structure.positions, bytes);
    for (size_t i = 0; i < 3; i++)
        for (int axis = 0; axis < 3; axis++)
            positions[3 * (system->fixed + i) + (size_t)axis] = points[i][axis] +
                                                                shift[0] * system->structure.cell.vectors[0][axis] +
                                                                shift[1] * system->structure.cell.vectors[1][axis];
}

START_TEST(every_fingerprint_on_a_slab)
{
    const struct gd_system *system = slab_system();
    const size_t each = 3 * system->structure.count;
    const double z = system->window[0];
    const double points[3][3] = {{0.3, 0.9, z}, {2.9, 1.1, z + 0.4}, {4.1, 3.3, z + 1.7}};
    const double swapped[3][3] = {{4.1, 3.3, z + 1.7}, {2.9, 1.1, z + 0.4}, {0.3, 0.9, z}};
    const double other[3][3] = {{2.9, 1.1, z + 0.4}, {0.3, 0.9, z}, {4.1, 3.3, z + 1.7}}; /* of another element */
    double *positions = calloc(5 * each, sizeof *positions);
    place(system, points, (const double[]){0, 0}, positions);
    place(system, swapped, (const double[]){0, 0}, positions + each);
    place(system, points, (const double[]){1, -2}, positions + 2 * each);            /* periodic images */
    place(system, points, (const double[]){1.0 / 3, 2.0 / 3}, positions + 3 * each); /* of the template's lattice */
    place(system, other, (const double[]){0, 0}, positions + 4 * each);
    struct gd_set *set = bench_set(system, 5, positions);
    check_each(system, set, 4);
    gd_set_free(set);
    free(positions);
}
END_TEST

/* --- Each by itself ----------------------------------------------------------------------------------------------- */

/* Pt, Cu and Pt in the empty box of 12 Å: Pt-Cu 3 Å, Pt-Pt 2 Å, Cu-Pt √13 Å; the second with `more` added to the first
 * distance. */
static struct gd_set *three_atoms(struct gd_system **system, double more)
{
    const double positions[] = {1, 1, 1, 1, 1, 4, 1, 3, 1, 1, 1, 1, 1, 1, 4 + more, 1, 3, 1};
    *system = bench_system(&bench, 3);
    (*system)->structure.species[1] = 29;
    return bench_set(*system, 2, positions);
}

START_TEST(distances_are_sorted)
{
    struct gd_system *system;
    struct gd_set *set = three_atoms(&system, 0);
    struct gd_choice choice = choice_of("{distances: {within: 0.2}}");
    struct gd_fingerprints made = make(&choice, system, set);
    ck_assert_uint_eq(made.length, 3);
    const double expected[] = {3, sqrt(13), 2}; /* CuPt twice, then PtPt */
    for (int k = 0; k < 6; k++)
        ck_assert_double_eq_tol(made.values[k], expected[k % 3], 1e-12);
    ck_assert_double_eq(gd_fingerprint_distance(&made, 0, &made, 1), 0);
    made.values[4] += 0.3;
    ck_assert_double_eq_tol(gd_fingerprint_distance(&made, 0, &made, 1), 0.3 / sqrt(3), 1e-12);
    ck_assert(gd_fingerprint_same(&made, 0, &made, 1));
    made.values[4] += 0.1;
    ck_assert(!gd_fingerprint_same(&made, 0, &made, 1));
    gd_fingerprints_clear(&made);
    gd_set_free(set);
}
END_TEST

START_TEST(distances_on_a_slab_are_those_of_the_nearest_too)
{
    const struct gd_system *system = slab_system();
    struct gd_set *set = bench_set(system, 1, system->structure.positions[0]);
    struct gd_choice distances = choice_of("distances"), both = choice_of("energy-distances");
    struct gd_fingerprints made = make(&distances, system, set);
    ck_assert_uint_eq(made.length, 3 + 3 * 6);
    gd_fingerprints_clear(&made);
    made = make(&both, system, set);
    ck_assert_uint_eq(made.length, 1 + 3);
    gd_fingerprints_clear(&made);
    gd_set_free(set);
}
END_TEST

/* Each of the three limits alone decides. */
START_TEST(energy_and_distances_must_both_agree)
{
    static const struct {
        double energies[2], more;
        const char *params;
        bool same;
    } cases[] = {
        {{1, 1.01}, 0, "energy-distances", true},
        {{1, 1.03}, 0, "energy-distances", false},
        {{1, 1.03}, 0, "{energy-distances: {energy: 0.04}}", true},
        {{NAN, 1.03}, 0, "energy-distances", true}, /* by the distances alone */
        {{NAN, NAN}, 0, "energy-distances", true},
        {{NAN, NAN}, 1, "energy-distances", false},
        {{1, 1}, 0.05, "energy-distances", true}, /* 0.05 + 0.0417 of 8.65 Å: a share of 0.011 */
        {{1, 1}, 0.08, "energy-distances", false},
        {{1, 1}, 0.08, "{energy-distances: {cumulative: 0.03}}", true},
        {{1, 1}, 0.08, "{energy-distances: {cumulative: 0.03, largest: 0.07}}", false},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct gd_system *system;
        struct gd_set *set = three_atoms(&system, cases[k].more);
        memcpy(set->energies, cases[k].energies, sizeof cases[k].energies);
        struct gd_choice choice = choice_of(cases[k].params);
        struct gd_fingerprints made = make(&choice, system, set);
        ck_assert_msg(gd_fingerprint_same(&made, 0, &made, 1) == cases[k].same, "case %zu", k);
        gd_fingerprints_clear(&made);
        gd_set_free(set);
    }
}
END_TEST

/* Three atoms in a row: Z + √2, Z and Z - √2. Where two of them are bonded with three atoms of the template, their
 * diagonal is larger by 0.15. */
START_TEST(bonds_are_a_spectrum)
{
    const struct gd_system *system = free_system((const int[]){78, 78, 78}, 3);
    const double row[] = {0, 0, 0, 2.6, 0, 0, 5.2, 0, 0};
    struct gd_set *set = bench_set(system, 1, row);
    struct gd_choice choice = choice_of("bonds");
    struct gd_fingerprints made = make(&choice, system, set);
    ck_assert_uint_eq(made.length, 3);
    for (int k = 0; k < 3; k++)
        ck_assert_double_eq_tol(made.values[k], 78 + (k - 1) * sqrt(2), 1e-12);
    gd_fingerprints_clear(&made);
    gd_set_free(set);
}
END_TEST

START_TEST(bonds_count_those_with_the_template)
{
    const struct gd_system *system = slab_system();
    double *positions = calloc(3 * system->structure.count, sizeof *positions);
    const double top = system->window[0] - 1, *on = system->structure.positions[system->fixed - 1];
    const double far[3][3] = {{on[0], on[1], top + 2.5}, {on[0], on[1], top + 20}, {on[0], on[1], top + 30}};
    place(system, far, (const double[]){0, 0},
          positions); /* one atom on top of another, the others bonded with nothing */
    struct gd_set *set = bench_set(system, 1, positions);
    struct gd_choice choice = choice_of("bonds");
    struct gd_fingerprints made = make(&choice, system, set);
    ck_assert_double_eq_tol(made.values[0], 29, 1e-12);
    ck_assert_double_eq_tol(made.values[1], 78, 1e-12);
    ck_assert_double_eq_tol(made.values[2], 78.05, 1e-12);
    gd_fingerprints_clear(&made);
    gd_set_free(set);
    free(positions);
}
END_TEST

/* --- Eigenvalues -------------------------------------------------------------------------------------------------- */

Suite *suite_fingerprints(void);

Suite *suite_fingerprints(void)
{
    Suite *suite = suite_create("fingerprints");
    TCase *tests = tcase_create("fingerprints");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, every_fingerprint_of_a_cluster);
    tcase_add_test(tests, every_fingerprint_on_a_slab);
    tcase_add_test(tests, distances_are_sorted);
    tcase_add_test(tests, distances_on_a_slab_are_those_of_the_nearest_too);
    tcase_add_test(tests, energy_and_distances_must_both_agree);
    tcase_add_test(tests, bonds_are_a_spectrum);
    tcase_add_test(tests, bonds_count_those_with_the_template);
    suite_add_tcase(suite, tests);
    return suite;
}

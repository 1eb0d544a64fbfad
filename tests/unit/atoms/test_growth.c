/* Structures that grow: what holds for each of them, and the distribution of where an atom is placed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/elements.h"
#include "atoms/growth.h"
#include "atoms/vector.h"
#include "unit/atoms/helpers.h"
#include "unit/statistics.h"

static const struct gd_growth usual = {.near = 0.75, .far = 1.25, .tries = 100, .direction = GD_GROWTH_UNBIASED};
static const int copper[13] = {29, 29, 29, 29, 29, 29, 29, 28, 28, 28, 28, 28, 28};

/* Mobile atoms on a template, if it is given as YAML, or in an empty box. */
static struct gd_system system_on(const char *template_, size_t mobile, const double *window)
{
    struct gd_system system;
    struct gd_structure built;
    struct gd_error error = {0};
    ck_assert_ok(test_build(template_, &built, &error), error);
    ck_assert_ok(gd_system_make(&system, &built, copper, mobile, window, built.count > 0, &error), error);
    gd_structure_clear(&built);
    return system;
}

static double (*place(const struct gd_growth *growth, const struct gd_system *system, uint32_t sample))[3]
{
    struct gd_error error = {0};
    struct gd_stream stream = test_stream(sample);
    double(*positions)[3] = malloc(system->structure.count * sizeof *positions);
    memcpy(positions, system->structure.positions, system->structure.count * sizeof *positions);
    ck_assert_ok(gd_growth_place(growth, system, &stream, positions, &error), error);
    return positions;
}

/* The distance of two atoms, in sums of their radii. */
static double distance(const struct gd_growth *growth, const struct gd_system *system, double (*positions)[3],
                       size_t one, size_t other)
{
    const int *species = system->structure.species;
    double sum = gd_element_radius(species[one]) + gd_element_radius(species[other]), difference[3];
    for (int axis = 0; axis < 3; axis++)
        difference[axis] = positions[other][axis] - positions[one][axis];
    return gd_minimum_image(&system->basis, difference) / (growth->radius > 0 ? 2 * growth->radius : sum);
}

/* How many mobile atoms can be reached from the first one in steps no longer than `far`. */
static size_t reach(const struct gd_growth *growth, const struct gd_system *system, double (*positions)[3])
{
    const size_t first = system->fixed, count = system->structure.count;
    bool *reached = calloc(count, sizeof *reached);
    size_t *found = calloc(count, sizeof *found), ends = 1;
    found[0] = first;
    reached[first] = true;
    for (size_t k = 0; k < ends; k++)
        for (size_t i = first; i < count; i++)
            if (!reached[i] && distance(growth, system, positions, found[k], i) < growth->far) {
                reached[i] = true;
                found[ends++] = i;
            }
    free(reached);
    free(found);
    return ends;
}

static void check_structure(const struct gd_growth *growth, const struct gd_system *system, double (*positions)[3])
{
    const size_t count = system->structure.count;
    double nearest = INFINITY;
    ck_assert_mem_eq(positions, system->structure.positions, system->fixed * sizeof *positions);
    for (size_t i = system->fixed; i < count; i++) {
        ck_assert(gd_system_contains(system, positions[i]));
        for (size_t j = 0; j < i; j++) {
            const double here = distance(growth, system, positions, i, j);
            ck_assert_double_ge(here, growth->near);
            nearest = j < system->fixed ? fmin(nearest, here) : nearest;
        }
    }
    ck_assert_uint_eq(reach(growth, system, positions), count - system->fixed);
    if (system->fixed > 0)
        ck_assert_double_lt(nearest, growth->far);
}

static const struct {
    const char *template_;
    size_t mobile;
    double window[2];
    struct gd_growth growth;
} cases[] = {
    {"{build: fcc111, symbol: Pt, size: [4, 4, 2], vacuum: 8.0}", 7, {1, 6}, {0.75, 1.25, 0, 100, GD_GROWTH_BIASED}},
    {"{build: fcc111, symbol: Pt, size: [2, 2, 1], vacuum: 8.0}", 3, {1, 4}, {0.75, 1.25, 0, 100, GD_GROWTH_UNBIASED}},
    {"{build: box, lengths: [8, 8, 8]}", 13, {0, 0}, {0.75, 1.25, 0, 100, GD_GROWTH_UNBIASED}},
    {"{build: box, lengths: [5, 5, 5]}", 13, {0, 0}, {0.75, 1.25, 0.56, 100, GD_GROWTH_BIASED}},
    {"{build: box, lengths: [9, 7, 8], periodic: [true, true, false]}",
     10,
     {0, 0},
     {0.8, 1.1, 0, 300, GD_GROWTH_UNBIASED}},
};

START_TEST(grown_structures_are_connected_and_without_overlaps)
{
    const struct gd_growth *growth = &cases[_i].growth;
    const double *window = cases[_i].window;
    struct gd_system system = system_on(cases[_i].template_, cases[_i].mobile, window[1] > 0 ? window : NULL);
    for (uint32_t sample = 0; sample < 40; sample++) {
        double(*positions)[3] = place(growth, &system, sample);
        check_structure(growth, &system, positions);
        for (size_t i = 0; i < system.structure.count; i++)
            for (int axis = 0; axis < 3 && !system.fixed; axis++)
                ck_assert(positions[i][axis] >= 0 && positions[i][axis] <= system.structure.cell.vectors[axis][axis]);
        free(positions);
    }
    gd_system_clear(&system);
}
END_TEST

static const double one_range[2] = {0, 1};

/* Of two atoms far from any wall: the cube of their distance is uniform, and so is the cosine of the angle to z, or the
 * angle itself. */
START_TEST(an_atom_is_placed_in_a_shell)
{
    enum { COUNT = 4000 };
    const double pi = acos(-1);
    const double radii[2] = {gd_element_radius(29) * 1.5, gd_element_radius(29) * 2.5};
    struct gd_growth growth = usual;
    static double cubes[COUNT], angles[COUNT];
    growth.direction = _i;
    struct gd_system system = system_on("{build: box, lengths: [20, 20, 20], periodic: [true, true, true]}", 2, NULL);
    for (uint32_t sample = 0; sample < COUNT; sample++) {
        double(*positions)[3] = place(&growth, &system, sample), difference[3];
        for (int axis = 0; axis < 3; axis++)
            difference[axis] = positions[1][axis] - positions[0][axis];
        const double length = gd_minimum_image(&system.basis, difference), cosine = difference[2] / length;
        cubes[sample] = (pow(length, 3) - pow(radii[0], 3)) / (pow(radii[1], 3) - pow(radii[0], 3));
        angles[sample] = _i == GD_GROWTH_BIASED ? acos(cosine) / pi : (cosine + 1) / 2;
        free(positions);
    }
    ck_assert_double_lt(stat_kolmogorov(cubes, COUNT, stat_uniform_cdf, one_range), KOLMOGOROV_BOUND);
    ck_assert_double_lt(stat_kolmogorov(angles, COUNT, stat_uniform_cdf, one_range), KOLMOGOROV_BOUND);
    gd_system_clear(&system);
}
END_TEST

/* The same for one atom beside a given one: on all of its sides. */
START_TEST(an_atom_is_attached_on_all_sides)
{
    enum { COUNT = 4000 };
    static double angles[COUNT], azimuths[COUNT];
    const bool there[2] = {true, false};
    struct gd_growth growth = usual;
    struct gd_stream stream = test_stream(3);
    double positions[2][3] = {{10, 10, 10}};
    growth.direction = _i;
    struct gd_system system = system_on("{build: box, lengths: [20, 20, 20]}", 2, NULL);
    for (int k = 0; k < COUNT; k++) {
        double off[3];
        ck_assert(gd_growth_attach(&growth, &system, &stream, positions, there, 1, 0));
        for (int axis = 0; axis < 3; axis++)
            off[axis] = positions[1][axis] - positions[0][axis];
        const double cosine = off[2] / gd_length(off);
        angles[k] = _i == GD_GROWTH_BIASED ? acos(cosine) / acos(-1) : (cosine + 1) / 2;
        azimuths[k] = 0.5 + atan2(off[1], off[0]) / (2 * acos(-1));
    }
    ck_assert_double_lt(stat_kolmogorov(angles, COUNT, stat_uniform_cdf, one_range), KOLMOGOROV_BOUND);
    ck_assert_double_lt(stat_kolmogorov(azimuths, COUNT, stat_uniform_cdf, one_range), KOLMOGOROV_BOUND);
    gd_system_clear(&system);
}
END_TEST

START_TEST(what_cannot_grow_is_an_error)
{
    struct gd_error error = {0};
    struct gd_growth growth = usual;
    struct gd_system small = system_on("{build: box, lengths: [3, 3, 3]}", 13, NULL);
    struct gd_stream stream = test_stream(0);
    double positions[13][3];
    ck_assert_int_eq(gd_growth_place(&growth, &small, &stream, positions, &error), GD_FAILED);
    ck_assert_msg(strstr(error.text, "no place") != NULL, "%s", error.text);
    error = (struct gd_error){0};
    ck_assert_ok(gd_growth_check(&growth, &small, &error), error);
    growth.far = growth.near;
    ck_assert_int_eq(gd_growth_check(&growth, &small, &error), GD_BAD_INPUT);
    small.structure.species[3] = 118;
    error = (struct gd_error){0};
    growth.far = 1;
    ck_assert_int_eq(gd_growth_check(&growth, &small, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, "Og") != NULL, "%s", error.text);
    growth.radius = 1;
    ck_assert_ok(gd_growth_check(&growth, &small, &error), error);
    gd_system_clear(&small);
}
END_TEST

Suite *suite_growth(void)
{
    Suite *suite = suite_create("growth");
    TCase *tcase = tcase_create("growth");
    tcase_add_loop_test(tcase, grown_structures_are_connected_and_without_overlaps, 0,
                        (int)(sizeof cases / sizeof *cases));
    tcase_add_loop_test(tcase, an_atom_is_placed_in_a_shell, 0, 2);
    tcase_add_loop_test(tcase, an_atom_is_attached_on_all_sides, 0, 2);
    tcase_add_test(tcase, what_cannot_grow_is_an_error);
    suite_add_tcase(suite, tcase);
    return suite;
}

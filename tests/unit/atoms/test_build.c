/* Builders against structures that the Atomic Simulation Environment built, and formulas. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/build.h"
#include "atoms/cell.h"
#include "atoms/elements.h"
#include "atoms/vector.h"
#include "helpers.h"

enum { REFERENCES = 72 };

static struct gd_frames reference;

static void read_reference(void)
{
    struct gd_error error = {0};
    ck_assert_ok(gd_extxyz_read(GD_TEST_DATA "/builders.extxyz", &reference, &error), error);
    ck_assert_uint_eq(reference.count, REFERENCES);
}

static void clear_reference(void)
{
    gd_frames_clear(&reference);
}

/* "6 6 2" in quotes as three integers. */
static void three(const char *text, int64_t numbers[3])
{
    long long n[3];
    ck_assert_int_eq(sscanf(text, "\"%lld %lld %lld\"", &n[0], &n[1], &n[2]), 3);
    for (int k = 0; k < 3; k++)
        numbers[k] = n[k];
}

static void same_cell(const struct gd_structure *a, const struct gd_structure *b)
{
    ck_assert_uint_eq(a->count, b->count);
    for (int k = 0; k < 9; k++)
        ck_assert_double_eq_tol(a->cell.vectors[k / 3][k % 3], b->cell.vectors[k / 3][k % 3], 1e-10);
    ck_assert_mem_eq(a->cell.periodic, b->cell.periodic, sizeof a->cell.periodic);
    for (size_t i = 0; i < a->count; i++) /* of none there is no array */
        ck_assert_int_eq(a->species[i], b->species[i]);
}

/* The same atoms in the same order, in the plane up to lattice translations. */
static void same_slab(const struct gd_structure *a, const struct gd_structure *b, bool wrapped)
{
    struct gd_basis basis;
    same_cell(a, b);
    ck_assert_int_eq(gd_basis_make(&basis, &a->cell, NULL), GD_OK);
    for (size_t i = 0; i < a->count; i++) {
        double difference[3] = {0};
        gd_add_scaled(difference, 1, a->positions[i]);
        gd_add_scaled(difference, -1, b->positions[i]);
        ck_assert_double_le(wrapped ? gd_minimum_image(&basis, difference) : gd_length(difference), 1e-10);
    }
}

/* Every atom of one is an atom of the other. */
static void same_cluster(const struct gd_structure *a, const struct gd_structure *b)
{
    same_cell(a, b);
    bool *taken = calloc(a->count, sizeof *taken);
    for (size_t i = 0; i < a->count; i++) {
        size_t found = 0;
        for (size_t j = 0; j < b->count; j++) {
            double difference[3] = {0};
            gd_add_scaled(difference, 1, a->positions[i]);
            gd_add_scaled(difference, -1, b->positions[j]);
            if (taken[j] || gd_length(difference) > 1e-10)
                continue;
            taken[j] = true;
            found++;
        }
        ck_assert_uint_eq(found, 1);
    }
    free(taken);
}

/* Builds what a reference frame says, through the parameters as a user writes them. */
static void rebuild(const struct gd_frame *frame, struct gd_structure *built)
{
    static const struct {
        const char *name, *start, *words[5];
    } builders[] = {
        {"fcc111", "build: fcc111", {"size", "vacuum", "a", "orthogonal"}},
        {"fcc100", "build: fcc100", {"size", "vacuum", "a"}},
        {"fcc110", "build: fcc110", {"size", "vacuum", "a"}},
        {"bcc100", "build: bcc100", {"size", "vacuum", "a"}},
        {"bcc110", "build: bcc110", {"size", "vacuum", "a", "orthogonal"}},
        {"hcp0001", "build: hcp0001", {"size", "vacuum", "a", "c", "orthogonal"}},
        {"bulk", "build: bulk", {"size", "crystal", "cubic"}},
        {"surface", "build: surface", {"indices", "layers", "vacuum"}},
        {"icosahedron", "build: cluster, shape: icosahedron, vacuum: 0", {"shells"}},
        {"octahedron", "build: cluster, shape: octahedron, vacuum: 0", {"length", "cutoff"}},
        {"faces", "build: cluster, shape: faces, vacuum: 0", {"layers"}},
        {"box", "build: box, periodic: [true, true, false]", {"lengths", "angles"}},
    };
    struct gd_error error = {0};
    char yaml[256];
    for (size_t n = 0; n < sizeof builders / sizeof *builders; n++) {
        if (strcmp(test_info(frame, "build"), builders[n].name) != 0)
            continue;
        const bool box = strcmp(builders[n].name, "box") == 0;
        int length = snprintf(yaml, sizeof yaml, "{%s%s%s", builders[n].start,
                              box ? "" : ", symbol: ", box ? "" : gd_element_symbol(frame->structure.species[0]));
        for (int k = 0; k < 5 && builders[n].words[k]; k++) {
            const char *value = test_info(frame, builders[n].words[k]);
            int64_t list[3];
            if (!value)
                continue;
            if (*value != '"') {
                length +=
                    snprintf(yaml + length, sizeof yaml - (size_t)length, ", %s: %s", builders[n].words[k], value);
                continue;
            }
            three(value, list);
            length += snprintf(yaml + length, sizeof yaml - (size_t)length, ", %s: [%d, %d, %d]", builders[n].words[k],
                               (int)list[0], (int)list[1], (int)list[2]);
        }
        snprintf(yaml + length, sizeof yaml - (size_t)length, "}");
    }
    ck_assert_ok(test_build(yaml, built, &error), error);
}

START_TEST(test_reference)
{
    const struct gd_frame *frame = &reference.items[_i];
    struct gd_structure built;
    rebuild(frame, &built);
    const char *build = test_info(frame, "build");
    const struct gd_structure empty = {.cell = frame->structure.cell};
    if (strcmp(build, "box") == 0)
        same_cell(&built, &empty); /* the file has an atom, because extended XYZ has at least one */
    else if (strcmp(build, "icosahedron") == 0 || strcmp(build, "octahedron") == 0 || strcmp(build, "faces") == 0)
        same_cluster(&built, &frame->structure);
    else
        same_slab(&built, &frame->structure, strcmp(build, "surface") == 0);
    gd_structure_clear(&built);
}
END_TEST

/* The paper's stepped surface: 20 atoms, 8.765 x 5.544 Å, 71.57 degrees. */
START_TEST(test_stepped_surface)
{
    struct gd_error error = {0};
    struct gd_structure slab;
    ck_assert_ok(gd_build_surface(78, (const int64_t[]){2, 4, 4}, 5, 3.92, 8, &slab, &error), error);
    const double *a = slab.cell.vectors[0], *b = slab.cell.vectors[1];
    ck_assert_uint_eq(slab.count, 20);
    ck_assert_double_eq_tol(gd_length(a), 8.765, 5e-4);
    ck_assert_double_eq_tol(gd_length(b), 5.544, 5e-4);
    ck_assert_double_eq_tol(acos(gd_dot(a, b) / gd_length(a) / gd_length(b)) * 180 / acos(-1), 71.57, 5e-3);
    gd_structure_clear(&slab);
}
END_TEST

START_TEST(test_box)
{
    struct gd_error error = {0};
    struct gd_structure box;
    ck_assert_ok(test_build("{build: box, lengths: [4, 5, 6], periodic: [true, false, true]}", &box, &error), error);
    ck_assert_uint_eq(box.count, 0);
    ck_assert_double_eq(box.cell.vectors[1][1], 5);
    ck_assert_double_eq(box.cell.vectors[1][2], 0);
    ck_assert(box.cell.periodic[0] && !box.cell.periodic[1] && box.cell.periodic[2]);
    gd_structure_clear(&box);
}
END_TEST

START_TEST(test_file)
{
    static const struct {
        const char *yaml;
        size_t frame;
    } files[] = {{"{file: " GD_TEST_DATA "/builders.extxyz}", REFERENCES - 1},
                 {"{file: " GD_TEST_DATA "/builders.extxyz, frame: 0}", 0},
                 {"{build: file, file: " GD_TEST_DATA "/builders.extxyz, frame: -18}", 54}};
    struct gd_error error = {0};
    struct gd_structure structure;
    for (size_t k = 0; k < 3; k++) {
        ck_assert_ok(test_build(files[k].yaml, &structure, &error), error);
        same_slab(&structure, &reference.items[files[k].frame].structure, false);
        gd_structure_clear(&structure);
    }
}
END_TEST

/* A cluster stands in the middle of its box, with the vacuum around it. */
START_TEST(test_cluster_box)
{
    struct gd_error error = {0};
    struct gd_structure cluster;
    ck_assert_ok(test_build("{build: cluster, symbol: Cu, shape: octahedron, length: 3, vacuum: 5}", &cluster, &error),
                 error);
    ck_assert_uint_eq(cluster.count, 19);
    for (int axis = 0; axis < 3; axis++) {
        double low = INFINITY, sum = 0;
        for (size_t i = 0; i < cluster.count; i++) {
            low = fmin(low, cluster.positions[i][axis]);
            sum += cluster.positions[i][axis];
        }
        ck_assert_double_eq_tol(low, 5, 1e-12);
        ck_assert_double_eq_tol(cluster.cell.vectors[axis][axis], 2 * 3.61 + 10, 1e-12);
        ck_assert_double_eq_tol(sum / (double)cluster.count, 3.61 + 5, 1e-12);
    }
    gd_structure_clear(&cluster);
}
END_TEST

START_TEST(test_refusals)
{
    static const struct {
        const char *yaml, *part;
    } bad[] = {
        {"{build: fcc111, symbol: Px, size: [1, 1, 1]}", "'Px'"},
        {"{build: fcc111, symbol: Fe, size: [1, 1, 1]}", "must be given"},
        {"{build: fcc111, symbol: Pt, size: [0, 1, 1]}", "size"},
        {"{build: fcc111, symbol: Pt, size: [10000, 10000, 2]}", "too many"},
        {"{build: fcc111, symbol: Pt}", "size"},
        {"{build: fcc111, symbol: Pt, size: [1, 1, 1], vacuum: -1}", "vacuum"},
        {"{build: surface, symbol: Pt, indices: [0, 0, 0], layers: 1}", "cannot all be zero"},
        {"{build: surface, symbol: Pt, indices: [1, 1, 1], layers: 0}", "layers"},
        {"{build: cluster, symbol: Pt, shape: icosahedron}", "`shells`"},
        {"{build: cluster, symbol: Pt, shape: icosahedron, shells: 2, length: 4}", "`length`"},
        {"{build: cluster, symbol: Pt, shape: octahedron, shells: 2}", "`length`"},
        {"{build: cluster, symbol: Pt, shape: octahedron, length: 4, cutoff: 2}", "at most 1"},
        {"{build: box, lengths: [1, 0, 1]}", "lengths"},
        {"{build: box, lengths: [1, 1, 1], angles: [30, 30, 90]}", "no box has the angles 30, 30 and 90"},
        {"{build: box, lengths: [1, 1, 1], angles: [90, 90, 180]}", "no box has the angles"},
        {"{build: fcc111, symbol: Pt, size: [2, 3, 1], orthogonal: true}", "even number"},
        {"{build: hcp0001, symbol: Ti, size: [2, 1, 1], orthogonal: true}", "even number"},
        {"{build: bcc110, symbol: W, size: [2, 1, 1], orthogonal: true}", "even number"},
        {"{build: cluster, symbol: Pt, shape: faces}", "`layers`"},
        {"{build: cluster, symbol: Pt, shape: faces, layers: [2, 0, 0], cutoff: 1}", "`layers`"},
        {"{build: cluster, symbol: Pt, shape: octahedron, length: 3, layers: [2, 0, 0]}", "`layers`"},
        {"{file: /no/such/file}", "/no/such/file"},
        {"{build: bcc111}", "bcc111"},
    };
    struct gd_error error = {0};
    struct gd_structure structure;
    ck_assert_int_eq(test_build(bad[_i].yaml, &structure, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, bad[_i].part), "%s", error.text);
}
END_TEST

START_TEST(test_formula)
{
    static const struct {
        const char *formula;
        size_t count;
        int species[4];
    } good[] = {
        {"Pt", 1, {78}}, {"Pt3", 3, {78, 78, 78}},         {"Au2Ni", 3, {79, 79, 28}}, {"CO", 2, {6, 8}},
        {"Co", 1, {27}}, {"CuAuCu2", 4, {29, 79, 29, 29}}, {"H2O", 3, {1, 1, 8}},
    };
    struct gd_error error = {0};
    int *species;
    size_t count;
    ck_assert_ok(gd_formula_parse(good[_i].formula, &species, &count, &error), error);
    ck_assert_uint_eq(count, good[_i].count);
    ck_assert_mem_eq(species, good[_i].species, count * sizeof *species);
    free(species);
}
END_TEST

START_TEST(test_bad_formula)
{
    static const char *const bad[][2] = {
        {"", "empty"},
        {"7", "'7'"},
        {"pt", "'pt'"},
        {"PtX7", "'X7'"},
        {"Pt0", "'Pt0'"},
        {"Pt-1", "'-1'"},
        {"Pt 7", "' 7'"},
        {"Pt99999999999999999999", "must be 1 to"},
        {"Pt90000Au90000", "more than"},
        {"Pt7 ", "' '"},
        {"(Pt)2", "'(Pt)2'"},
    };
    struct gd_error error = {0};
    int *species;
    size_t count;
    ck_assert_int_eq(gd_formula_parse(bad[_i][0], &species, &count, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, bad[_i][1]), "%s", error.text);
    ck_assert_ptr_null(species);
}
END_TEST

Suite *suite_build(void)
{
    Suite *suite = suite_create("build");
    TCase *tests = tcase_create("build");
    tcase_add_checked_fixture(tests, read_reference, clear_reference);
    tcase_add_loop_test(tests, test_reference, 0, REFERENCES);
    tcase_add_test(tests, test_stepped_surface);
    tcase_add_test(tests, test_box);
    tcase_add_test(tests, test_file);
    tcase_add_test(tests, test_cluster_box);
    tcase_add_loop_test(tests, test_refusals, 0, 23);
    tcase_add_loop_test(tests, test_formula, 0, 7);
    tcase_add_loop_test(tests, test_bad_formula, 0, 11);
    suite_add_tcase(suite, tests);
    return suite;
}

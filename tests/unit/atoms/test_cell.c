/* Cells: completed bases, wrapping, and the minimum image against a search through many images. */
#include <math.h>
#include <string.h>

#include "atoms/cell.h"
#include "atoms/overlap.h"
#include "atoms/vector.h"
#include "helpers.h"

/* One number or one flag makes another cell; what lies between the members does not. */
START_TEST(test_same)
{
    struct gd_cell a, b;
    memset(&a, 0xff, sizeof a);
    memset(&b, 0, sizeof b);
    memset(a.vectors, 0, sizeof a.vectors);
    memset(a.periodic, 0, sizeof a.periodic);
    ck_assert(gd_cell_same(&a, &b));
    double *number = &b.vectors[_i / 3][_i % 3];
    *number = -0.0;
    ck_assert(!gd_cell_same(&a, &b));
    *number = 0;
    b.periodic[_i % 3] = true;
    ck_assert(!gd_cell_same(&a, &b));
}
END_TEST

START_TEST(test_fractional_round_trip)
{
    struct gd_error error = {0};
    struct gd_basis basis;
    struct gd_stream stream = test_stream((uint32_t)_i);
    struct gd_cell cell = test_cell(&stream, 3.7, _i);
    double point[3] = {1.5, -20.25, 3.75}, fractional[3], back[3];
    ck_assert_ok(gd_basis_make(&basis, &cell, &error), error);
    gd_to_fractional(&basis, point, fractional);
    gd_to_cartesian(&basis, fractional, back);
    for (int axis = 0; axis < 3; axis++)
        ck_assert_double_eq_tol(back[axis], point[axis], 1e-13);
}
END_TEST

/* Zero vectors become unit vectors orthogonal to the rest; the basis is right-handed. */
START_TEST(test_completion)
{
    struct gd_error error = {0};
    struct gd_basis basis;
    struct gd_cell cell = {.vectors = {{3, 0.5, 0.2}, {1, 4, 0.1}, {0.3, 0.2, 5}}};
    double normal[3];
    for (int i = 0; i < 3; i++)
        if (!(_i >> i & 1))
            memset(cell.vectors[i], 0, sizeof cell.vectors[i]);
    ck_assert_ok(gd_basis_make(&basis, &cell, &error), error);
    gd_cross(basis.vectors[0], basis.vectors[1], normal);
    ck_assert_double_gt(gd_dot(normal, basis.vectors[2]), 0);
    for (int i = 0; i < 3; i++) {
        if (_i >> i & 1)
            ck_assert_mem_eq(basis.vectors[i], cell.vectors[i], sizeof cell.vectors[i]);
        else
            ck_assert_double_eq_tol(gd_length(basis.vectors[i]), 1, 1e-14);
        for (int j = 0; j < i; j++)
            if (!(_i >> i & 1) || !(_i >> j & 1))
                ck_assert_double_eq_tol(gd_dot(basis.vectors[i], basis.vectors[j]), 0, 1e-13);
    }
}
END_TEST

START_TEST(test_wrap)
{
    struct gd_error error = {0};
    struct gd_basis basis;
    struct gd_stream stream = test_stream(40 + (uint32_t)_i);
    struct gd_cell cell = test_cell(&stream, 3, _i);
    ck_assert_ok(gd_basis_make(&basis, &cell, &error), error);
    for (int k = 0; k < 100; k++) {
        double point[3], before[3], after[3];
        for (int axis = 0; axis < 3; axis++)
            point[axis] = test_uniform(&stream, -20, 20);
        gd_to_fractional(&basis, point, before);
        gd_wrap(&basis, point);
        gd_to_fractional(&basis, point, after);
        for (int i = 0; i < 3; i++) {
            double cells = after[i] - before[i];
            ck_assert_double_eq_tol(cells, cell.periodic[i] ? -floor(before[i]) : 0, 1e-12);
            if (cell.periodic[i])
                ck_assert(after[i] > -1e-12 && after[i] < 1 + 1e-12);
        }
    }
}
END_TEST

/* The shortest image by trying all within ten translations of the cell as it is given. */
static double brute_force(const struct gd_cell *cell, const double difference[3])
{
    double shortest = INFINITY;
    int range[3];
    for (int i = 0; i < 3; i++)
        range[i] = cell->periodic[i] ? 10 : 0;
    for (int a = -range[0]; a <= range[0]; a++)
        for (int b = -range[1]; b <= range[1]; b++)
            for (int c = -range[2]; c <= range[2]; c++) {
                double image[3] = {difference[0], difference[1], difference[2]};
                gd_add_scaled(image, a, cell->vectors[0]);
                gd_add_scaled(image, b, cell->vectors[1]);
                gd_add_scaled(image, c, cell->vectors[2]);
                shortest = fmin(shortest, gd_length(image));
            }
    return shortest;
}

START_TEST(test_minimum_image)
{
    struct gd_error error = {0};
    for (uint32_t k = 0; k < 40; k++) {
        struct gd_basis basis;
        struct gd_stream stream = test_stream(1000 * (uint32_t)_i + k);
        struct gd_cell cell = test_cell(&stream, 2, _i);
        if (k % 2) /* far from reduced */
            gd_add_scaled(cell.vectors[1], 2, cell.vectors[0]);
        ck_assert_ok(gd_basis_make(&basis, &cell, &error), error);
        for (int point = 0; point < 5; point++) {
            double difference[3], image[3], cells[3];
            for (int axis = 0; axis < 3; axis++)
                image[axis] = difference[axis] = test_uniform(&stream, -3, 3);
            double length = gd_minimum_image(&basis, image);
            ck_assert_double_eq_tol(length, gd_length(image), 1e-13);
            ck_assert_double_eq_tol(length, brute_force(&cell, difference), 1e-12);
            gd_add_scaled(image, -1, difference);
            gd_to_fractional(&basis, image, cells);
            for (int i = 0; i < 3; i++)
                ck_assert_double_eq_tol(cells[i], cell.periodic[i] ? round(cells[i]) : 0, 1e-11);
        }
    }
}
END_TEST

/* A needle of a cell, and a point far out along a direction that is not periodic. */
START_TEST(test_minimum_image_extremes)
{
    struct gd_error error = {0};
    struct gd_basis basis;
    struct gd_cell skewed = {{{1, 0, 0}, {900, 1, 0}, {0, 0, 1}}, {true, true, true}};
    double difference[3] = {450.5, 0.5, 0.5};
    ck_assert_ok(gd_basis_make(&basis, &skewed, &error), error);
    ck_assert_double_eq_tol(gd_minimum_image(&basis, difference), sqrt(0.75), 1e-10);

    struct gd_cell slab = {{{10, 0, 0}, {5, 9, 0}, {3, 2, 20}}, {true, true, false}};
    double far[3] = {11, 8.5, 1e6};
    ck_assert_ok(gd_basis_make(&basis, &slab, &error), error);
    ck_assert_double_eq_tol(gd_minimum_image(&basis, far), sqrt(1e12 + 4 * 4 + 0.5 * 0.5), 1e-6);
    ck_assert_double_eq(far[2], 1e6);
    double unknown[3] = {NAN, 0, INFINITY};
    ck_assert(isnan(gd_minimum_image(&basis, unknown)));
}
END_TEST

START_TEST(test_bad_cells)
{
    static const struct {
        struct gd_cell cell;
        const char *part;
    } bad[] = {
        {{{{1, 0, 0}, {0, 1, 0}, {1, 1, 0}}, {true, true, true}}, "no volume"},
        {{{{1, 0, 0}, {0, 1, 0}, {1, 1, 0}}, {false, false, false}}, "no volume"},
        {{{{1, 0, 0}, {2, 0, 0}, {0, 0, 0}}, {true, true, false}}, "no volume"},
        {{{{1e-200, 0, 0}, {0, 1e-200, 0}, {0, 0, 1e-200}}, {true, true, true}}, "no volume"},
        {{{{1, 0, 0}, {0, 0, 0}, {0, 0, 1}}, {true, true, true}}, "second vector, which is zero"},
        {{{{1, 0, 0}, {0, NAN, 0}, {0, 0, 1}}, {true, true, true}}, "second vector is not finite"},
        {{{{1e300, 0, 0}, {0, 1, 0}, {0, 0, 1}}, {true, true, true}}, "first vector is not finite"},
        {{{{1, 0, 0}, {5e4, 1, 0}, {0, 0, 1}}, {true, true, true}}, "too skewed"},
    };
    struct gd_error error = {0};
    struct gd_basis basis;
    ck_assert_int_eq(gd_basis_make(&basis, &bad[_i].cell, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, bad[_i].part), "%s", error.text);
}
END_TEST

START_TEST(test_closest_pair)
{
    struct gd_error error = {0};
    struct gd_basis basis;
    struct gd_structure structure;
    size_t first, second;
    ck_assert_ok(gd_structure_alloc(&structure, 3, false, &error), error);
    structure.cell = (struct gd_cell){{{8, 0, 0}, {4, 7, 0}, {0, 0, 0}}, {true, true, false}};
    ck_assert_ok(gd_basis_make(&basis, &structure.cell, &error), error);
    static const double positions[3][3] = {
        {0.1, 0.1, 0}, {0.2, 0.1, 0}, {7.6, 0.1, 0}}; /* 2 and 0: across the border */
    memcpy(structure.positions, positions, sizeof positions);
    ck_assert_double_eq_tol(gd_closest_pair(&structure, &basis, 0, 0, &first, &second), 0.1, 1e-13);
    ck_assert(first == 0 && second == 1);
    ck_assert_double_eq_tol(gd_closest_pair(&structure, &basis, 2, 0, &first, &second), 0.5, 1e-13);
    ck_assert(first == 0 && second == 2);
    ck_assert_double_eq(gd_closest_pair(&structure, &basis, 3, 0, NULL, NULL), INFINITY);
    structure.count = 1;
    ck_assert_double_eq_tol(gd_closest_pair(&structure, &basis, 0, 0, &first, &second), 8, 1e-13);
    ck_assert(first == 0 && second == 0);
    gd_structure_clear(&structure);
}
END_TEST

/* Bonds of two elements with experimental lengths in Å: none is a clash, half of one is, also across the border. */
static const struct {
    int elements[2];
    double bond;
} molecules[] = {
    {{1, 1}, 0.741}, {{1, 8}, 0.957}, {{1, 9}, 0.917}, {{1, 7}, 1.012}, {{1, 6}, 1.087},
    {{7, 7}, 1.098}, {{6, 8}, 1.128}, {{6, 6}, 1.203}, {{8, 8}, 1.208}, {{78, 78}, 2.33},
};

static bool clashes(const int elements[2], double distance, double least)
{
    struct gd_basis basis;
    struct gd_error error = {0};
    int species[2] = {elements[0], elements[1]};
    double positions[2][3] = {{0.1, 1, 1}, {9.1 - distance, 1, 1}};
    struct gd_structure structure = {
        .cell = {{{9, 0, 0}, {0, 9, 0}, {0, 0, 9}}, {true, true, true}},
        .count = 2,
        .species = species,
        .positions = positions,
    };
    ck_assert_ok(gd_basis_make(&basis, &structure.cell, &error), error);
    return gd_clashes(&structure, &basis, 0, least);
}

START_TEST(bonds_are_no_clashes)
{
    const int *elements = molecules[_i].elements, turned[2] = {elements[1], elements[0]};
    const double bond = molecules[_i].bond;
    ck_assert(!clashes(elements, 0.9 * bond, 0.9));
    ck_assert(!clashes(elements, bond, 1));
    ck_assert(!clashes(turned, bond, 1));
    ck_assert_int_eq(clashes(elements, 0.5 * bond, 1), 0.5 * bond < 1);
    ck_assert_int_eq(clashes(turned, 0.5 * bond, 1), 0.5 * bond < 1);
}
END_TEST

/* Other pairs have the limit that is given, as have all with a smaller one. */
START_TEST(clashes_within_the_limit)
{
    const int hydride[2] = {78, 1}, nitrogen[2] = {7, 7}, hydrogen[2] = {1, 1}, unknown[2] = {1, 118};
    ck_assert(clashes(hydride, 0.999, 1) && !clashes(hydride, 1.001, 1));
    ck_assert(clashes(nitrogen, 0.999, 1) && !clashes(nitrogen, 1.001, 1));
    ck_assert(clashes(unknown, 0.999, 1) && !clashes(unknown, 1.001, 1));
    ck_assert(clashes(hydrogen, 0.299, 0.3) && !clashes(hydrogen, 0.301, 0.3));
    ck_assert(!clashes(hydrogen, 0, 0));
}
END_TEST

Suite *suite_cell(void)
{
    Suite *suite = suite_create("cell");
    TCase *tests = tcase_create("cell");
    tcase_add_loop_test(tests, test_same, 0, 9);
    tcase_add_loop_test(tests, test_fractional_round_trip, 0, 8);
    tcase_add_loop_test(tests, test_completion, 0, 8);
    tcase_add_loop_test(tests, test_wrap, 0, 8);
    tcase_add_loop_test(tests, test_minimum_image, 0, 8);
    tcase_add_test(tests, test_minimum_image_extremes);
    tcase_add_loop_test(tests, test_bad_cells, 0, 8);
    tcase_add_test(tests, test_closest_pair);
    tcase_add_loop_test(tests, bonds_are_no_clashes, 0, sizeof molecules / sizeof *molecules);
    tcase_add_test(tests, clashes_within_the_limit);
    suite_add_tcase(suite, tests);
    return suite;
}

/* Structures, sets of them, and the table of elements. */
#include <math.h>
#include <string.h>

#include "atoms/elements.h"
#include "helpers.h"

START_TEST(test_elements)
{
    for (int number = 1; number <= GD_ELEMENTS; number++)
        ck_assert_int_eq(gd_element_number(gd_element_symbol(number)), number);
    ck_assert_int_eq(gd_element_number("Pt"), 78);
    ck_assert_int_eq(gd_element_number("X"), 0);
    ck_assert_int_eq(gd_element_number("pt"), 0);
    ck_assert_int_eq(gd_element_number(""), 0);
    ck_assert_str_eq(gd_element_symbol(118), "Og");
    ck_assert_str_eq(gd_element_symbol(119), "X");
    ck_assert_str_eq(gd_element_symbol(-1), "X");
    ck_assert_double_eq(gd_element_radius(78), 1.36);
    ck_assert_double_eq(gd_element_radius(1), 0.31);
    ck_assert(isnan(gd_element_radius(0)) && isnan(gd_element_radius(118)));
    ck_assert_double_eq(gd_element_fcc_constant(78), 3.92);
    ck_assert(isnan(gd_element_fcc_constant(26)));
}
END_TEST

START_TEST(test_copy)
{
    struct gd_error error = {0};
    struct gd_structure a, b;
    ck_assert_ok(gd_structure_alloc(&a, 2, true, &error), error);
    ck_assert(isnan(a.energy));
    a.species[1] = 29;
    a.positions[1][2] = 1.5;
    a.forces[0][1] = -2.5;
    a.energy = 7;
    a.cell.vectors[2][1] = 3;
    a.cell.periodic[1] = true;
    ck_assert_ok(gd_structure_copy(&b, &a, &error), error);
    gd_structure_clear(&a);
    ck_assert_uint_eq(b.count, 2);
    ck_assert_int_eq(b.species[1], 29);
    ck_assert_double_eq(b.positions[1][2], 1.5);
    ck_assert_double_eq(b.forces[0][1], -2.5);
    ck_assert_double_eq(b.energy, 7);
    ck_assert_double_eq(b.cell.vectors[2][1], 3);
    ck_assert(b.cell.periodic[1] && !b.cell.periodic[0]);
    gd_structure_clear(&b);
    gd_structure_clear(&b);
    gd_structure_clear(NULL);
}
END_TEST

START_TEST(test_set)
{
    struct gd_error error = {0};
    struct gd_structure like;
    struct gd_set set, other;
    ck_assert_ok(gd_structure_alloc(&like, 2, false, &error), error);
    like.species[0] = 78;
    like.species[1] = 13;
    ck_assert_ok(gd_set_init(&set, &like, 1, &error), error);
    ck_assert_ok(gd_set_init(&other, &like, 1, &error), error);
    for (int k = 0; k < 20; k++) {
        double positions[6] = {k, 1, 2, 3, 4, 5};
        ck_assert_ok(gd_set_push(&set, positions, &error), error);
    }
    ck_assert_uint_eq(set.count, 20);
    ck_assert(isnan(set.energies[19]) && isnan(set.forces[19 * 6 + 5]) && set.serials[19] == 0);
    set.serials[7] = 8;
    set.energies[7] = -3;
    ck_assert_ok(gd_set_append(&other, &set, 7, 2, &error), error);
    ck_assert_ok(gd_set_append(&other, &other, 0, 2, &error), error);
    ck_assert_uint_eq(other.count, 4);
    struct gd_structure view = gd_set_view(&other, 2);
    ck_assert_double_eq(view.positions[0][0], 7);
    ck_assert_double_eq(view.energy, -3);
    ck_assert_int_eq(view.species[1], 13);
    ck_assert_int_eq(other.serials[2], 8);
    other.species[0] = 79;
    ck_assert_int_eq(gd_set_append(&other, &set, 0, 1, &error), GD_FAILED);
    ck_assert_uint_eq(other.count, 4);
    gd_set_clear(&set);
    gd_set_clear(&other);
    gd_set_free(NULL);
    gd_structure_clear(&like);
}
END_TEST

static void check_copy(const struct gd_set *from, const size_t *chosen, size_t count, const double *expected)
{
    struct gd_error error = {0};
    struct gd_set *copy = gd_set_copy(from, chosen, count, &error);
    ck_assert_msg(copy != NULL, "%s", error.text);
    ck_assert_uint_eq(copy->count, count);
    ck_assert_uint_eq(copy->fixed, from->fixed);
    for (size_t k = 0; k < count; k++) {
        ck_assert_double_eq(copy->energies[k], expected[k]);
        ck_assert_double_eq(copy->positions[6 * k], expected[k]);
    }
    if (count)
        gd_set_mark_moved(copy, 0);
    gd_set_free(copy);
}

/* Chosen structures in their order, the first ones, and none; the original stays as it is. */
START_TEST(test_set_copy)
{
    struct gd_error error = {0};
    struct gd_structure like;
    struct gd_set set;
    ck_assert_ok(gd_structure_alloc(&like, 2, false, &error), error);
    ck_assert_ok(gd_set_init(&set, &like, 1, &error), error);
    for (int k = 0; k < 5; k++) {
        double positions[6] = {k, 1, 2, 3, 4, 5};
        ck_assert_ok(gd_set_push(&set, positions, &error), error);
        set.energies[k] = k;
    }
    check_copy(&set, (size_t[]){3, 1, 3}, 3, (double[]){3, 1, 3});
    check_copy(&set, NULL, 2, (double[]){0, 1});
    check_copy(&set, NULL, 0, NULL);
    ck_assert_double_eq(set.energies[3], 3);
    ck_assert_double_eq(set.energies[0], 0);
    gd_set_clear(&set);
    gd_structure_clear(&like);
}
END_TEST

/* Structures whose energy is not known, or not finite, are passed over; of equal energies the first counts. */
START_TEST(the_lowest_energy_is_a_finite_one)
{
    static const struct {
        double energies[4];
        size_t lowest;
    } rows[] = {
        {{3, 1, 2, 1}, 1},
        {{NAN, 5, 4, NAN}, 2},
        {{-INFINITY, INFINITY, 7, NAN}, 2},
        {{0, -0.5, NAN, -0.75}, 3},
        {{NAN, INFINITY, NAN, -INFINITY}, 4},
    };
    struct gd_set set = {.count = 4, .energies = (double *)rows[_i].energies};
    ck_assert_uint_eq(gd_set_lowest(&set), rows[_i].lowest);
    set.count = 0;
    ck_assert_uint_eq(gd_set_lowest(&set), 0);
}
END_TEST

Suite *suite_structure(void)
{
    Suite *suite = suite_create("structure");
    TCase *tests = tcase_create("structure");
    tcase_add_test(tests, test_elements);
    tcase_add_test(tests, test_copy);
    tcase_add_test(tests, test_set);
    tcase_add_test(tests, test_set_copy);
    tcase_add_loop_test(tests, the_lowest_energy_is_a_finite_one, 0, 5);
    suite_add_tcase(suite, tests);
    return suite;
}

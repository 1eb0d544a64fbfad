/* The system: joining template and mobile atoms, the window, and bringing points back to where they may be. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/system.h"
#include "atoms/window.h"
#include "unit/suites.h"

static double positions[2][3] = {{0, 0, 3}, {1, 2, 4.5}};
static int species[2] = {78, 79};
static const int mobile[3] = {29, 28, 47};

static struct gd_structure template_in(struct gd_cell cell)
{
    return (struct gd_structure){.cell = cell, .count = 2, .species = species, .positions = positions};
}

/* A skewed slab, periodic also along its third vector, which leans over. */
static const struct gd_cell slab = {{{4, 0, 0}, {2, 3, 0}, {1, 0.5, 8}}, {true, true, true}};

/* Its two atoms are one lattice vector apart. */
static struct gd_structure twice(struct gd_cell cell)
{
    static double same[2][3] = {{0, 0, 3}, {4, 0, 3}};
    return (struct gd_structure){.cell = cell, .count = 2, .species = species, .positions = same};
}

static struct gd_system make(struct gd_cell cell, const double *window, bool above)
{
    struct gd_system system;
    struct gd_error error = {0};
    struct gd_structure template_ = template_in(cell);
    enum gd_status status = gd_system_make(&system, &template_, mobile, 3, window, above, &error);
    ck_assert_msg(!status, "%s", error.text);
    return system;
}

static void refuse(struct gd_structure template_, size_t count, const double *window, bool above, const char *part)
{
    struct gd_system system;
    struct gd_error error = {0};
    ck_assert_int_eq(gd_system_make(&system, &template_, mobile, count, window, above, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, part) != NULL, "'%s' is not in '%s'", part, error.text);
    ck_assert_ptr_null(system.structure.positions);
}

START_TEST(template_comes_first)
{
    struct gd_system system = make(slab, NULL, false);
    const int expected[] = {78, 79, 29, 28, 47};
    ck_assert_uint_eq(system.structure.count, 5);
    ck_assert_uint_eq(system.fixed, 2);
    ck_assert_uint_eq(gd_system_mobile(&system), 3);
    ck_assert_mem_eq(system.structure.species, expected, sizeof expected);
    ck_assert_mem_eq(system.structure.positions, positions, sizeof positions);
    ck_assert(!system.confined);
    gd_system_clear(&system);
}
END_TEST

/* A template's last atom that is sampled is the first mobile one, and the window has to contain it. */
START_TEST(atoms_of_the_template_can_be_mobile)
{
    struct gd_system system;
    struct gd_error error = {0};
    struct gd_structure template_ = template_in(slab);
    template_.sampled = 1;
    const double holds[2] = {-1, 2}, misses[2] = {0.5, 2};
    const int expected[] = {78, 79, 29, 28, 47};
    ck_assert_int_eq(gd_system_make(&system, &template_, mobile, 3, holds, true, &error), GD_OK);
    ck_assert_uint_eq(system.fixed, 1);
    ck_assert_uint_eq(gd_system_mobile(&system), 4);
    ck_assert_mem_eq(system.structure.species, expected, sizeof expected);
    ck_assert_double_eq(system.window[0], 4.5 - 1);
    gd_system_clear(&system);
    refuse(template_, 3, misses, true, "atom 2 of the template, Au at (1.000, 2.000, 4.500)");
    template_.sampled = 0;
    ck_assert_int_eq(gd_system_make(&system, &template_, mobile, 3, misses, true, &error), GD_OK);
    gd_system_clear(&system);
}
END_TEST

/* Several atoms in open space, also between walls; not one, not on a template, and not where a direction is periodic.
 */
START_TEST(atoms_in_open_space_float)
{
    struct gd_structure box = {.cell = {.vectors = {{9, 0, 0}, {0, 9, 0}, {0, 0, 9}}}};
    struct gd_error error = {0};
    for (int way = 0; way < 7; way++) {
        struct gd_system system;
        const struct gd_structure one = {.cell = box.cell, .count = 1, .species = species, .positions = positions};
        if (way >= 4)
            box.cell.periodic[way - 4] = true;
        ck_assert_int_eq(gd_system_make(&system, way == 3 ? &one : &box, mobile, way == 2 ? 1 : 2,
                                        way == 1 ? (const double[]){1, 8} : NULL, false, &error),
                         GD_OK);
        ck_assert_int_eq(gd_system_floats(&system), way < 2);
        gd_system_clear(&system);
        memset(box.cell.periodic, 0, sizeof box.cell.periodic);
    }
}
END_TEST

START_TEST(window_is_absolute_or_above_the_template)
{
    struct gd_system absolute = make(slab, (double[]){1, 6}, false), above = make(slab, (double[]){1, 6}, true);
    ck_assert(absolute.confined && absolute.window[0] == 1 && absolute.window[1] == 6);
    ck_assert(above.confined && above.window[0] == 5.5 && above.window[1] == 10.5);
    gd_system_clear(&absolute);
    gd_system_clear(&above);
}
END_TEST

START_TEST(what_cannot_be_searched_is_refused)
{
    const double window[] = {1, 6}, reversed[] = {6, 1}, endless[] = {0, INFINITY}, nowhere[] = {NAN, 1};
    struct gd_cell flat = slab, open = slab, leaning = slab;
    memset(flat.vectors[1], 0, sizeof flat.vectors[1]);
    memset(open.vectors[1], 0, sizeof open.vectors[1]);
    open.periodic[1] = false;
    leaning.vectors[0][2] = 0.5;
    refuse(template_in(slab), 0, NULL, false, "no mobile atoms");
    refuse(twice(slab), 3, NULL, false, "atoms 1 (Pt) and 2 (Au) coincide");
    refuse(template_in(slab), 3, reversed, false, "window");
    refuse(template_in(slab), 3, endless, false, "window");
    refuse(template_in(slab), 3, nowhere, true, "window");
    refuse(template_in(flat), 3, NULL, false, "");
    refuse(template_in(open), 3, NULL, false, "cell vector 2 is zero");
    refuse(template_in(leaning), 3, window, false, "plane");
    refuse((struct gd_structure){.cell = slab}, 3, window, true, "template");
}
END_TEST

START_TEST(a_window_makes_up_for_a_zero_vector)
{
    struct gd_cell open = slab;
    memset(open.vectors[2], 0, sizeof open.vectors[2]);
    open.periodic[2] = false;
    struct gd_system system = make(open, (double[]){1, 6}, true);
    ck_assert(!gd_system_bounds(&system, 0) && !gd_system_bounds(&system, 1) && gd_system_bounds(&system, 2));
    gd_system_clear(&system);
    refuse(template_in(open), 3, NULL, false, "cell vector 3 is zero");
}
END_TEST

START_TEST(walls_reflect)
{
    /* z, where it comes back to, and whether it was turned over; the window is from 6 to 11. */
    const double table[][3] = {{6, 6, 1},      {11, 11, 1},    {8.25, 8.25, 1},  {5.5, 6.5, -1},  {11.25, 10.75, -1},
                               {0.5, 10.5, 1}, {16.5, 6.5, 1}, {21.5, 10.5, -1}, {-4.5, 6.5, -1}, {1e6 + 6, 6, 1}};
    struct gd_system system = make(slab, (double[]){6, 11}, false);
    for (size_t k = 0; k < sizeof table / sizeof *table; k++) {
        double point[3] = {1, 1, table[k][0]};
        double vector[3] = {1, 2, 3};
        gd_system_confine(&system, point, vector);
        ck_assert_msg(vector[0] == 1 && vector[1] == 2 && vector[2] == 3 * table[k][2], "%g: %g", table[k][0],
                      vector[2]);
        ck_assert_double_eq_tol(point[2], table[k][1], 1e-9);
        ck_assert(point[2] >= 6 && point[2] <= 11);
    }
    gd_system_clear(&system);
}
END_TEST

START_TEST(confining_wraps_in_the_plane_only)
{
    struct gd_system system = make(slab, (double[]){6, 11}, false); /* the window goes beyond the cell's top at 8 */
    double point[3] = {1 + 3 * 4 - 2 * 2, 1 - 2 * 3, 10.5}, fractional[3];
    gd_system_confine(&system, point, NULL);
    ck_assert_double_eq(point[2], 10.5);
    gd_to_fractional(&system.basis, point, fractional);
    ck_assert(fractional[0] >= 0 && fractional[0] < 1 && fractional[1] >= 0 && fractional[1] < 1);
    double moved[3] = {point[0] - 1, point[1] - 1, 0};
    gd_to_fractional(&system.basis, moved, fractional);
    for (int k = 0; k < 3; k++)
        ck_assert_double_eq_tol(fractional[k], round(fractional[k]), 1e-12);
    gd_system_clear(&system);
}
END_TEST

START_TEST(without_a_window_everything_periodic_wraps)
{
    struct gd_cell wire = slab;
    wire.periodic[1] = false;
    struct gd_system system = make(wire, NULL, false);
    double point[3], fractional[3] = {1.25, 1.5, -0.25};
    gd_to_cartesian(&system.basis, fractional, point);
    gd_system_confine(&system, point, NULL);
    gd_to_fractional(&system.basis, point, fractional);
    ck_assert_double_eq_tol(fractional[0], 0.25, 1e-12);
    ck_assert_double_eq_tol(fractional[1], 1.5, 1e-12);
    ck_assert_double_eq_tol(fractional[2], 0.75, 1e-12);
    gd_system_clear(&system);
}
END_TEST

/* The window is from 4 to 7 Å. Only what pushes an atom through a wall counts, and atoms of the template never do. */
START_TEST(atoms_held_at_a_wall_are_counted)
{
    static double at[5][3] = {{0, 0, 4}, {1, 2, 4}, {0, 0, 4}, {1, 1, 7}, {2, 2, 5}};
    static double forces[5][3] = {{0, 0, -9}, {0, 0, -9}, {7, 0, -2}, {0, -7, 3}, {0, 0, -9}};
    double most;
    struct gd_system system = make(slab, (double[]){4, 7}, false);
    struct gd_structure structure = system.structure;
    structure.positions = at;
    structure.forces = forces;
    ck_assert_uint_eq(gd_window_pressed(&system, &structure, 1, &most), 2);
    ck_assert_double_eq(most, 3);
    ck_assert_uint_eq(gd_window_pressed(&system, &structure, 2, &most), 1);
    forces[2][2] = 2;
    forces[3][2] = -3; /* away from the walls */
    ck_assert_uint_eq(gd_window_pressed(&system, &structure, 0, &most), 0);
    ck_assert_double_eq(most, 0);
    gd_system_clear(&system);
}
END_TEST

/* The template is from z = 2 to 4.5 Å, or as said, in a cell of 8 Å; without `periodic` the cell has an end there. */
static const struct {
    double z[2], window[2];
    bool above, periodic;
    const char *doubt; /* NULL: none */
} windows[] = {
    {{2, 4.5}, {0.5, 3}, true, true, NULL},
    {{2, 4.5}, {-1, 3}, true, true, NULL}, /* beside a step */
    {{2, 4.5}, {4.5, 10}, false, true, NULL},
    {{2, 4.5},
     {4.5, 10.5},
     false,
     true,
     "from z = 4.5 to 10.5 Å reaches the periodic image of the template, which begins at 10 Å"},
    {{2, 4.5}, {1, 9}, true, true, "from z = 5.5 to 13.5 Å reaches the periodic image of the template"},
    {{2, 4.5},
     {-4, 1},
     false,
     true,
     "from z = -4 to 1 Å reaches the periodic image of the template, which ends at -3.5 Å"},
    {{2, 4.5}, {-3, 1}, false, true, NULL},
    {{2, 4.5}, {2.5, 4}, false, true, "reaches into the template, which is from 2 to 4.5 Å"},
    {{2, 4.5}, {-4, -1}, true, true, "from z = 0.5 to 3.5 Å reaches into the template"},
    {{2, 4.5}, {1, 7}, false, true, "reaches into the template"},
    {{2, 4.5}, {0.5, 3.5}, true, false, NULL},
    {{2, 4.5}, {0.5, 4}, true, false, "from z = 5 to 8.5 Å reaches out of the cell, which is 8 Å high"},
    {{2, 4.5}, {-1, 1}, false, false, "from z = -1 to 1 Å reaches out of the cell"},
    {{2, 4.5}, {20, 21}, false, false, "reaches out of the cell"},
    {{0.5, 7.5}, {0.5, 3}, true, true, "its largest gap is from z = 0.5 to 7.5 Å"},
    {{0.5, 4.5}, {0.5, 3}, true, true, NULL}, /* as much vacuum on both sides */
    {{0.5, 7.5}, {0.1, 0.5}, true, false, NULL},
};

/* What is said of windows[k] when the bounds of the window are these, the cell is so high and the template is shifted
 * along z, periodically. */
static bool warn(int k, const double window[2], double height, double shift, char text[512])
{
    const struct gd_cell cell = {{{4, 0, 0}, {2, 3, 0}, {1, 0.5, height}}, {true, true, windows[k].periodic}};
    double lower = positions[0][2], upper = positions[1][2];
    positions[0][2] = fmod(windows[k].z[0] + shift + height, height);
    positions[1][2] = fmod(windows[k].z[1] + shift + height, height);
    struct gd_system system = make(cell, window, windows[k].above);
    positions[0][2] = lower;
    positions[1][2] = upper;
    const bool doubt = gd_window_warning(&system, text, 512);
    gd_system_clear(&system);
    return doubt;
}

START_TEST(a_doubtful_window_is_said)
{
    char text[512];
    const bool doubt = warn(_i, windows[_i].window, 8, 0, text);
    ck_assert_msg(doubt == (windows[_i].doubt != NULL) && doubt == (*text != '\0'), "'%s'", text);
    ck_assert_msg(!doubt || strstr(text, windows[_i].doubt) != NULL, "'%s'", text);
}
END_TEST

/* Who does what the warning says is not warned again. */
START_TEST(a_warning_about_a_window_says_what_helps)
{
    static const struct {
        const char *words, *number; /* the number comes after the second */
        double lower, upper, height, shift;
    } remedies[] = {
        {"shift its atoms", "atoms by ", 0, 0, 0, 1},  {"let it begin", "begin ", 1, 0, 0, 0},
        {"raise its lower bound", " by ", 1, 0, 0, 0}, {"lower its upper bound", " by ", 0, -1, 0, 0},
        {"make the cell higher", " by ", 0, 0, 1, 0},
    };
    char text[512], again[512];
    size_t tried = 0;
    bool doubt = warn(_i, windows[_i].window, 8, 0, text);
    for (size_t k = 0; k < sizeof remedies / sizeof *remedies; k++) {
        if (!strstr(text, remedies[k].words))
            continue;
        double by = atof(strstr(text, remedies[k].number) + strlen(remedies[k].number));
        double window[] = {windows[_i].window[0] + remedies[k].lower * by,
                           windows[_i].window[1] + remedies[k].upper * by};
        if (window[1] > window[0] + 1e-6) /* else the cell alone can be changed */
            ck_assert_msg(!warn(_i, window, 8 + remedies[k].height * by, remedies[k].shift * by, again), "'%s', '%s'",
                          text, again);
        tried++;
    }
    ck_assert_int_eq(doubt, tried > 0);
}
END_TEST

/* No window, a cell without an end, no template. */
START_TEST(windows_beside_nothing)
{
    char text[512];
    struct gd_error error = {0};
    struct gd_cell open = slab;
    struct gd_structure empty = {.cell = slab};
    struct gd_system free_ = make(slab, NULL, false), system;
    memset(open.vectors[2], 0, sizeof open.vectors[2]);
    open.periodic[2] = false;
    struct gd_system endless = make(open, (double[]){5, 100}, true);
    ck_assert(!gd_window_warning(&free_, text, sizeof text) && !gd_window_warning(&endless, text, sizeof text));
    ck_assert_int_eq(gd_system_make(&system, &empty, mobile, 3, (double[]){-3, 4}, false, &error), GD_OK);
    ck_assert(!gd_window_warning(&system, text, sizeof text));
    gd_system_clear(&system);
    ck_assert_int_eq(gd_system_make(&system, &empty, mobile, 3, (double[]){-3, 6}, false, &error), GD_OK);
    ck_assert(gd_window_warning(&system, text, sizeof text) && strstr(text, "out of the cell, which is 8 Å high"));
    gd_system_clear(&system);
    gd_system_clear(&free_);
    gd_system_clear(&endless);
}
END_TEST

Suite *suite_system(void)
{
    Suite *suite = suite_create("system");
    TCase *making = tcase_create("make");
    tcase_add_test(making, template_comes_first);
    tcase_add_test(making, atoms_of_the_template_can_be_mobile);
    tcase_add_test(making, atoms_in_open_space_float);
    tcase_add_test(making, window_is_absolute_or_above_the_template);
    tcase_add_test(making, what_cannot_be_searched_is_refused);
    tcase_add_test(making, a_window_makes_up_for_a_zero_vector);
    suite_add_tcase(suite, making);
    TCase *confine = tcase_create("confine");
    tcase_add_test(confine, walls_reflect);
    tcase_add_test(confine, confining_wraps_in_the_plane_only);
    tcase_add_test(confine, without_a_window_everything_periodic_wraps);
    tcase_add_test(confine, atoms_held_at_a_wall_are_counted);
    suite_add_tcase(suite, confine);
    TCase *window = tcase_create("window");
    tcase_add_loop_test(window, a_doubtful_window_is_said, 0, sizeof windows / sizeof *windows);
    tcase_add_loop_test(window, a_warning_about_a_window_says_what_helps, 0, sizeof windows / sizeof *windows);
    tcase_add_test(window, windows_beside_nothing);
    suite_add_tcase(suite, window);
    return suite;
}

/* Structures from elsewhere: which of their atoms are the template, and which the mobile ones. */
#include <string.h>

#include "atoms/arrange.h"
#include "unit/atoms/helpers.h"

enum { STILL = 2, FREE = 2, TEMPLATE = STILL + FREE, ATOMS = TEMPLATE + 2 };

static struct gd_system system_;
static struct gd_set *set;
static struct gd_error error;

/* Platinum 2.8 Å apart in two layers, of which the upper one is free, and two atoms of platinum above. */
static const double places[TEMPLATE][3] = {{0, 0, 0}, {2.8, 0, 0}, {1.4, 1.4, 2}, {4.2, 1.4, 2}};

static void open_system(size_t free_atoms)
{
    double positions[TEMPLATE][3];
    int species[TEMPLATE] = {78, 78, 78, 78};
    const int mobile[ATOMS - TEMPLATE] = {78, 78};
    const double window[2] = {1, 5};
    memcpy(positions, places, sizeof positions);
    const struct gd_structure template_ = {.cell = {{{5.6, 0, 0}, {0, 5.6, 0}, {0, 0, 15}}, {true, true, false}},
                                           .count = TEMPLATE,
                                           .free_atoms = free_atoms,
                                           .species = species,
                                           .positions = positions};
    error = (struct gd_error){0};
    ck_assert_ok(gd_system_make(&system_, &template_, mobile, ATOMS - TEMPLATE, window, true, &error), error);
    set = gd_set_new(&system_.structure, system_.fixed, &error);
    ck_assert_ptr_nonnull(set);
}

static void close_system(void)
{
    gd_set_free(set);
    gd_system_clear(&system_);
}

/* A structure of the system with every atom at its place and the mobile ones above. */
static void fill(double atoms[ATOMS][3])
{
    const double above[ATOMS - TEMPLATE][3] = {{0.5, 3, 4.1}, {3.1, 3.2, 4.3}};
    memcpy(atoms, places, sizeof places);
    memcpy(atoms[TEMPLATE], above, sizeof above);
}

/* Appends the atoms, in the order that is given; forces[i] are those of atom i. */
static enum gd_status arrange(double atoms[ATOMS][3], const int order[ATOMS])
{
    double positions[ATOMS][3], forces[ATOMS][3] = {{0}};
    int species[ATOMS];
    for (int k = 0; k < ATOMS; k++) {
        memcpy(positions[k], atoms[order[k]], sizeof *positions);
        forces[k][0] = order[k];
        species[k] = 78;
    }
    const struct gd_structure structure = {.cell = system_.structure.cell,
                                           .count = ATOMS,
                                           .species = species,
                                           .positions = positions,
                                           .forces = forces,
                                           .energy = -1};
    error = (struct gd_error){0};
    return gd_system_arrange(&system_, &structure, set, &error);
}

/* The last structure of the set has the atoms in this order. */
static void expect(double atoms[ATOMS][3], const int order[ATOMS])
{
    const size_t first = 3 * ATOMS * (set->count - 1);
    for (size_t k = 0; k < ATOMS; k++) {
        ck_assert_mem_eq(set->positions + first + 3 * k, atoms[order[k]], sizeof *atoms);
        ck_assert_double_eq(set->forces[first + 3 * k], order[k]);
    }
}

static const int in_order[ATOMS] = {0, 1, 2, 3, 4, 5}, turned[ATOMS] = {5, 4, 3, 2, 1, 0},
                 both_ways[ATOMS] = {0, 1, 2, 3, 5, 4};

START_TEST(still_atoms_get_their_places)
{
    double atoms[ATOMS][3], exact[ATOMS][3];
    open_system(FREE);
    fill(exact);
    fill(atoms);
    atoms[0][2] += 0.009;
    ck_assert_ok(arrange(atoms, in_order), error);
    expect(exact, in_order);
    atoms[0][2] += 0.009;
    ck_assert_int_eq(arrange(atoms, in_order), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.text, "no atom within 0.01 Å of template atom 1, Pt at (0.000, 0.000, 0.000)"));
    close_system();
}
END_TEST

/* Free ones stay where they have relaxed to; without any the same structure is refused. */
START_TEST(free_atoms_have_relaxed)
{
    double atoms[ATOMS][3];
    fill(atoms);
    atoms[2][0] -= 0.3, atoms[2][2] += 0.4;
    atoms[3][1] -= 5.6 - 0.2; /* in the next cell */
    open_system(FREE);
    ck_assert_ok(arrange(atoms, in_order), error);
    expect(atoms, in_order);
    ck_assert_ok(arrange(atoms, turned), error);
    expect(atoms, both_ways);
    close_system();
    open_system(0);
    ck_assert_int_eq(arrange(atoms, in_order), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.text, "no atom within 0.01 Å of template atom 3"));
    close_system();
}
END_TEST

/* Farther than they are looked for, they are found in the order of the system alone. */
START_TEST(free_atoms_have_gone_far)
{
    double atoms[ATOMS][3];
    open_system(FREE);
    fill(atoms);
    atoms[2][2] += 1.2;
    ck_assert_ok(arrange(atoms, in_order), error);
    expect(atoms, in_order);
    ck_assert_int_eq(arrange(atoms, turned), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.text, "no atom within 1 Å of template atom 3"));
    atoms[0][2] += 0.02; /* the order alone does not do */
    ck_assert_int_eq(arrange(atoms, in_order), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.text, "template atom 1"));
    close_system();
}
END_TEST

/* An added atom near a free one is not taken for it. */
START_TEST(added_atoms_are_no_template)
{
    double atoms[ATOMS][3];
    fill(atoms);
    memcpy(atoms[4], (const double[3]){1.4, 1.4, 3.1}, sizeof *atoms);
    atoms[2][2] -= 0.6;
    open_system(FREE);
    ck_assert_ok(arrange(atoms, turned), error); /* beyond 1 Å of the place, it is mobile */
    expect(atoms, both_ways);
    atoms[4][2] = 2.9;
    const int swapped[ATOMS] = {0, 1, 4, 3, 2, 5};
    ck_assert_int_eq(arrange(atoms, swapped), GD_BAD_INPUT); /* atom 3 would be mobile below the window */
    ck_assert_ptr_nonnull(strstr(error.text, "atoms 3 and 5 are both within 1 Å of template atom 3, Pt at (1.400"));
    close_system();
}
END_TEST

Suite *suite_arrange(void);

Suite *suite_arrange(void)
{
    Suite *suite = suite_create("arrange");
    TCase *tcase = tcase_create("arrange");
    tcase_add_test(tcase, still_atoms_get_their_places);
    tcase_add_test(tcase, free_atoms_have_relaxed);
    tcase_add_test(tcase, free_atoms_have_gone_far);
    tcase_add_test(tcase, added_atoms_are_no_template);
    suite_add_tcase(suite, tcase);
    return suite;
}

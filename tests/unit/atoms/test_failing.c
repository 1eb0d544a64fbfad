/* Every allocation of the readers, builders, neighbour lists, potentials and sets is made to fail once. */
#include <stdlib.h>
#include <string.h>

#include "atoms/build.h"
#include "atoms/neighbours.h"
#include "atoms/set_h5.h"
#include "atoms/structure_file.h"
#include "engine/base/h5.h"
#include "helpers.h"
#include "potentials/eam_file.h"
#include "unit/engine/failing.h"

static struct gd_structure slab;
static struct gd_potential *emt;

static enum gd_status read_extxyz(struct gd_error *error)
{
    static const char text[] = "2\nLattice=\"4 0 0 0 4 0 0 0 4\" a=1 b=\"2 3\" c d=[1,2] "
                               "Properties=tags:I:2:species:S:1:pos:R:3:forces:R:3:name:S:1\n"
                               "1 2 Pt 0 0 0 1 2 3 x\n3 4 Au 1 1 1 0 0 0 y\n1\nfree text\nH 0 0 0\n";
    struct gd_frames frames;
    enum gd_status status = gd_extxyz_parse("test.xyz", text, strlen(text), &frames, error);
    gd_frames_clear(&frames);
    return status;
}

static enum gd_status refuse_extxyz(struct gd_error *error)
{
    struct gd_frames frames;
    return gd_extxyz_parse("test.xyz", "1\n\nH 0 0 x\n", 11, &frames, error);
}

static enum gd_status read_poscar(struct gd_error *error)
{
    struct gd_structure structure;
    enum gd_status status = gd_structure_read(GD_TEST_DATA "/POSCAR", -1, &structure, NULL, error);
    gd_structure_clear(&structure);
    return status;
}

static enum gd_status build_surface(struct gd_error *error)
{
    struct gd_structure structure = {0};
    enum gd_status status = gd_build_surface(78, (const int64_t[]){1, 2, 2}, 5, 3.92, 8, &structure, error);
    gd_structure_clear(&structure);
    return status;
}

static enum gd_status build_fcc111(struct gd_error *error)
{
    struct gd_structure structure = {0}, copy = {0};
    enum gd_status status = gd_build_fcc111(78, (const int64_t[]){2, 2, 2}, 3.92, 8, &structure, error);
    if (!status)
        status = gd_structure_copy(&copy, &structure, error);
    gd_structure_clear(&structure);
    gd_structure_clear(&copy);
    return status;
}

static enum gd_status parse_formula(struct gd_error *error)
{
    int *species;
    size_t count;
    enum gd_status status = gd_formula_parse("Pt7Au20Ni", &species, &count, error);
    free(species);
    return status;
}

static enum gd_status find_neighbours(struct gd_error *error)
{
    struct gd_neighbours list = {0};
    struct gd_basis basis;
    enum gd_status status = gd_basis_make(&basis, &slab.cell, error);
    for (double cutoff = 2.9; !status && cutoff < 8; cutoff += 1)
        status = gd_neighbours_find(&list, &basis, slab.count, slab.positions, cutoff, error);
    gd_neighbours_clear(&list);
    return status;
}

static enum gd_status evaluate_emt(struct gd_error *error)
{
    double energy, forces[32][3];
    return gd_potential_evaluate(emt, &slab, &energy, forces, error);
}

static enum gd_status read_eam(struct gd_error *error)
{
    static const char text[] = "1\n2\n3\n1 Cu\n5 1 5 1 4\n1 1 1 fcc\n0 1 2 3 4\n0 1 2 3 4\n0 1 2 3 4\n";
    struct gd_eam eam;
    enum gd_status status = gd_eam_parse(&eam, GD_EAM_ALLOY, "f", text, strlen(text), error);
    gd_eam_clear(&eam);
    return status;
}

static enum gd_status fill_set(struct gd_error *error)
{
    struct gd_set set, other;
    enum gd_status status = gd_set_init(&set, &slab, 1, error);
    gd_set_init(&other, &slab, 1, status ? NULL : error);
    if (!other.species)
        status = GD_NO_MEMORY;
    for (int k = 0; !status && k < 10; k++)
        status = gd_set_push(&set, slab.positions[0], error);
    if (!status)
        status = gd_set_append(&other, &set, 0, 10, error);
    gd_set_clear(&set);
    gd_set_clear(&other);
    return status;
}

static enum gd_status save_and_load(struct gd_error *error)
{
    struct gd_set set;
    void *loaded = NULL;
    struct gd_h5 *file = NULL;
    enum gd_status status = gd_set_init(&set, &slab, 1, error);
    if (!status)
        status = gd_set_push(&set, slab.positions[0], error);
    if (!status)
        status = gd_h5_create("/nowhere/set.h5", &file, error);
    if (!status)
        status = gd_set_save(&set, file, "archive", error);
    if (!status)
        status = gd_set_load(&loaded, file, "archive", NULL, error);
    gd_h5_close(file);
    gd_set_free(loaded);
    gd_set_clear(&set);
    return status;
}

static const struct task {
    enum gd_status (*run)(struct gd_error *error);
    size_t allocations;    /* at least */
    enum gd_status status; /* with enough memory */
} tasks[] = {
    {read_extxyz, 15, GD_OK}, {refuse_extxyz, 5, GD_BAD_INPUT}, {read_poscar, 3, GD_OK},     {build_surface, 2, GD_OK},
    {build_fcc111, 4, GD_OK}, {parse_formula, 2, GD_OK},        {find_neighbours, 8, GD_OK}, {evaluate_emt, 17, GD_OK},
    {fill_set, 10, GD_OK},    {save_and_load, 20, GD_OK},       {read_eam, 5, GD_OK},
};

static void setup(void)
{
    struct gd_error error = {0};
    ck_assert_ok(gd_build_fcc111(78, (const int64_t[]){2, 2, 3}, 3.92, 8, &slab, &error), error);
    emt = test_potential("emt");
}

static void teardown(void)
{
    gd_structure_clear(&slab);
    gd_potential_free(emt);
}

/* Lets more and more allocations succeed before one or all fail, until the task is through. */
static void fail_each(const struct task *task, void (*start)(size_t allowed))
{
    enum gd_status status = GD_NO_MEMORY;
    size_t allowed = 0;
    for (; status == GD_NO_MEMORY; allowed++) {
        struct gd_error error = {0};
        start(allowed);
        status = task->run(&error);
        ck_assert_msg(failing_stop() == 0, "a leak after %zu allocations", allowed);
        ck_assert_int_eq(error.status, status);
        ck_assert_msg(!status || error.text[0], "no message after %zu allocations", allowed);
    }
    ck_assert_int_eq(status, task->status);
    ck_assert_uint_gt(allowed, task->allocations);
}

START_TEST(lasting_shortage)
{
    fail_each(&tasks[_i], failing_start);
}
END_TEST

START_TEST(passing_shortage)
{
    fail_each(&tasks[_i], failing_start_once);
}
END_TEST

Suite *suite_failing(void)
{
    Suite *suite = suite_create("failing");
    TCase *tests = tcase_create("failing");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, lasting_shortage, 0, sizeof tasks / sizeof *tasks);
    tcase_add_loop_test(tests, passing_shortage, 0, sizeof tasks / sizeof *tasks);
    suite_add_tcase(suite, tests);
    return suite;
}

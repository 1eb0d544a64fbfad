/* Targets: which structures count as a hit. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stages/target.h"
#include "unit/scratch.h"
#include "unit/stages/bench.h"

extern const struct gd_target_class gd_target_bonds;

static const double bond = 2.7718585822512662; /* a/sqrt(2) of platinum */

/* Seven sites of the triangular lattice, in units of the bond: i a1 + j a2 with 60 degrees between them. */
struct shape {
    const char *name;
    int sites[7][2];
    bool hexagon;
};

static const struct shape shapes[] = {
    {"centred hexagon", {{0, 0}, {1, 0}, {0, 1}, {-1, 1}, {-1, 0}, {0, -1}, {1, -1}}, true},
    {"the same in another order", {{1, -1}, {0, 1}, {0, 0}, {-1, 0}, {1, 0}, {-1, 1}, {0, -1}}, true},
    {"one atom moved away", {{0, 0}, {1, 0}, {0, 1}, {-1, 1}, {-1, 0}, {0, -1}, {2, 0}}, false},
    {"trapezium", {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {0, 1}, {1, 1}, {2, 1}}, false},
    {"row", {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 0}, {6, 0}}, false},
};

/* The shape, turned by `angle` and with its middle at `centre`, wrapped into the 12 Å cell. */
static void place(const struct shape *shape, double angle, const double centre[3], double (*positions)[3])
{
    for (int k = 0; k < 7; k++) {
        double x = bond * (shape->sites[k][0] + 0.5 * shape->sites[k][1]);
        double y = bond * sqrt(0.75) * shape->sites[k][1];
        double turned[3] = {x * cos(angle) - y * sin(angle), x * sin(angle) + y * cos(angle), 0};
        for (int d = 0; d < 3; d++)
            positions[k][d] = fmod(turned[d] + centre[d] + 24.0, 12.0);
    }
}

static void write_reference(const char *path)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "7\nProperties=species:S:1:pos:R:3 pbc=\"F F F\"\n");
    for (int k = 0; k < 7; k++)
        fprintf(file, "Pt %.10f %.10f 0\n", bond * (shapes[0].sites[k][0] + 0.5 * shapes[0].sites[k][1]),
                bond * sqrt(0.75) * shapes[0].sites[k][1]);
    fclose(file);
}

/* The target that the hexagon in a file is, below an energy; the file is gone afterwards. */
static enum gd_status create_bonds(const struct gd_system *system, double below, struct gd_target **target,
                                   struct gd_error *error)
{
    struct scratch scratch = scratch_make();
    char path[512];
    struct {
        const char *file;
        int64_t frame;
        double scale, below;
    } params = {scratch_name(&scratch, "hexagon.extxyz", path), -1, 1.1, below};
    write_reference(path);
    enum gd_status status = gd_target_bonds.create(&params, system, target, error);
    scratch_remove(&scratch);
    return status;
}

START_TEST(test_bonds_tell_the_hexagon)
{
    struct bench bench;
    bench_open(&bench);
    struct gd_system *system = bench_system(&bench, 7);
    struct gd_target *target = NULL;
    ck_assert_msg(create_bonds(system, 27.5, &target, &bench.error) == GD_OK, "%s", bench.error.text);

    const double centres[][3] = {{6, 6, 6}, {0.3, 11.8, 0.1}};
    struct gd_structure structure = {0};
    ck_assert_int_eq(gd_structure_copy(&structure, &system->structure, &bench.error), GD_OK);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int c = 0; c < 2; c++) {
            if (c && !shapes[s].hexagon)
                continue; /* the long shapes would touch their own images */
            place(&shapes[s], 0.3 + c, centres[c], structure.positions);
            if (strcmp(shapes[s].name, "row") == 0)
                for (int k = 0; k < 7; k++)
                    structure.positions[k][2] = 1.7 * k; /* a spiral, not across the wall */
            structure.energy = 27.5;
            ck_assert_msg(gd_target_bonds.hit(target, system, &structure) == shapes[s].hexagon, "%s", shapes[s].name);
            structure.energy = 27.6;
            ck_assert_msg(!gd_target_bonds.hit(target, system, &structure), "%s, too high", shapes[s].name);
        }
    gd_structure_clear(&structure);
    free(target);
    bench_close(&bench);
}
END_TEST

START_TEST(test_bonds_refuse_a_reference_that_is_too_small)
{
    struct bench bench;
    bench_open(&bench);
    struct gd_target *target = NULL;
    ck_assert_int_eq(create_bonds(bench_system(&bench, 8), 27.5, &target, &bench.error), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(bench.error.text, "7 atoms"));
    ck_assert_str_eq(bench.error.key, "bonds");
    bench_close(&bench);
}
END_TEST

/* The reference is of platinum: nothing of other elements can be met by it. */
START_TEST(test_bonds_refuse_other_elements)
{
    struct bench bench;
    bench_open(&bench);
    struct gd_system *system = bench_system(&bench, 7);
    struct gd_target *target = NULL;
    system->structure.species[system->fixed + 3] = 29;
    ck_assert_int_eq(create_bonds(system, 27.5, &target, &bench.error), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(bench.error.text, "have Pt in place of Cu"));
    ck_assert_str_eq(bench.error.key, "bonds");
    bench_close(&bench);
}
END_TEST

Suite *suite_targets(void)
{
    Suite *suite = suite_create("targets");
    TCase *tests = tcase_create("targets");
    tcase_add_test(tests, test_bonds_tell_the_hexagon);
    tcase_add_test(tests, test_bonds_refuse_a_reference_that_is_too_small);
    tcase_add_test(tests, test_bonds_refuse_other_elements);
    suite_add_tcase(suite, tests);
    return suite;
}

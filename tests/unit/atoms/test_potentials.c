/* Effective-medium theory against the Atomic Simulation Environment and known minima on surfaces; pairs and parameters
 * of the other potentials; forces against differences of energies. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/build.h"
#include "atoms/cell.h"
#include "atoms/vector.h"
#include "helpers.h"

#define PRINTED 0.5e-8 /* rounding of the positions and forces in emt-reference.extxyz */

static struct gd_potential *emt;

static void make_emt(void)
{
    emt = test_potential("emt");
}

static void free_emt(void)
{
    gd_potential_free(emt);
}

static void read_frames(const char *path, struct gd_frames *frames)
{
    struct gd_error error = {0};
    ck_assert_ok(gd_extxyz_read(path, frames, &error), error);
    ck_assert_uint_eq(frames->count, 40);
}

static double evaluate(const struct gd_potential *potential, const struct gd_structure *structure, double (**forces)[3])
{
    struct gd_error error = {0};
    double energy;
    *forces = calloc(structure->count, sizeof **forces);
    ck_assert_ok(potential->type->evaluate(potential, structure, &energy, *forces, &error), error);
    return energy;
}

/* Compares with what the file says; energies to a relative error, forces to within `force`. `slack` times every force
 * is added to the energy's tolerance. */
static void compare_all(const char *path, double relative, double slack, double force)
{
    struct gd_frames frames;
    read_frames(path, &frames);
    for (size_t k = 0; k < frames.count; k++) {
        const struct gd_structure *expected = &frames.items[k].structure;
        double(*forces)[3], tolerance = relative * fabs(expected->energy);
        double energy = evaluate(emt, expected, &forces);
        for (size_t i = 0; i < expected->count; i++)
            for (int axis = 0; axis < 3; axis++) {
                double off = fabs(forces[i][axis] - expected->forces[i][axis]);
                ck_assert_msg(off <= force, "structure %zu, atom %zu: force off by %g", k, i, off);
                tolerance += slack * fabs(expected->forces[i][axis]);
            }
        ck_assert_msg(fabs(energy - expected->energy) <= tolerance, "structure %zu: %.12g is not %.12g", k, energy,
                      expected->energy);
        free(forces);
    }
    gd_frames_clear(&frames);
}

/* Energies and forces at exactly these positions, squeezed atoms included. */
START_TEST(test_emt_exact)
{
    compare_all(GD_TEST_DATA "/emt-exact.extxyz", 1e-9, 0, 1e-7);
}
END_TEST

/* The structures as they were shipped: energies and forces belong to positions before they were rounded for printing.
 * To first order rounding changes the energy by force times rounding, and the forces by up to some 1e4 eV/Å² times it.
 */
START_TEST(test_emt_printed)
{
    compare_all(GD_TEST_DATA "/emt-reference.extxyz", 1e-9, PRINTED, 1e-7 + 1e4 * PRINTED);
}
END_TEST

START_TEST(test_emt_forces)
{
    struct gd_frames frames;
    read_frames(GD_TEST_DATA "/emt-exact.extxyz", &frames);
    for (size_t k = 0; k < frames.count; k++) {
        struct gd_structure *structure = &frames.items[k].structure;
        double largest = 0;
        for (size_t i = 0; i < structure->count; i++)
            largest = fmax(largest, gd_length(structure->forces[i]));
        if (k % 5 == (size_t)_i && largest < 20)
            test_forces(emt, structure, 1e-6);
    }
    gd_frames_clear(&frames);
}
END_TEST

START_TEST(test_emt_lone_atoms)
{
    double(*forces)[3], position[2][3] = {{0, 0, 0}, {30, 0, 0}};
    int species[2] = {78, 13};
    struct gd_structure structure = {.count = 2, .species = species, .positions = position};
    ck_assert_double_eq(evaluate(emt, &structure, &forces), 5.85 + 3.28);
    ck_assert_double_eq(gd_length(forces[0]), 0);
    free(forces);
    structure.count = 0;
    ck_assert_double_eq(evaluate(emt, &structure, &forces), 0);
    free(forces);
}
END_TEST

/* Two atoms at one place, which gd_potential_evaluate would refuse: a number that is not finite, and no error. */
START_TEST(test_emt_overflow)
{
    double(*forces)[3], position[2][3] = {{1, 2, 3}, {1, 2, 3}};
    int species[2] = {78, 78};
    struct gd_structure structure = {.count = 2, .species = species, .positions = position};
    evaluate(emt, &structure, &forces);
    ck_assert(!isfinite(forces[0][0]));
    free(forces);
}
END_TEST

START_TEST(test_emt_unknown_element)
{
    struct gd_error error = {0};
    int species[3] = {78, 26, 6};
    struct gd_structure structure = {.count = 3, .species = species};
    ck_assert_int_eq(emt->type->supports(emt, &structure, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, "Fe") && strstr(error.text, "Pt") && !strstr(error.text, " C "), "%s", error.text);
    structure.count = 1;
    ck_assert_int_eq(emt->type->supports(emt, &structure, &error), GD_OK);
}
END_TEST

/* The template with mobile platinum at the end. */
static struct gd_structure with_mobile(const char *yaml, const double (*mobile)[3], size_t count)
{
    struct gd_error error = {0};
    struct gd_structure template_, all;
    ck_assert_ok(test_build(yaml, &template_, &error), error);
    ck_assert_ok(gd_structure_alloc(&all, template_.count + count, false, &error), error);
    all.cell = template_.cell;
    memcpy(all.positions, template_.positions, template_.count * sizeof *all.positions);
    if (count)
        memcpy(all.positions + template_.count, mobile, count * sizeof *mobile);
    for (size_t i = 0; i < all.count; i++)
        all.species[i] = 78;
    gd_structure_clear(&template_);
    return all;
}

static double highest(const struct gd_structure *structure, size_t count)
{
    double top = -INFINITY;
    for (size_t i = 0; i < count; i++)
        top = fmax(top, structure->positions[i][2]);
    return top;
}

/* The best site of a platinum adatom on the stepped surface, from a start beside it. */
START_TEST(test_adatom)
{
    static const double sites[2][2] = {{0.236, 0.382}, {0.236, 0.882}};
    struct gd_structure slab = with_mobile("{build: surface, symbol: Pt, indices: [1, 2, 2], layers: 5, vacuum: 8.0}",
                                           (const double[1][3]){{0}}, 1);
    struct gd_basis basis;
    double *adatom = slab.positions[20], at[3], top = highest(&slab, 20);
    ck_assert_int_eq(gd_basis_make(&basis, &slab.cell, NULL), GD_OK);
    gd_add_scaled(adatom, sites[_i][0] + 0.02, slab.cell.vectors[0]);
    gd_add_scaled(adatom, sites[_i][1] - 0.02, slab.cell.vectors[1]);
    adatom[2] = top + 0.7;
    ck_assert_double_eq_tol(test_relax(emt, &slab, 20, 1e-4), 5.5058, 5e-5);
    gd_to_fractional(&basis, adatom, at);
    ck_assert_double_eq_tol(at[0], sites[_i][0], 6e-4);
    ck_assert_double_eq_tol(at[1], sites[_i][1], 6e-4);
    ck_assert_double_eq_tol(adatom[2] - top, 0.463, 6e-4);
    gd_structure_clear(&slab);
}
END_TEST

#define SLAB "{build: fcc111, symbol: Pt, size: [6, 6, 2], vacuum: 8.0}"

START_TEST(test_bare_slab)
{
    double(*forces)[3];
    struct gd_structure slab = with_mobile(SLAB, NULL, 0);
    ck_assert_double_eq_tol(evaluate(emt, &slab, &forces), 23.204213, 1e-6);
    free(forces);
    gd_structure_clear(&slab);
}
END_TEST

/* A centred hexagon in the hollows above (0) and beside (1) the atoms of the second layer: hcp and fcc sites. */
START_TEST(test_heptamer)
{
    static const double energies[2] = {24.987430, 24.993625};
    static const int around[7][2] = {{0, 0}, {1, 0}, {0, 1}, {-1, 1}, {-1, 0}, {0, -1}, {1, -1}};
    double edges[2][3] = {{3.92 * sqrt(0.5), 0, 0}, {3.92 * sqrt(0.125), 3.92 * sqrt(0.375), 0}};
    double mobile[7][3] = {{0}}, hollow = _i == 0 ? 2.0 / 3 : 1.0 / 3;
    for (int k = 0; k < 7; k++) {
        gd_add_scaled(mobile[k], 2 + hollow + around[k][0], edges[0]);
        gd_add_scaled(mobile[k], 2 + hollow + around[k][1], edges[1]);
        mobile[k][2] = 8 + 3.92 / sqrt(3) + 2.1;
    }
    struct gd_structure slab = with_mobile(SLAB, (const double(*)[3])mobile, 7);
    ck_assert_double_eq_tol(test_relax(emt, &slab, 72, 2e-4), energies[_i], 1e-6);
    gd_structure_clear(&slab);
}
END_TEST

/* A pair at its minimum, at the cutoff and beyond. */
START_TEST(test_lj_pair)
{
    static const struct {
        const char *yaml;
        double distance, energy;
    } pairs[] = {
        {"lj", 1.122462048309373, -1},
        {"{lj: {epsilon: 2.5, sigma: 2}}", 2.244924096618746, -2.5},
        {"lj", 2, 4 * (1.0 / 4096 - 1.0 / 64)},
        {"{lj: {cutoff: 1.9}}", 2, 0},
        {"{lj: {cutoff: 2.1}}", 2, 4 * (1.0 / 4096 - 1.0 / 64)},
        {"{lj: {cutoff: 2, shift: true}}", 1.122462048309373, -1 - 4 * (1.0 / 4096 - 1.0 / 64)},
    };
    double position[2][3] = {{0, 0, 0}, {0, pairs[_i].distance, 0}}, (*forces)[3];
    int species[2] = {18, 1};
    struct gd_structure structure = {.count = 2, .species = species, .positions = position};
    struct gd_potential *lj = test_potential(pairs[_i].yaml);
    ck_assert_int_eq(lj->type->supports(lj, &structure, NULL), GD_OK);
    ck_assert_double_eq_tol(evaluate(lj, &structure, &forces), pairs[_i].energy, 1e-14);
    free(forces);
    gd_potential_free(lj);
}
END_TEST

START_TEST(test_lj_forces)
{
    static const char *const yaml[] = {"lj", "{lj: {epsilon: 0.3, sigma: 1.3, cutoff: 3}}"};
    struct gd_stream stream = test_stream(7);
    struct gd_potential *lj = test_potential(yaml[_i]);
    double position[6][3];
    int species[6] = {1, 2, 3, 4, 5, 6};
    for (int k = 0; k < 18; k++)
        position[k / 3][k % 3] =
            1.5 * (k / 3 % 2) * (k % 3 == 0) + 1.6 * (k / 6) * (k % 3 == 1) + test_uniform(&stream, -0.1, 0.1);
    struct gd_structure structure = {.count = 6, .species = species, .positions = position};
    if (_i) /* smaller than the cutoff; two directions periodic */
        structure.cell = (struct gd_cell){{{3, 0, 0}, {0.3, 4.8, 0}, {0, 0, 0}}, {true, true, false}};
    test_forces(lj, &structure, 1e-6);
    gd_potential_free(lj);
}
END_TEST

/* A crystal's energy does not depend on how much of it is the cell. */
START_TEST(test_lj_cells)
{
    double(*forces)[3], position[4][3] = {{0, 0, 0}, {1.1, 0, 0}, {0, 1.2, 0}, {1.1, 1.2, 0}};
    int species[4] = {1, 1, 1, 1};
    struct gd_potential *lj = test_potential("{lj: {cutoff: 3.3}}");
    struct gd_structure structure = {
        {{{1.1, 0, 0}, {0, 1.2, 0}, {0, 0, 1.3}}, {true, true, true}}, 1, species, position, NULL, NAN, 0, 0};
    double one = evaluate(lj, &structure, &forces);
    free(forces);
    structure.count = 4;
    structure.cell = (struct gd_cell){{{2.2, 0, 0}, {0, 2.4, 0}, {0, 0, 1.3}}, {true, true, true}};
    ck_assert_double_eq_tol(evaluate(lj, &structure, &forces), 4 * one, 1e-12);
    free(forces);
    gd_potential_free(lj);
}
END_TEST

START_TEST(test_lj_needs_cutoff)
{
    struct gd_error error = {0};
    double energy, forces[1][3], position[1][3] = {{0}};
    int species[1] = {1};
    struct gd_potential *lj = test_potential("lj");
    struct gd_structure structure = {{{{1, 0, 0}}, {true, false, false}}, 1, species, position, NULL, NAN, 0, 0};
    ck_assert_int_eq(lj->type->evaluate(lj, &structure, &energy, forces, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, "cutoff"), "%s", error.text);
    gd_potential_free(lj);
}
END_TEST

/* --- Sums under a root -------------------------------------------------------------------------------------------- */

static double pair_energy(const char *yaml, int a, int b, double distance)
{
    double position[2][3] = {{0}, {0, 0, distance}}, (*forces)[3];
    int species[2] = {a, b};
    struct gd_structure structure = {.count = 2, .species = species, .positions = position};
    struct gd_potential *potential = test_potential(yaml);
    double energy = evaluate(potential, &structure, &forces);
    free(forces);
    gd_potential_free(potential);
    return energy;
}

/* The formulas, for two atoms; and with a cutoff, before it, where both sums fade, and beyond. */
START_TEST(test_sums_under_a_root)
{
    static const struct {
        const char *yaml;
        int species[2];
        double distance, energy;
    } pairs[] = {
        {"{sutton-chen: {n: 9, m: 5, c: 20, a: 3, epsilon: 0.5}}",
         {1, 92},
         1.5,
         0.5 * (512 - 2 * 20 * 5.656854249492380)},
        {"{sutton-chen: {n: 4, m: 2, c: 3, a: 2, cutoff: 5, smooth: 2}}", {1, 1}, 2.5, 0.4096 - 6 * 0.8},
        {"{sutton-chen: {n: 4, m: 2, c: 3, a: 2, cutoff: 5, smooth: 2}}", {1, 1}, 4, 0.03125 - 6 * 0.35355339059327376},
        {"{sutton-chen: {n: 4, m: 2, c: 3, a: 2, cutoff: 5, smooth: 2}}", {1, 1}, 4.9999, 0},
        {"{sutton-chen: {cutoff: 5}}", {1, 1}, 5.1, 0},
        {"gupta", {29, 29}, 3.615 * 0.7071067811865476, 2 * (0.0855 - 1.224)},
        {"{gupta: {parameters: \"Cu H 0.25 2 3 1 2; H H 1 1 1 1 1\"}}",
         {1, 29},
         4,
         2 * (0.25 * 0.049787068367863944 - 2 * 0.36787944117144233)},
        {"{gupta: {mixing: mean, parameters: \"H H 0.25 2 3 1 2; C C 1 8 5 3 4\"}}",
         {1, 6},
         6,
         2 * (0.5 * 0.01831563888873418 - 4 * 0.1353352832366127)},
        {"{gupta: {mixing: mean, parameters: \"C H 1 1 1 1 6; C C 9 9 9 9 9; H H 9 9 9 9 9\"}}", {1, 6}, 6, 0},
    };
    ck_assert_double_eq_tol(pair_energy(pairs[_i].yaml, pairs[_i].species[0], pairs[_i].species[1], pairs[_i].distance),
                            pairs[_i].energy, 1e-5);
}
END_TEST

/* The force of two atoms is the slope of their energy, also where the sums fade. */
START_TEST(test_slopes_of_fading_sums)
{
    static const char *const yaml = "{sutton-chen: {n: 4, m: 2, c: 3, a: 2, cutoff: 5, smooth: 2}}";
    const double step = 1e-5;
    struct gd_potential *potential = test_potential(yaml);
    for (double distance = 2.8; distance < 4.95; distance += 0.1) {
        double position[2][3] = {{0}, {0, 0, distance}}, (*forces)[3];
        int species[2] = {1, 1};
        struct gd_structure structure = {.count = 2, .species = species, .positions = position};
        const double above = pair_energy(yaml, 1, 1, distance + step), below = pair_energy(yaml, 1, 1, distance - step);
        evaluate(potential, &structure, &forces);
        ck_assert_double_eq_tol(forces[1][2], (below - above) / (2 * step), 1e-7);
        free(forces);
    }
    gd_potential_free(potential);
}
END_TEST

/* Copper of another name beside copper: whatever is mixed is copper. */
START_TEST(test_gupta_mixing)
{
    struct gd_error error = {0};
    struct gd_structure cluster;
    double(*forces)[3], (*mixed_forces)[3];
    char yaml[200];
    snprintf(yaml, sizeof yaml, "{gupta: {mixing: mean, parameters: \"pb PB 0.0855 1.224 10.96 2.278 %.17g;\"}}",
             3.615 * sqrt(0.5));
    struct gd_potential *plain = test_potential("gupta"), *mixed = test_potential(yaml);
    ck_assert_ok(test_build("{build: cluster, symbol: Cu, shape: icosahedron, shells: 3}", &cluster, &error), error);
    double energy = evaluate(plain, &cluster, &forces);
    for (size_t i = 0; i < cluster.count; i += 2)
        cluster.species[i] = 82;
    ck_assert_int_eq(gd_potential_supports(plain, &cluster, &error), GD_BAD_INPUT);
    ck_assert_double_eq_tol(evaluate(mixed, &cluster, &mixed_forces), energy, 1e-12 * fabs(energy));
    for (size_t i = 0; i < cluster.count; i++)
        for (int axis = 0; axis < 3; axis++)
            ck_assert_double_eq_tol(mixed_forces[i][axis], forces[i][axis], 1e-12);
    free(forces);
    free(mixed_forces);
    gd_structure_clear(&cluster);
    gd_potential_free(plain);
    gd_potential_free(mixed);
}
END_TEST

START_TEST(test_gupta_refuses)
{
    static const struct {
        const char *yaml;
        int species[2];
        const char *message;
    } refused[] = {
        {"gupta", {29, 26}, "gupta has no parameters for Fe: supported are Al, Ni, Cu, Pd, Ag, Pt and Au"},
        {"gupta", {29, 47}, "gupta has no parameters for Ag with Cu: give them as `parameters`, or mixing: mean"},
        {"{gupta: {parameters: \"Fe Ag 1 1 1 1 1\"}}",
         {26, 26},
         "no parameters for Fe with Fe: give them as `parameters`"},
        {"{gupta: {mixing: mean, parameters: \"Fe Ag 1 1 1 1 1\"}}", {26, 29}, "no parameters for Fe with Fe"},
    };
    struct gd_error error = {0};
    double positions[2][3] = {{0}, {0, 0, 2}};
    int species[2] = {refused[_i].species[0], refused[_i].species[1]};
    struct gd_structure structure = {.count = 2, .species = species, .positions = positions};
    struct gd_potential *gupta = test_potential(refused[_i].yaml);
    ck_assert_int_eq(gd_potential_supports(gupta, &structure, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, refused[_i].message) != NULL, "'%s'", error.text);
    gd_potential_free(gupta);
}
END_TEST

/* Parameters that are none: what is wrong, and where. */
START_TEST(test_wrong_parameters)
{
    static const char *const wrong[][2] = {
        {"{gupta: {parameters: \"Ag Xx 1 1 1 1 1\"}}", "item 1, character 4: 'Xx' is not the symbol of an element"},
        {"{gupta: {parameters: \"Ag Ag 1 1 1 1 1; Ag Ni 1 1 -1 1 1\"}}",
         "item 2, character 12: p: -1 is not above zero"},
        {"{gupta: {parameters: \"Ag Ag 1 one\"}}", "item 1, character 9: xi: 'one' is not a finite number"},
        {"{gupta: {parameters: \"Ag Ag 1 1 1 1\"}}", "the line ends before r0"},
        {"{gupta: {parameters: \"Ag\"}}", "the line ends before an element's symbol"},
        {"{gupta: {parameters: \"Ag Ag 1 1 1 1 1 Ni Ni 1 1 1 1 1\"}}", "a ';' is expected, not 'Ni Ni 1 1 1 1 1'"},
        {"{gupta: {smooth: 2}}", "smooth: 2 Å is more than the cutoff of 0 Å"},
        {"{sutton-chen: {cutoff: 4, smooth: 5}}", "smooth: 5 Å is more than the cutoff of 4 Å"},
    };
    struct gd_error error = {0};
    ck_assert_ptr_null(test_potential_try(wrong[_i][0], &error));
    ck_assert_msg(strstr(error.text, wrong[_i][1]) != NULL, "'%s'", error.text);
}
END_TEST

/* --- Many structures ---------------------------------------------------------------------------------------------- */

/* Many structures: the same bits for any number of threads. */
START_TEST(test_evaluate_set)
{
    struct gd_error error = {0};
    struct gd_structure slab = with_mobile(SLAB, (const double[1][3]){{1, 2, 12}}, 1);
    struct gd_stream stream = test_stream(3);
    struct gd_set one, many;
    ck_assert_ok(gd_set_init(&one, &slab, 72, &error), error);
    ck_assert_ok(gd_set_init(&many, &slab, 72, &error), error);
    for (int k = 0; k < 30; k++) {
        for (int axis = 0; axis < 3; axis++)
            slab.positions[72][axis] += test_uniform(&stream, -0.5, 0.5);
        ck_assert_ok(gd_set_push(&one, slab.positions[0], &error), error);
        ck_assert_ok(gd_set_push(&many, slab.positions[0], &error), error);
    }
    ck_assert_ok(gd_potential_evaluate_set(emt, &one, 1, 29, NULL, 1, &error), error);
    ck_assert_ok(gd_potential_evaluate_set(emt, &many, 1, 29, NULL, 4, &error), error);
    ck_assert(isnan(many.energies[0]) && isnan(many.forces[0]) && !isnan(many.energies[1]));
    ck_assert_mem_eq(one.energies + 1, many.energies + 1, 29 * sizeof *one.energies);
    ck_assert_mem_eq(one.forces + 3 * 73, many.forces + 3 * 73, 29 * 3 * 73 * sizeof *one.forces);
    gd_set_clear(&one);
    gd_set_clear(&many);
    gd_structure_clear(&slab);
}
END_TEST

/* The failure of the first structure that fails is reported, whichever thread was faster. */
START_TEST(test_evaluate_set_failure)
{
    struct gd_error error = {0};
    double position[1][3] = {{0, 0, 0}};
    int species[1] = {78};
    struct gd_structure like = {{{{3, 0, 0}}, {true, false, false}}, 1, species, position, NULL, NAN, 0, 0};
    struct gd_set set;
    ck_assert_ok(gd_set_init(&set, &like, 0, &error), error);
    for (int k = 0; k < 20; k++) {
        position[0][0] = k < 5 ? k : 1e30 * k;
        ck_assert_ok(gd_set_push(&set, position[0], &error), error);
    }
    ck_assert_int_eq(gd_potential_evaluate_set(emt, &set, 0, 20, NULL, 3, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, "structure 6"), "%s", error.text);
    gd_set_clear(&set);
}
END_TEST

/* --- Whatever potential it is ------------------------------------------------------------------------------------- */

/* Two atoms at one place: in the cell, across its wall, in an oblique cell far from it, and to within less than counts;
 * an atom on its own image. Positions and cells are of atoms 1, 2 and 3; `message` names those that coincide. */
static const struct {
    struct gd_cell cell;
    double positions[3][3];
    const char *message;
} together[] = {
    {{{{0}}, {false, false, false}}, {{0, 0, 0}, {1, 2, 3}, {1, 2, 3}}, "atoms 2 (Pt) and 3 (Au) coincide"},
    {{{{4, 0, 0}, {0, 4, 0}, {0, 0, 12}}, {true, true, false}},
     {{0, 1, 1}, {2, 2, 2}, {4, 1, 1}},
     "atoms 1 (Pt) and 3 (Au) coincide"},
    {{{{4, 0, 0}, {1, 4, 0}, {1, 1, 5}}, {true, true, true}},
     {{0.5, 0.25, 1}, {-39.5, 0.25, 1}, {2, 2, 2}},
     "atoms 1 (Pt) and 2 (Pt) coincide"},
    {{{{0}}, {false, false, false}}, {{0, 0, 0}, {1, 2, 3}, {1, 2, 3 + 5e-7}}, "atoms 2 (Pt) and 3 (Au)"},
    {{{{5e-7, 0, 0}, {0, 4, 0}, {0, 0, 4}}, {true, false, false}},
     {{0, 0, 0}, {0, 2, 2}, {0, 3, 0}},
     "atom 1 (Pt) and a periodic image of it"},
};

/* No callback is reached, so that none needs parameters: those of plugins are behind the same functions. */
START_TEST(test_atoms_at_one_place)
{
    int species[3] = {78, 78, 79};
    double energy, forces[3][3], positions[3][3];
    memcpy(positions, together[_i].positions, sizeof positions);
    struct gd_structure structure = {.cell = together[_i].cell, .count = 3, .species = species, .positions = positions};
    for (size_t k = 0; gd_potentials[k]; k++) {
        struct gd_potential potential = {gd_potentials[k]};
        struct gd_error error = {0};
        ck_assert_int_eq(gd_potential_evaluate(&potential, &structure, &energy, forces, &error), GD_BAD_INPUT);
        ck_assert_msg(strstr(error.text, together[_i].message) != NULL, "%s: '%s'", gd_potentials[k]->base.name,
                      error.text);
    }
}
END_TEST

START_TEST(test_atoms_near_each_other)
{
    int species[2] = {78, 78};
    double energy, forces[2][3], positions[2][3] = {{1, 2, 3}, {1, 2, 3 + 2e-6}};
    struct gd_error error = {0};
    /* a direction that is not periodic may have any vector */
    struct gd_cell cell = {{{1, 0, 0}, {2, 0, 0}, {0, 0, 0}}, {false, false, false}};
    struct gd_structure structure = {.cell = cell, .count = 2, .species = species, .positions = positions};
    struct gd_potential *lj = test_potential("lj");
    ck_assert_ok(gd_potential_evaluate(lj, &structure, &energy, forces, &error), error);
    ck_assert(energy > 1e60);
    positions[1][0] = NAN;
    ck_assert_int_eq(gd_potential_evaluate(lj, &structure, &energy, forces, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, "atom 2 at (nan, ") != NULL, "'%s'", error.text);
    gd_potential_free(lj);
}
END_TEST

/* Does what the first atom's x says. */
enum whim { SETS_NOTHING, NO_ENERGY, INFINITE_FORCE, SILENT, NO_STATUS, FINE, WHIMS };

static enum gd_status by_whim(const struct gd_potential *potential, const struct gd_structure *structure,
                              double *energy, double (*forces)[3], struct gd_error *error)
{
    (void)potential, (void)error;
    const enum whim whim = (enum whim)structure->positions[0][0];
    if (whim == SETS_NOTHING)
        return GD_OK;
    memset(forces, 0, structure->count * sizeof *forces);
    *energy = whim == NO_ENERGY ? -INFINITY : 1;
    forces[1][2] = whim == INFINITE_FORCE ? INFINITY : 0;
    return whim == SILENT ? GD_FAILED : whim == NO_STATUS ? (enum gd_status)77 : GD_OK;
}

static const struct gd_potential_class whimsical = {.base = {.name = "whim"}, .evaluate = by_whim};

START_TEST(test_what_a_potential_may_do)
{
    static const char *const messages[WHIMS] = {
        [SETS_NOTHING] = "whim: the force on atom 1 (Pt) is not finite",
        [NO_ENERGY] = "whim: the energy is not finite",
        [INFINITE_FORCE] = "whim: the force on atom 2 (Au) is not finite",
        [SILENT] = "whim failed without a message",
        [NO_STATUS] = "whim failed without a message",
    };
    int species[2] = {78, 79};
    double energy, forces[2][3] = {{0}}, positions[2][3] = {{_i, 0, 0}, {_i, 0, 3}};
    struct gd_structure structure = {.count = 2, .species = species, .positions = positions};
    struct gd_potential potential = {&whimsical};
    struct gd_error error = {0};
    ck_assert_int_eq(gd_potential_evaluate(&potential, &structure, &energy, forces, &error),
                     _i == FINE ? GD_OK : GD_FAILED);
    ck_assert_str_eq(error.text, messages[_i] ? messages[_i] : "");
}
END_TEST

/* In a set, numbers that are not finite are for the caller to judge; what fails is reported with the caller's numbers.
 */
START_TEST(test_a_set_in_which_something_fails)
{
    struct gd_error error = {0};
    int species[2] = {78, 79};
    double positions[2][3] = {{0}, {0, 0, 3}};
    struct gd_structure like = {.count = 2, .species = species, .positions = positions};
    struct gd_potential potential = {&whimsical};
    const size_t numbers[] = {7, 9, 11, 13};
    const enum whim whims[] = {FINE, INFINITE_FORCE, NO_ENERGY, SILENT};
    struct gd_set set;
    ck_assert_ok(gd_set_init(&set, &like, 0, &error), error);
    for (int k = 0; k < 4; k++) {
        positions[0][0] = whims[k];
        ck_assert_ok(gd_set_push(&set, positions[0], &error), error);
    }
    ck_assert_ok(gd_potential_evaluate_set(&potential, &set, 0, 3, numbers, 2, &error), error);
    ck_assert(set.energies[0] == 1 && isinf(set.forces[6 + 5]) && isinf(set.energies[2]));
    ck_assert_int_eq(gd_potential_evaluate_set(&potential, &set, 0, 4, numbers, 2, &error), GD_FAILED);
    ck_assert_str_eq(error.text, "structure 13: whim failed without a message");
    error = (struct gd_error){0};
    ck_assert_int_eq(gd_potential_evaluate_set(&potential, &set, 2, 2, NULL, 2, &error), GD_FAILED);
    ck_assert_msg(strncmp(error.text, "structure 4: ", 13) == 0, "'%s'", error.text);
    gd_set_clear(&set);
}
END_TEST

Suite *suite_potentials(void)
{
    Suite *suite = suite_create("potentials");
    TCase *tests = tcase_create("potentials");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, make_emt, free_emt);
    tcase_add_test(tests, test_emt_exact);
    tcase_add_test(tests, test_emt_printed);
    tcase_add_loop_test(tests, test_emt_forces, 0, 5);
    tcase_add_test(tests, test_emt_lone_atoms);
    tcase_add_test(tests, test_emt_overflow);
    tcase_add_test(tests, test_emt_unknown_element);
    tcase_add_loop_test(tests, test_adatom, 0, 2);
    tcase_add_test(tests, test_bare_slab);
    tcase_add_loop_test(tests, test_heptamer, 0, 2);
    tcase_add_loop_test(tests, test_lj_pair, 0, 6);
    tcase_add_loop_test(tests, test_lj_forces, 0, 2);
    tcase_add_test(tests, test_lj_cells);
    tcase_add_test(tests, test_lj_needs_cutoff);
    tcase_add_loop_test(tests, test_sums_under_a_root, 0, 9);
    tcase_add_test(tests, test_slopes_of_fading_sums);
    tcase_add_test(tests, test_gupta_mixing);
    tcase_add_loop_test(tests, test_gupta_refuses, 0, 4);
    tcase_add_loop_test(tests, test_wrong_parameters, 0, 8);
    tcase_add_test(tests, test_evaluate_set);
    tcase_add_test(tests, test_evaluate_set_failure);
    tcase_add_loop_test(tests, test_atoms_at_one_place, 0, sizeof together / sizeof *together);
    tcase_add_test(tests, test_atoms_near_each_other);
    tcase_add_loop_test(tests, test_what_a_potential_may_do, 0, WHIMS);
    tcase_add_test(tests, test_a_set_in_which_something_fails);
    suite_add_tcase(suite, tests);
    return suite;
}

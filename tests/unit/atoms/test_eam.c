/* Files of the embedded-atom method: energies and forces of tables whose functions are known, what is beyond their
 * ends, and files that are wrong. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/vector.h"
#include "engine/base/files.h"
#include "helpers.h"
#include "potentials/eam_file.h"
#include "unit/eam_tables.h"
#include "unit/scratch.h"

enum { ATOMS = 9 };

static struct scratch scratch;

static void setup(void)
{
    scratch = scratch_make();
}

static void teardown(void)
{
    scratch_remove(&scratch);
}

/* The potential of a file of this name and content, which is freed. */
static struct gd_potential *potential_of(const char *name, char *content, const char *more)
{
    struct gd_error error = {0};
    char path[512], yaml[700];
    ck_assert_ok(gd_file_write(scratch_name(&scratch, name, path), content, strlen(content), &error), error);
    snprintf(yaml, sizeof yaml, "{eam: {file: \"%s\"%s}}", path, more);
    free(content);
    return test_potential(yaml);
}

static char *setfl(int kinds, bool finnis_sinclair)
{
    struct gd_text text = {0};
    eam_setfl(&text, kinds, finnis_sinclair);
    return gd_text_take(&text);
}

struct cluster {
    struct gd_structure structure;
    int kinds[ATOMS], species[ATOMS];
    double positions[ATOMS][3], forces[ATOMS][3], energy;
};

/* Atoms of the first `kinds` elements, 2.2 Å apart and more. */
static void make_cluster(struct cluster *cluster, int kinds)
{
    struct gd_stream stream = test_stream(31);
    *cluster = (struct cluster){.structure = {.count = ATOMS}};
    for (int i = 0; i < ATOMS; i++) {
        cluster->kinds[i] = i % kinds;
        cluster->species[i] = eam_numbers[i % kinds];
        for (int axis = 0; axis < 3; axis++)
            cluster->positions[i][axis] = 2.6 * (axis == 0   ? i % 2
                                                 : axis == 1 ? i / 2 % 2
                                                             : i / 4) +
                                          test_uniform(&stream, -0.2, 0.2);
    }
    cluster->structure.species = cluster->species;
    cluster->structure.positions = cluster->positions;
}

static void evaluate(const struct gd_potential *potential, struct cluster *cluster)
{
    struct gd_error error = {0};
    ck_assert_ok(gd_potential_supports(potential, &cluster->structure, &error), error);
    ck_assert_ok(gd_potential_evaluate(potential, &cluster->structure, &cluster->energy, cluster->forces, &error),
                 error);
}

static double distance(const struct cluster *cluster, int i, int j)
{
    double vector[3] = {0};
    gd_add_scaled(vector, 1, cluster->positions[j]);
    gd_add_scaled(vector, -1, cluster->positions[i]);
    return gd_length(vector);
}

/* The sum as it is defined. */
static double exact_energy(const struct cluster *cluster, bool finnis_sinclair)
{
    const int *kinds = cluster->kinds;
    double energy = 0;
    for (int i = 0; i < ATOMS; i++) {
        double density = 0;
        for (int j = 0; j < ATOMS; j++) {
            const double r = distance(cluster, i, j);
            if (i == j || r >= EAM_CUTOFF)
                continue;
            density += eam_density(kinds[j], finnis_sinclair ? kinds[i] : kinds[j], r);
            energy += eam_pair(kinds[i], kinds[j], r) / r / 2;
        }
        ck_assert(density > 0.2);
        energy += eam_embedding(kinds[i], density);
    }
    return energy;
}

START_TEST(test_setfl)
{
    const int kinds = 1 + _i / 2;
    const bool finnis_sinclair = _i % 2;
    struct gd_potential *eam =
        potential_of(finnis_sinclair ? "a.eam.fs" : "a.eam.alloy", setfl(kinds, finnis_sinclair), "");
    struct cluster cluster;
    make_cluster(&cluster, kinds);
    evaluate(eam, &cluster);
    const double exact = exact_energy(&cluster, finnis_sinclair);
    ck_assert_double_eq_tol(cluster.energy, exact, 1e-11 * fabs(exact));
    test_forces(eam, &cluster.structure, 1e-8);
    gd_potential_free(eam);
}
END_TEST

/* A charge that falls in a straight line, so that its square is a polynomial too. */
static char *funcfl(void)
{
    struct gd_text text = {0};
    gd_text_print(&text, "A comment\n 29 63.55 3.615 FCC\n %d %g %d %g %g\n", (int)EAM_DENSITIES, eam_density_step,
                  (int)EAM_RADII, eam_radius_step, EAM_CUTOFF);
    for (int k = 0; k < EAM_DENSITIES; k++)
        eam_number(&text, k, EAM_DENSITIES, eam_embedding(0, k * eam_density_step));
    for (int k = 0; k < EAM_RADII; k++)
        eam_number(&text, k, EAM_RADII, 0.7 * (EAM_CUTOFF - k * eam_radius_step));
    eam_density_table(&text, 0, 0);
    return gd_text_take(&text);
}

START_TEST(test_funcfl)
{
    struct gd_potential *eam = potential_of("Cu.eam", funcfl(), "");
    struct cluster cluster;
    double exact = 0;
    make_cluster(&cluster, 1);
    evaluate(eam, &cluster);
    exact = exact_energy(&cluster, false);
    for (int i = 0; i < ATOMS; i++)
        for (int j = 0; j < i; j++) {
            const double r = distance(&cluster, i, j), charge = 0.7 * (EAM_CUTOFF - r);
            if (r < EAM_CUTOFF)
                exact += (27.2 * 0.529 * charge * charge - eam_pair(0, 0, r)) / r;
        }
    ck_assert_double_eq_tol(cluster.energy, exact, 1e-11 * fabs(exact));
    test_forces(eam, &cluster.structure, 1e-8);
    gd_potential_free(eam);
}
END_TEST

static double pair_energy(const struct gd_potential *potential, double r)
{
    struct gd_error error = {0};
    int species[2] = {29, 29};
    double positions[2][3] = {{0}, {0, 0, r}}, forces[2][3], energy;
    struct gd_structure pair = {.count = 2, .species = species, .positions = positions};
    ck_assert_ok(gd_potential_evaluate(potential, &pair, &energy, forces, &error), error);
    return energy;
}

/* The cutoff is that of the file, or the end of the tables where they end before it. */
START_TEST(test_where_tables_end)
{
    static const double cutoffs[] = {4.5, 5.85, 9}, ends[] = {4.5, 5.85, 5.9};
    char *content = setfl(1, false), *at = strstr(content, " 5\n");
    struct gd_text text = {0};
    gd_text_add(&text, content, (size_t)(at - content));
    gd_text_print(&text, " %g%s", cutoffs[_i], at + 2);
    free(content);
    struct gd_potential *eam = potential_of("a.alloy", gd_text_take(&text), "");
    ck_assert_double_gt(fabs(pair_energy(eam, ends[_i] - 1e-6)), 1e-3);
    ck_assert_double_eq(pair_energy(eam, ends[_i] + 1e-6), 0);
    gd_potential_free(eam);
}
END_TEST

/* Atoms so near each other that the density leaves the table: F goes on with the slope that it had at the end. */
START_TEST(test_beyond_the_table)
{
    struct gd_error error = {0};
    char text[512];
    struct gd_text tables = {0};
    gd_text_print(&tables, "\n\n\n1 Cu\n6 0.5 6 1 4\n1 1 1 fcc\n0 -1 -3 -6 -9 -11\n9 8 7 6 5 4\n0 0 0 0 0 0\n");
    char *copy = gd_string(tables.data);
    struct gd_potential *eam = potential_of("a.alloy", gd_text_take(&tables), "");
    ck_assert(!gd_potential_warning(eam, text, sizeof text));
    ck_assert_double_eq_tol(pair_energy(eam, 2.0), 2 * (-11 + (7 - 2.5) * (-2 / 0.5)), 1e-12);
    ck_assert(gd_potential_warning(eam, text, sizeof text));
    ck_assert_msg(strstr(text, "eam: 2 times the density") != NULL, "'%s'", text);
    gd_potential_free(eam);
    eam = potential_of("a.alloy", copy, ", beyond: refuse");
    int species[2] = {29, 29};
    double positions[2][3] = {{0}, {0, 0, 2}}, forces[2][3], energy;
    struct gd_structure pair = {.count = 2, .species = species, .positions = positions};
    ck_assert_int_eq(gd_potential_evaluate(eam, &pair, &energy, forces, &error), GD_FAILED);
    ck_assert_str_eq(error.text, "eam: the energy is not finite");
    ck_assert(!gd_potential_warning(eam, text, sizeof text));
    gd_potential_free(eam);
}
END_TEST

#define SMALL(kinds, sizes, rest) "1\n2\n3\n" kinds "\n" sizes "\n" rest
#define FIVE                      "0 1 2 3 4\n"

static const struct {
    enum gd_eam_format format;
    const char *text, *message;
} wrong[] = {
    {GD_EAM_ALLOY, "", "f: the file ends in its first 3 lines"},
    {GD_EAM_ALLOY, "1\n2\n3\n", "f:3:1: the file ends before the elements"},
    {GD_EAM_ALLOY, SMALL("two Cu Ni", "", ""), "f:4:1: the number of elements: 'two' is not an integer"},
    {GD_EAM_ALLOY, SMALL("2 Cu", "", ""), "f:4:5: the line ends before an element's symbol"},
    {GD_EAM_ALLOY, SMALL("33 Cu", "", ""), "f:4:1: the number of elements: 33 is not between 1 and 32"},
    {GD_EAM_ALLOY, SMALL("2 Cu Xx", "", ""), "f:4:6: 'Xx' is not the symbol of an element"},
    {GD_EAM_ALLOY, SMALL("2 Cu Cu", "", ""), "f:4:6: Cu is named twice"},
    {GD_EAM_ALLOY, SMALL("1 Cu", "5 1 4 1 5", ""), "f:5:5: the number of distances: 4 is not between 5 and 10000000"},
    {GD_EAM_ALLOY, SMALL("1 Cu", "5 1 5 0 5", ""), "f:5:7: the step of the distance: 0 is not above zero"},
    {GD_EAM_ALLOY, SMALL("1 Cu", "5 1 5 1", ""), "f:5:8: the line ends before the cutoff"},
    {GD_EAM_ALLOY, SMALL("1 Cu", "5 1 10000000 1 5", ""), "f:5:1: the file is too short for 20000005 values"},
    {GD_EAM_ALLOY, SMALL("1 Cu", "5 1 5 1 4", "Cu 1 1 fcc\n" FIVE FIVE FIVE),
     "f:6:1: an element's atomic number: 'Cu'"},
    {GD_EAM_ALLOY, SMALL("1 Cu", "5 1 5 1 4", "1 1 1 fcc\n0 1 x\n" FIVE FIVE FIVE),
     "f:7:5: the embedding energy of Cu: 'x' is not a finite number"},
    {GD_EAM_ALLOY, SMALL("1 Cu", "5 1 5 1 4", "1 1 1 fcc\n" FIVE "0 1 2 3 4 5\n" FIVE),
     "f:8:11: the line should end after the last value of the density"},
    {GD_EAM_ALLOY, SMALL("1 Cu", "5 1 5 1 4", "1 1 1 fcc    \n" FIVE FIVE "0 1\n2 3\n"),
     "f:10:4: the file ends before value 5 of the 5 of the pair energy of Cu and Cu"},
    {GD_EAM_ALLOY, SMALL("1 Cu", "5 1 5 1 4", "1 1 1 fcc\n" FIVE FIVE FIVE FIVE),
     "f:10:1: a number after the last table: the file is not of the format alloy"},
    {GD_EAM_FS, SMALL("2 Cu Ni", "5 1 5 1 4", "1 1 1 f\n" FIVE FIVE "1 1 1 f\n" FIVE FIVE FIVE FIVE FIVE FIVE),
     "f:9:7: the density of Cu and Ni: 'f' is not a finite number"},
    {GD_EAM_FUNCFL, "1\n0 1 1 fcc\n", "f:2:1: 0 is not the atomic number of an element"},
    {GD_EAM_FUNCFL, "1\n29 1 1 fcc\n5 1 5 1 4\n" FIVE FIVE "          \n",
     "f:6:11: the file ends before value 1 of the 5 of the density of Cu"},
};

START_TEST(test_wrong_files)
{
    struct gd_error error = {0};
    struct gd_eam eam;
    ck_assert_int_eq(gd_eam_parse(&eam, wrong[_i].format, "f", wrong[_i].text, strlen(wrong[_i].text), &error),
                     GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, wrong[_i].message) == error.text, "'%s'", error.text);
    ck_assert(!eam.points && !eam.pair);
}
END_TEST

/* A remark after the last table is none of its numbers. */
START_TEST(test_remark_at_the_end)
{
    static const char text[] = SMALL("1 Cu", "5 1 5 1 4", "1 1 1 fcc\n" FIVE FIVE FIVE "\n# end 1 2\n");
    struct gd_error error = {0};
    struct gd_eam eam;
    ck_assert_ok(gd_eam_parse(&eam, GD_EAM_ALLOY, "f", text, strlen(text), &error), error);
    gd_eam_clear(&eam);
}
END_TEST

START_TEST(test_choices)
{
    struct gd_error error = {0};
    char path[512], yaml[700];
    char *content = setfl(2, false);
    struct gd_potential *given = potential_of("plain.txt", content, ", format: alloy");
    int species[2] = {28, 1};
    struct gd_structure structure = {.count = 2, .species = species};
    ck_assert_int_eq(gd_potential_supports(given, &structure, &error), GD_BAD_INPUT);
    ck_assert_str_eq(error.text, "eam has no tables for H: the file has Cu, Ni");
    gd_potential_free(given);
    snprintf(yaml, sizeof yaml, "{eam: {file: \"%s\"}}", scratch_name(&scratch, "plain.txt", path));
    error = (struct gd_error){0};
    ck_assert_ptr_null(test_potential_try(yaml, &error));
    ck_assert_msg(strstr(error.text, "does not end in .eam.alloy, .eam.fs or .eam") != NULL, "'%s'", error.text);
    ck_assert_str_eq(error.key, "format");
}
END_TEST

Suite *suite_eam(void)
{
    Suite *suite = suite_create("eam");
    TCase *tests = tcase_create("eam");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, test_setfl, 0, 2 * EAM_KINDS);
    tcase_add_test(tests, test_funcfl);
    tcase_add_loop_test(tests, test_where_tables_end, 0, 3);
    tcase_add_test(tests, test_beyond_the_table);
    tcase_add_loop_test(tests, test_wrong_files, 0, sizeof wrong / sizeof *wrong);
    tcase_add_test(tests, test_remark_at_the_end);
    tcase_add_test(tests, test_choices);
    suite_add_tcase(suite, tests);
    return suite;
}

/* The network on absolute positions: against an independent implementation in double precision
 * (make_mlp_reference.py), and what it does not distinguish. */
#include "model/mlp.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/h5.h"
#include "model/head.h"
#include "model/noise_ve.h"
#include "unit/model/reference.h"
#include "unit/suites.h"

static const char *const devices[] = {"reference", "cpu", "cuda"};
static const struct gd_head_class *const heads[] = {&gd_head_score, &gd_head_energy, &gd_head_noised_energy};

#define DEVICES (int)(sizeof devices / sizeof *devices)
#define HEADS   (sizeof heads / sizeof *heads)
#define CLUSTER 2 /* of the fixture's structures, without a template */

static struct gd_error error;
static struct painn_fixture fixture; /* the structures and times */
static struct reference reference;

static void ok(enum gd_status status)
{
    ck_assert_msg(!status, "%s", error.text);
}

static uint64_t bits_of_heads(void)
{
    uint64_t bits = 0;
    for (int k = 0; gd_heads[k]; k++)
        for (size_t h = 0; h < HEADS; h++)
            bits |= gd_heads[k] == heads[h] ? UINT64_C(1) << k : 0;
    return bits;
}

static void setup(void)
{
    struct gd_process process;
    error = (struct gd_error){0};
    fixture = painn_fixture_read("painn-reference.h5");
    reference = (struct reference){.fixture = &fixture, .heads = heads, .head_count = HEADS};
    ok(gd_h5_open(GD_TEST_DATA "/mlp-reference.h5", &reference.file, &error));
    const struct gd_mlp_params shape = {
        (int)fixture_number(reference.file, ".", "features"), (int)fixture_number(reference.file, ".", "blocks"),
        (int)fixture_number(reference.file, ".", "waves"),    fixture_number(reference.file, ".", "shortest"),
        fixture_number(reference.file, ".", "longest"),       bits_of_heads()};
    ok(gd_process_make(&process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.01, 1}, &error));
    ok(gd_model_new_zero(&reference.model, &gd_network_mlp, &shape, &process, &error));
    reference_set_parameters(&reference);
}

static void teardown(void)
{
    gd_model_free(reference.model);
    gd_h5_close(reference.file);
    painn_fixture_clear(&fixture);
}

static struct gd_network *network_on(const char *device)
{
    struct gd_network *network;
    ok(gd_network_new(&network, reference.model, device, 2, &error));
    return network;
}

static void take_fixture(struct gd_network *network)
{
    ok(gd_network_structures(network, fixture.structures, fixture.fixed, fixture.count, &error));
}

START_TEST(outputs_match)
{
    struct gd_network *network = network_on(devices[_i]);
    take_fixture(network);
    ck_assert_uint_eq(gd_network_edges(network), 0);
    reference_check_outputs(&reference, network, false);
    gd_network_free(network);
}
END_TEST

START_TEST(slopes_match)
{
    struct gd_network *network = network_on(devices[_i]);
    take_fixture(network);
    reference_check_slopes(&reference, network);
    gd_network_free(network);
}
END_TEST

START_TEST(losses_and_gradients_match)
{
    struct gd_network *network = network_on(devices[_i]);
    struct gd_goal goals[HEADS];
    float *targets[HEADS];
    size_t count;
    take_fixture(network);
    for (size_t k = 0; k < HEADS; k++) {
        double *values =
            reference_numbers(&reference, "targets", heads[k]->name, heads[k]->form->of_structure ? 1 : 2, &count);
        targets[k] = calloc(count, sizeof *targets[k]);
        for (size_t c = 0; c < count; c++)
            targets[k][c] = (float)values[c];
        goals[k] = (struct gd_goal){.head = heads[k], .count = fixture.count, .target = targets[k], .factor = 1};
        free(values);
    }
    ok(gd_network_goals(network, fixture.times, goals, HEADS, true, &error));
    for (size_t k = 0; k < HEADS; k++) {
        double *loss = reference_numbers(&reference, "losses", heads[k]->name, 1, &count);
        ck_assert_double_eq_tol(goals[k].loss, *loss, 1e-5 * *loss);
        free(loss);
        free(targets[k]);
    }
    reference_check_gradient(&reference, network, "gradients");
    gd_network_free(network);
}
END_TEST

/* The scores of `count` structures like the cluster, each moved by its number and with its first two atoms exchanged
 * where `exchange` says so. */
static float *scores_of(const char *device, size_t count, bool alike, bool exchange)
{
    struct gd_network *network = network_on(device);
    struct gd_structure *structures = calloc(count, sizeof *structures);
    size_t *fixed = calloc(count, sizeof *fixed), atoms = fixture.structures[CLUSTER].count;
    double *times = calloc(count, sizeof *times);
    float *output = calloc(3 * atoms * count, sizeof *output);
    for (size_t k = 0; k < count; k++) {
        ok(gd_structure_copy(&structures[k], &fixture.structures[CLUSTER], &error));
        times[k] = (double)k / (double)count;
        for (size_t i = 0; i < atoms; i++) {
            structures[k].species[i] = 78;
            structures[k].positions[i][0] += (double)k;
        }
        for (int axis = 0; axis < 3 && exchange; axis++) {
            double former = structures[k].positions[0][axis];
            structures[k].positions[0][axis] = structures[k].positions[1][axis];
            structures[k].positions[1][axis] = former;
        }
    }
    ok(alike ? gd_network_set_alike(network, structures, 0, count, &error)
             : gd_network_structures(network, structures, fixed, count, &error));
    ok(gd_network_forward(network, &gd_head_score, times, false, output, &error));
    for (size_t k = 0; k < count; k++)
        gd_structure_clear(&structures[k]);
    free(structures);
    free(fixed);
    free(times);
    gd_network_free(network);
    return output;
}

static void compare(const float *values, const float *expected, size_t count)
{
    double *wide = calloc(count, sizeof *wide);
    for (size_t c = 0; c < count; c++)
        wide[c] = (double)expected[c];
    ck_assert_double_lt(relative_error(count, values, wide), 1e-5);
    free(wide);
}

/* Structures that differ in their mobile atoms alone, wherever they are; and a structure among others. */
START_TEST(batches_do_not_matter)
{
    const char *device = devices[_i];
    const size_t each = 3 * fixture.structures[CLUSTER].count;
    float *alone = scores_of(device, 1, false, false), *first = scores_of(device, 5, false, false);
    float *alike = scores_of(device, 5, true, false);
    compare(alike, first, 5 * each);
    compare(first, alone, each);
    ck_assert_float_gt(fabsf(first[each] - first[0]), 1e-4f); /* a shift is no symmetry */
    free(alone);
    free(first);
    free(alike);
}
END_TEST

START_TEST(atoms_of_a_species_are_alike)
{
    const char *device = devices[_i];
    float *before = scores_of(device, 1, false, false), *after = scores_of(device, 1, false, true);
    compare(after, before + 3, 3);
    compare(after + 3, before, 3);
    compare(after + 6, before + 6, 3 * (fixture.structures[CLUSTER].count - 2));
    free(before);
    free(after);
}
END_TEST

Suite *suite_mlp(void);

Suite *suite_mlp(void)
{
    Suite *suite = suite_create("mlp");
    TCase *cases = tcase_create("the network on absolute positions");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, 300);
    tcase_add_loop_test(cases, outputs_match, 0, DEVICES);
    tcase_add_loop_test(cases, slopes_match, 0, DEVICES);
    tcase_add_loop_test(cases, losses_and_gradients_match, 0, DEVICES);
    tcase_add_loop_test(cases, batches_do_not_matter, 0, DEVICES);
    tcase_add_loop_test(cases, atoms_of_a_species_are_alike, 0, DEVICES);
    suite_add_tcase(suite, cases);
    return suite;
}

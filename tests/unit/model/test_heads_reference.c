/* All heads in one network against an independent implementation in double precision (make_heads_reference.py), without
 * the time in the backbone and with it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/h5.h"
#include "model/noise_ve.h"
#include "unit/model/reference.h"
#include "unit/suites.h"

static const char *const devices[] = {"reference", "cpu", "cuda"};
static const struct gd_head_class *const heads[] = {&gd_head_score, &gd_head_force, &gd_head_energy,
                                                    &gd_head_noised_energy};

#define DEVICES (int)(sizeof devices / sizeof *devices)
#define HEADS   (sizeof heads / sizeof *heads)

static struct gd_error error;
static struct painn_fixture fixture; /* the structures and times */
static struct reference reference;

static void ok(enum gd_status status)
{
    ck_assert_msg(!status, "%s", error.text);
}

static void set_up(const char *name, int time)
{
    struct gd_process process;
    char path[512];
    error = (struct gd_error){0};
    fixture = painn_fixture_read("painn-reference.h5");
    reference = (struct reference){.fixture = &fixture, .heads = heads, .head_count = HEADS};
    snprintf(path, sizeof path, "%s/%s", GD_TEST_DATA, name);
    ok(gd_h5_open(path, &reference.file, &error));
    const struct gd_painn_params shape = {(int)fixture_number(reference.file, ".", "features"),
                                          (int)fixture_number(reference.file, ".", "blocks"),
                                          (int)fixture_number(reference.file, ".", "radial"),
                                          fixture_number(reference.file, ".", "cutoff"),
                                          (UINT64_C(1) << HEADS) - 1,
                                          time,
                                          0};
    ok(gd_process_make(&process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.01, 1}, &error));
    ok(gd_model_new_zero(&reference.model, &gd_network_painn, &shape, &process, &error));
    reference_set_parameters(&reference);
}

static void set_up_heads(void)
{
    set_up("heads-reference.h5", GD_TIME_IN_HEADS);
}

static void set_up_backbone(void)
{
    set_up("time-reference.h5", GD_TIME_IN_BACKBONE);
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
    ok(gd_network_structures(network, fixture.structures, fixture.fixed, fixture.count, &error));
    return network;
}

/* Scores and forces of all atoms, energies of the mobile atoms of each structure. */
START_TEST(outputs_match)
{
    struct gd_network *network = network_on(devices[_i]);
    reference_check_outputs(&reference, network, true);
    gd_network_free(network);
}
END_TEST

/* Minus the derivatives of energies, with filters that would come from a table otherwise, and that would not. */
START_TEST(slopes_match)
{
    struct gd_network *network = network_on(devices[_i % DEVICES]);
    if (_i >= DEVICES)
        ok(gd_network_tabulate(network, &error));
    reference_check_slopes(&reference, network);
    gd_network_free(network);
}
END_TEST

/* What a head is to learn: of atoms, for the mobile ones. */
static float *read_target(const struct gd_head_class *head)
{
    size_t count, from = 0, to = 0;
    double *all = reference_numbers(&reference, "targets", head->name, head->form->of_structure ? 1 : 2, &count);
    float *target = calloc(count, sizeof *target);
    for (size_t k = 0; k < fixture.count; k++)
        for (size_t i = 0; i < (head->form->of_structure ? 1 : 3 * fixture.structures[k].count); i++, from++)
            if (head->form->of_structure || i >= 3 * fixture.fixed[k])
                target[to++] = (float)all[from];
    ck_assert_uint_eq(from, count);
    free(all);
    return target;
}

/* Losses of all heads in one pass, squared and with a limit, and the gradient of their sum. */
START_TEST(losses_and_gradients_match)
{
    const bool limited = _i >= DEVICES;
    const char *kind = limited ? "huber" : "squared";
    struct gd_network *network = network_on(devices[_i % DEVICES]);
    struct gd_goal goals[HEADS];
    double *weights[HEADS];
    char group[64];
    float *targets[HEADS];
    size_t count;
    double *factors = fixture_doubles(reference.file, "factors", 1, &count);
    double *losses = reference_numbers(&reference, "losses", kind, 1, &count);
    for (size_t k = 0; k < HEADS; k++) {
        weights[k] = reference_numbers(&reference, "weights", heads[k]->name, 1, &count);
        targets[k] = read_target(heads[k]);
        goals[k] = (struct gd_goal){.head = heads[k],
                                    .count = fixture.count,
                                    .weights = weights[k],
                                    .target = targets[k],
                                    .factor = factors[k],
                                    .huber = limited ? fixture_number(reference.file, ".", "huber") : 0};
    }
    ok(gd_network_goals(network, fixture.times, goals, HEADS, true, &error));
    for (size_t k = 0; k < HEADS; k++)
        ck_assert_double_eq_tol(goals[k].loss, losses[k], 1e-5 * losses[k]);
    snprintf(group, sizeof group, "gradients/%s", kind);
    reference_check_gradient(&reference, network, group);
    for (size_t k = 0; k < HEADS; k++) {
        free(weights[k]);
        free(targets[k]);
    }
    free(factors);
    free(losses);
    gd_network_free(network);
}
END_TEST

Suite *suite_heads_reference(void);

Suite *suite_heads_reference(void)
{
    static const struct {
        const char *name;
        void (*set_up)(void);
    } cases[] = {{"all heads against the reference implementation", set_up_heads},
                 {"the same with the time in the backbone", set_up_backbone}};
    Suite *suite = suite_create("heads_reference");
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        TCase *tests = tcase_create(cases[k].name);
        tcase_add_checked_fixture(tests, cases[k].set_up, teardown);
        tcase_set_timeout(tests, 300);
        tcase_add_loop_test(tests, outputs_match, 0, DEVICES);
        tcase_add_loop_test(tests, slopes_match, 0, 2 * DEVICES);
        tcase_add_loop_test(tests, losses_and_gradients_match, 0, 2 * DEVICES);
        suite_add_tcase(suite, tests);
    }
    return suite;
}

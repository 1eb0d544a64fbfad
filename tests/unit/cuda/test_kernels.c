/* The order in which threads and blocks get their turns, and networks that work side by side, change no bit. */
#include <string.h>

#include "cuda_shim/shim.h"
#include "unit/cuda/helpers.h"
#include "unit/suites.h"

Suite *suite_kernels(void);

static struct painn_fixture fixture;
static struct pass expected;

static void set_up(void)
{
    struct gd_error error = {0};
    shim_reset();
    fixture = painn_fixture_read("painn-reference.h5");
    expected = pass_for(&fixture);
    ck_assert_msg(pass_run(&expected, &fixture, "cuda", &error) == GD_OK, "%s", error.text);
}

static void tear_down(void)
{
    ck_assert_str_eq(shim_complaint(), "");
    ck_assert_uint_eq(shim_live(), 0);
    pass_clear(&expected);
    painn_fixture_clear(&fixture);
}

START_TEST(order_of_threads_does_not_matter)
{
    const enum shim_order orders[] = {SHIM_BACKWARD, SHIM_SHUFFLED};
    struct pass pass = pass_for(&fixture);
    shim_order(orders[_i]);
    ck_assert_int_eq(pass_run(&pass, &fixture, "cuda", NULL), GD_OK);
    ck_assert(pass_equal(&expected, &pass));
    pass_clear(&pass);
}
END_TEST

/* Each of them takes no more of the device than what docs/cuda.md says. */
START_TEST(networks_side_by_side)
{
    enum { NETWORKS = 3 };
    const size_t own = ((size_t)4 << 20) + 4096;
    size_t most = 0;
    struct gd_network *networks[NETWORKS];
    struct pass passes[NETWORKS];
    for (int n = 0; n < NETWORKS; n++) {
        ck_assert_int_eq(gd_network_new(&networks[n], fixture.model, "cuda", 1, NULL), GD_OK);
        passes[n] = pass_for(&fixture);
    }
    for (int turn = 0; turn < PASS_STEPS + NETWORKS; turn++)
        for (int n = 0; n < NETWORKS; n++)
            if (turn - n >= 0 && turn - n <= PASS_STEPS)
                ck_assert_int_eq(pass_step(&passes[n], networks[n], &fixture, turn - n, NULL), GD_OK);
    for (int n = 0; n < NETWORKS; n++)
        most += own + gd_network_bytes(networks[n]);
    ck_assert_uint_le(shim_used(), most);
    for (int n = 0; n < NETWORKS; n++) {
        ck_assert_msg(pass_equal(&expected, &passes[n]), "network %d", n);
        pass_clear(&passes[n]);
        gd_network_free(networks[n]);
    }
}
END_TEST

/* What a network takes of the device beside the arrays that it reports: the same whatever it holds. */
static size_t unreported(const struct gd_network *network)
{
    return shim_used() - gd_network_bytes(network);
}

/* A batch of any structures, then one of many alike, then the first with a table, made once. */
START_TEST(networks_tell_their_memory)
{
    struct gd_network *network;
    struct gd_structure alike[2] = {fixture.structures[0], fixture.structures[0]};
    struct pass pass = pass_for(&fixture);
    double times[2] = {0.25, 0.5};
    ck_assert_int_eq(gd_network_new(&network, fixture.model, "cuda", 1, NULL), GD_OK);
    size_t own = unreported(network), reported[4] = {gd_network_bytes(network)};
    for (int k = 1; k < 4; k++) {
        if (k == 2) {
            ck_assert_int_eq(gd_network_set_alike(network, alike, fixture.fixed[0], 2, NULL), GD_OK);
            ck_assert_int_eq(gd_network_forward(network, &gd_head_score, times, false, pass.output, NULL), GD_OK);
        } else {
            ck_assert_int_eq(pass_step(&pass, network, &fixture, 0, NULL), GD_OK);
        }
        ck_assert_uint_eq(unreported(network), own);
        reported[k] = gd_network_bytes(network);
        ck_assert_uint_gt(reported[k], reported[k - 1]);
        for (int twice = 0; k == 2 && twice < 2; twice++)
            ck_assert_int_eq(gd_network_tabulate(network, NULL), GD_OK);
    }
    pass_clear(&pass);
    gd_network_free(network);
}
END_TEST

/* Training on the CPU gives the same within rounding. */
START_TEST(training_agrees_with_the_cpu)
{
    struct pass pass = pass_for(&fixture);
    ck_assert_int_eq(pass_run(&pass, &fixture, "cpu", NULL), GD_OK);
    for (int k = 0; k < PASS_STEPS; k++) {
        ck_assert_double_eq_tol(pass.loss[k], expected.loss[k], 1e-5 * pass.loss[k]);
        ck_assert_double_eq_tol(pass.norm[k], expected.norm[k], 1e-4 * pass.norm[k]);
    }
    for (size_t k = 0; k < pass.outputs; k++)
        ck_assert_double_eq_tol((double)pass.output[k], (double)expected.output[k], 1e-4);
    pass_clear(&pass);
}
END_TEST

Suite *suite_kernels(void)
{
    Suite *suite = suite_create("kernels");
    TCase *tests = tcase_create("kernels");
    tcase_set_timeout(tests, 300);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, order_of_threads_does_not_matter, 0, 2);
    tcase_add_test(tests, networks_side_by_side);
    tcase_add_test(tests, networks_tell_their_memory);
    tcase_add_test(tests, training_agrees_with_the_cpu);
    suite_add_tcase(suite, tests);
    return suite;
}

/* The calls of the runtime and of cuBLAS fail in turn: the network says so and leaves nothing behind. */
#include <string.h>

#include "cuda_shim/cuda_runtime.h"
#include "cuda_shim/shim.h"
#include "model/backend.h"
#include "unit/cuda/helpers.h"
#include "unit/suites.h"

Suite *suite_failures(void);

static const struct {
    int error;
    bool lost;
    long every;       /* this one of the calls */
    const char *text; /* what the message says at any rate */
} kinds[] = {
    {cudaErrorMemoryAllocation, false, 1, "out of "},
    {cudaErrorLaunchFailure, false, 3, ""},
    {cudaErrorDevicesUnavailable, true, 3, ""},
};

static struct painn_fixture fixture;

static void set_up(void)
{
    shim_reset();
    fixture = painn_fixture_read("painn-reference.h5");
    fixture.mobile = fixture.structures[0].count - fixture.fixed[0];
    while (fixture.count > 1) /* one structure is enough here */
        gd_structure_clear(&fixture.structures[--fixture.count]);
}

static void tear_down(void)
{
    painn_fixture_clear(&fixture);
}

static long calls_of_a_pass(struct pass *pass)
{
    struct gd_error error = {0};
    shim_reset();
    ck_assert_msg(pass_run(pass, &fixture, "cuda", &error) == GD_OK, "%s", error.text);
    return shim_calls();
}

/* A call that only releases something may fail unnoticed: then the results are those of a pass without failures. */
START_TEST(every_call_fails_in_turn)
{
    struct pass expected = pass_for(&fixture), pass = pass_for(&fixture);
    long calls = calls_of_a_pass(&expected);
    for (long call = 1; call <= calls; call += kinds[_i].every) {
        struct gd_error error = {0};
        shim_reset();
        shim_fail(call, kinds[_i].error, kinds[_i].lost);
        enum gd_status status = pass_run(&pass, &fixture, "cuda", &error);
        ck_assert_msg(shim_live() == 0, "call %ld: %zu objects are left", call, shim_live());
        if (!status) {
            ck_assert_msg(pass_equal(&expected, &pass), "call %ld: the failure changed the results", call);
            continue;
        }
        ck_assert_msg(error.status == status && strlen(error.text) > 10, "call %ld: no message", call);
        ck_assert_msg(strstr(error.text, kinds[_i].text), "call %ld: '%s'", call, error.text);
        if (kinds[_i].error == cudaErrorMemoryAllocation)
            ck_assert_msg(status == GD_NO_MEMORY || status == GD_BAD_INPUT, "call %ld: status %d", call, (int)status);
        else
            ck_assert_msg(status != GD_NO_MEMORY, "call %ld: '%s'", call, error.text);
    }
    pass_clear(&expected);
    pass_clear(&pass);
}
END_TEST

/* The failure of one pass is reported by it, and the next pass is as good as new. */
START_TEST(goes_on_after_a_failure)
{
    struct pass expected = pass_for(&fixture), pass = pass_for(&fixture);
    struct gd_error error = {0};
    struct gd_network *network;
    calls_of_a_pass(&expected);
    ck_assert_int_eq(gd_network_new(&network, fixture.model, "cuda", 1, &error), GD_OK);
    for (long call = 5; call < 90; call += 30) {
        shim_fail(call, cudaErrorMemoryAllocation, false);
        error = (struct gd_error){0};
        ck_assert_int_eq(pass_step(&pass, network, &fixture, PASS_STEPS, &error), GD_NO_MEMORY);
    }
    error = (struct gd_error){0};
    for (int k = 0; k <= PASS_STEPS; k++)
        ck_assert_msg(pass_step(&pass, network, &fixture, k, &error) == GD_OK, "%s", error.text);
    ck_assert(pass_equal(&expected, &pass));
    gd_network_free(network);
    pass_clear(&expected);
    pass_clear(&pass);
}
END_TEST

START_TEST(too_little_memory)
{
    struct pass pass = pass_for(&fixture);
    struct gd_error error = {0};
    shim_memory(((size_t)4 << 20) + fixture.model->parameter_count * sizeof(float) * 6);
    ck_assert_int_eq(pass_run(&pass, &fixture, "cuda", &error), GD_NO_MEMORY);
    ck_assert_msg(strstr(error.text, "workspace"), "%s", error.text);
    ck_assert_uint_eq(shim_live(), 0);
    pass_clear(&pass);
}
END_TEST

static const struct {
    int devices, driver;
    const char *text;
} machines[] = {
    {0, CUDART_VERSION, "no GPU"},
    {0, 0, "no NVIDIA driver"},
    {1, 12040, "the NVIDIA driver supports CUDA 12.4; this build needs 13.0"},
};

START_TEST(machines_without_a_gpu)
{
    struct gd_error error = {0};
    struct gd_network *network;
    char device[128];
    shim_machine(machines[_i].devices, machines[_i].driver);
    ck_assert_int_eq(gd_network_new(&network, fixture.model, "cuda", 1, &error), GD_BAD_INPUT);
    ck_assert_ptr_null(network);
    ck_assert_msg(strstr(error.text, machines[_i].text), "%s", error.text);
    ck_assert_int_eq(gd_backend_named("cuda")->find(device, sizeof device, NULL), GD_BAD_INPUT);
    ck_assert_uint_eq(shim_live(), 0);
}
END_TEST

Suite *suite_failures(void)
{
    Suite *suite = suite_create("failures");
    TCase *tests = tcase_create("failures");
    tcase_set_timeout(tests, 300);
    tcase_set_tags(tests, "slow");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, every_call_fails_in_turn, 0, sizeof kinds / sizeof *kinds);
    tcase_add_test(tests, goes_on_after_a_failure);
    tcase_add_test(tests, too_little_memory);
    tcase_add_loop_test(tests, machines_without_a_gpu, 0, sizeof machines / sizeof *machines);
    suite_add_tcase(suite, tests);
    return suite;
}

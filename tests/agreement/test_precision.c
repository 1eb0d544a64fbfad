/* What rounding the inputs of products costs: outputs and gradients of whole networks against those of the plain
 * reference, which must not differ by much more than docs/cuda.md says. */
#include <stdlib.h>

#include "unit/model/painn_fixture.h"
#include "unit/suites.h"

Suite *suite_precision(void);

/* A small network whose numbers an independent implementation gave, and one of the default shape. */
enum network { SMALL, DEFAULT, NETWORKS };

/* Bounds of the norm of a difference over the norm of what is expected. */
static const struct {
    const char *name;
    double most;
} rows[] = {
    {"float32", 2e-6},
    {"tf32", 2e-3},
    {"bf16", 1.5e-2},
};

static struct painn_fixture fixture;
static struct gd_error error;

static void set_up(void)
{
    error = (struct gd_error){0};
    fixture = painn_fixture_read("painn-reference.h5");
}

static void tear_down(void)
{
    painn_fixture_clear(&fixture);
}

static void ok(enum gd_status status)
{
    ck_assert_msg(!status, "%s", error.text);
}

/* Output [3 mobile] and gradient [parameter_count] of a model; free both. */
struct results {
    float *output, *gradient;
};

static struct results results_of(const struct gd_model *model, const char *device, const char *precision)
{
    struct results results = {calloc(3 * fixture.mobile, sizeof(float)), calloc(model->parameter_count, sizeof(float))};
    struct gd_network *network;
    double loss;
    ok(gd_network_new(&network, model, device, 1, &error));
    ok(gd_network_precision(network, precision, &error));
    ok(gd_network_structures(network, fixture.structures, fixture.fixed, fixture.count, &error));
    ok(gd_network_forward(network, &gd_head_score, fixture.times, false, results.output, &error));
    ok(gd_network_loss(network, fixture.times, fixture.weights, fixture.target, true, &loss, &error));
    ok(gd_network_gradient(network, results.gradient, &error));
    gd_network_free(network);
    return results;
}

static double error_of(size_t count, const float *values, const float *expected)
{
    double *doubles = calloc(count, sizeof *doubles);
    for (size_t k = 0; k < count; k++)
        doubles[k] = (double)expected[k];
    double relative = relative_error(count, values, doubles);
    free(doubles);
    return relative;
}

START_TEST(errors_are_as_stated)
{
    int network = _i % NETWORKS, row = _i / NETWORKS;
    struct gd_model *made = network == SMALL ? NULL : random_model(64, 4, 30, 6.0, 1);
    const struct gd_model *model = made ? made : fixture.model;
    struct results expected = results_of(model, "reference", "float32");
    struct results results = results_of(model, "cuda", rows[row].name);
    double output = error_of(3 * fixture.mobile, results.output, expected.output);
    double gradient = error_of(model->parameter_count, results.gradient, expected.gradient);
    ck_assert_double_le(output, rows[row].most);
    ck_assert_double_le(gradient, rows[row].most);
    free(results.output);
    free(results.gradient);
    free(expected.output);
    free(expected.gradient);
    gd_model_free(made);
}
END_TEST

/* It holds also for what was recorded before it was chosen, and can be taken back. */
START_TEST(precision_can_change)
{
    struct gd_network *network;
    double losses[3];
    const char *const names[] = {"float32", "bf16", "float32"};
    ok(gd_network_new(&network, fixture.model, "cuda", 1, &error));
    for (int k = 0; k < 3; k++) {
        ok(gd_network_precision(network, names[k], &error));
        ok(gd_network_set_alike(network, fixture.structures, fixture.fixed[0], 1, &error));
        ok(gd_network_loss(network, fixture.times, fixture.weights, fixture.target, false, &losses[k], &error));
    }
    ck_assert_double_ne(losses[1], losses[0]);
    ck_assert_double_eq(losses[2], losses[0]);
    gd_network_free(network);
}
END_TEST

START_TEST(others_are_refused)
{
    static const struct {
        const char *device, *precision, *text;
    } wrong[] = {{"cpu", "tf32", "the device cpu does not support matrix multiplication in tf32"},
                 {"reference", "bf16", "the device reference does not support matrix multiplication in bf16"},
                 {"cuda", "float16", "the device cuda does not support matrix multiplication in float16"}};
    struct gd_network *network;
    ok(gd_network_new(&network, fixture.model, wrong[_i].device, 1, &error));
    ok(gd_network_precision(network, "float32", &error));
    ck_assert_int_eq(gd_network_precision(network, wrong[_i].precision, &error), GD_BAD_INPUT);
    ck_assert_str_eq(error.text, wrong[_i].text);
    gd_network_free(network);
}
END_TEST

Suite *suite_precision(void)
{
    Suite *suite = suite_create("precision");
    TCase *tests = tcase_create("precision");
    tcase_set_timeout(tests, 300);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, errors_are_as_stated, 0, NETWORKS * (int)(sizeof rows / sizeof *rows));
    tcase_add_test(tests, precision_can_change);
    tcase_add_loop_test(tests, others_are_refused, 0, 3);
    suite_add_tcase(suite, tests);
    return suite;
}

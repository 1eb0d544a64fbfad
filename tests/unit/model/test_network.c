/* The network against an independent implementation in double precision, and against its own symmetries. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/painn.h"
#include "unit/model/painn_fixture.h"
#include "unit/suites.h"

static const char *const devices[] = {"reference", "cpu", "cuda"};
static const char *const files[] = {"painn-reference.h5"};

#define DEVICES (int)(sizeof devices / sizeof *devices)

static struct gd_error error;

static void ok(enum gd_status status)
{
    ck_assert_msg(status == GD_OK, "%s", error.text);
}

static struct gd_network *network_of(const struct gd_model *model, const char *device, int threads)
{
    struct gd_network *network;
    error = (struct gd_error){0};
    ok(gd_network_new(&network, model, device, threads, &error));
    return network;
}

START_TEST(outputs_match)
{
    struct painn_fixture fixture = painn_fixture_read(files[0]);
    struct gd_network *network = network_of(fixture.model, devices[_i], 2);
    float *output = calloc(3 * fixture.atoms, sizeof *output);
    size_t edges = 0;
    for (size_t k = 0; k < fixture.count; k++) {
        ok(gd_network_structures(network, &fixture.structures[k], &fixture.fixed[k], 1, &error));
        ck_assert_uint_eq(gd_network_edges(network), fixture.edges[k]);
        edges += fixture.edges[k];
    }
    ok(gd_network_structures(network, fixture.structures, fixture.fixed, fixture.count, &error));
    ck_assert_uint_eq(gd_network_edges(network), edges);
    ok(gd_network_forward(network, fixture.times, true, output, &error));
    ck_assert_double_lt(relative_error(3 * fixture.atoms, output, fixture.output), 1e-5);

    /* The mobile atoms' share of the same. */
    double *expected = calloc(3 * fixture.mobile, sizeof *expected);
    size_t from = 0, to = 0;
    for (size_t k = 0; k < fixture.count; k++)
        for (size_t i = 0; i < 3 * fixture.structures[k].count; i++, from++)
            if (i >= 3 * fixture.fixed[k])
                expected[to++] = fixture.output[from];
    ok(gd_network_forward(network, fixture.times, false, output, &error));
    ck_assert_double_lt(relative_error(3 * fixture.mobile, output, expected), 1e-5);
    free(expected);
    free(output);
    gd_network_free(network);
    painn_fixture_clear(&fixture);
}
END_TEST

/* The backbone's scalars and vectors, which gd_network does not show. */
START_TEST(backbone_matches)
{
    struct painn_fixture fixture = painn_fixture_read(files[0]);
    struct gd_backend *backend;
    struct gd_painn painn;
    size_t features = (size_t)fixture.model->shape.features, scalars = fixture.atoms * features;
    error = (struct gd_error){0};
    ok(gd_backend_new(&backend, devices[_i], 2, &error));
    ok(gd_painn_init(&painn, fixture.model, backend, &error));
    ok(gd_painn_structures(&painn, fixture.structures, fixture.fixed, fixture.count, &error));
    ok(gd_painn_forward(&painn, fixture.times, true, false, &error));
    float *q = calloc(scalars, sizeof *q), *v = calloc(3 * scalars, sizeof *v),
          *row = calloc(3 * features, sizeof *row);
    for (size_t k = 0; k < fixture.atoms; k++) {
        size_t atom = painn.graph.order[k];
        backend->type->download(backend, q + atom * features, painn.work.q + k * features, features * sizeof *q);
        backend->type->download(backend, v + 3 * atom * features, painn.work.v + 3 * k * features,
                                3 * features * sizeof *v);
    }
    ck_assert_double_lt(relative_error(scalars, q, fixture.scalars), 1e-5);
    ck_assert_double_lt(relative_error(3 * scalars, v, fixture.vectors), 1e-5);
    free(q);
    free(v);
    free(row);
    gd_painn_clear(&painn);
    gd_backend_free(backend);
    painn_fixture_clear(&fixture);
}
END_TEST

START_TEST(gradients_match)
{
    struct painn_fixture fixture = painn_fixture_read(files[0]);
    struct gd_network *network = network_of(fixture.model, devices[_i], 2);
    float *gradient = calloc(fixture.model->parameter_count, sizeof *gradient);
    double loss;
    ok(gd_network_structures(network, fixture.structures, fixture.fixed, fixture.count, &error));
    ok(gd_network_loss(network, fixture.times, fixture.weights, fixture.target, true, &loss, &error));
    ok(gd_network_gradient(network, gradient, &error));
    ck_assert_double_eq_tol(loss, fixture.loss, 1e-5 * fixture.loss);
    for (size_t k = 0; k < fixture.model->tensor_count; k++) {
        const struct gd_tensor *tensor = &fixture.model->tensors[k];
        double difference = relative_error((size_t)tensor->rows * (size_t)tensor->columns, gradient + tensor->offset,
                                           fixture.gradient + tensor->offset);
        ck_assert_msg(difference < 1e-4, "%s: %g", tensor->name, difference);
    }
    free(gradient);
    gd_network_free(network);
    painn_fixture_clear(&fixture);
}
END_TEST

Suite *suite_network(void);

Suite *suite_network(void)
{
    Suite *suite = suite_create("network");
    TCase *fixtures = tcase_create("against the reference implementation");
    tcase_set_timeout(fixtures, 300);
    tcase_add_loop_test(fixtures, outputs_match, 0, DEVICES);
    tcase_add_loop_test(fixtures, backbone_matches, 0, DEVICES);
    tcase_add_loop_test(fixtures, gradients_match, 0, DEVICES);
    suite_add_tcase(suite, fixtures);
    return suite;
}

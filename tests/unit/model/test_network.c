/* The network against an independent implementation in double precision, and against its own symmetries. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/painn/painn.h"
#include "unit/model/painn_fixture.h"
#include "unit/suites.h"

static const char *const devices[] = {"reference", "cpu", "cuda"};
static const char *const files[] = {"painn-reference.h5"};

#define DEVICES (int)(sizeof devices / sizeof *devices)

static struct gd_error error;

static void ok(enum gd_status status)
{
    ck_assert_msg(!status, "%s", error.text);
}

/* The way a test is run the i-th time: every device with its filters worked out for every pair, then with a table. */
#define WAYS (2 * DEVICES)

static struct gd_network *network_of(const struct gd_model *model, int way)
{
    struct gd_network *network;
    error = (struct gd_error){0};
    ok(gd_network_new(&network, model, devices[way % DEVICES], 2, &error));
    if (way >= DEVICES)
        ok(gd_network_tabulate(network, &error));
    return network;
}

START_TEST(outputs_match)
{
    struct painn_fixture fixture = painn_fixture_read(files[0]);
    struct gd_network *network = network_of(fixture.model, _i);
    float *output = calloc(3 * fixture.atoms, sizeof *output);
    size_t edges = 0;
    for (size_t k = 0; k < fixture.count; k++) {
        ok(gd_network_structures(network, &fixture.structures[k], &fixture.fixed[k], 1, &error));
        ck_assert_uint_eq(gd_network_edges(network), fixture.edges[k]);
        edges += fixture.edges[k];
    }
    ok(gd_network_structures(network, fixture.structures, fixture.fixed, fixture.count, &error));
    ck_assert_uint_eq(gd_network_edges(network), edges);
    ok(gd_network_forward(network, &gd_head_score, fixture.times, true, output, &error));
    ck_assert_double_lt(relative_error(3 * fixture.atoms, output, fixture.output), 1e-5);

    /* The mobile atoms' share of the same. */
    double *expected = calloc(3 * fixture.mobile, sizeof *expected);
    size_t from = 0, to = 0;
    for (size_t k = 0; k < fixture.count; k++)
        for (size_t i = 0; i < 3 * fixture.structures[k].count; i++, from++)
            if (i >= 3 * fixture.fixed[k])
                expected[to++] = fixture.output[from];
    ok(gd_network_forward(network, &gd_head_score, fixture.times, false, output, &error));
    ck_assert_double_lt(relative_error(3 * fixture.mobile, output, expected), 1e-5);
    free(expected);
    free(output);
    gd_network_free(network);
    painn_fixture_clear(&fixture);
}
END_TEST

static struct gd_painn *painn_of(struct gd_graph_network *network)
{
    return (struct gd_painn *)network;
}

/* The backbone's scalars and vectors, which gd_network does not show; with filters that are stored, and not. */
START_TEST(backbone_matches)
{
    struct painn_fixture fixture = painn_fixture_read(files[0]);
    struct gd_backend *backend;
    struct gd_graph_network *network;
    size_t features = (size_t)((const struct gd_painn_params *)fixture.model->params)->features,
           scalars = fixture.atoms * features;
    error = (struct gd_error){0};
    ok(gd_backend_new(&backend, devices[_i % DEVICES], 2, &error));
    ok(gd_graph_network_new(&network, fixture.model, backend, &error));
    painn_of(network)->fusion = _i < DEVICES ? GD_FUSE_NEVER : GD_FUSE_ALWAYS;
    ok(gd_graph_network_structures(network, fixture.structures, fixture.fixed, fixture.count, &error));
    ok(gd_graph_network_forward(network, fixture.times, true, false, &error));
    float *q = calloc(scalars, sizeof *q), *v = calloc(3 * scalars, sizeof *v),
          *row = calloc(3 * features, sizeof *row);
    for (size_t k = 0; k < fixture.atoms; k++) {
        size_t atom = network->graph.order[k];
        backend->type->download(backend, q + atom * features, painn_of(network)->work.q + k * features,
                                features * sizeof *q);
        backend->type->download(backend, v + 3 * atom * features, painn_of(network)->work.v + 3 * k * features,
                                3 * features * sizeof *v);
    }
    ck_assert_double_lt(relative_error(scalars, q, fixture.scalars), 1e-5);
    ck_assert_double_lt(relative_error(3 * scalars, v, fixture.vectors), 1e-5);
    free(q);
    free(v);
    free(row);
    gd_graph_network_free(network);
    gd_backend_free(backend);
    painn_fixture_clear(&fixture);
}
END_TEST

START_TEST(gradients_match)
{
    struct painn_fixture fixture = painn_fixture_read(files[0]);
    struct gd_network *network = network_of(fixture.model, _i);
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

/* Shapes whose radial functions are as wide as usual, wide and narrow, and a cutoff that is no multiple of the step;
 * one whose backbone sees the time. */
static const struct gd_painn_params shapes[] = {
    {.features = 64, .blocks = 4, .radial = 30, .cutoff = 6.0, .heads = GD_SCORE_ONLY},
    {.features = 16, .blocks = 2, .radial = 8, .cutoff = 6.0, .heads = GD_SCORE_ONLY},
    {.features = 16, .blocks = 2, .radial = 60, .cutoff = 6.0, .heads = GD_SCORE_ONLY},
    {.features = 16, .blocks = 3, .radial = 20, .cutoff = 4.7, .heads = GD_SCORE_ONLY},
    {.features = 16, .blocks = 2, .radial = 8, .cutoff = 6.0, .heads = GD_SCORE_ONLY, .time = GD_TIME_IN_BACKBONE},
};

#define SHAPES (int)(sizeof shapes / sizeof *shapes)

/* The filters of every block and pair, in double by the reference backend: |table - exact| < 1e-6 |exact|. */
START_TEST(tables_are_close)
{
    struct painn_fixture fixture = painn_fixture_read(files[0]);
    const struct gd_painn_params *shape = &shapes[_i];
    struct gd_stream stream = gd_stream_make(5, 1, 0, 0);
    struct gd_backend *backend;
    struct gd_model *model;
    struct gd_graph_network *network[2];
    error = (struct gd_error){0};
    ok(gd_model_new(&model, &gd_network_painn, shape, &fixture.model->process, &stream, &error));
    ok(gd_backend_new(&backend, "reference", 1, &error));
    for (int k = 0; k < 2; k++) {
        ok(gd_graph_network_new(&network[k], model, backend, &error));
        if (k == 1)
            ok(network[k]->type->tabulate(network[k], &error));
        painn_of(network[k])->fusion = GD_FUSE_NEVER;
        ok(gd_graph_network_structures(network[k], fixture.structures, fixture.fixed, fixture.count, &error));
        ok(gd_graph_network_forward(network[k], fixture.times, false, true, &error));
    }
    for (int l = 0; l < shape->blocks; l++) {
        size_t first = gd_painn_first_row(painn_of(network[0]), l) * 3 * (size_t)shape->features;
        size_t count = network[0]->graph.rows * 3 * (size_t)shape->features - first;
        double *exact = calloc(count, sizeof *exact);
        for (size_t k = 0; k < count; k++)
            exact[k] = (double)painn_of(network[0])->work.block[l].filter[first + k];
        double difference = relative_error(count, painn_of(network[1])->work.block[l].filter + first, exact);
        ck_assert_msg(difference < 1e-6, "shape %d, block %d: %g", _i, l, difference);
        free(exact);
    }
    for (int k = 0; k < 2; k++)
        gd_graph_network_free(network[k]);
    gd_backend_free(backend);
    gd_model_free(model);
    painn_fixture_clear(&fixture);
}
END_TEST

/* The output for the fixture's structures, and the gradient of ½ Σ output²: [3 mobile] and [parameters]. */
static double *passes_of(const struct painn_fixture *fixture, const struct gd_model *model, const char *device,
                         enum gd_fusion fusion)
{
    struct gd_backend *backend;
    struct gd_graph_network *network;
    size_t outputs = 3 * fixture->mobile, count = outputs + model->parameter_count;
    float *results = calloc(count, sizeof *results);
    double *made = calloc(count, sizeof *made);
    ok(gd_backend_new(&backend, device, 2, &error));
    ok(gd_graph_network_new(&network, model, backend, &error));
    painn_of(network)->fusion = fusion;
    ok(gd_graph_network_structures(network, fixture->structures, fixture->fixed, fixture->count, &error));
    ok(gd_graph_network_forward(network, fixture->times, false, true, &error));
    ck_assert_int_eq(painn_of(network)->fused, fusion == GD_FUSE_ALWAYS);
    backend->type->download(backend, results, network->heads[0]->output, outputs * sizeof *results);
    backend->type->upload(backend, network->heads[0]->doutput, results, outputs * sizeof *results);
    network->type->backward(network);
    backend->type->download(backend, results + outputs, network->gradient, (count - outputs) * sizeof *results);
    ok(backend->type->finish(backend, &error));
    for (size_t k = 0; k < count; k++)
        made[k] = (double)results[k];
    free(results);
    gd_graph_network_free(network);
    gd_backend_free(backend);
    return made;
}

static double difference_of(size_t count, const double *values, const double *expected)
{
    double difference = 0, norm = 0;
    for (size_t k = 0; k < count; k++) {
        difference += (values[k] - expected[k]) * (values[k] - expected[k]);
        norm += expected[k] * expected[k];
    }
    return sqrt(difference / norm);
}

/* Filters that are stored and filters that are not give the same, on every device and for every shape. */
START_TEST(fusion_changes_nothing)
{
    struct painn_fixture fixture = painn_fixture_read(files[0]);
    struct gd_stream stream = gd_stream_make(5, 1, 0, 0);
    struct gd_model *model;
    error = (struct gd_error){0};
    ok(gd_model_new(&model, &gd_network_painn, &shapes[_i / DEVICES], &fixture.model->process, &stream, &error));
    size_t outputs = 3 * fixture.mobile;
    double *stored = passes_of(&fixture, model, devices[_i % DEVICES], GD_FUSE_NEVER);
    double *fused = passes_of(&fixture, model, devices[_i % DEVICES], GD_FUSE_ALWAYS);
    ck_assert_double_lt(difference_of(outputs, fused, stored), 2e-6);
    ck_assert_double_lt(difference_of(model->parameter_count, fused + outputs, stored + outputs), 2e-6);
    free(stored);
    free(fused);
    gd_model_free(model);
    painn_fixture_clear(&fixture);
}
END_TEST

/* After an optimisation step, the table is that of the new parameters. */
START_TEST(tables_follow_the_parameters)
{
    struct painn_fixture fixture = painn_fixture_read(files[0]);
    const struct gd_adamw adamw = {.rate = 0.03, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
    double losses[2], norm;
    for (int way = 0; way < 2; way++) {
        struct gd_network *network = network_of(fixture.model, way * DEVICES);
        ok(gd_network_structures(network, fixture.structures, fixture.fixed, fixture.count, &error));
        for (int k = 0; k < 2; k++) {
            ok(gd_network_loss(network, fixture.times, fixture.weights, fixture.target, true, &losses[way], &error));
            ok(gd_network_step(network, &adamw, &norm, &error));
        }
        gd_network_free(network);
    }
    double change = fabs(losses[0] - fixture.loss);
    ck_assert_double_gt(change, 1e-3 * fixture.loss);
    ck_assert_double_eq_tol(losses[1], losses[0], 1e-2 * change);
    painn_fixture_clear(&fixture);
}
END_TEST

Suite *suite_network(void);

Suite *suite_network(void)
{
    Suite *suite = suite_create("network");
    TCase *fixtures = tcase_create("against the reference implementation");
    tcase_set_timeout(fixtures, 300);
    tcase_add_loop_test(fixtures, outputs_match, 0, WAYS);
    tcase_add_loop_test(fixtures, backbone_matches, 0, 2 * DEVICES);
    tcase_add_loop_test(fixtures, gradients_match, 0, WAYS);
    tcase_add_loop_test(fixtures, tables_are_close, 0, SHAPES);
    tcase_add_loop_test(fixtures, fusion_changes_nothing, 0, SHAPES * DEVICES);
    tcase_add_test(fixtures, tables_follow_the_parameters);
    suite_add_tcase(suite, fixtures);
    return suite;
}

/* Steps of AdamW against a statement of the algorithm in double precision (Loshchilov & Hutter, ICLR 2019, algorithm
 * 2, with PyTorch's order of operations). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "unit/model/painn_fixture.h"
#include "unit/suites.h"

static const char *const devices[] = {"reference", "cpu", "cuda"};

#define DEVICES (int)(sizeof devices / sizeof *devices)

static struct gd_error error;

static void ok(enum gd_status status)
{
    ck_assert_msg(!status, "%s", error.text);
}

static double norm_of(size_t count, const float *values)
{
    double sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += (double)values[k] * (double)values[k];
    return sqrt(sum);
}

/* The cosine of the angle between two vectors; NaN when one of them is 0. */
static double cosine_of(size_t count, const float *a, const double *b)
{
    double product = 0, squares = 0;
    for (size_t k = 0; k < count; k++) {
        product += (double)a[k] * b[k];
        squares += b[k] * b[k];
    }
    return product / (norm_of(count, a) * sqrt(squares));
}

struct adamw {
    size_t count;
    int t;
    double *p, *m, *v;
    double *sum, weights; /* Σ weight p, Σ weight over the steps */
};

/* What the parameters after step t count in the average: Γ(t + γ) / Γ(t), about t^γ, γ = 1/average - 2. */
static double weight_of(double average, int t)
{
    const double power = 1 / average - 2;
    return average > 0 ? exp(lgamma(t + power) - lgamma(t)) : 0;
}

static void step(struct adamw *state, const struct gd_adamw *a, const float *gradient)
{
    double norm = norm_of(state->count, gradient), scale = a->clip > 0 && norm > a->clip ? a->clip / norm : 1;
    state->t++;
    for (size_t k = 0; k < state->count; k++) {
        double g = scale * (double)gradient[k];
        state->p[k] -= a->rate * a->decay * state->p[k];
        state->m[k] = a->beta1 * state->m[k] + (1 - a->beta1) * g;
        state->v[k] = a->beta2 * state->v[k] + (1 - a->beta2) * g * g;
        double m_hat = state->m[k] / (1 - pow(a->beta1, state->t));
        double v_hat = state->v[k] / (1 - pow(a->beta2, state->t));
        state->p[k] -= a->rate * m_hat / (sqrt(v_hat) + a->epsilon);
        state->sum[k] += weight_of(a->average, state->t) * state->p[k];
    }
    state->weights += weight_of(a->average, state->t);
}

static const struct gd_adamw settings[] = {
    {1e-3, 0.01, 0.9, 0.999, 1e-8, 0, 0},    /* no clipping */
    {1e-3, 0.01, 0.9, 0.999, 1e-5, 5e-4, 0}, /* clipped; epsilon is large, or the gradient's size would cancel */
    {1e-2, 0.5, 0.5, 0.9, 1e-3, 1e6, 0.25},  /* a limit that is never met; step i counts as i² or nearly so */
    {1e-3, 0.01, 0.9, 0.999, 1e-8, 0, 0.5},  /* all steps count alike */
};

#define SETTINGS (int)(sizeof settings / sizeof *settings)
#define CLIPPED  1

START_TEST(steps_match)
{
    const struct gd_adamw *a = &settings[_i % SETTINGS];
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    struct gd_network *network;
    size_t n = fixture.model->parameter_count;
    struct adamw state = {.count = n};
    double **const arrays[] = {&state.p, &state.m, &state.v, &state.sum};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++)
        *arrays[k] = calloc(n, sizeof(double));
    float *gradient = calloc(n, sizeof *gradient), *parameters = calloc(n, sizeof *parameters);
    float *average = calloc(n, sizeof *average);
    ok(gd_network_new(&network, fixture.model, devices[_i / SETTINGS], 2, &error));
    ok(gd_network_structures(network, fixture.structures, fixture.fixed, fixture.count, &error));
    for (size_t k = 0; k < n; k++)
        state.p[k] = (double)fixture.model->parameters[k];
    for (int t = 0; t < 6; t++) {
        double loss, norm, agreement;
        ok(gd_network_loss(network, fixture.times, fixture.weights, fixture.target, true, &loss, &error));
        ok(gd_network_gradient(network, gradient, &error));
        ok(gd_network_agreement(network, &agreement, &error));
        ck_assert(t == 0 ? isnan(agreement) : fabs(agreement - cosine_of(n, gradient, state.m)) < 1e-5);
        ok(gd_network_step(network, a, &norm, &error));
        ck_assert_double_eq_tol(norm, norm_of(n, gradient), 1e-9 * norm);
        ck_assert((a->clip > 0 && norm > a->clip) == (_i % SETTINGS == CLIPPED));
        step(&state, a, gradient);
        ok(gd_network_parameters(network, parameters, &error));
        for (size_t k = 0; k < n; k++) /* float32: half a unit per step in p, a few in the quotient */
            if (!(fabs((double)parameters[k] - state.p[k]) < 1e-6 * fabs(state.p[k]) + 1e-5 * a->rate))
                ck_abort_msg("step %d, parameter %zu: %.9g instead of %.9g", t, k, (double)parameters[k], state.p[k]);
        ok(gd_network_average(network, average, &error));
        for (size_t k = 0; k < n && a->average > 0; k++) {
            double mean = state.sum[k] / state.weights;
            ck_assert_double_eq_tol((double)average[k], mean, 1e-6 * fabs(mean) + 1e-5 * a->rate);
        }
    }
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++)
        free(*arrays[k]);
    free(average);
    free(gradient);
    free(parameters);
    gd_network_free(network);
    painn_fixture_clear(&fixture);
}
END_TEST

/* Rows of species that do not occur have no gradient, and only decay. */
START_TEST(unused_species_only_decay)
{
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    struct gd_network *network;
    size_t features = (size_t)((const struct gd_painn_params *)fixture.model->params)->features,
           n = fixture.model->parameter_count;
    float *gradient = calloc(n, sizeof *gradient), *parameters = calloc(n, sizeof *parameters);
    double loss, norm;
    ok(gd_network_new(&network, fixture.model, devices[_i], 1, &error));
    ok(gd_network_structures(network, fixture.structures, fixture.fixed, fixture.count, &error));
    ok(gd_network_loss(network, fixture.times, fixture.weights, fixture.target, true, &loss, &error));
    ok(gd_network_gradient(network, gradient, &error));
    ok(gd_network_step(network, &(struct gd_adamw){0.1, 0.01, 0.9, 0.999, 1e-8, 0, 0}, &norm, &error));
    ok(gd_network_parameters(network, parameters, &error));
    for (size_t k = 13 * features; k < 14 * features; k++) {
        ck_assert_float_eq(gradient[k], 0);
        ck_assert_float_eq_tol(parameters[k], 0.999f * fixture.model->parameters[k], 1e-6f);
    }
    free(gradient);
    free(parameters);
    gd_network_free(network);
    painn_fixture_clear(&fixture);
}
END_TEST

/* A gradient that is not finite is refused, and nothing has changed. */
START_TEST(not_finite_changes_nothing)
{
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    struct gd_network *network;
    size_t n = fixture.model->parameter_count;
    float *parameters = calloc(n, sizeof *parameters);
    double loss, norm;
    fixture.target[4] = NAN;
    ok(gd_network_new(&network, fixture.model, devices[_i], 1, &error));
    ok(gd_network_structures(network, fixture.structures, fixture.fixed, fixture.count, &error));
    ok(gd_network_loss(network, fixture.times, fixture.weights, fixture.target, true, &loss, &error));
    ck_assert(isnan(loss));
    ck_assert_int_eq(gd_network_step(network, &settings[0], &norm, &error), GD_FAILED);
    ck_assert_ptr_nonnull(strstr(error.text, "gradient"));
    error = (struct gd_error){0};
    ok(gd_network_parameters(network, parameters, &error));
    ck_assert_mem_eq(parameters, fixture.model->parameters, n * sizeof *parameters);
    free(parameters);
    gd_network_free(network);
    painn_fixture_clear(&fixture);
}
END_TEST

START_TEST(unknown_device)
{
    struct gd_model *model = random_model(4, 1, 2, 3, 1);
    struct gd_network *network;
    error = (struct gd_error){0};
    ck_assert_int_eq(gd_network_new(&network, model, "abacus", 1, &error), GD_BAD_INPUT);
    ck_assert_ptr_null(network);
    ck_assert_msg(strstr(error.text, "abacus") && strstr(error.text, "reference"), "%s", error.text);
    gd_model_free(model);
}
END_TEST

Suite *suite_optimiser(void);

Suite *suite_optimiser(void)
{
    Suite *suite = suite_create("optimiser");
    TCase *optimiser = tcase_create("optimiser");
    tcase_set_timeout(optimiser, 300);
    tcase_add_loop_test(optimiser, steps_match, 0, DEVICES * SETTINGS);
    tcase_add_loop_test(optimiser, unused_species_only_decay, 0, DEVICES);
    tcase_add_loop_test(optimiser, not_finite_changes_nothing, 0, DEVICES);
    tcase_add_test(optimiser, unknown_device);
    suite_add_tcase(suite, optimiser);
    return suite;
}

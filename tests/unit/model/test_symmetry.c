/* What holds for any parameters: symmetries of the output, the gradient as a derivative, degenerate batches, and the
 * same bits for any number of threads. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/backend.h"
#include "unit/model/painn_fixture.h"
#include "unit/suites.h"

static const char *const devices[] = {"reference", "cpu", "cuda"};

#define DEVICES (int)(sizeof devices / sizeof *devices)
#define SLAB    1 /* of the fixture's structures: the heptamer; 2: a cluster */
#define CLUSTER 2

static struct gd_error error;

static void ok(enum gd_status status)
{
    ck_assert_msg(!status, "%s", error.text);
}

static struct gd_network *network_of(const struct gd_model *model, const char *device, int threads)
{
    struct gd_network *network;
    error = (struct gd_error){0};
    ok(gd_network_new(&network, model, device, threads, &error));
    return network;
}

/* The outputs of all atoms of one structure. */
static double *outputs(struct gd_network *network, const struct gd_structure *structure, size_t fixed)
{
    const double time = 0.3;
    float *output = calloc(3 * structure->count, sizeof *output);
    double *result = calloc(3 * structure->count, sizeof *result);
    ok(gd_network_structures(network, structure, &fixed, 1, &error));
    ok(gd_network_forward(network, &gd_head_score, &time, true, output, &error));
    for (size_t k = 0; k < 3 * structure->count; k++)
        result[k] = (double)output[k];
    free(output);
    return result;
}

static void same(size_t count, const double *values, const double *expected, const char *what)
{
    double difference = 0, norm = 0;
    for (size_t k = 0; k < count; k++) {
        difference += (values[k] - expected[k]) * (values[k] - expected[k]);
        norm += expected[k] * expected[k];
    }
    ck_assert_msg(norm > 0, "%s: nothing to compare", what);
    ck_assert_msg(sqrt(difference / norm) < 1e-5, "%s: %g", what, sqrt(difference / norm));
}

/* An improper rotation about no axis in particular. */
static void rotate(double vector[3])
{
    const double a = 0.7, b = 1.9;
    const double x = cos(a) * vector[0] - sin(a) * vector[1], y = sin(a) * vector[0] + cos(a) * vector[1];
    vector[0] = x;
    vector[1] = cos(b) * y - sin(b) * vector[2];
    vector[2] = -(sin(b) * y + cos(b) * vector[2]);
}

static void rotated(struct gd_structure *structure)
{
    for (size_t i = 0; i < structure->count; i++)
        rotate(structure->positions[i]);
    for (int k = 0; k < 3; k++)
        rotate(structure->cell.vectors[k]);
}

static void shifted(struct gd_structure *structure)
{
    for (size_t i = 0; i < structure->count; i++) {
        structure->positions[i][0] += 1.25;
        structure->positions[i][1] -= 7.5;
        structure->positions[i][2] += 0.5;
    }
}

/* Every atom into another cell of the lattice. */
static void moved_by_lattice(struct gd_structure *structure)
{
    for (size_t i = 0; i < structure->count; i++)
        for (int k = 0; k < 3; k++)
            for (int axis = 0; axis < 3 && structure->cell.periodic[k]; axis++)
                structure->positions[i][axis] += ((int)(i + (size_t)k) % 5 - 2) * structure->cell.vectors[k][axis];
}

static void unchanged(double vector[3])
{
    (void)vector;
}

static const struct {
    const char *name;
    void (*structure)(struct gd_structure *);
    void (*output)(double vector[3]);
} symmetries[] = {
    {"rotation", rotated, rotate},
    {"shift", shifted, unchanged},
    {"lattice shift", moved_by_lattice, unchanged},
};

#define SYMMETRIES (int)(sizeof symmetries / sizeof *symmetries)

START_TEST(outputs_follow_the_structure)
{
    const char *device = devices[_i / SYMMETRIES];
    int which = _i % SYMMETRIES;
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    struct gd_network *network = network_of(fixture.model, device, 2);
    for (size_t s = SLAB; s <= CLUSTER; s++) {
        struct gd_structure *structure = &fixture.structures[s];
        double *before = outputs(network, structure, fixture.fixed[s]);
        symmetries[which].structure(structure);
        for (size_t i = 0; i < structure->count; i++)
            symmetries[which].output(before + 3 * i);
        double *after = outputs(network, structure, fixture.fixed[s]);
        same(3 * structure->count, after, before, symmetries[which].name);
        free(before);
        free(after);
    }
    gd_network_free(network);
    painn_fixture_clear(&fixture);
}
END_TEST

/* Atoms in another order, and with another idea of which are fixed. */
START_TEST(order_and_template_do_not_matter)
{
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    struct gd_network *network = network_of(fixture.model, devices[_i], 1);
    struct gd_structure *structure = &fixture.structures[SLAB], other;
    size_t n = structure->count;
    double *expected = outputs(network, structure, fixture.fixed[SLAB]), *permuted = calloc(3 * n, sizeof *permuted);
    double *free_of_template = outputs(network, structure, 0);
    same(3 * n, free_of_template, expected, "no template");
    ok(gd_structure_copy(&other, structure, &error));
    for (size_t i = 0; i < n; i++) {
        size_t from = (i * 29 + 3) % n; /* n = 79 is a prime */
        memcpy(other.positions[i], structure->positions[from], sizeof *other.positions);
        memcpy(permuted + 3 * i, expected + 3 * from, 3 * sizeof *permuted);
        other.species[i] = structure->species[from];
    }
    double *found = outputs(network, &other, 11);
    same(3 * n, found, permuted, "permutation");
    free(expected);
    free(permuted);
    free(free_of_template);
    free(found);
    gd_structure_clear(&other);
    gd_network_free(network);
    painn_fixture_clear(&fixture);
}
END_TEST

/* Template atoms that no mobile one reaches: their outputs, right after those of the mobile atom alone. */
START_TEST(far_template_atoms_have_outputs)
{
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    struct gd_model *model = random_model(8, 1, 5, 3, 1);
    struct gd_network *network = network_of(model, devices[_i], 2);
    struct gd_structure *structure = &fixture.structures[SLAB];
    const size_t n = structure->count, fixed = n - 1;
    double *expected = outputs(network, structure, 0), time = 0.3;
    float mobile[3];
    ok(gd_network_structures(network, structure, &fixed, 1, &error));
    ok(gd_network_forward(network, &gd_head_score, &time, false, mobile, &error));
    double *found = outputs(network, structure, fixed);
    same(3 * n, found, expected, "one mobile atom");
    free(expected);
    free(found);
    gd_network_free(network);
    gd_model_free(model);
    painn_fixture_clear(&fixture);
}
END_TEST

/* A structure gives the same alone and in a batch, whatever the network was asked before. */
START_TEST(batches_do_not_matter)
{
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    struct gd_network *network = network_of(fixture.model, devices[_i], 2);
    float *batch = calloc(3 * fixture.mobile, sizeof *batch), *alone = calloc(3 * fixture.mobile, sizeof *alone),
          *at = alone;
    double *expected = calloc(3 * fixture.mobile, sizeof *expected);
    ok(gd_network_structures(network, fixture.structures, fixture.fixed, fixture.count, &error));
    ok(gd_network_forward(network, &gd_head_score, fixture.times, false, batch, &error));
    for (size_t s = 0; s < fixture.count; s++) {
        ok(gd_network_structures(network, &fixture.structures[s], &fixture.fixed[s], 1, &error));
        ok(gd_network_forward(network, &gd_head_score, &fixture.times[s], false, at, &error));
        at += 3 * (fixture.structures[s].count - fixture.fixed[s]);
    }
    for (size_t k = 0; k < 3 * fixture.mobile; k++)
        expected[k] = (double)alone[k];
    ck_assert_double_lt(relative_error(3 * fixture.mobile, batch, expected), 1e-6);
    ok(gd_network_structures(network, fixture.structures, fixture.fixed, fixture.count, &error));
    ok(gd_network_forward(network, &gd_head_score, fixture.times, false, alone, &error));
    ck_assert_mem_eq(alone, batch, 3 * fixture.mobile * sizeof *batch);
    free(batch);
    free(alone);
    free(expected);
    gd_network_free(network);
    painn_fixture_clear(&fixture);
}
END_TEST

static double loss_at(const struct painn_fixture *fixture, const float *parameters)
{
    double loss;
    struct gd_model *model;
    ok(gd_model_copy(&model, fixture->model, &error));
    memcpy(model->parameters, parameters, model->parameter_count * sizeof *parameters);
    struct gd_network *network = network_of(model, "cpu", 1);
    ok(gd_network_structures(network, fixture->structures, fixture->fixed, fixture->count, &error));
    ok(gd_network_loss(network, fixture->times, fixture->weights, fixture->target, false, &loss, &error));
    gd_network_free(network);
    gd_model_free(model);
    return loss;
}

/* (loss(p + h d) - loss(p - h d)) / 2h = gradient · d. The directions d are random, but leaning to the gradient, so
 * that the difference stands out from float32's rounding; h is large enough for it and small enough for the cubic term.
 */
START_TEST(gradient_is_the_derivative)
{
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    size_t count = fixture.model->parameter_count;
    struct gd_stream stream = gd_stream_make(4, 0, 0, (uint32_t)_i);
    struct gd_network *network = network_of(fixture.model, "cpu", 2);
    float *gradient = calloc(count, sizeof *gradient), *moved = calloc(count, sizeof *moved);
    double *direction = calloc(count, sizeof *direction), loss, norm = 0, slope = 0, sides[2];
    ok(gd_network_structures(network, fixture.structures, fixture.fixed, fixture.count, &error));
    ok(gd_network_loss(network, fixture.times, fixture.weights, fixture.target, true, &loss, &error));
    ok(gd_network_gradient(network, gradient, &error));
    for (size_t k = 0; k < count; k++) {
        direction[k] = 2 * gd_stream_uniform(&stream) * (double)gradient[k];
        norm += direction[k] * direction[k];
    }
    for (size_t k = 0; k < count; k++)
        slope += (double)gradient[k] * direction[k] / sqrt(norm);
    const double h = 3e-3;
    for (int side = 0; side < 2; side++) {
        for (size_t k = 0; k < count; k++)
            moved[k] = (float)((double)fixture.model->parameters[k] + (side ? -h : h) * direction[k] / sqrt(norm));
        sides[side] = loss_at(&fixture, moved);
    }
    ck_assert_double_eq_tol((sides[0] - sides[1]) / (2 * h), slope, 2e-3 * slope);
    free(gradient);
    free(moved);
    free(direction);
    gd_network_free(network);
    painn_fixture_clear(&fixture);
}
END_TEST

/* An atom far from everything: no edges, no vectors, so no output; and nothing that is not finite. */
START_TEST(lonely_atoms)
{
    struct gd_model *model = random_model(4, 1, 2, 3, 1);
    struct gd_network *network = network_of(model, devices[_i], 2);
    double positions[2][3] = {{0, 0, 0}, {50, 0, 0}}, time = 0.5, weight = 1, loss, norm;
    struct gd_structure structure = {.count = 2, .species = (int[]){1, 99}, .positions = positions};
    const size_t none = 0;
    float output[6], target[6] = {1, 1, 1, 1, 1, 1};
    float *gradient = calloc(model->parameter_count, sizeof *gradient);
    ok(gd_network_structures(network, &structure, &none, 1, &error));
    ck_assert_uint_eq(gd_network_edges(network), 0);
    ok(gd_network_forward(network, &gd_head_score, &time, false, output, &error));
    for (int k = 0; k < 6; k++)
        ck_assert_float_eq(output[k], 0);
    ok(gd_network_loss(network, &time, &weight, target, true, &loss, &error));
    ck_assert_double_eq(loss, 3);
    ok(gd_network_gradient(network, gradient, &error));
    for (size_t k = 0; k < model->parameter_count; k++)
        ck_assert(isfinite(gradient[k]));
    ok(gd_network_step(network, &(struct gd_adamw){1e-3, 0.01, 0.9, 0.999, 1e-8, 10, 0}, &norm, &error));
    free(gradient);
    gd_network_free(network);
    gd_model_free(model);
}
END_TEST

/* Batches in which nothing moves, or nothing is. */
START_TEST(nothing_mobile)
{
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    struct gd_network *network = network_of(fixture.model, devices[_i], 2);
    const struct gd_structure *structure = &fixture.structures[0];
    const double time = 0.5, weight = 1;
    float *gradient = calloc(fixture.model->parameter_count, sizeof *gradient);
    double loss, *all = outputs(network, structure, structure->count), *expected = outputs(network, structure, 0);
    same(3 * structure->count, all, expected, "nothing mobile");
    for (size_t count = 0; count < 2; count++) {
        ok(gd_network_structures(network, structure, &structure->count, count, &error));
        ok(gd_network_forward(network, &gd_head_score, &time, false, NULL, &error));
        ok(gd_network_loss(network, &time, &weight, NULL, true, &loss, &error));
        ck_assert_double_eq(loss, 0);
        ok(gd_network_gradient(network, gradient, &error));
        for (size_t k = 0; k < fixture.model->parameter_count; k++)
            if (!(gradient[k] == 0))
                ck_abort_msg("gradient %zu is %g", k, (double)gradient[k]);
    }
    free(all);
    free(expected);
    free(gradient);
    gd_network_free(network);
    painn_fixture_clear(&fixture);
}
END_TEST

/* Two atoms at one place have no direction between them; the network takes it as none. */
START_TEST(coinciding_atoms)
{
    struct gd_model *model = random_model(8, 2, 5, 3, 1);
    struct gd_network *network = network_of(model, devices[_i], 1);
    double positions[2][3] = {{1, 1, 1}, {1, 1, 1}};
    struct gd_structure structure = {.count = 2, .species = (int[]){6, 8}, .positions = positions};
    double *output = outputs(network, &structure, 0);
    for (int k = 0; k < 6; k++)
        ck_assert(isfinite(output[k]));
    free(output);
    gd_network_free(network);
    gd_model_free(model);
}
END_TEST

struct course {
    float *output, *gradient, *parameters;
    double loss, norm;
};

static struct course run_course(const struct painn_fixture *fixture, const char *device, int threads)
{
    size_t count = fixture->model->parameter_count;
    struct gd_network *network = network_of(fixture->model, device, threads);
    struct course course = {calloc(3 * fixture->atoms, sizeof(float)), calloc(count, sizeof(float)),
                            calloc(count, sizeof(float)), 0, 0};
    const struct gd_adamw adamw = {1e-3, 0.01, 0.9, 0.999, 1e-8, 1e-3, 0};
    ok(gd_network_structures(network, fixture->structures, fixture->fixed, fixture->count, &error));
    ok(gd_network_forward(network, &gd_head_score, fixture->times, true, course.output, &error));
    for (int step = 0; step < 20; step++) {
        ok(gd_network_loss(network, fixture->times, fixture->weights, fixture->target, true, &course.loss, &error));
        if (step == 0)
            ok(gd_network_gradient(network, course.gradient, &error));
        ok(gd_network_step(network, &adamw, &course.norm, &error));
    }
    ok(gd_network_parameters(network, course.parameters, &error));
    gd_network_free(network);
    return course;
}

static void clear_course(struct course *course)
{
    free(course->output);
    free(course->gradient);
    free(course->parameters);
}

/* Forward pass, gradient and twenty steps of the optimiser. */
START_TEST(threads_do_not_matter)
{
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    size_t count = fixture.model->parameter_count;
    struct course one = run_course(&fixture, "cpu", 1);
    ck_assert_double_lt(one.loss, fixture.loss); /* it learns */
    for (int threads = 2; threads <= 3; threads++) {
        struct course more = run_course(&fixture, "cpu", threads);
        ck_assert_mem_eq(more.output, one.output, 3 * fixture.atoms * sizeof(float));
        ck_assert_mem_eq(more.gradient, one.gradient, count * sizeof(float));
        ck_assert_mem_eq(more.parameters, one.parameters, count * sizeof(float));
        ck_assert(more.loss == one.loss && more.norm == one.norm);
        clear_course(&more);
    }
    clear_course(&one);
    painn_fixture_clear(&fixture);
}
END_TEST

/* The score of a set, from wherever it is. */
static void score_of(const struct gd_score *score, const struct gd_set *set, double time, float found[2 * 7 * 3])
{
    struct gd_backend *backend = score->backend;
    struct gd_set there = *set;
    size_t bytes = 2 * set->atoms * 3 * sizeof *set->positions;
    if (!backend) {
        ok(score->evaluate(score->self, set, time, found, &error));
        return;
    }
    float *scores = backend->type->alloc(backend, 2 * 7 * 3 * sizeof *found);
    there.positions = backend->type->alloc(backend, bytes);
    backend->type->upload(backend, there.positions, set->positions, bytes);
    ok(score->begin(score->self, set, &error));
    ok(score->evaluate(score->self, &there, time, scores, &error));
    backend->type->download(backend, found, scores, 2 * 7 * 3 * sizeof *found);
    backend->type->release(backend, there.positions);
    backend->type->release(backend, scores);
    ok(backend->type->finish(backend, &error));
}

/* The score is the output over the spread of the noise, in the order of structures and their mobile atoms. */
START_TEST(score_is_output_over_spread)
{
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    struct gd_network *network = network_of(fixture.model, devices[_i], 1);
    struct gd_structure *structure = &fixture.structures[SLAB];
    struct gd_set set;
    struct gd_score score = gd_network_score(network);
    const double time = 0.3;
    ok(gd_set_init(&set, structure, fixture.fixed[SLAB], &error));
    double *expected[2], scale = gd_process_spread(&fixture.model->process, time);
    for (int k = 0; k < 2; k++) {
        structure->positions[75][1] += k;
        ok(gd_set_push(&set, &structure->positions[0][0], &error));
        expected[k] = outputs(network, structure, fixture.fixed[SLAB]);
    }
    float found[2 * 7 * 3];
    score_of(&score, &set, time, found);
    for (size_t k = 0; k < 2 * 7 * 3; k++) {
        double value = expected[k / 21][3 * fixture.fixed[SLAB] + k % 21] / scale;
        ck_assert_double_eq_tol((double)found[k], value, 1e-5 * (1 + fabs(value)));
    }
    free(expected[0]);
    free(expected[1]);
    gd_set_clear(&set);
    gd_network_free(network);
    painn_fixture_clear(&fixture);
}
END_TEST

Suite *suite_symmetry(void);

Suite *suite_symmetry(void)
{
    Suite *suite = suite_create("symmetry");
    TCase *symmetry = tcase_create("symmetry");
    tcase_set_timeout(symmetry, 300);
    tcase_add_loop_test(symmetry, outputs_follow_the_structure, 0, DEVICES * SYMMETRIES);
    tcase_add_loop_test(symmetry, order_and_template_do_not_matter, 0, DEVICES);
    tcase_add_loop_test(symmetry, far_template_atoms_have_outputs, 0, DEVICES);
    tcase_add_loop_test(symmetry, batches_do_not_matter, 0, DEVICES);
    tcase_add_loop_test(symmetry, gradient_is_the_derivative, 0, 3);
    tcase_add_loop_test(symmetry, lonely_atoms, 0, DEVICES);
    tcase_add_loop_test(symmetry, nothing_mobile, 0, DEVICES);
    tcase_add_loop_test(symmetry, coinciding_atoms, 0, DEVICES);
    tcase_add_test(symmetry, threads_do_not_matter);
    tcase_add_loop_test(symmetry, score_is_output_over_spread, 0, DEVICES);
    suite_add_tcase(suite, symmetry);
    return suite;
}

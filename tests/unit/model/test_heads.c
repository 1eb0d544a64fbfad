/* Every head of gd_heads, in a network that has all of them: equivariance, derivatives, and that none disturbs another.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/noise_ve.h"
#include "unit/model/painn_fixture.h"
#include "unit/suites.h"

static const char *const devices[] = {"reference", "cpu", "cuda"};

#define DEVICES (int)(sizeof devices / sizeof *devices)
#define CLUSTER 2 /* of the fixture's structures */
#define TIMES   2 /* places where the time may enter */

static struct gd_error error;

static void ok(enum gd_status status)
{
    ck_assert_msg(!status, "%s", error.text);
}

static int count_heads(void)
{
    int count = 0;
    while (gd_heads[count])
        count++;
    return count;
}

/* A model with these heads, the time where it is to enter, and a prior; the same parameters for the same seed. */
static struct gd_model *model_of(uint64_t heads, int time, double prior)
{
    const struct gd_painn_params shape = {
        .features = 12, .blocks = 2, .radial = 10, .cutoff = 5, .heads = heads, .time = time, .prior = prior};
    struct gd_stream stream = gd_stream_make(7, 0, 0, 0);
    struct gd_process process;
    struct gd_model *model;
    ok(gd_process_make(&process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.01, 1}, &error));
    ok(gd_model_new(&model, &gd_network_painn, &shape, &process, &stream, &error));
    for (size_t k = 0; k < model->tensor_count; k++)
        if (strstr(model->tensors[k].name, "head."))
            for (size_t i = 0; i < (size_t)(model->tensors[k].rows * model->tensors[k].columns); i++)
                model->parameters[model->tensors[k].offset + i] *= 3.0f; /* else the outputs are next to nothing */
    return model;
}

static struct gd_model *model_with(uint64_t heads, int time)
{
    return model_of(heads, time, 0);
}

static struct gd_model *model_with_all(int time)
{
    return model_with((UINT64_C(1) << count_heads()) - 1, time);
}

static struct gd_network *network_of(const struct gd_model *model, const char *device)
{
    struct gd_network *network;
    error = (struct gd_error){0};
    ok(gd_network_new(&network, model, device, 2, &error));
    return network;
}

/* Ranks of energies, and none, for the structures of the fixture. */
static const double conditions[] = {0.1, NAN, 0.8, 0.45, 0, 1, NAN, 0.3};

static void tell(const struct painn_fixture *fixture, struct gd_network *network)
{
    ck_assert_uint_le(fixture->count, sizeof conditions / sizeof *conditions);
    gd_network_set_conditions(network, conditions);
}

static float *output_of(const struct painn_fixture *fixture, const struct gd_model *model,
                        const struct gd_head_class *head, const char *device)
{
    struct gd_network *network = network_of(model, device);
    float *output = calloc(3 * fixture->mobile, sizeof *output);
    tell(fixture, network);
    ok(gd_network_structures(network, fixture->structures, fixture->fixed, fixture->count, &error));
    ok(gd_network_forward(network, head, fixture->times, false, output, &error));
    gd_network_free(network);
    return output;
}

/* The score has the same bits, whichever other heads there are. */
START_TEST(heads_leave_the_score_alone)
{
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    struct gd_model *alone = model_with(GD_SCORE_ONLY, GD_TIME_IN_HEADS), *all = model_with_all(GD_TIME_IN_HEADS);
    float *expected = output_of(&fixture, alone, &gd_head_score, devices[_i]);
    float *output = output_of(&fixture, all, &gd_head_score, devices[_i]);
    ck_assert_mem_eq(output, expected, 3 * fixture.mobile * sizeof *output);
    free(expected);
    free(output);
    gd_model_free(alone);
    gd_model_free(all);
    painn_fixture_clear(&fixture);
}
END_TEST

START_TEST(a_missing_head_is_reported)
{
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    struct gd_model *model = model_with(GD_SCORE_ONLY, GD_TIME_IN_HEADS);
    struct gd_network *network = network_of(model, "cpu");
    struct gd_goal goal = {.head = &gd_head_force, .count = SIZE_MAX, .factor = 1};
    ok(gd_network_structures(network, fixture.structures, fixture.fixed, fixture.count, &error));
    ck_assert_int_eq(gd_network_forward(network, &gd_head_force, fixture.times, false, NULL, &error), GD_BAD_INPUT);
    ck_assert_str_eq(error.text, "the model has no head \"force\"");
    ck_assert_int_eq(gd_network_goals(network, fixture.times, &goal, 1, true, &error), GD_BAD_INPUT);
    gd_network_free(network);
    gd_model_free(model);
    painn_fixture_clear(&fixture);
}
END_TEST

/* (x, y, z) -> (z, x, y), and a mirror. */
static void turn(double vector[3])
{
    const double x = vector[0], y = vector[1], z = vector[2];
    vector[0] = -z;
    vector[1] = x;
    vector[2] = y;
}

/* Vectors turn with the structure, scalars stay. */
START_TEST(heads_are_equivariant)
{
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    const struct gd_head_class *head = gd_heads[_i / TIMES];
    struct gd_model *model = model_with_all(_i % TIMES);
    struct gd_network *network = network_of(model, "cpu");
    struct gd_structure *cluster = &fixture.structures[CLUSTER];
    size_t none = 0, rows = head->form->of_structure ? 1 : cluster->count, count = (size_t)head->form->width * rows;
    float *before = calloc(count, sizeof *before), *after = calloc(count, sizeof *after);
    double *expected = calloc(count, sizeof *expected), time = 0.3;
    ok(gd_network_structures(network, cluster, &none, 1, &error));
    ok(gd_network_forward(network, head, &time, false, before, &error));
    for (size_t c = 0; c < count; c++)
        expected[c] = (double)before[c];
    for (size_t i = 0; i < rows && head->form->width == 3; i++)
        turn(expected + 3 * i);
    for (size_t i = 0; i < cluster->count; i++)
        turn(cluster->positions[i]);
    ok(gd_network_structures(network, cluster, &none, 1, &error));
    ok(gd_network_forward(network, head, &time, false, after, &error));
    ck_assert_double_lt(relative_error(count, after, expected), 1e-5);
    ck_assert_double_gt(fabs(expected[0]), 0);
    free(before);
    free(after);
    free(expected);
    gd_network_free(network);
    gd_model_free(model);
    painn_fixture_clear(&fixture);
}
END_TEST

/* (U(x + h d) - U(x - h d)) / 2h = -slope · d, for d along the slope of the mobile atoms of each structure, whatever
 * the other structures, on every device, with structures taken up one by one and together, with and without a prior.
 */
START_TEST(slopes_are_derivatives)
{
    const int kind = _i / DEVICES; /* time, and prior */
    const double h = 2e-3;
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    struct gd_model *model = model_of((UINT64_C(1) << count_heads()) - 1, kind % TIMES, kind / TIMES ? 0.7 : 0);
    struct gd_network *network = network_of(model, devices[_i % DEVICES]);
    struct gd_structure *cluster = &fixture.structures[CLUSTER];
    const size_t count = 3 * cluster->count;
    float *slope = calloc(count, sizeof *slope), sides[2];
    double time = 0.3;
    for (int k = 0; gd_heads[k]; k++) {
        double square = 0;
        if (!gd_heads[k]->form->of_structure)
            continue;
        ok(gd_network_set_alike(network, cluster, 0, 1, &error));
        ok(gd_network_slope(network, gd_heads[k], &time, slope, &error));
        for (size_t c = 0; c < count; c++)
            square += (double)slope[c] * (double)slope[c];
        const double norm = sqrt(square);
        for (int side = 0; side < 2; side++) {
            struct gd_structure moved;
            ok(gd_structure_copy(&moved, cluster, &error));
            for (size_t c = 0; c < count; c++)
                moved.positions[c / 3][c % 3] += (side ? -h : h) * (double)slope[c] / norm;
            ok(gd_network_set_alike(network, &moved, 0, 1, &error));
            ok(gd_network_forward(network, gd_heads[k], &time, false, &sides[side], &error));
            gd_structure_clear(&moved);
        }
        const double found = ((double)sides[1] - (double)sides[0]) / (2 * h);
        ck_assert_msg(norm > 1e-3, "%s: %g is too flat", gd_heads[k]->name, norm);
        ck_assert_msg(fabs(found - norm) < 2e-2 * norm, "%s: %g instead of %g", gd_heads[k]->name, norm, found);
    }
    free(slope);
    gd_network_free(network);
    gd_model_free(model);
    painn_fixture_clear(&fixture);
}
END_TEST

/* The output of a head without a time of its own depends on it where the backbone sees it, and only there; that of one
 * structure depends on no other's. */
START_TEST(the_time_enters_where_it_is_said_to)
{
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    struct gd_model *model = model_with_all(_i / DEVICES);
    struct gd_network *network = network_of(model, devices[_i % DEVICES]);
    float *outputs[2];
    size_t first = fixture.structures[0].count - fixture.fixed[0];
    ok(gd_network_structures(network, fixture.structures, fixture.fixed, fixture.count, &error));
    for (int k = 0; k < 2; k++) {
        outputs[k] = calloc(3 * fixture.mobile, sizeof *outputs[k]);
        ok(gd_network_forward(network, &gd_head_force, fixture.times, false, outputs[k], &error));
        fixture.times[0] += 0.3;
    }
    const bool same = memcmp(outputs[0], outputs[1], 3 * first * sizeof **outputs) == 0;
    ck_assert_int_eq(same, _i / DEVICES == GD_TIME_IN_HEADS);
    ck_assert_mem_eq(outputs[0] + 3 * first, outputs[1] + 3 * first, 3 * (fixture.mobile - first) * sizeof **outputs);
    free(outputs[0]);
    free(outputs[1]);
    gd_network_free(network);
    gd_model_free(model);
    painn_fixture_clear(&fixture);
}
END_TEST

/* --- Goals -------------------------------------------------------------------------------------------------------- */

/* Rows of a head's output that structure k has. */
static size_t rows_of(const struct painn_fixture *fixture, const struct gd_head_class *head, size_t k)
{
    return head->form->of_structure ? 1 : fixture->structures[k].count - fixture->fixed[k];
}

/* The goal of a head from structure `first` on: a target that no head meets. */
struct aim {
    struct gd_goal goal;
    float *target;
    double *weights;
};

static struct aim aim_of(const struct painn_fixture *fixture, int head, size_t first, double huber)
{
    struct gd_stream stream = gd_stream_make(11, 0, 0, (uint32_t)head);
    size_t count = fixture->count - first, numbers = 0;
    for (size_t k = first; k < fixture->count; k++)
        numbers += (size_t)gd_heads[head]->form->width * rows_of(fixture, gd_heads[head], k);
    struct aim aim = {.target = calloc(numbers, sizeof *aim.target), .weights = calloc(count, sizeof *aim.weights)};
    for (size_t k = 0; k < numbers; k++)
        aim.target[k] = (float)gd_stream_normal(&stream);
    for (size_t k = 0; k < count; k++)
        aim.weights[k] = 0.5 + gd_stream_uniform(&stream);
    aim.goal = (struct gd_goal){.head = gd_heads[head],
                                .first = first,
                                .count = count,
                                .weights = aim.weights,
                                .target = aim.target,
                                .factor = 1 + 0.5 * head,
                                .huber = huber};
    return aim;
}

static void clear_aim(struct aim *aim)
{
    free(aim->target);
    free(aim->weights);
}

/* The loss from the output, as its definition says. */
static double loss_of(const struct painn_fixture *fixture, const struct aim *aim, const float *output)
{
    double sum = 0;
    size_t from = 0, to = 0, width = (size_t)aim->goal.head->form->width;
    for (size_t k = 0; k < fixture->count; k++)
        for (size_t i = 0; i < rows_of(fixture, aim->goal.head, k); i++, from++) {
            double square = 0, huber = aim->goal.huber;
            if (k < aim->goal.first)
                continue;
            for (size_t c = 0; c < width; c++)
                square += pow((double)output[width * from + c] - (double)aim->target[width * to + c], 2);
            if (huber > 0 && sqrt(square) > huber)
                square = 2 * huber * sqrt(square) - huber * huber;
            sum += aim->weights[k - aim->goal.first] * square;
            to++;
        }
    return sum / (double)to;
}

static const double hubers[] = {0, 0.7};

/* The loss of each head is that of its structures, squared and with a limit. */
START_TEST(losses_are_as_defined)
{
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    struct gd_model *model = model_with_all(GD_TIME_IN_HEADS);
    struct gd_network *network = network_of(model, devices[_i % DEVICES]);
    int heads = count_heads();
    struct aim *aims = calloc((size_t)heads, sizeof *aims);
    struct gd_goal *goals = calloc((size_t)heads, sizeof *goals);
    for (int k = 0; k < heads; k++) {
        aims[k] = aim_of(&fixture, k, (size_t)k % 3, hubers[_i / DEVICES]);
        goals[k] = aims[k].goal;
    }
    tell(&fixture, network);
    ok(gd_network_structures(network, fixture.structures, fixture.fixed, fixture.count, &error));
    ok(gd_network_goals(network, fixture.times, goals, (size_t)heads, false, &error));
    for (int k = 0; k < heads; k++) {
        float *output = output_of(&fixture, model, gd_heads[k], "reference");
        double expected = loss_of(&fixture, &aims[k], output);
        ck_assert_double_eq_tol(goals[k].loss, expected, 1e-5 * expected);
        free(output);
        clear_aim(&aims[k]);
    }
    free(aims);
    free(goals);
    gd_network_free(network);
    gd_model_free(model);
    painn_fixture_clear(&fixture);
}
END_TEST

/* Σ factor loss at these parameters, of every head. */
static double loss_at(const struct painn_fixture *fixture, const struct gd_model *model, const float *parameters,
                      struct gd_goal *goals, size_t count, float *gradient)
{
    struct gd_model *copy;
    ok(gd_model_copy(&copy, model, &error));
    memcpy(copy->parameters, parameters, model->parameter_count * sizeof *parameters);
    struct gd_network *network = network_of(copy, "cpu");
    tell(fixture, network);
    ok(gd_network_structures(network, fixture->structures, fixture->fixed, fixture->count, &error));
    ok(gd_network_goals(network, fixture->times, goals, count, gradient != NULL, &error));
    if (gradient)
        ok(gd_network_gradient(network, gradient, &error));
    double sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += goals[k].factor * goals[k].loss;
    gd_network_free(network);
    gd_model_free(copy);
    return sum;
}

/* The parameters of a model, those of one tensor moved along `direction` by h. */
static float *moved_along(const struct gd_model *model, const struct gd_tensor *tensor, const double *direction,
                          double h)
{
    const size_t numbers = (size_t)tensor->rows * (size_t)tensor->columns;
    float *moved = malloc(model->parameter_count * sizeof *moved);
    memcpy(moved, model->parameters, model->parameter_count * sizeof *moved);
    for (size_t k = 0; k < numbers; k++)
        moved[tensor->offset + k] += (float)(h * direction[k]);
    return moved;
}

/* (loss(p + h d) - loss(p - h d)) / 2h = gradient · d, for directions that lean to the gradient within one tensor, so
 * that the difference stands out from float32's rounding. And what has no gradient has no influence: not a bit of the
 * loss changes with it. */
static void check_tensor(const struct painn_fixture *fixture, const struct gd_model *model, struct gd_goal *goals,
                         size_t count, double loss, const float *gradient, const struct gd_tensor *tensor)
{
    const double h = 4e-3;
    const size_t numbers = (size_t)tensor->rows * (size_t)tensor->columns;
    double *along = calloc(numbers, sizeof *along), *beside = calloc(numbers, sizeof *beside), norm = 0, sides[2];
    for (size_t k = 0; k < numbers; k++)
        norm += pow((double)gradient[tensor->offset + k], 2);
    norm = sqrt(norm);
    for (size_t k = 0; k < numbers; k++) {
        beside[k] = gradient[tensor->offset + k] == 0;
        along[k] = norm > 0 ? (double)gradient[tensor->offset + k] / norm : 0;
    }
    float *moved = moved_along(model, tensor, beside, 1);
    ck_assert_msg(loss_at(fixture, model, moved, goals, count, NULL) == loss, "%s: a gradient is missing",
                  tensor->name);
    free(moved);
    for (int side = 0; side < 2 && norm > 0; side++) {
        moved = moved_along(model, tensor, along, side ? -h : h);
        sides[side] = loss_at(fixture, model, moved, goals, count, NULL);
        free(moved);
    }
    if (norm > 0) {
        const double slope = (sides[0] - sides[1]) / (2 * h);
        ck_assert_msg(norm > 1e-3, "%s: %g is too flat for float32", tensor->name, norm);
        ck_assert_msg(fabs(slope - norm) < 2e-2 * norm + 1e-4, "%s: %g instead of %g", tensor->name, norm, slope);
    }
    free(along);
    free(beside);
}

/* Every tensor's gradient, with one head at a time and then with all. */
START_TEST(gradients_are_derivatives)
{
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    int heads = count_heads(), one = _i % (heads + 1), way = _i / (heads + 1);
    struct gd_model *model = model_with_all(way / 2);
    float *gradient = calloc(model->parameter_count, sizeof *gradient);
    struct aim *aims = calloc((size_t)heads, sizeof *aims);
    struct gd_goal *goals = calloc((size_t)heads, sizeof *goals);
    size_t count = 0;
    for (int k = 0; k < heads; k++) {
        aims[k] = aim_of(&fixture, k, (size_t)k % 2, hubers[way % 2]);
        if (one == k || one == heads)
            goals[count++] = aims[k].goal;
    }
    const double loss = loss_at(&fixture, model, model->parameters, goals, count, gradient);
    for (size_t k = 0; k < model->tensor_count; k++)
        check_tensor(&fixture, model, goals, count, loss, gradient, &model->tensors[k]);
    for (int k = 0; k < heads; k++)
        clear_aim(&aims[k]);
    free(aims);
    free(goals);
    free(gradient);
    gd_model_free(model);
    painn_fixture_clear(&fixture);
}
END_TEST

/* A head without a goal has no gradient, also right after a pass in which it had one. */
START_TEST(idle_heads_get_no_gradient)
{
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    struct gd_model *model = model_with_all(GD_TIME_IN_HEADS);
    struct gd_network *network = network_of(model, devices[_i]);
    float *gradient = calloc(model->parameter_count, sizeof *gradient);
    struct aim aims[] = {aim_of(&fixture, 0, 0, 0), aim_of(&fixture, 1, 0, 0)};
    struct gd_goal goals[] = {aims[0].goal, aims[1].goal};
    const struct gd_tensor *idle = gd_model_tensor(model, "force_head.0.mix_vectors.weight");
    size_t numbers = (size_t)idle->rows * (size_t)idle->columns;
    for (size_t count = 2; count > 0; count--) {
        ok(gd_network_structures(network, fixture.structures, fixture.fixed, fixture.count, &error));
        ok(gd_network_goals(network, fixture.times, goals, count, true, &error));
        ok(gd_network_gradient(network, gradient, &error));
        double sum = 0;
        for (size_t k = 0; k < numbers; k++)
            sum += fabs((double)gradient[idle->offset + k]);
        ck_assert_msg((count == 2) == (sum > 0), "%zu goals: %g", count, sum);
    }
    clear_aim(&aims[0]);
    clear_aim(&aims[1]);
    free(gradient);
    gd_network_free(network);
    gd_model_free(model);
    painn_fixture_clear(&fixture);
}
END_TEST

/* Nor does a slope touch the gradient of the loss before it. */
START_TEST(slopes_leave_the_gradient_alone)
{
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    struct gd_model *model = model_with_all(_i / DEVICES);
    struct gd_network *network = network_of(model, devices[_i % DEVICES]);
    const size_t bytes = model->parameter_count * sizeof(float);
    float *before = malloc(bytes), *after = malloc(bytes), *slope = calloc(3 * fixture.mobile, sizeof *slope);
    struct aim aim = aim_of(&fixture, 0, 0, 0);
    ok(gd_network_structures(network, fixture.structures, fixture.fixed, fixture.count, &error));
    ok(gd_network_goals(network, fixture.times, &aim.goal, 1, true, &error));
    ok(gd_network_gradient(network, before, &error));
    for (int k = 0; gd_heads[k]; k++)
        if (gd_heads[k]->form->of_structure)
            ok(gd_network_slope(network, gd_heads[k], fixture.times, slope, &error));
    ok(gd_network_gradient(network, after, &error));
    ck_assert_mem_eq(before, after, bytes);
    clear_aim(&aim);
    free(before);
    free(after);
    free(slope);
    gd_network_free(network);
    gd_model_free(model);
    painn_fixture_clear(&fixture);
}
END_TEST

/* --- Conditions
 * --------------------------------------------------------------------------------------------------- */

/* Output of the conditioned score, of the cluster alone, told one condition; NULL: told nothing. */
static void told(struct gd_network *network, const struct painn_fixture *fixture, const double *condition,
                 float *output)
{
    const double time = 0.3;
    const size_t none = 0;
    gd_network_set_conditions(network, condition);
    ok(gd_network_structures(network, &fixture->structures[CLUSTER], &none, 1, &error));
    ok(gd_network_forward(network, &gd_head_conditioned_score, &time, false, output, &error));
}

/* In the first layer a condition c is a constant beside its bias: the sine and cosine of πc times two columns. */
START_TEST(a_condition_is_a_bias)
{
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    const size_t count = 3 * fixture.structures[CLUSTER].count;
    struct gd_model *model = model_with_all(GD_TIME_IN_HEADS);
    const struct gd_tensor *weight = gd_model_tensor(model, "conditioned_head.0.scalar_net.0.weight");
    const struct gd_tensor *bias = gd_model_tensor(model, "conditioned_head.0.scalar_net.0.bias");
    const double condition = 0.2, nothing = NAN;
    float *output = calloc(count, sizeof *output), *other = calloc(count, sizeof *other);
    double *expected = calloc(count, sizeof *expected);
    struct gd_network *network = network_of(model, devices[_i]);
    told(network, &fixture, NULL, output);
    told(network, &fixture, &nothing, other);
    ck_assert_mem_eq(output, other, count * sizeof *output);
    told(network, &fixture, &condition, output);
    for (size_t c = 0; c < count; c++)
        expected[c] = (double)other[c];
    ck_assert_double_gt(relative_error(count, output, expected), 1e-2);
    for (int row = 0; row < weight->rows; row++) {
        const float *columns = model->parameters + weight->offset + (size_t)(row * weight->columns) + 12 + 2;
        model->parameters[bias->offset + (size_t)row] +=
            (float)((double)columns[0] * sin(M_PI * condition) + (double)columns[1] * cos(M_PI * condition));
    }
    ok(gd_network_set_parameters(network, model->parameters, &error));
    told(network, &fixture, NULL, other);
    for (size_t c = 0; c < count; c++)
        expected[c] = (double)other[c];
    ck_assert_double_lt(relative_error(count, output, expected), 1e-5);
    free(output);
    free(other);
    free(expected);
    gd_network_free(network);
    gd_model_free(model);
    painn_fixture_clear(&fixture);
}
END_TEST

/* --- The prior ---------------------------------------------------------------------------------------------------- */

#define PRIOR    0.7
#define CLUSTERS 3
#define ATOMS    4

static const double cluster_times[CLUSTERS] = {0.05, 0.9, 0.4};

/* Clusters in open space, the atoms of each in a row along a diagonal; free them with gd_structure_clear. */
static void make_clusters(struct gd_structure clusters[CLUSTERS])
{
    struct gd_stream stream = gd_stream_make(3, 0, 0, 0);
    for (int k = 0; k < CLUSTERS; k++) {
        ok(gd_structure_alloc(&clusters[k], ATOMS, false, &error));
        clusters[k].cell = (struct gd_cell){.vectors = {{9, 0, 0}, {0, 9, 0}, {0, 0, 9}}};
        for (size_t i = 0; i < ATOMS; i++) {
            clusters[k].species[i] = i % 2 ? 29 : 79;
            for (int axis = 0; axis < 3; axis++)
                clusters[k].positions[i][axis] = 1.5 * (double)i + 0.3 * gd_stream_normal(&stream);
        }
    }
}

static void clear_clusters(struct gd_structure clusters[CLUSTERS])
{
    for (int k = 0; k < CLUSTERS; k++)
        gd_structure_clear(&clusters[k]);
}

static struct gd_network *noised_energies(double prior, const char *device, struct gd_model **model)
{
    int k = 0;
    while (gd_heads[k] != &gd_head_noised_energy)
        k++;
    *model = model_of(UINT64_C(1) << k, GD_TIME_IN_BACKBONE, prior);
    return network_of(*model, device);
}

struct noised {
    float energy[CLUSTERS], slope[3 * ATOMS * CLUSTERS];
};

static struct noised ask(struct gd_network *network, const struct gd_structure *clusters, size_t count,
                         const double *times)
{
    struct noised noised = {0};
    ok(gd_network_set_alike(network, clusters, 0, count, &error));
    ok(gd_network_forward(network, &gd_head_noised_energy, times, false, noised.energy, &error));
    ok(gd_network_slope(network, &gd_head_noised_energy, times, noised.slope, &error));
    return noised;
}

/* Σ|x_i - x̄|² is Σ_{i<j} |x_i - x_j|²/n, and x̄ - x_i is Σ_j (x_j - x_i)/n. */
START_TEST(a_prior_is_added)
{
    struct gd_structure clusters[CLUSTERS];
    struct gd_model *models[2];
    struct gd_network *plain = noised_energies(0, devices[_i], &models[0]);
    struct gd_network *held = noised_energies(PRIOR, devices[_i], &models[1]);
    make_clusters(clusters);
    const struct noised without = ask(plain, clusters, CLUSTERS, cluster_times);
    const struct noised with = ask(held, clusters, CLUSTERS, cluster_times);
    for (int k = 0; k < CLUSTERS; k++) {
        const double variance = pow(gd_process_spread(&models[1]->process, cluster_times[k]), 2) + PRIOR * PRIOR;
        double squares = 0;
        for (int i = 0; i < ATOMS; i++)
            for (int axis = 0; axis < 3; axis++) {
                double pull = 0;
                for (int j = 0; j < ATOMS; j++) {
                    const double off = clusters[k].positions[j][axis] - clusters[k].positions[i][axis];
                    pull += off / ATOMS;
                    squares += off * off / 2 / ATOMS;
                }
                const int c = 3 * (ATOMS * k + i) + axis;
                ck_assert_double_eq_tol((double)with.slope[c] - (double)without.slope[c], pull / variance, 2e-5);
            }
        ck_assert_double_eq_tol((double)with.energy[k] - (double)without.energy[k], squares / 2 / variance, 2e-5);
    }
    clear_clusters(clusters);
    gd_network_free(plain);
    gd_network_free(held);
    gd_model_free(models[0]);
    gd_model_free(models[1]);
}
END_TEST

/* An atom that is pulled off, beyond the cutoff of 5 Å too: with a prior its energy rises and it is drawn back, and
 * without one it is free. */
START_TEST(a_prior_holds_atoms_at_any_distance)
{
    for (int prior = 0; prior < 2; prior++) {
        struct gd_structure clusters[CLUSTERS];
        struct gd_model *model;
        struct gd_network *network = noised_energies(prior * PRIOR, devices[_i], &model);
        double last = -INFINITY;
        make_clusters(clusters);
        for (double far = 12; far < 1e4; far *= 1.5) {
            clusters[0].positions[0][0] = -far;
            const struct noised noised = ask(network, clusters, 1, cluster_times);
            if (prior) {
                ck_assert_double_gt((double)noised.energy[0], last);
                ck_assert_double_gt((double)noised.slope[0], far);
            } else
                ck_assert(last == -INFINITY || (double)noised.energy[0] == last);
            last = (double)noised.energy[0];
        }
        clear_clusters(clusters);
        gd_network_free(network);
        gd_model_free(model);
    }
}
END_TEST

/* Bit by bit, and for one thread as for two. */
START_TEST(a_prior_depends_on_no_other_structure)
{
    struct gd_structure clusters[CLUSTERS];
    struct gd_model *model;
    struct gd_network *network = noised_energies(PRIOR, devices[_i], &model), *single;
    ok(gd_network_new(&single, model, devices[_i], 1, &error));
    gd_network_fuse(network);
    gd_network_fuse(single);
    make_clusters(clusters);
    const struct noised all = ask(network, clusters, CLUSTERS, cluster_times);
    for (int k = 0; k < CLUSTERS; k++) {
        const struct noised one = ask(single, &clusters[k], 1, &cluster_times[k]);
        ck_assert_mem_eq(&one.energy[0], &all.energy[k], sizeof one.energy[0]);
        ck_assert_mem_eq(one.slope, all.slope + (ptrdiff_t)(3 * ATOMS * k), 3 * ATOMS * sizeof one.slope[0]);
    }
    clear_clusters(clusters);
    gd_network_free(network);
    gd_network_free(single);
    gd_model_free(model);
}
END_TEST

START_TEST(a_prior_is_for_open_space)
{
    struct gd_structure clusters[CLUSTERS];
    struct gd_model *model;
    struct gd_network *network = noised_energies(PRIOR, "cpu", &model);
    const char *const reasons[] = {"stands on a template", "the cell is periodic", "there is a single atom"};
    make_clusters(clusters);
    ok(gd_network_structures(network, clusters, (const size_t[]){0, 0, 0}, CLUSTERS, &error));
    clusters[1].cell.periodic[2] = true;
    clusters[2].count = 1;
    for (int k = 0; k < CLUSTERS; k++) {
        const size_t fixed = k == 0;
        error = (struct gd_error){0};
        ck_assert_int_eq(gd_network_structures(network, &clusters[k], &fixed, 1, &error), GD_BAD_INPUT);
        ck_assert_ptr_nonnull(strstr(error.text, reasons[k]));
    }
    clear_clusters(clusters);
    gd_network_free(network);
    gd_model_free(model);
}
END_TEST

Suite *suite_heads(void);

Suite *suite_heads(void)
{
    Suite *suite = suite_create("heads");
    TCase *heads = tcase_create("heads");
    int count = count_heads();
    tcase_set_timeout(heads, 300);
    tcase_add_loop_test(heads, heads_leave_the_score_alone, 0, DEVICES);
    tcase_add_test(heads, a_missing_head_is_reported);
    tcase_add_loop_test(heads, heads_are_equivariant, 0, TIMES * count);
    tcase_add_loop_test(heads, slopes_are_derivatives, 0, 2 * TIMES * DEVICES);
    tcase_add_loop_test(heads, the_time_enters_where_it_is_said_to, 0, TIMES * DEVICES);
    tcase_add_loop_test(heads, losses_are_as_defined, 0, 2 * DEVICES);
    tcase_add_loop_test(heads, gradients_are_derivatives, 0, TIMES * 2 * (count + 1));
    tcase_add_loop_test(heads, idle_heads_get_no_gradient, 0, DEVICES);
    tcase_add_loop_test(heads, slopes_leave_the_gradient_alone, 0, TIMES * DEVICES);
    tcase_add_loop_test(heads, a_condition_is_a_bias, 0, DEVICES);
    tcase_add_loop_test(heads, a_prior_is_added, 0, DEVICES);
    tcase_add_loop_test(heads, a_prior_holds_atoms_at_any_distance, 0, DEVICES);
    tcase_add_loop_test(heads, a_prior_depends_on_no_other_structure, 0, DEVICES);
    tcase_add_test(heads, a_prior_is_for_open_space);
    suite_add_tcase(suite, heads);
    return suite;
}

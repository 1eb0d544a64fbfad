/* Draws that stay on the device, and losses of structures that are alike: they agree with the CPU's, and are the same
 * bits whatever comes between. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/build.h"
#include "cuda_shim/cuda_runtime.h"
#include "cuda_shim/shim.h"
#include "model/head.h"
#include "model/network.h"
#include "model/network_class.h"
#include "model/noise_ve.h"
#include "model/painn/painn.h"
#include "unit/suites.h"

Suite *suite_sampling(void);

enum { PLATINUM = 78, MOBILE = 3, COUNT = 5, STEPS = 6, SAMPLERS = 5 };

static struct gd_guide guide;                /* of the draws, where it has a type */
static const struct gd_condition *condition; /* that they are for; NULL: none */
static struct gd_system system_;
static struct gd_process process;
static struct gd_model *model;
static int time_of_models; /* enum gd_painn_time */
static struct gd_error error;

static struct gd_model *model_with(uint64_t heads)
{
    const struct gd_painn_params shape = {
        .features = 8, .blocks = 2, .radial = 6, .cutoff = 5.0, .heads = heads, .time = time_of_models};
    struct gd_stream stream = gd_stream_make(3, 0, 0, 0);
    struct gd_model *made;
    ck_assert_int_eq(gd_model_new(&made, &gd_network_painn, &shape, &process, &stream, &error), GD_OK);
    return made;
}

static void set_up(void)
{
    const int64_t size[3] = {2, 2, 2};
    const int mobile[MOBILE] = {PLATINUM, PLATINUM, PLATINUM};
    const double window[2] = {1, 4};
    struct gd_structure slab = {0};
    error = (struct gd_error){0};
    guide = (struct gd_guide){0};
    condition = NULL;
    shim_reset();
    ck_assert_int_eq(gd_build_fcc111(PLATINUM, size, 3.92, 5.0, &slab, &error), GD_OK);
    ck_assert_int_eq(gd_system_make(&system_, &slab, mobile, MOBILE, window, true, &error), GD_OK);
    ck_assert_int_eq(gd_process_make(&process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.01, 1.0}, &error),
                     GD_OK);
    model = model_with(GD_SCORE_ONLY);
    gd_structure_clear(&slab);
}

/* Models whose backbone sees the time. */
static void set_up_timed(void)
{
    time_of_models = GD_TIME_IN_BACKBONE;
    set_up();
}

static void tear_down(void)
{
    time_of_models = GD_TIME_IN_HEADS;
    ck_assert_str_eq(shim_complaint(), "");
    ck_assert_uint_eq(shim_live(), 0);
    gd_model_free(model);
    gd_system_clear(&system_);
}

static int count_heads(void)
{
    int count = 0;
    while (gd_heads[count])
        count++;
    return count;
}

static int count_guidances(void)
{
    int count = 0;
    while (gd_guidances[count])
        count++;
    return count;
}

/* A component's parameters with their defaults. */
static void *defaults_of(const struct gd_component *component, struct gd_arena *arena)
{
    struct gd_problems problems = {0};
    void *params = gd_arena_alloc(arena, 1, component->size + 1);
    if (component->params)
        gd_params_parse(component->params, NULL, NULL, (struct gd_place){0}, params, arena, &problems);
    gd_problems_clear(&problems);
    return params;
}

/* Structures first .. first+count-1 of a draw in `steps` steps; empty after a failure. */
static struct gd_set draw_of(struct gd_network *network, const struct gd_sampler_class *sampler, int64_t steps,
                             uint32_t first, size_t count)
{
    guide.forces = gd_network_forces(network);
    gd_network_ask_for(network, condition);
    struct gd_sampling sampling = {.name = "sample",
                                   .stream = gd_stream_make(8, gd_stream_hash("sample"), 0, 0),
                                   .system = &system_,
                                   .process = &process,
                                   .score = gd_network_score(network),
                                   .guide = guide.type ? &guide : NULL,
                                   .steps = steps,
                                   .end = 0.005,
                                   .first = first};
    struct gd_arena arena = {0};
    void *params = defaults_of(&sampler->base, &arena);
    struct gd_set set;
    ck_assert_int_eq(gd_set_init(&set, &system_.structure, system_.fixed, NULL), GD_OK);
    if (gd_sample(&sampling, sampler, params, count, &set, &error))
        gd_set_clear(&set);
    gd_arena_clear(&arena);
    return set;
}

static struct gd_set draw_on(const char *device, const struct gd_sampler_class *sampler, int64_t steps, uint32_t first,
                             size_t count)
{
    struct gd_network *network;
    struct gd_set set = {0};
    if (gd_network_new(&network, model, device, 1, &error))
        return set;
    set = draw_of(network, sampler, steps, first, count);
    gd_network_free(network);
    return set;
}

static size_t coordinates(const struct gd_set *set)
{
    return set->count * set->atoms * 3;
}

static void check_same(const struct gd_set *set, const struct gd_set *expected, size_t first)
{
    ck_assert_msg(set->count > 0, "%s", error.text);
    ck_assert_mem_eq(set->positions, expected->positions + first * set->atoms * 3,
                     coordinates(set) * sizeof *set->positions);
}

START_TEST(every_sampler_agrees_with_the_cpu)
{
    struct gd_set cpu = draw_on("cpu", gd_samplers[_i], STEPS, 0, COUNT);
    struct gd_set cuda = draw_on("cuda", gd_samplers[_i], STEPS, 0, COUNT);
    ck_assert_uint_eq(cuda.count, COUNT);
    for (size_t c = 0; c < coordinates(&cpu); c++)
        ck_assert_msg(fabs(cuda.positions[c] - cpu.positions[c]) < 2e-5, "coordinate %zu: %.9g instead of %.9g", c,
                      cuda.positions[c], cpu.positions[c]);
    gd_set_clear(&cpu);
    gd_set_clear(&cuda);
}
END_TEST

static double largest_difference(const struct gd_set *a, const struct gd_set *b)
{
    double largest = 0;
    for (size_t c = 0; c < coordinates(a); c++)
        largest = fmax(largest, fabs(a->positions[c] - b->positions[c]));
    return largest;
}

/* Draws as they are set up now: as on the CPU, others than `plain`, and the same bits in chunks. */
static void check_agrees(const struct gd_set *plain)
{
    struct gd_set cpu = draw_on("cpu", gd_samplers[0], STEPS, 0, COUNT);
    struct gd_set cuda = draw_on("cuda", gd_samplers[0], STEPS, 0, COUNT);
    struct gd_set last = draw_on("cuda", gd_samplers[0], STEPS, 2, COUNT - 2);
    ck_assert_uint_eq(cuda.count, COUNT);
    ck_assert_double_lt(largest_difference(&cpu, &cuda), 2e-5);
    ck_assert_double_gt(largest_difference(plain, &cuda), 1e-4);
    check_same(&last, &cuda, 2);
    gd_set_clear(&cpu);
    gd_set_clear(&cuda);
    gd_set_clear(&last);
}

/* Every guidance, and a relaxation, by a network's forces: as on the CPU, and the same bits in chunks. */
START_TEST(guidance_agrees_with_the_cpu)
{
    struct gd_guidance_counts counts = {0};
    struct gd_arena arena = {0};
    gd_model_free(model);
    model = model_with(UINT64_MAX >> (64 - count_heads()));
    struct gd_set plain = draw_on("cuda", gd_samplers[0], STEPS, 0, COUNT);
    guide = (struct gd_guide){.type = gd_guidances[_i],
                              .params = defaults_of(&gd_guidances[_i]->base, &arena),
                              .limit = 1000,
                              .finish = {.steps = 5, .cap = 0.1, .reach = 100},
                              .counts = &counts};
    check_agrees(&plain);
    gd_set_clear(&plain);
    gd_arena_clear(&arena);
}
END_TEST

static uint64_t conditioned(void)
{
    int k = 0;
    while (gd_heads[k] != &gd_head_conditioned_score)
        k++;
    return UINT64_C(1) << k;
}

/* Draws for a condition, without and with guidance by it: as on the CPU, others than without, and the same bits in
 * chunks. */
START_TEST(conditions_agree_with_the_cpu)
{
    const struct gd_condition asked = {.rank = 0.1, .weight = _i ? 1.5 : 0};
    gd_model_free(model);
    model = model_with(conditioned());
    struct gd_set plain = draw_on("cuda", gd_samplers[0], STEPS, 0, COUNT);
    condition = &asked;
    check_agrees(&plain);
    gd_set_clear(&plain);
}
END_TEST

/* Scores are (1 + w) times those with the condition, less w times those without. */
START_TEST(scores_are_guided_by_a_condition)
{
    static const struct gd_condition asked[] = {{.rank = 0.1}, {.rank = 0.1, .weight = 1.5}};
    enum { NUMBERS = 2 * MOBILE * 3 };
    struct gd_network *network;
    struct gd_set set;
    float scores[3][NUMBERS];
    gd_model_free(model);
    model = model_with(conditioned());
    ck_assert_int_eq(gd_set_init(&set, &system_.structure, system_.fixed, NULL), GD_OK);
    for (size_t k = 0; k < 2; k++) {
        struct gd_stream stream = gd_stream_make(9, 0, 0, (uint32_t)k);
        ck_assert_int_eq(gd_set_push(&set, system_.structure.positions[0], &error), GD_OK);
        gd_sample_start(&system_, &stream, set.positions + 3 * set.atoms * k);
    }
    ck_assert_int_eq(gd_network_new(&network, model, _i ? "reference" : "cpu", 1, &error), GD_OK);
    const struct gd_score score = gd_network_score(network);
    for (int k = 0; k < 3; k++) {
        gd_network_ask_for(network, k ? &asked[k - 1] : NULL);
        ck_assert_msg(score.evaluate(score.self, &set, 0.4, scores[k], &error) == GD_OK, "%s", error.text);
    }
    for (int c = 0; c < NUMBERS; c++) {
        const double none = (double)scores[0][c], with = (double)scores[1][c], guided = (double)scores[2][c];
        ck_assert_double_eq_tol(guided, 2.5 * with - 1.5 * none, 1e-5 * (fabs(with) + fabs(none)));
        ck_assert(with != none);
    }
    gd_network_free(network);
    gd_set_clear(&set);
}
END_TEST

/* A model that predicts anything else than -ε draws other structures, and the same on both. */
START_TEST(every_prediction_agrees_with_the_cpu)
{
    model->prediction = gd_prediction_named(_i ? "score" : "noise", &error);
    struct gd_set cpu = draw_on("cpu", gd_samplers[0], STEPS, 0, COUNT);
    struct gd_set cuda = draw_on("cuda", gd_samplers[0], STEPS, 0, COUNT);
    ck_assert_uint_eq(cuda.count, COUNT);
    ck_assert_double_lt(largest_difference(&cpu, &cuda), 2e-5);
    model->prediction = gd_predictions;
    struct gd_set other = draw_on("cuda", gd_samplers[0], STEPS, 0, COUNT);
    ck_assert_double_gt(largest_difference(&other, &cuda), 1e-4);
    gd_set_clear(&cpu);
    gd_set_clear(&cuda);
    gd_set_clear(&other);
}
END_TEST

START_TEST(chunks_do_not_matter)
{
    struct gd_set all = draw_on("cuda", gd_samplers[_i], STEPS, 0, COUNT);
    struct gd_set last = draw_on("cuda", gd_samplers[_i], STEPS, 2, COUNT - 2);
    check_same(&last, &all, 2);
    gd_set_clear(&all);
    gd_set_clear(&last);
}
END_TEST

START_TEST(order_of_threads_does_not_matter)
{
    struct gd_set expected = draw_on("cuda", gd_samplers[0], STEPS, 0, COUNT);
    shim_order(_i == 0 ? SHIM_BACKWARD : SHIM_SHUFFLED);
    struct gd_set set = draw_on("cuda", gd_samplers[0], STEPS, 0, COUNT);
    check_same(&set, &expected, 0);
    gd_set_clear(&expected);
    gd_set_clear(&set);
}
END_TEST

/* Room for edges is found as it is needed; a second draw starts with what the first has found, and one of other sizes
 * in between does no harm. */
START_TEST(former_draws_do_not_matter)
{
    struct gd_network *network;
    ck_assert_int_eq(gd_network_new(&network, model, "cuda", 1, &error), GD_OK);
    struct gd_set first = draw_of(network, gd_samplers[0], STEPS, 0, COUNT);
    struct gd_set other = draw_of(network, gd_samplers[0], STEPS, 9, 2);
    struct gd_set second = draw_of(network, gd_samplers[0], STEPS, 0, COUNT);
    check_same(&second, &first, 0);
    gd_network_free(network);
    gd_set_clear(&first);
    gd_set_clear(&other);
    gd_set_clear(&second);
}
END_TEST

/* What comes back from the device does not grow with the number of steps. */
START_TEST(positions_come_back_once)
{
    size_t bytes[2];
    for (int k = 0; k < 2; k++) {
        shim_reset();
        struct gd_set set = draw_on("cuda", gd_samplers[_i], k == 0 ? STEPS : 3 * STEPS, 0, COUNT);
        ck_assert_uint_eq(set.count, COUNT);
        bytes[k] = shim_downloaded();
        ck_assert_uint_eq(bytes[k], coordinates(&set) * sizeof *set.positions);
        gd_set_clear(&set);
    }
}
END_TEST

static long calls_of(int64_t steps)
{
    shim_reset();
    struct gd_set set = draw_on("cuda", gd_samplers[0], steps, 0, COUNT);
    ck_assert_uint_eq(set.count, COUNT);
    gd_set_clear(&set);
    return shim_calls();
}

/* The network's operations are recorded once: a step of Euler and Maruyama brings the time, starts the recording, puts
 * the score to scale twice, waits twice and moves the atoms. */
START_TEST(a_step_takes_few_calls)
{
    long more = 40, calls = calls_of(STEPS + more) - calls_of(STEPS);
    ck_assert_msg(calls <= 8 * more, "%ld calls in %ld steps", calls, more);
}
END_TEST

/* Every call of the runtime fails once: the draw says so, and nothing is left. */
START_TEST(every_call_fails_in_turn)
{
    const struct gd_sampler_class *sampler = gd_samplers[2];
    shim_reset();
    struct gd_set expected = draw_on("cuda", sampler, 3, 0, 2);
    long calls = shim_calls();
    for (long call = 1; call <= calls; call++) {
        error = (struct gd_error){0};
        shim_reset();
        shim_fail(call, call % 2 ? cudaErrorMemoryAllocation : cudaErrorLaunchFailure, call % 3 == 0);
        struct gd_set set = draw_on("cuda", sampler, 3, 0, 2);
        ck_assert_msg(shim_live() == 0, "call %ld: %zu objects are left", call, shim_live());
        if (set.count)
            check_same(&set, &expected, 0);
        else
            ck_assert_msg(error.status && strlen(error.text) > 10, "call %ld: no message", call);
        gd_set_clear(&set);
    }
    gd_set_clear(&expected);
    shim_reset();
}
END_TEST

/* What is not finite is found where it is. */
START_TEST(not_finite_is_reported)
{
    for (size_t k = 0; k < model->parameter_count; k++)
        model->parameters[k] *= 1e20f;
    struct gd_set set = draw_on("cuda", gd_samplers[0], STEPS, 30, 2);
    ck_assert_uint_eq(set.count, 0);
    ck_assert_msg(strstr(error.text, "score of atom 9 (Pt) of structure 31 is not finite"), "%s", error.text);
}
END_TEST

/* Structures as training sees them, and what it asks of the network. */
struct batch {
    struct gd_set set;
    struct gd_structure structures[COUNT];
    size_t fixed[COUNT];
    double times[COUNT], weights[COUNT];
    float target[COUNT * MOBILE * 3];
};

static struct batch batch_of(uint32_t number)
{
    struct batch batch = {0};
    struct gd_stream stream = gd_stream_make(5, 0, 0, number);
    ck_assert_int_eq(gd_set_init(&batch.set, &system_.structure, system_.fixed, NULL), GD_OK);
    for (size_t k = 0; k < COUNT; k++) {
        ck_assert_int_eq(gd_set_push(&batch.set, &system_.structure.positions[0][0], NULL), GD_OK);
        gd_sample_start(&system_, &stream, batch.set.positions + 3 * k * batch.set.atoms);
        batch.fixed[k] = system_.fixed;
        batch.times[k] = gd_stream_uniform(&stream);
        batch.weights[k] = 2 * gd_stream_uniform(&stream);
    }
    for (size_t k = 0; k < COUNT; k++)
        batch.structures[k] = gd_set_view(&batch.set, k);
    for (size_t k = 0; k < COUNT * MOBILE * 3; k++)
        batch.target[k] = (float)gd_stream_normal(&stream);
    return batch;
}

static double loss_of(struct gd_network *network, const struct batch *batch, bool alike, bool gradient)
{
    double loss = 0;
    enum gd_status status = alike ? gd_network_set_alike(network, batch->structures, system_.fixed, COUNT, &error)
                                  : gd_network_structures(network, batch->structures, batch->fixed, COUNT, &error);
    if (!status)
        status = gd_network_loss(network, batch->times, batch->weights, batch->target, gradient, &loss, &error);
    ck_assert_msg(!status, "%s", error.text);
    return loss;
}

/* Losses, gradients and steps over several batches, by recordings on the device and otherwise on the CPU. */
START_TEST(training_alike_agrees_with_the_cpu)
{
    const struct gd_adamw adamw = {
        .rate = 1e-3, .decay = 0.01, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .clip = 0.5};
    struct gd_network *networks[2];
    size_t count = model->parameter_count;
    float *gradients[2] = {calloc(count, sizeof(float)), calloc(count, sizeof(float))};
    ck_assert_int_eq(gd_network_new(&networks[0], model, "cpu", 1, &error), GD_OK);
    ck_assert_int_eq(gd_network_new(&networks[1], model, "cuda", 1, &error), GD_OK);
    for (uint32_t step = 0; step < 4; step++) {
        struct batch batch = batch_of(step), exam = batch_of(99);
        double losses[2], exams[2], norms[2];
        for (int k = 0; k < 2; k++) {
            losses[k] = loss_of(networks[k], &batch, true, true);
            ck_assert_int_eq(gd_network_gradient(networks[k], gradients[k], &error), GD_OK);
            ck_assert_int_eq(gd_network_step(networks[k], &adamw, &norms[k], &error), GD_OK);
            exams[k] = loss_of(networks[k], &exam, true, false);
        }
        ck_assert_double_eq_tol(losses[1], losses[0], 1e-5 * losses[0]);
        ck_assert_double_eq_tol(norms[1], norms[0], 1e-4 * norms[0]);
        ck_assert_double_eq_tol(exams[1], exams[0], 1e-5 * exams[0]);
        for (size_t k = 0; k < count; k++)
            ck_assert_double_eq_tol((double)gradients[1][k], (double)gradients[0][k], 1e-4 * norms[0]);
        gd_set_clear(&batch.set);
        gd_set_clear(&exam.set);
    }
    for (int k = 0; k < 2; k++) {
        gd_network_free(networks[k]);
        free(gradients[k]);
    }
}
END_TEST

/* The same for all heads at once, which share one recording: each has a loss of its own. */
START_TEST(goals_of_every_head_agree_with_the_cpu)
{
    struct gd_network *networks[2];
    struct batch batch = batch_of(0);
    struct gd_goal goals[2][GD_HEADS_MOST];
    struct gd_model *all = model_with((UINT64_C(1) << count_heads()) - 1);
    size_t count = all->parameter_count;
    float *gradients[2] = {calloc(count, sizeof(float)), calloc(count, sizeof(float))};
    for (int k = 0; k < 2; k++) {
        ck_assert_int_eq(gd_network_new(&networks[k], all, k ? "cuda" : "cpu", 1, &error), GD_OK);
        for (int head = 0; head < count_heads(); head++)
            goals[k][head] = (struct gd_goal){
                .head = gd_heads[head], .count = COUNT, .target = batch.target, .factor = 1 + head, .huber = head};
        ck_assert_int_eq(gd_network_set_alike(networks[k], batch.structures, system_.fixed, COUNT, &error), GD_OK);
        ck_assert_msg(gd_network_goals(networks[k], batch.times, goals[k], (size_t)count_heads(), true, &error) ==
                          GD_OK,
                      "%s", error.text);
        ck_assert_int_eq(gd_network_gradient(networks[k], gradients[k], &error), GD_OK);
    }
    for (int head = 0; head < count_heads(); head++)
        ck_assert_double_eq_tol(goals[1][head].loss, goals[0][head].loss, 1e-5 * goals[0][head].loss);
    for (size_t k = 0; k < count; k++)
        ck_assert_double_eq_tol((double)gradients[1][k], (double)gradients[0][k],
                                1e-4 + 1e-4 * fabs((double)gradients[0][k]));
    for (int k = 0; k < 2; k++) {
        gd_network_free(networks[k]);
        free(gradients[k]);
    }
    gd_model_free(all);
    gd_set_clear(&batch.set);
}
END_TEST

/* Two networks that take turns, and one that does other things in between, give the bits of one left alone. */
START_TEST(losses_do_not_meet)
{
    struct gd_network *networks[2];
    struct batch batch = batch_of(0), other = batch_of(1);
    for (int k = 0; k < 2; k++)
        ck_assert_int_eq(gd_network_new(&networks[k], model, "cuda", 1, &error), GD_OK);
    double expected = loss_of(networks[0], &batch, true, true), another = loss_of(networks[0], &other, true, true);
    for (int turn = 0; turn < 3; turn++) {
        ck_assert_double_eq(loss_of(networks[1], &batch, true, turn % 2), expected);
        ck_assert_double_eq(loss_of(networks[0], &other, true, turn % 2), another);
        struct gd_set set = draw_of(networks[turn % 2], gd_samplers[turn], 3, 0, 2);
        ck_assert_uint_eq(set.count, 2);
        gd_set_clear(&set);
        ck_assert_double_eq_tol(loss_of(networks[turn % 2], &batch, false, true), expected, 1e-6 * expected);
    }
    gd_network_free(networks[0]);
    gd_network_free(networks[1]);
    gd_set_clear(&batch.set);
    gd_set_clear(&other.set);
}
END_TEST

/* Structures alike are refused as any others, and the network is as good as before. */
START_TEST(unknown_elements_are_refused)
{
    struct gd_network *network;
    struct batch batch = batch_of(0);
    ck_assert_int_eq(gd_network_new(&network, model, "cuda", 1, &error), GD_OK);
    double expected = loss_of(network, &batch, true, true);
    int known = batch.set.species[1];
    batch.set.species[1] = 100;
    ck_assert_int_eq(gd_network_set_alike(network, batch.structures, system_.fixed, COUNT, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, "atom 2: ") == error.text && strstr(error.text, "100 (Fm)"), "%s", error.text);
    batch.set.species[1] = known;
    ck_assert_double_eq(loss_of(network, &batch, true, true), expected);
    gd_network_free(network);
    gd_set_clear(&batch.set);
}
END_TEST

/* Positions, times, weights and targets go there, the recording is started, and the host waits once. The device does
 * these 4 copies, 6 operations for the edges, the loss and the norm, and 123 for a network of two blocks. */
START_TEST(a_loss_takes_few_calls)
{
    struct gd_network *network;
    struct batch batch = batch_of(0);
    ck_assert_int_eq(gd_network_new(&network, model, "cuda", 1, &error), GD_OK);
    loss_of(network, &batch, true, true);
    long before = shim_calls(), operations = shim_operations();
    loss_of(network, &batch, true, true);
    ck_assert_int_eq(shim_calls() - before, 6);
    ck_assert_int_le(shim_operations() - operations, 4 + 6 + 123);
    gd_network_free(network);
    gd_set_clear(&batch.set);
}
END_TEST

Suite *suite_sampling(void)
{
    Suite *suite = suite_create("sampling");
    TCase *tests = tcase_create("sampling");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, every_sampler_agrees_with_the_cpu, 0, SAMPLERS);
    tcase_add_loop_test(tests, guidance_agrees_with_the_cpu, 0, count_guidances());
    tcase_add_loop_test(tests, every_prediction_agrees_with_the_cpu, 0, 2);
    tcase_add_loop_test(tests, conditions_agree_with_the_cpu, 0, 2);
    tcase_add_loop_test(tests, scores_are_guided_by_a_condition, 0, 2);
    tcase_add_loop_test(tests, chunks_do_not_matter, 0, SAMPLERS);
    tcase_add_loop_test(tests, order_of_threads_does_not_matter, 0, 2);
    tcase_add_test(tests, former_draws_do_not_matter);
    tcase_add_loop_test(tests, positions_come_back_once, 0, SAMPLERS);
    tcase_add_test(tests, a_step_takes_few_calls);
    tcase_add_test(tests, every_call_fails_in_turn);
    tcase_add_test(tests, not_finite_is_reported);
    tcase_add_test(tests, training_alike_agrees_with_the_cpu);
    tcase_add_test(tests, goals_of_every_head_agree_with_the_cpu);
    tcase_add_test(tests, losses_do_not_meet);
    tcase_add_test(tests, a_loss_takes_few_calls);
    tcase_add_test(tests, unknown_elements_are_refused);
    suite_add_tcase(suite, tests);
    TCase *timed = tcase_create("with the time in the backbone");
    tcase_set_timeout(timed, 60);
    tcase_add_checked_fixture(timed, set_up_timed, tear_down);
    tcase_add_loop_test(timed, every_sampler_agrees_with_the_cpu, 0, SAMPLERS);
    tcase_add_loop_test(timed, guidance_agrees_with_the_cpu, 0, count_guidances());
    tcase_add_loop_test(timed, chunks_do_not_matter, 0, SAMPLERS);
    tcase_add_test(timed, training_alike_agrees_with_the_cpu);
    tcase_add_test(timed, goals_of_every_head_agree_with_the_cpu);
    tcase_add_test(timed, losses_do_not_meet);
    suite_add_tcase(suite, timed);
    return suite;
}

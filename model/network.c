/* Networks: a model's parameters, optimiser and batch on one backend. */
#include "model/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "model/network_class.h"
#include "model/sample_batch.h"

/* What a pass over a batch comes to. OUTPUT + k: the output of the network's head k. */
enum pass { LOSS, GRADIENT, OUTPUT, PASSES = OUTPUT + GD_HEADS_MOST };

struct gd_network {
    struct gd_backend *backend;
    struct gd_graph_network *graph; /* the parameters and the batch */
    struct gd_process process;
    const struct gd_prediction *prediction;
    double losses[GD_HEADS_MOST]; /* of the last pass */
    double squares;               /* of the gradient's numbers, their sum */

    /* Structures that differ in their mobile atoms alone, when the backend's memory is not the host's. */
    struct gd_sample_batch scene;
    const double *positions;                      /* theirs, on the backend; NULL: the batch is any other */
    void *recordings[PASSES];                     /* the operations of a pass; NULL: none that holds */
    const void *recorded_in;                      /* the workspace that they use */
    struct gd_goal recorded_goals[GD_HEADS_MOST]; /* of LOSS and GRADIENT */
    double *room, *packed;                        /* positions of a batch, on the backend and on the host */
    size_t room_bytes, packed_capacity;

    float *m, *v; /* [parameter_count] moments, on the backend */
    int64_t steps;

    /* Host memory that is used again. */
    float *host;
    double *times;
    struct gd_structure *views;
    size_t *fixed;
    size_t host_capacity, times_capacity, views_capacity, fixed_capacity;
};

static enum gd_status init(struct gd_network *network, const struct gd_model *model, const char *device, int threads,
                           struct gd_error *error)
{
    enum gd_status status = gd_backend_new(&network->backend, device, threads, error);
    if (!status)
        status = gd_graph_network_new(&network->graph, model, network->backend, error);
    if (status)
        return status;
    const struct gd_backend_class *class = network->backend->type;
    size_t bytes = model->parameter_count * sizeof(float);
    network->scene.backend = network->backend;
    network->process = model->process;
    network->prediction = model->prediction;
    status = gd_backend_alloc(network->backend, &network->m, bytes, "an optimiser's moments", error);
    if (!status)
        status = gd_backend_alloc(network->backend, &network->v, bytes, "an optimiser's moments", error);
    if (status)
        return status;
    class->zero(network->backend, network->m, bytes);
    class->zero(network->backend, network->v, bytes);
    return class->finish(network->backend, error);
}

enum gd_status gd_network_new(struct gd_network **network, const struct gd_model *model, const char *device,
                              int threads, struct gd_error *error)
{
    *network = NULL;
    struct gd_network *made = gd_array(1, sizeof *made);
    if (!made)
        return gd_no_memory(error, "a network");
    enum gd_status status = init(made, model, device, threads, error);
    if (status)
        gd_network_free(made);
    else
        *network = made;
    return status;
}

static void forget(struct gd_network *network)
{
    for (int k = 0; k < PASSES; k++) {
        if (network->recordings[k])
            network->backend->type->forget(network->backend, network->recordings[k]);
        network->recordings[k] = NULL;
    }
}

void gd_network_free(struct gd_network *network)
{
    if (!network)
        return;
    forget(network);
    gd_graph_network_free(network->graph);
    gd_sample_batch_clear(&network->scene);
    if (network->backend) {
        network->backend->type->release(network->backend, network->m);
        network->backend->type->release(network->backend, network->v);
        network->backend->type->release(network->backend, network->room);
    }
    gd_backend_free(network->backend);
    free(network->packed);
    free(network->host);
    free(network->times);
    free(network->views);
    free(network->fixed);
    free(network);
}

/* Where the scene's structures are; NULL: the batch is none of the scene. */
static void set_positions(struct gd_network *network, const double *positions)
{
    if (positions != network->positions)
        forget(network);
    network->positions = positions;
}

enum gd_status gd_network_structures(struct gd_network *network, const struct gd_structure *structures,
                                     const size_t *fixed, size_t count, struct gd_error *error)
{
    set_positions(network, NULL);
    return gd_graph_network_structures(network->graph, structures, fixed, count, error);
}

enum gd_status gd_network_tabulate(struct gd_network *network, struct gd_error *error)
{
    forget(network);
    const struct gd_network_class *class = network->graph->type;
    return class->tabulate ? class->tabulate(network->graph, error) : GD_OK;
}

enum gd_status gd_network_precision(struct gd_network *network, const char *precision, struct gd_error *error)
{
    forget(network);
    return gd_backend_precision(network->backend, precision, error);
}

void gd_network_fuse(struct gd_network *network)
{
    forget(network);
    if (network->graph->type->fuse)
        network->graph->type->fuse(network->graph);
}

static bool all_held(const struct gd_network *network, const struct gd_structure *structures, size_t fixed,
                     size_t count)
{
    for (size_t k = 0; k < count; k++)
        if (!gd_sample_batch_matches(&network->scene, &structures[k], fixed, count))
            return false;
    return count > 0;
}

/* Their positions to the backend, at once. */
static enum gd_status upload_positions(struct gd_network *network, const struct gd_structure *structures, size_t count,
                                       struct gd_error *error)
{
    struct gd_backend *backend = network->backend;
    size_t each = 3 * structures->count, bytes = count * each * sizeof(double);
    if (!gd_grow(&network->packed, &network->packed_capacity, count * each, sizeof *network->packed))
        return gd_no_memory(error, "a batch of structures");
    for (size_t k = 0; k < count; k++)
        memcpy(network->packed + k * each, structures[k].positions, each * sizeof *network->packed);
    if (bytes > network->room_bytes)
        set_positions(network, NULL);
    enum gd_status status =
        gd_backend_reserve(backend, &network->room, &network->room_bytes, bytes, "a batch of structures", error);
    if (status)
        return status;
    backend->type->upload(backend, network->room, network->packed, bytes);
    set_positions(network, network->room);
    return GD_OK;
}

static bool needs_edges(const struct gd_graph_network *graph)
{
    return graph->type->needs_edges && graph->type->needs_edges(graph);
}

enum gd_status gd_network_set_alike(struct gd_network *network, const struct gd_structure *structures, size_t fixed,
                                    size_t count, struct gd_error *error)
{
    bool host = network->backend->type->host || needs_edges(network->graph);
    bool held = !host && all_held(network, structures, fixed, count);
    if (!host && !held && count > 0) {
        forget(network);
        enum gd_status status =
            gd_sample_batch_start(&network->scene, structures, fixed, count, network->graph->cutoff, error);
        if (status)
            return status;
        held = all_held(network, structures, fixed, count);
    }
    if (held)
        return upload_positions(network, structures, count, error);
    if (!gd_grow(&network->fixed, &network->fixed_capacity, count, sizeof *network->fixed))
        return gd_no_memory(error, "a batch of structures");
    for (size_t k = 0; k < count; k++)
        network->fixed[k] = fixed;
    return gd_network_structures(network, structures, network->fixed, count, error);
}

size_t gd_network_batch(const struct gd_network *network)
{
    return network->backend->type->batch;
}

size_t gd_network_edges(const struct gd_network *network)
{
    return network->graph->graph.edges;
}

size_t gd_network_bytes(const struct gd_network *network)
{
    size_t moments = 2 * network->graph->parameter_count * sizeof(float);
    return gd_graph_network_bytes(network->graph) + moments + network->scene.memory_bytes + network->room_bytes;
}

/* Room for `count` floats in host memory. */
static enum gd_status reserve_host(struct gd_network *network, size_t count, struct gd_error *error)
{
    return gd_grow(&network->host, &network->host_capacity, count, sizeof *network->host)
               ? GD_OK
               : gd_no_memory(error, "the network's results");
}

/* The goals of a pass, each with how many rows of the output it is about. */
struct goals {
    struct gd_goal *of_head[GD_HEADS_MOST]; /* NULL: the head has none */
    size_t rows[GD_HEADS_MOST];
};

/* The structure that row i of a head's output belongs to, and the row's place in the caller's order. */
static size_t structure_of(const struct gd_graph *graph, const struct gd_head *head, size_t i)
{
    return head->type->of_structure ? i : (size_t)graph->structure[i];
}

static size_t place_of(const struct gd_graph *graph, const struct gd_head *head, bool every_atom, size_t i)
{
    return head->type->of_structure ? i : every_atom ? graph->order[i] : graph->mobile_order[i];
}

/* Weights and target of head k to the backend: 0 for rows of structures that its goal is not about. */
static enum gd_status upload_goal(struct gd_network *network, struct goals *goals, int k, struct gd_error *error)
{
    const struct gd_graph *graph = &network->graph->graph;
    const struct gd_head *head = network->graph->heads[k];
    const struct gd_goal *goal = goals->of_head[k];
    size_t width = (size_t)head->type->width, before = 0, numbers = (1 + width) * head->rows;
    enum gd_status status = reserve_host(network, numbers, error);
    if (status)
        return status;
    float *weight = network->host, *target = weight + head->rows;
    memset(network->host, 0, numbers * sizeof *network->host);
    for (size_t i = 0; i < head->rows; i++)
        before += structure_of(graph, head, i) < goal->first;
    goals->rows[k] = 0;
    for (size_t i = 0; i < head->rows; i++) {
        size_t structure = structure_of(graph, head, i);
        if (structure < goal->first || structure - goal->first >= goal->count)
            continue;
        weight[i] = goal->weights ? (float)goal->weights[structure - goal->first] : 1.0f;
        memcpy(target + width * i, goal->target + width * (place_of(graph, head, false, i) - before),
               width * sizeof *target);
        goals->rows[k]++;
    }
    network->backend->type->upload(network->backend, head->weight, weight, head->rows * sizeof *weight);
    network->backend->type->upload(network->backend, head->target, target, width * head->rows * sizeof *target);
    return GD_OK;
}

static enum gd_status upload_goals(struct gd_network *network, struct goals *goals, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (int k = 0; k < network->graph->head_count && !status; k++)
        if (goals->of_head[k])
            status = upload_goal(network, goals, k, error);
    return status;
}

/* The loss of head k; its gradient with the goal's factor. */
static void run_loss(struct gd_network *network, const struct goals *goals, int k, bool gradient)
{
    const struct gd_head *head = network->graph->heads[k];
    const struct gd_goal *goal = goals->of_head[k];
    network->backend->type->ops.loss(
        network->backend, &(struct gd_loss){.rows = head->rows,
                                            .width = head->type->width,
                                            .scale = goals->rows[k] ? goal->factor / (double)goals->rows[k] : 0,
                                            .huber = goal->huber,
                                            .output = head->output,
                                            .target = head->target,
                                            .weight = head->weight,
                                            .doutput = gradient ? head->doutput : NULL,
                                            .value = &network->losses[k]});
}

static void run_backward(struct gd_network *network)
{
    struct gd_graph_network *own = network->graph;
    bool all = own->active == (UINT64_C(1) << own->head_count) - 1;
    if (!all) /* nothing goes through the other heads */
        network->backend->type->zero(network->backend, own->gradient, own->parameter_count * sizeof *own->gradient);
    own->type->backward(own);
    network->backend->type->ops.squares(
        network->backend,
        &(struct gd_squares){.count = own->parameter_count, .x = own->gradient, .value = &network->squares});
}

/* The operations of a pass. */
static void operate(struct gd_network *network, enum pass pass, const struct goals *goals)
{
    if (network->positions)
        gd_sample_batch_find_edges(&network->scene, network->positions);
    network->graph->type->forward(network->graph);
    for (int k = 0; k < network->graph->head_count && goals; k++)
        if (goals->of_head[k])
            run_loss(network, goals, k, pass == GRADIENT);
    if (pass == GRADIENT)
        run_backward(network);
}

static bool same_goals(const struct gd_network *network, const struct goals *goals)
{
    for (int k = 0; k < network->graph->head_count; k++) {
        const struct gd_goal none = {0}, *now = goals->of_head[k] ? goals->of_head[k] : &none;
        const struct gd_goal *then = &network->recorded_goals[k];
        if (now->head != then->head || now->first != then->first || now->count != then->count ||
            now->factor != then->factor || now->huber != then->huber)
            return false;
    }
    return true;
}

static void keep_goals(struct gd_network *network, const struct goals *goals)
{
    for (int k = 0; k < network->graph->head_count; k++)
        network->recorded_goals[k] = goals->of_head[k] ? *goals->of_head[k] : (struct gd_goal){0};
}

/* The same by a recording, which is made when there is none. */
static void replay(struct gd_network *network, enum pass pass, const struct goals *goals)
{
    const struct gd_backend_class *class = network->backend->type;
    if (network->recorded_in != network->graph->workspace || (goals && !same_goals(network, goals)))
        forget(network);
    network->recorded_in = network->graph->workspace;
    if (goals)
        keep_goals(network, goals);
    if (!network->recordings[pass]) {
        class->record(network->backend);
        operate(network, pass, goals);
        network->recordings[pass] = class->recorded(network->backend);
    }
    if (network->recordings[pass])
        class->replay(network->backend, network->recordings[pass]);
}

/* A pass over the batch with the network's active heads; `goals` is for those that end in a loss. Where the scene turns
 * out to have too few rows, it gets more and the pass begins anew. */
static enum gd_status run_pass(struct gd_network *network, enum pass pass, const double *times, bool every_atom,
                               struct goals *goals, struct gd_error *error)
{
    struct gd_graph_network *own = network->graph;
    bool scene = network->positions != NULL, done = false;
    enum gd_status status = GD_OK;
    while (!status && !done) {
        if (scene)
            status = gd_sample_batch_graph(&network->scene, &own->graph, &own->arrays, error);
        if (!status)
            status = own->type->prepare(own, times, every_atom, goals != NULL, error);
        if (!status && goals)
            status = upload_goals(network, goals, error);
        if (status)
            return status;
        if (scene && !every_atom)
            replay(network, pass, goals);
        else
            operate(network, pass, goals);
        status = network->backend->type->finish(network->backend, error);
        done = !scene || gd_sample_batch_has_room(&network->scene);
        if (!status && !done) {
            forget(network);
            status = gd_sample_batch_reserve(&network->scene, error);
        }
    }
    return status;
}

/* The place of a head among the network's in *k. */
static enum gd_status find_head(const struct gd_network *network, const struct gd_head_class *head, int *k,
                                struct gd_error *error)
{
    *k = gd_graph_network_head(network->graph, head);
    return *k >= 0 ? GD_OK : gd_fail(error, GD_BAD_INPUT, "the model has no head \"%s\"", head->name);
}

/* A forward pass of head k alone. */
static enum gd_status run_head(struct gd_network *network, int k, const double *times, bool every_atom,
                               struct gd_error *error)
{
    network->graph->active = UINT64_C(1) << k;
    return run_pass(network, (enum pass)(OUTPUT + k), times, every_atom, NULL, error);
}

enum gd_status gd_network_forward(struct gd_network *network, const struct gd_head_class *type, const double *times,
                                  bool every_atom, float *output, struct gd_error *error)
{
    const struct gd_graph *graph = &network->graph->graph;
    const struct gd_backend_class *class = network->backend->type;
    size_t width = (size_t)type->width, bytes = width * sizeof *output;
    int k;
    enum gd_status status = find_head(network, type, &k, error);
    if (!status)
        status = run_head(network, k, times, every_atom, error);
    const struct gd_head *head = status ? NULL : network->graph->heads[k];
    if (!status)
        status = reserve_host(network, width * head->rows, error);
    if (status)
        return status;
    class->download(network->backend, network->host, head->output, head->rows * bytes);
    for (size_t row = 0; row < head->rows; row++)
        memcpy(output + width * place_of(graph, head, every_atom, row), network->host + width * row, bytes);
    return class->finish(network->backend, error);
}

enum gd_status gd_network_goals(struct gd_network *network, const double *times, struct gd_goal *goals, size_t count,
                                bool gradient, struct gd_error *error)
{
    struct goals pass = {0};
    enum gd_status status = GD_OK;
    network->graph->active = 0;
    for (size_t g = 0; g < count && !status; g++) {
        int k;
        status = find_head(network, goals[g].head, &k, error);
        if (!status) {
            pass.of_head[k] = &goals[g];
            network->graph->active |= UINT64_C(1) << k;
        }
    }
    if (!status)
        status = run_pass(network, gradient ? GRADIENT : LOSS, times, false, &pass, error);
    for (int k = 0; k < network->graph->head_count && !status; k++)
        if (pass.of_head[k])
            pass.of_head[k]->loss = network->losses[k] / pass.of_head[k]->factor;
    return status;
}

enum gd_status gd_network_loss(struct gd_network *network, const double *times, const double *weights,
                               const float *target, bool gradient, double *loss, struct gd_error *error)
{
    struct gd_goal goal = {
        .head = &gd_head_score, .count = SIZE_MAX, .weights = weights, .target = target, .factor = 1};
    enum gd_status status = gd_network_goals(network, times, &goal, 1, gradient, error);
    *loss = goal.loss;
    return status;
}

enum gd_status gd_network_step(struct gd_network *network, const struct gd_adamw *adamw, double *norm,
                               struct gd_error *error)
{
    struct gd_graph_network *own = network->graph;
    const struct gd_backend_class *class = network->backend->type;
    *norm = sqrt(network->squares);
    if (!isfinite(*norm))
        return gd_fail(error, GD_FAILED, "the norm of the gradient is not finite");
    network->steps++;
    if (own->type->changed)
        own->type->changed(own);
    class->ops.adamw_step(
        network->backend,
        &(struct gd_adamw_step){.count = own->parameter_count,
                                .rate = adamw->rate,
                                .decay = adamw->decay,
                                .beta1 = adamw->beta1,
                                .beta2 = adamw->beta2,
                                .epsilon = adamw->epsilon,
                                .scale = adamw->clip > 0 && *norm > adamw->clip ? adamw->clip / *norm : 1,
                                .c1 = 1 - pow(adamw->beta1, (double)network->steps),
                                .c2 = 1 - pow(adamw->beta2, (double)network->steps),
                                .gradient = own->gradient,
                                .parameters = own->parameters,
                                .m = network->m,
                                .v = network->v});
    return GD_OK; /* a failure is reported by the next call that waits */
}

static enum gd_status download(struct gd_network *network, float *to, const float *from, struct gd_error *error)
{
    const struct gd_backend_class *class = network->backend->type;
    class->download(network->backend, to, from, network->graph->parameter_count * sizeof *to);
    return class->finish(network->backend, error);
}

enum gd_status gd_network_parameters(struct gd_network *network, float *parameters, struct gd_error *error)
{
    return download(network, parameters, network->graph->parameters, error);
}

enum gd_status gd_network_set_parameters(struct gd_network *network, const float *parameters, struct gd_error *error)
{
    struct gd_graph_network *own = network->graph;
    const struct gd_backend_class *class = network->backend->type;
    class->upload(network->backend, own->parameters, parameters, own->parameter_count * sizeof *parameters);
    if (own->type->changed)
        own->type->changed(own);
    return class->finish(network->backend, error);
}

enum gd_status gd_network_gradient(struct gd_network *network, float *gradient, struct gd_error *error)
{
    return download(network, gradient, network->graph->gradient, error);
}

enum gd_status gd_network_agreement(struct gd_network *network, double *cosine, struct gd_error *error)
{
    const size_t count = network->graph->parameter_count;
    enum gd_status status = reserve_host(network, 2 * count, error);
    float *gradient = network->host, *momentum = gradient ? gradient + count : NULL;
    if (!status)
        status = download(network, gradient, network->graph->gradient, error);
    if (!status)
        status = download(network, momentum, network->m, error);
    double product = 0, squares[2] = {0};
    for (size_t k = 0; k < count && !status; k++) {
        product += (double)gradient[k] * (double)momentum[k];
        squares[0] += (double)gradient[k] * (double)gradient[k];
        squares[1] += (double)momentum[k] * (double)momentum[k];
    }
    *cosine = product / sqrt(squares[0] * squares[1]);
    return status;
}

/* Room for `count` times, all t. */
static enum gd_status set_times(struct gd_network *network, size_t count, double t, struct gd_error *error)
{
    if (!gd_grow(&network->times, &network->times_capacity, count, sizeof *network->times))
        return gd_no_memory(error, "a batch of structures");
    for (size_t k = 0; k < count; k++)
        network->times[k] = t;
    return GD_OK;
}

/* What the output at time t is multiplied by to become the score, in 1/Å. */
static float score_factor(const struct gd_network *network, double t)
{
    return (float)gd_prediction_score(network->prediction, gd_process_spread(&network->process, t), 1);
}

/* A head's output [set->count][mobile][3] for a set in the host's memory, multiplied by a factor. */
static enum gd_status evaluate_head(struct gd_network *network, const struct gd_head_class *head,
                                    const struct gd_set *set, double t, float factor, float *output,
                                    struct gd_error *error)
{
    enum gd_status status = set_times(network, set->count, t, error);
    if (!status && (!gd_grow(&network->views, &network->views_capacity, set->count, sizeof *network->views) ||
                    !gd_grow(&network->fixed, &network->fixed_capacity, set->count, sizeof *network->fixed)))
        status = gd_no_memory(error, "a batch of structures");
    for (size_t k = 0; k < set->count && !status; k++) {
        network->views[k] = gd_set_view(set, k);
        network->fixed[k] = set->fixed;
    }
    if (!status)
        status = gd_network_structures(network, network->views, network->fixed, set->count, error);
    if (!status)
        status = gd_network_forward(network, head, network->times, false, output, error);
    for (size_t k = 0; k < 3 * network->graph->graph.mobile && !status; k++)
        output[k] *= factor;
    return status;
}

static enum gd_status evaluate(void *self, const struct gd_set *set, double t, float *score, struct gd_error *error)
{
    return evaluate_head(self, &gd_head_score, set, t, score_factor(self, t), score, error);
}

static enum gd_status find_forces(void *self, const struct gd_set *set, float *forces, struct gd_error *error)
{
    return evaluate_head(self, &gd_head_force, set, 0, 1, forces, error);
}

static enum gd_status begin_there(void *self, const struct gd_set *set, struct gd_error *error)
{
    struct gd_network *network = self;
    struct gd_structure like = gd_set_view(set, 0);
    set_positions(network, NULL);
    return gd_sample_batch_start(&network->scene, &like, set->fixed, set->count, network->graph->cutoff, error);
}

/* The same where neither positions nor outputs are in the host's memory. */
static enum gd_status evaluate_head_there(struct gd_network *network, const struct gd_head_class *head,
                                          const struct gd_set *set, double t, float factor, float *output,
                                          struct gd_error *error)
{
    set_positions(network, set->positions);
    int k;
    enum gd_status status = find_head(network, head, &k, error);
    if (!status)
        status = set_times(network, set->count, t, error);
    if (!status)
        status = run_head(network, k, network->times, false, error);
    if (!status)
        network->backend->type->ops.scale(network->backend,
                                          &(struct gd_scale){.count = 3 * network->graph->graph.mobile,
                                                             .factor = factor,
                                                             .x = network->graph->heads[k]->output,
                                                             .y = output});
    return status;
}

static enum gd_status evaluate_there(void *self, const struct gd_set *set, double t, float *score,
                                     struct gd_error *error)
{
    return evaluate_head_there(self, &gd_head_score, set, t, score_factor(self, t), score, error);
}

static enum gd_status find_forces_there(void *self, const struct gd_set *set, float *forces, struct gd_error *error)
{
    return evaluate_head_there(self, &gd_head_force, set, 0, 1, forces, error);
}

struct gd_score gd_network_score(struct gd_network *network)
{
    if (network->backend->type->host)
        return (struct gd_score){.evaluate = evaluate, .self = network};
    return (struct gd_score){
        .evaluate = evaluate_there, .self = network, .backend = network->backend, .begin = begin_there};
}

struct gd_force_source gd_network_forces(struct gd_network *network)
{
    bool host = network->backend->type->host;
    return (struct gd_force_source){.evaluate = host ? find_forces : find_forces_there, .self = network};
}

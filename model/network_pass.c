/* Passes of a network over its batch: outputs, losses and gradients, by recordings where the backend has them. */
#include <string.h>

#include "engine/base/memory.h"
#include "model/network_priv.h"

enum gd_status gd_network_reserve_host(struct gd_network *network, size_t count, struct gd_error *error)
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
    return head->type->form->of_structure ? i : (size_t)graph->structure[i];
}

static size_t place_of(const struct gd_graph *graph, const struct gd_head *head, bool every_atom, size_t i)
{
    return head->type->form->of_structure ? i : every_atom ? graph->order[i] : graph->mobile_order[i];
}

/* Weights and target of head k to the backend: 0 for rows of structures that its goal is not about. */
static enum gd_status upload_goal(struct gd_network *network, struct goals *goals, int k, struct gd_error *error)
{
    const struct gd_graph *graph = &network->graph->graph;
    const struct gd_head *head = network->graph->heads[k];
    const struct gd_goal *goal = goals->of_head[k];
    size_t width = (size_t)head->type->form->width, before = 0, numbers = (1 + width) * head->rows;
    enum gd_status status = gd_network_reserve_host(network, numbers, error);
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
                                            .width = head->type->form->width,
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

/* Minus the sum of a head's output over the structures, as what the gradient is of. */
static enum gd_status upload_descent(struct gd_network *network, const struct gd_head *head, struct gd_error *error)
{
    enum gd_status status = gd_network_reserve_host(network, head->rows, error);
    for (size_t row = 0; row < head->rows && !status; row++)
        network->host[row] = -1;
    if (!status)
        network->backend->type->upload(network->backend, head->doutput, network->host, head->rows * sizeof(float));
    return status;
}

/* The operations of a pass. */
static void operate(struct gd_network *network, enum gd_pass pass, const struct goals *goals)
{
    if (network->positions)
        gd_sample_batch_find_edges(&network->scene, network->positions);
    network->graph->type->forward(network->graph);
    for (int k = 0; k < network->graph->head_count && goals; k++)
        if (goals->of_head[k])
            run_loss(network, goals, k, pass == GD_GRADIENT);
    if (pass == GD_GRADIENT)
        run_backward(network);
    if (pass >= GD_SLOPE) {
        network->graph->type->backward(network->graph);
        gd_heads_to_positions(network->graph);
    }
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
static void replay(struct gd_network *network, enum gd_pass pass, const struct goals *goals)
{
    const struct gd_backend_class *class = network->backend->type;
    if (network->recorded_in != network->graph->workspace || (goals && !same_goals(network, goals)))
        gd_network_forget(network);
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
static enum gd_status run_pass(struct gd_network *network, enum gd_pass pass, const double *times, bool every_atom,
                               struct goals *goals, struct gd_error *error)
{
    struct gd_graph_network *own = network->graph;
    bool scene = network->positions != NULL, done = false, slope = pass >= GD_SLOPE;
    enum gd_status status = GD_OK;
    own->to_positions = slope;
    while (!status && !done) {
        if (scene) {
            own->positions = network->positions;
            status = gd_sample_batch_graph(&network->scene, &own->graph, &own->arrays, error);
        } else if (every_atom)
            status = gd_graph_network_complete(own, error);
        if (!status)
            status = own->type->prepare(own, times, every_atom, goals || slope, error);
        if (!status && goals)
            status = upload_goals(network, goals, error);
        if (!status && slope)
            status = upload_descent(network, own->heads[pass - GD_SLOPE], error);
        if (status)
            return status;
        if (scene && !every_atom)
            replay(network, pass, goals);
        else
            operate(network, pass, goals);
        status = network->backend->type->finish(network->backend, error);
        done = !scene || gd_sample_batch_has_room(&network->scene);
        if (!status && !done) {
            gd_network_forget(network);
            status = gd_sample_batch_reserve(&network->scene, error);
        }
    }
    return status;
}

enum gd_status gd_network_find_head(const struct gd_network *network, const struct gd_head_class *head, int *k,
                                    struct gd_error *error)
{
    *k = gd_graph_network_head(network->graph, head);
    return *k >= 0 ? GD_OK : gd_fail(error, GD_BAD_INPUT, "the model has no head \"%s\"", head->name);
}

enum gd_status gd_network_run_head(struct gd_network *network, int k, const double *times, bool every_atom,
                                   struct gd_error *error)
{
    network->graph->active = UINT64_C(1) << k;
    return run_pass(network, (enum gd_pass)(GD_OUTPUT + k), times, every_atom, NULL, error);
}

enum gd_status gd_network_run_slope(struct gd_network *network, int k, const double *times, struct gd_error *error)
{
    network->graph->active = UINT64_C(1) << k;
    return run_pass(network, (enum gd_pass)(GD_SLOPE + k), times, false, NULL, error);
}

enum gd_status gd_network_slope(struct gd_network *network, const struct gd_head_class *type, const double *times,
                                float *output, struct gd_error *error)
{
    const struct gd_graph *graph = &network->graph->graph;
    const struct gd_backend_class *class = network->backend->type;
    int k;
    enum gd_status status = gd_network_find_head(network, type, &k, error);
    if (!status)
        status = gd_network_run_slope(network, k, times, error);
    if (!status)
        status = gd_network_reserve_host(network, 3 * graph->mobile, error);
    if (status)
        return status;
    class->download(network->backend, network->host, network->graph->dposition,
                    3 * graph->mobile * sizeof *network->host);
    for (size_t i = 0; i < graph->mobile; i++)
        memcpy(output + 3 * graph->mobile_order[i], network->host + 3 * i, 3 * sizeof *output);
    return class->finish(network->backend, error);
}

enum gd_status gd_network_rerun_head(struct gd_network *network, int k, const double *times, struct gd_error *error)
{
    const struct gd_head *head = network->graph->heads[k];
    enum gd_status status = gd_heads_prepare(network->graph, times, error);
    if (status)
        return status;
    head->type->form->forward(head, network->graph);
    return network->backend->type->finish(network->backend, error);
}

enum gd_status gd_network_download(struct gd_network *network, int k, bool every_atom, float *output,
                                   struct gd_error *error)
{
    const struct gd_backend_class *class = network->backend->type;
    const struct gd_head *head = network->graph->heads[k];
    const size_t width = (size_t)head->type->form->width, bytes = width * sizeof *output;
    enum gd_status status = gd_network_reserve_host(network, width * head->rows, error);
    if (status)
        return status;
    class->download(network->backend, network->host, head->output, head->rows * bytes);
    for (size_t row = 0; row < head->rows; row++)
        memcpy(output + width * place_of(&network->graph->graph, head, every_atom, row), network->host + width * row,
               bytes);
    return class->finish(network->backend, error);
}

enum gd_status gd_network_forward(struct gd_network *network, const struct gd_head_class *type, const double *times,
                                  bool every_atom, float *output, struct gd_error *error)
{
    int k;
    enum gd_status status = gd_network_find_head(network, type, &k, error);
    if (!status)
        status = gd_network_run_head(network, k, times, every_atom, error);
    return status ? status : gd_network_download(network, k, every_atom, output, error);
}

enum gd_status gd_network_goals(struct gd_network *network, const double *times, struct gd_goal *goals, size_t count,
                                bool gradient, struct gd_error *error)
{
    struct goals pass = {0};
    enum gd_status status = GD_OK;
    network->graph->active = 0;
    for (size_t g = 0; g < count && !status; g++) {
        int k;
        status = gd_network_find_head(network, goals[g].head, &k, error);
        if (!status) {
            pass.of_head[k] = &goals[g];
            network->graph->active |= UINT64_C(1) << k;
        }
    }
    if (!status)
        status = run_pass(network, gradient ? GD_GRADIENT : GD_LOSS, times, false, &pass, error);
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

/* Where samplers get a network's scores and forces from. */
#include <math.h>

#include "engine/base/memory.h"
#include "model/network_priv.h"

/* Room for `count` times, all t, and as many conditions, all what is asked for. */
static enum gd_status set_times(struct gd_network *network, size_t count, double t, struct gd_error *error)
{
    if (!gd_grow(&network->times, &network->times_capacity, count, sizeof *network->times) ||
        !gd_grow(&network->conditions, &network->conditions_capacity, count, sizeof *network->conditions))
        return gd_no_memory(error, "a batch of structures");
    for (size_t k = 0; k < count; k++) {
        network->times[k] = t;
        network->conditions[k] = network->asked.rank;
    }
    gd_network_set_conditions(network, network->conditions);
    return GD_OK;
}

/* The weight of what is to be taken away from a score: that of structures of which nothing is told. */
static double weight_untold(const struct gd_network *network, const struct gd_head_class *head)
{
    return head->conditioned && !isnan(network->asked.rank) ? network->asked.weight : 0;
}

/* The head that scores are from: the model has one. */
static const struct gd_head_class *score_head(const struct gd_network *network)
{
    const struct gd_graph_network *graph = network->graph;
    int k = 0;
    while (k < graph->head_count - 1 && !graph->heads[k]->type->score)
        k++;
    return graph->heads[k]->type;
}

/* What the output of that head, or its slope, at time t is multiplied by to become the score, in 1/Å. */
static float score_factor(const struct gd_network *network, double t)
{
    if (score_head(network)->score == GD_SCORE_SLOPE)
        return 1;
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
        status = head->score == GD_SCORE_SLOPE
                     ? gd_network_slope(network, head, network->times, output, error)
                     : gd_network_forward(network, head, network->times, false, output, error);
    gd_network_set_conditions(network, NULL);
    for (size_t k = 0; k < 3 * network->graph->graph.mobile && !status; k++)
        output[k] *= factor;
    return status;
}

/* Takes `factor` times the score without a condition from that with one, after its pass. */
static enum gd_status subtract_untold(struct gd_network *network, const struct gd_head_class *head, float factor,
                                      float *score, struct gd_error *error)
{
    const size_t count = 3 * network->graph->graph.mobile;
    const int k = gd_graph_network_head(network->graph, head);
    enum gd_status status = gd_grow(&network->untold, &network->untold_capacity, count, sizeof *network->untold)
                                ? gd_network_rerun_head(network, k, network->times, error)
                                : gd_no_memory(error, "a batch of structures");
    if (!status)
        status = gd_network_download(network, k, false, network->untold, error);
    for (size_t c = 0; c < count && !status; c++)
        score[c] -= factor * network->untold[c];
    return status;
}

static enum gd_status evaluate(void *self, const struct gd_set *set, double t, float *score, struct gd_error *error)
{
    struct gd_network *network = self;
    const struct gd_head_class *head = score_head(network);
    const float factor = score_factor(network, t), weight = (float)weight_untold(network, head);
    enum gd_status status = evaluate_head(network, head, set, t, (1 + weight) * factor, score, error);
    return status || weight == 0 ? status : subtract_untold(network, head, weight * factor, score, error);
}

static enum gd_status find_forces(void *self, const struct gd_set *set, float *forces, struct gd_error *error)
{
    return evaluate_head(self, &gd_head_force, set, 0, 1, forces, error);
}

static enum gd_status begin_there(void *self, const struct gd_set *set, struct gd_error *error)
{
    struct gd_network *network = self;
    struct gd_structure like = gd_set_view(set, 0);
    gd_network_set_positions(network, NULL);
    return gd_sample_batch_start(&network->scene, &like, set->fixed, set->count, network->graph->cutoff, error);
}

/* The same where neither positions nor outputs are in the host's memory. */
static enum gd_status evaluate_head_there(struct gd_network *network, const struct gd_head_class *head,
                                          const struct gd_set *set, double t, float factor, float *output,
                                          struct gd_error *error)
{
    gd_network_set_positions(network, set->positions);
    int k;
    enum gd_status status = gd_network_find_head(network, head, &k, error);
    if (!status)
        status = set_times(network, set->count, t, error);
    const bool slope = head->score == GD_SCORE_SLOPE;
    if (!status)
        status = slope ? gd_network_run_slope(network, k, network->times, error)
                       : gd_network_run_head(network, k, network->times, false, error);
    gd_network_set_conditions(network, NULL);
    const struct gd_graph_network *graph = network->graph;
    if (!status)
        network->backend->type->ops.scale(network->backend,
                                          &(struct gd_scale){.count = 3 * graph->graph.mobile,
                                                             .factor = factor,
                                                             .x = slope ? graph->dposition : graph->heads[k]->output,
                                                             .y = output});
    return status;
}

static enum gd_status subtract_untold_there(struct gd_network *network, const struct gd_head_class *head, float factor,
                                            float *score, struct gd_error *error)
{
    const struct gd_ops *ops = &network->backend->type->ops;
    const size_t atoms = network->graph->graph.mobile;
    const int k = gd_graph_network_head(network->graph, head);
    enum gd_status status = gd_network_rerun_head(network, k, network->times, error);
    if (status)
        return status;
    float *untold = network->graph->heads[k]->output;
    ops->scale(network->backend, &(struct gd_scale){.count = 3 * atoms, .factor = -factor, .x = untold, .y = untold});
    ops->copy_rows(
        network->backend,
        &(struct gd_copy_rows){
            .rows = atoms, .width = 3, .from = untold, .from_stride = 3, .add = true, .to = score, .to_stride = 3});
    return GD_OK;
}

static enum gd_status evaluate_there(void *self, const struct gd_set *set, double t, float *score,
                                     struct gd_error *error)
{
    struct gd_network *network = self;
    const struct gd_head_class *head = score_head(network);
    const float factor = score_factor(network, t), weight = (float)weight_untold(network, head);
    enum gd_status status = evaluate_head_there(network, head, set, t, (1 + weight) * factor, score, error);
    return status || weight == 0 ? status : subtract_untold_there(network, head, weight * factor, score, error);
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

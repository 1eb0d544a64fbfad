/* Networks: made on a backend, and given batches of structures. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "model/network_priv.h"

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
    gd_network_ask_for(network, NULL);
    float **kept[] = {&network->m, &network->v, &network->average};
    for (size_t k = 0; k < sizeof kept / sizeof *kept && !status; k++) {
        status = gd_backend_alloc(network->backend, kept[k], bytes, "what an optimiser keeps", error);
        if (!status)
            class->zero(network->backend, *kept[k], bytes);
    }
    return status ? status : class->finish(network->backend, error);
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

void gd_network_forget(struct gd_network *network)
{
    for (int k = 0; k < GD_PASSES; k++) {
        if (network->recordings[k])
            network->backend->type->forget(network->backend, network->recordings[k]);
        network->recordings[k] = NULL;
    }
}

void gd_network_free(struct gd_network *network)
{
    if (!network)
        return;
    gd_network_forget(network);
    gd_graph_network_free(network->graph);
    gd_sample_batch_clear(&network->scene);
    if (network->backend) {
        network->backend->type->release(network->backend, network->m);
        network->backend->type->release(network->backend, network->v);
        network->backend->type->release(network->backend, network->average);
        network->backend->type->release(network->backend, network->room);
    }
    gd_backend_free(network->backend);
    free(network->packed);
    free(network->host);
    free(network->untold);
    free(network->times);
    free(network->conditions);
    free(network->views);
    free(network->fixed);
    free(network);
}

void gd_network_set_positions(struct gd_network *network, const double *positions)
{
    if (positions != network->positions)
        gd_network_forget(network);
    network->positions = positions;
}

enum gd_status gd_network_structures(struct gd_network *network, const struct gd_structure *structures,
                                     const size_t *fixed, size_t count, struct gd_error *error)
{
    gd_network_set_positions(network, NULL);
    return gd_graph_network_structures(network->graph, structures, fixed, count, error);
}

enum gd_status gd_network_tabulate(struct gd_network *network, struct gd_error *error)
{
    gd_network_forget(network);
    const struct gd_network_class *class = network->graph->type;
    return class->tabulate ? class->tabulate(network->graph, error) : GD_OK;
}

enum gd_status gd_network_precision(struct gd_network *network, const char *precision, struct gd_error *error)
{
    gd_network_forget(network);
    return gd_backend_precision(network->backend, precision, error);
}

void gd_network_fuse(struct gd_network *network)
{
    gd_network_forget(network);
    if (network->graph->type->fuse)
        network->graph->type->fuse(network->graph);
}

void gd_network_set_conditions(struct gd_network *network, const double *conditions)
{
    network->graph->conditions = conditions;
}

void gd_network_ask_for(struct gd_network *network, const struct gd_condition *condition)
{
    network->asked = condition ? *condition : (struct gd_condition){.rank = NAN};
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
        gd_network_set_positions(network, NULL);
    enum gd_status status =
        gd_backend_reserve(backend, &network->room, &network->room_bytes, bytes, "a batch of structures", error);
    if (status)
        return status;
    backend->type->upload(backend, network->room, network->packed, bytes);
    gd_network_set_positions(network, network->room);
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
        gd_network_forget(network);
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
    return network->graph->graph.all_edges;
}

size_t gd_network_bytes(const struct gd_network *network)
{
    size_t optimiser = 3 * network->graph->parameter_count * sizeof(float);
    return gd_graph_network_bytes(network->graph) + optimiser + network->scene.memory_bytes + network->room_bytes;
}

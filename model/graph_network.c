/* What all kinds of networks share: the parameters and the batch on a backend. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "model/head.h"
#include "model/prior.h"

const struct gd_kind gd_kind_network = {
    .name = "network",
    .summary = "score networks",
    .form = GD_WRAPPED,
    .callbacks =
        (const size_t[]){offsetof(struct gd_network_class, tensors), offsetof(struct gd_network_class, traits),
                         offsetof(struct gd_network_class, open), offsetof(struct gd_network_class, close),
                         offsetof(struct gd_network_class, prepare), offsetof(struct gd_network_class, forward),
                         offsetof(struct gd_network_class, backward), 0},
};

const struct gd_network_class *gd_network_named(const struct gd_registry *registry, const char *name,
                                                struct gd_error *error)
{
    const struct gd_component *found = registry ? gd_registry_component(registry, gd_kind_network.name, name) : NULL;
    for (size_t k = 0; !registry && !found && gd_networks[k]; k++)
        if (strcmp(gd_networks[k]->base.name, name) == 0)
            found = &gd_networks[k]->base;
    if (!found)
        gd_fail(error, GD_BAD_INPUT, "unknown network '%s' (load its plugin, if any)", name);
    return (const struct gd_network_class *)found;
}

static enum gd_status upload_parameters(struct gd_graph_network *network, const struct gd_model *model,
                                        struct gd_error *error)
{
    struct gd_backend *backend = network->backend;
    size_t bytes = model->parameter_count * sizeof(float);
    enum gd_status status = gd_backend_alloc(backend, &network->parameters, bytes, "a network's parameters", error);
    if (!status)
        status = gd_backend_alloc(backend, &network->gradient, bytes, "a network's gradient", error);
    if (status)
        return status;
    backend->type->upload(backend, network->parameters, model->parameters, bytes);
    backend->type->zero(backend, network->gradient, bytes);
    return GD_OK;
}

/* Every head of the model, all active; cutoff, rounds and what it sees come along. */
static enum gd_status open_heads(struct gd_graph_network *network, const struct gd_model *model, struct gd_error *error)
{
    struct gd_network_traits traits = model->type->traits(model->params);
    network->cutoff = traits.cutoff;
    network->rounds = traits.rounds;
    network->prior = traits.prior > 0;
    network->placed = traits.absolute || network->prior;
    for (int k = 0; gd_heads[k]; k++) {
        if (!(traits.heads >> k & 1))
            continue;
        struct gd_head *head = gd_array(1, gd_heads[k]->form->size);
        if (!head)
            return gd_no_memory(error, "a network's head");
        head->type = gd_heads[k];
        head->features = traits.features;
        head->type->form->open(head, model);
        network->active |= UINT64_C(1) << network->head_count;
        network->heads[network->head_count++] = head;
    }
    return GD_OK;
}

static void free_heads(struct gd_graph_network *network)
{
    for (int k = 0; k < network->head_count; k++) {
        network->heads[k]->type->form->close(network->heads[k]);
        free(network->heads[k]);
    }
}

int gd_graph_network_head(const struct gd_graph_network *network, const struct gd_head_class *head)
{
    int k = 0;
    while (k < network->head_count && network->heads[k]->type != head)
        k++;
    return k < network->head_count ? k : -1;
}

enum gd_status gd_graph_network_new(struct gd_graph_network **network, const struct gd_model *model,
                                    struct gd_backend *backend, struct gd_error *error)
{
    *network = NULL;
    struct gd_graph_network *made = gd_array(1, model->type->size);
    if (!made)
        return gd_no_memory(error, "a network");
    made->type = model->type;
    made->backend = backend;
    made->parameter_count = model->parameter_count;
    enum gd_status status = open_heads(made, model, error);
    if (!status) {
        model->type->open(made, model);
        status = upload_parameters(made, model, error);
    }
    if (status)
        gd_graph_network_free(made);
    else
        *network = made;
    return status;
}

void gd_graph_network_free(struct gd_graph_network *network)
{
    if (!network)
        return;
    network->type->close(network);
    void *const memory[] = {network->parameters, network->gradient, network->image, network->workspace, network->room};
    for (size_t k = 0; k < sizeof memory / sizeof *memory; k++)
        network->backend->type->release(network->backend, memory[k]);
    free_heads(network);
    gd_graph_clear(&network->graph);
    free(network);
}

/* Positions of all atoms as they came, to the backend. */
static enum gd_status upload_positions(struct gd_graph_network *network, const struct gd_structure *structures,
                                       size_t count, struct gd_error *error)
{
    struct gd_backend *backend = network->backend;
    size_t bytes = 3 * network->graph.atoms * sizeof *network->room, used = 0;
    enum gd_status status =
        gd_backend_reserve(backend, &network->room, &network->room_bytes, bytes, "a batch of structures", error);
    network->positions = network->room;
    for (size_t k = 0; k < count && !status; k++) {
        backend->type->upload(backend, network->room + used, structures[k].positions,
                              3 * structures[k].count * sizeof *network->room);
        used += 3 * structures[k].count;
    }
    return status;
}

/* The arrays of the graph, to the backend. */
static enum gd_status upload_image(struct gd_graph_network *network, struct gd_error *error)
{
    const struct gd_graph *graph = &network->graph;
    struct gd_backend *backend = network->backend;
    enum gd_status status = gd_backend_reserve(backend, &network->image, &network->image_bytes, graph->image_bytes,
                                               "the edges of a batch", error);
    if (status)
        return status;
    backend->type->upload(backend, network->image, graph->image, graph->image_bytes);
    network->arrays = gd_graph_arrays_at(graph, network->image);
    return GD_OK;
}

enum gd_status gd_graph_network_complete(struct gd_graph_network *network, struct gd_error *error)
{
    if (network->graph.edges == network->graph.all_edges)
        return GD_OK;
    enum gd_status status = gd_graph_complete(&network->graph, error);
    return status ? status : upload_image(network, error);
}

enum gd_status gd_graph_network_structures(struct gd_graph_network *network, const struct gd_structure *structures,
                                           const size_t *fixed, size_t count, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < count && network->prior && !status; k++)
        status = gd_prior_check(&structures[k], fixed[k], error);
    if (!status)
        status = gd_graph_build(&network->graph, network->cutoff, network->rounds, structures, fixed, count, error);
    if (!status)
        status = upload_image(network, error);
    return status || !network->placed ? status : upload_positions(network, structures, count, error);
}

enum gd_status gd_graph_network_forward(struct gd_graph_network *network, const double *times, bool every_atom,
                                        bool training, struct gd_error *error)
{
    enum gd_status status = every_atom ? gd_graph_network_complete(network, error) : GD_OK;
    if (!status)
        status = network->type->prepare(network, times, every_atom, training, error);
    if (!status)
        network->type->forward(network);
    return status;
}

size_t gd_graph_network_bytes(const struct gd_graph_network *network)
{
    size_t parameters = 2 * network->parameter_count * sizeof(float);
    size_t own = network->type->bytes ? network->type->bytes(network) : 0;
    return parameters + network->image_bytes + network->room_bytes + network->workspace_bytes + own;
}

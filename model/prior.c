#include "model/prior.h"

#include <string.h>

#include "engine/base/memory.h"

void gd_prior_open(struct gd_prior *prior, const struct gd_head_class *type, const struct gd_model *model)
{
    const double width = type->prior ? model->type->traits(model->params).prior : 0;
    *prior = (struct gd_prior){.variance = width * width, .process = model->process};
}

void gd_prior_carve(struct gd_prior *prior, struct gd_layout *carver, size_t structures, size_t atoms)
{
    if (prior->variance == 0)
        return;
    prior->first = (int *)(void *)gd_layout_take(carver, structures + 1, 1);
    prior->place = (int *)(void *)gd_layout_take(carver, atoms, 1);
    prior->stiffness = gd_layout_take(carver, structures, 1);
}

/* An array through the host's room to the backend. */
static void upload(const struct gd_prior *prior, const struct gd_graph_network *network, void *to, size_t bytes)
{
    network->backend->type->upload(network->backend, to, prior->host, bytes);
}

enum gd_status gd_prior_prepare(struct gd_prior *prior, const struct gd_graph_network *network, const double *times,
                                struct gd_error *error)
{
    const struct gd_graph *graph = &network->graph;
    const size_t structures = graph->structures, most = graph->mobile > structures ? graph->mobile : structures + 1;
    if (prior->variance == 0)
        return GD_OK;
    if (!gd_grow(&prior->host, &prior->capacity, most, sizeof(float)))
        return gd_no_memory(error, "a prior");
    int *whole = prior->host;
    float *number = prior->host;
    for (size_t k = 0, i = 0; k <= structures; k++) {
        while (i < graph->mobile && (size_t)graph->structure[i] < k)
            i++;
        whole[k] = (int)i;
    }
    upload(prior, network, prior->first, (structures + 1) * sizeof *whole);
    for (size_t i = 0; i < graph->mobile; i++)
        whole[i] = (int)graph->order[i];
    upload(prior, network, prior->place, graph->mobile * sizeof *whole);
    for (size_t k = 0; k < structures; k++) {
        const double spread = gd_process_spread(&prior->process, times[k]);
        number[k] = (float)(1 / (spread * spread + prior->variance));
    }
    upload(prior, network, prior->stiffness, structures * sizeof *number);
    return GD_OK;
}

static struct gd_spring spring_of(const struct gd_prior *prior, const struct gd_graph_network *network)
{
    return (struct gd_spring){.structures = network->graph.structures,
                              .first = prior->first,
                              .place = prior->place,
                              .positions = network->positions,
                              .stiffness = prior->stiffness};
}

void gd_prior_energy(const struct gd_prior *prior, const struct gd_graph_network *network, float *energy)
{
    struct gd_spring spring = spring_of(prior, network);
    spring.energy = energy;
    if (prior->variance > 0)
        network->backend->type->ops.spring(network->backend, &spring);
}

void gd_prior_gradient(const struct gd_prior *prior, const struct gd_graph_network *network, const float *factor)
{
    struct gd_spring spring = spring_of(prior, network);
    spring.factor = factor;
    spring.dposition = network->dposition;
    if (prior->variance > 0)
        network->backend->type->ops.spring(network->backend, &spring);
}

enum gd_status gd_prior_check(const struct gd_structure *structure, size_t fixed, struct gd_error *error)
{
    const bool *periodic = structure->cell.periodic;
    const char *why = fixed > 0                                   ? "the structure stands on a template"
                      : periodic[0] || periodic[1] || periodic[2] ? "the cell is periodic"
                      : structure->count < 2                      ? "there is a single atom"
                                                                  : NULL;
    if (!why)
        return GD_OK;
    return gd_fail(error, GD_BAD_INPUT,
                   "a model with a prior is of at least two atoms in open space, about their mean, and %s", why);
}

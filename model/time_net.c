#include "model/time_net.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/base/numbers.h"

#define WAVES  4
#define WIDTH  (2 * WAVES)
#define PREFIX "time"

static void set_widths(int features, int widths[3])
{
    widths[0] = WIDTH;
    widths[1] = widths[2] = features;
}

void gd_time_net_tensors(int features, struct gd_tensor_list *list)
{
    int widths[3];
    set_widths(features, widths);
    gd_net_tensors(list, PREFIX, widths);
}

void gd_time_net_open(struct gd_time_net *time, int features, const struct gd_model *model)
{
    int widths[3];
    set_widths(features, widths);
    time->net = gd_net_named(model, PREFIX, widths);
}

void gd_time_net_clear(struct gd_time_net *time)
{
    free(time->host);
}

void gd_time_net_carve(struct gd_time_net *time, const struct gd_graph_network *network, size_t atoms, bool training,
                       struct gd_layout *carver)
{
    const size_t structures = network->graph.structures;
    const int features = time->net.outer.out;
    time->atoms = atoms;
    time->structure = (int *)(void *)gd_layout_take(carver, atoms, 1);
    time->waves = gd_layout_take(carver, structures, WIDTH);
    time->arrays = gd_layout_take_net(carver, &time->net, structures);
    time->sums = gd_layout_take(carver, structures, features);
    time->spread = gd_layout_take(carver, atoms, features);
    time->dwaves = gd_layout_take(carver, training ? structures : 0, WIDTH);
}

enum gd_status gd_time_net_prepare(struct gd_time_net *time, const struct gd_graph_network *network,
                                   const double *times, struct gd_error *error)
{
    const struct gd_graph *graph = &network->graph;
    struct gd_backend *backend = network->backend;
    if (!gd_grow(&time->host, &time->capacity, graph->structures * WIDTH, sizeof *time->host))
        return gd_no_memory(error, "times");
    for (size_t k = 0; k < graph->structures * WAVES; k++) {
        const double angle = GD_PI * (1 << k % WAVES) * times[k / WAVES];
        time->host[2 * k] = (float)sin(angle);
        time->host[2 * k + 1] = (float)cos(angle);
    }
    backend->type->upload(backend, time->structure, graph->structure, time->atoms * sizeof *time->structure);
    backend->type->upload(backend, time->waves, time->host, graph->structures * WIDTH * sizeof *time->waves);
    return GD_OK;
}

void gd_time_net_forward(const struct gd_time_net *time, const struct gd_graph_network *network, float *scalars)
{
    const struct gd_ops *ops = &network->backend->type->ops;
    const int features = time->net.outer.out;
    gd_net_forward(network, &time->net, network->graph.structures, time->waves, &time->arrays);
    ops->gather(network->backend, &(struct gd_gather){.rows = time->atoms,
                                                      .width = features,
                                                      .from = time->arrays.y,
                                                      .index = time->structure,
                                                      .to = time->spread});
    ops->copy_rows(network->backend, &(struct gd_copy_rows){.rows = time->atoms,
                                                            .width = features,
                                                            .from = time->spread,
                                                            .from_stride = features,
                                                            .add = true,
                                                            .to = scalars,
                                                            .to_stride = features});
}

void gd_time_net_backward(const struct gd_time_net *time, const struct gd_graph_network *network, const float *dscalars,
                          float *dhidden)
{
    network->backend->type->ops.sum_rows(network->backend, &(struct gd_sum_rows){.rows = time->atoms,
                                                                                 .groups = network->graph.structures,
                                                                                 .width = time->net.outer.out,
                                                                                 .from = dscalars,
                                                                                 .index = time->structure,
                                                                                 .to = time->sums});
    gd_net_backward(network, &time->net, network->graph.structures, time->waves, &time->arrays, time->sums, false,
                    time->dwaves, dhidden);
}

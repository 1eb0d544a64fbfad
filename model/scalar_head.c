#include "model/scalar_head.h"

#include <stdlib.h>

static void set_widths(bool timed, int features, int hidden, int widths[3])
{
    widths[0] = features + (timed ? GD_TIME_ROWS_WIDTH : 0);
    widths[1] = hidden;
    widths[2] = 1;
}

void gd_scalar_head_tensors(const char *prefix, bool timed, int features, int hidden, struct gd_tensor_list *list)
{
    int widths[3];
    set_widths(timed, features, hidden, widths);
    gd_net_tensors(list, prefix, widths);
}

void gd_scalar_head_open(struct gd_head *head, const char *prefix, bool timed, int hidden, const struct gd_model *model)
{
    struct gd_scalar_head *own = (struct gd_scalar_head *)head;
    int widths[3];
    set_widths(timed, head->features, hidden, widths);
    own->net = gd_net_named(model, prefix, widths);
    own->timed = timed;
}

void gd_scalar_head_close(struct gd_head *head)
{
    free(((struct gd_scalar_head *)head)->time.times);
}

size_t gd_scalar_head_largest(const struct gd_head *head, size_t (*size)(const struct gd_layer *))
{
    return gd_net_size(&((const struct gd_scalar_head *)head)->net, size);
}

void gd_scalar_head_carve(struct gd_head *head, struct gd_layout *carver)
{
    struct gd_scalar_head *own = (struct gd_scalar_head *)head;
    if (own->timed) {
        gd_time_rows_carve(&own->time, carver, head->atoms, GD_TIME_ROWS_WIDTH);
        own->joined = gd_layout_take(carver, head->atoms, own->net.inner.in);
    }
    own->arrays = gd_layout_take_net(carver, &own->net, head->atoms);
    own->structure = (int *)(void *)gd_layout_take(carver, head->atoms, 1);
    own->dscalar = gd_layout_take(carver, head->atoms, 1);
    head->output = gd_layout_take(carver, head->rows, 1);
}

enum gd_status gd_scalar_head_prepare(struct gd_head *head, const struct gd_graph_network *network, const double *times,
                                      struct gd_error *error)
{
    struct gd_scalar_head *own = (struct gd_scalar_head *)head;
    network->backend->type->upload(network->backend, own->structure, network->graph.structure,
                                   head->atoms * sizeof(int));
    return own->timed ? gd_time_rows_prepare(&own->time, network, head->atoms, times, error) : GD_OK;
}

static const float *input_of(const struct gd_scalar_head *own)
{
    return own->timed ? own->joined : own->base.q;
}

void gd_scalar_head_forward(const struct gd_head *head, const struct gd_graph_network *network)
{
    const struct gd_scalar_head *own = (const struct gd_scalar_head *)head;
    if (own->timed)
        gd_time_rows_join(&own->time, head, network->backend, own->joined);
    gd_net_forward(network, &own->net, head->atoms, input_of(own), &own->arrays);
    network->backend->type->ops.sum_rows(network->backend, &(struct gd_sum_rows){.rows = head->atoms,
                                                                                 .groups = head->rows,
                                                                                 .width = 1,
                                                                                 .from = own->arrays.y,
                                                                                 .index = own->structure,
                                                                                 .to = head->output});
}

/* Nothing goes through the vectors. */
void gd_scalar_head_backward(const struct gd_head *head, const struct gd_graph_network *network,
                             struct gd_gradients *carried, bool add)
{
    const struct gd_scalar_head *own = (const struct gd_scalar_head *)head;
    struct gd_backend *backend = network->backend;
    backend->type->ops.gather(
        backend,
        &(struct gd_gather){
            .rows = head->atoms, .width = 1, .from = head->doutput, .index = own->structure, .to = own->dscalar});
    gd_net_backward(network, &own->net, head->atoms, input_of(own), &own->arrays, own->dscalar, add && !own->timed,
                    own->timed ? carried->head_ds : carried->dq, carried->dhidden);
    if (own->timed)
        backend->type->ops.copy_rows(backend, &(struct gd_copy_rows){.rows = head->atoms,
                                                                     .width = head->features,
                                                                     .from = carried->head_ds,
                                                                     .from_stride = own->net.inner.in,
                                                                     .add = add,
                                                                     .to = carried->dq,
                                                                     .to_stride = head->features});
    if (!add)
        backend->type->zero(backend, carried->dv, 3 * head->atoms * (size_t)head->features * sizeof *carried->dv);
}

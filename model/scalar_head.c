#include "model/scalar_head.h"

#include <stdlib.h>

static void set_widths(const struct gd_head_class *type, int features, int widths[3])
{
    widths[0] = features + gd_time_rows_width(type);
    widths[1] = type->narrow ? features / 2 : features;
    widths[2] = 1;
}

static void list_tensors(const struct gd_head_class *type, int features, struct gd_tensor_list *list)
{
    int widths[3];
    set_widths(type, features, widths);
    gd_net_tensors(list, type->prefix, widths);
}

static void open_head(struct gd_head *head, const struct gd_model *model)
{
    struct gd_scalar_head *own = (struct gd_scalar_head *)head;
    int widths[3];
    set_widths(head->type, head->features, widths);
    own->net = gd_net_named(model, head->type->prefix, widths);
    own->told = gd_time_rows_width(head->type);
    gd_prior_open(&own->prior, head->type, model);
}

static void close_head(struct gd_head *head)
{
    free(((struct gd_scalar_head *)head)->time.times);
    free(((struct gd_scalar_head *)head)->prior.host);
}

static size_t largest(const struct gd_head *head, size_t (*size)(const struct gd_layer *))
{
    return gd_net_size(&((const struct gd_scalar_head *)head)->net, size);
}

static void carve(struct gd_head *head, struct gd_layout *carver)
{
    struct gd_scalar_head *own = (struct gd_scalar_head *)head;
    if (own->told) {
        gd_time_rows_carve(&own->time, carver, head->atoms, own->told);
        own->joined = gd_layout_take(carver, head->atoms, own->net.inner.in);
    }
    own->arrays = gd_layout_take_net(carver, &own->net, head->atoms);
    own->structure = (int *)(void *)gd_layout_take(carver, head->atoms, 1);
    own->dscalar = gd_layout_take(carver, head->atoms, 1);
    head->output = gd_layout_take(carver, head->rows, 1);
    gd_prior_carve(&own->prior, carver, head->rows, head->atoms);
}

static enum gd_status prepare(struct gd_head *head, const struct gd_graph_network *network, const double *times,
                              struct gd_error *error)
{
    struct gd_scalar_head *own = (struct gd_scalar_head *)head;
    network->backend->type->upload(network->backend, own->structure, network->graph.structure,
                                   head->atoms * sizeof(int));
    const enum gd_status status = gd_prior_prepare(&own->prior, network, times, error);
    return status || !own->told ? status : gd_time_rows_prepare(&own->time, network, head->atoms, times, error);
}

static const float *input_of(const struct gd_scalar_head *own)
{
    return own->told ? own->joined : own->base.q;
}

static void forward(const struct gd_head *head, const struct gd_graph_network *network)
{
    const struct gd_scalar_head *own = (const struct gd_scalar_head *)head;
    if (own->told)
        gd_time_rows_join(&own->time, head, network->backend, own->joined);
    gd_net_forward(network, &own->net, head->atoms, input_of(own), &own->arrays);
    network->backend->type->ops.sum_rows(network->backend, &(struct gd_sum_rows){.rows = head->atoms,
                                                                                 .groups = head->rows,
                                                                                 .width = 1,
                                                                                 .from = own->arrays.y,
                                                                                 .index = own->structure,
                                                                                 .to = head->output});
    gd_prior_energy(&own->prior, network, head->output);
}

/* Nothing goes through the vectors. */
static void backward(const struct gd_head *head, const struct gd_graph_network *network, struct gd_gradients *carried,
                     bool add)
{
    const struct gd_scalar_head *own = (const struct gd_scalar_head *)head;
    struct gd_backend *backend = network->backend;
    backend->type->ops.gather(
        backend,
        &(struct gd_gather){
            .rows = head->atoms, .width = 1, .from = head->doutput, .index = own->structure, .to = own->dscalar});
    gd_net_backward(network, &own->net, head->atoms, input_of(own), &own->arrays, own->dscalar, add && !own->told,
                    own->told ? carried->head_ds : carried->dq, carried->dhidden);
    if (own->told)
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

static void to_positions(const struct gd_head *head, const struct gd_graph_network *network)
{
    gd_prior_gradient(&((const struct gd_scalar_head *)head)->prior, network, head->doutput);
}

const struct gd_head_form gd_scalar_head = {
    .width = 1,
    .of_structure = true,
    .size = sizeof(struct gd_scalar_head),
    .tensors = list_tensors,
    .open = open_head,
    .close = close_head,
    .largest = largest,
    .carve = carve,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .to_positions = to_positions,
};

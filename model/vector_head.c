#include "model/vector_head.h"

#include <stdio.h>
#include <stdlib.h>

#define NAME_SIZE 48

/* Widths of scalars and vectors into block k; k = GD_HEAD_BLOCKS: out of the last. */
struct widths {
    int scalars, vectors;
};

static struct widths widths_at(int scalars, int features, int k)
{
    return k == GD_HEAD_BLOCKS ? (struct widths){1, 1} : (struct widths){scalars >> k, features >> k};
}

/* Of block k: its names, and the widths of its scalar net. */
struct block_plan {
    char mix[NAME_SIZE], net[NAME_SIZE];
    struct widths in, out;
    int net_widths[3];
};

static struct block_plan plan_block(const struct gd_head_class *type, int features, int k)
{
    const int scalars = features + gd_time_rows_width(type);
    struct widths in = widths_at(scalars, features, k), out = widths_at(scalars, features, k + 1);
    struct block_plan plan = {
        .in = in, .out = out, .net_widths = {in.scalars + out.vectors, in.scalars, out.scalars + out.vectors}};
    snprintf(plan.mix, sizeof plan.mix, "%s.%d.mix_vectors.weight", type->prefix, k);
    snprintf(plan.net, sizeof plan.net, "%s.%d.scalar_net", type->prefix, k);
    return plan;
}

static void list_tensors(const struct gd_head_class *type, int features, struct gd_tensor_list *list)
{
    for (int k = 0; k < GD_HEAD_BLOCKS; k++) {
        struct block_plan plan = plan_block(type, features, k);
        gd_tensor_add(list, 2 * plan.out.vectors, plan.in.vectors, "%s", plan.mix);
        gd_net_tensors(list, plan.net, plan.net_widths);
    }
}

static void open_head(struct gd_head *head, const struct gd_model *model)
{
    struct gd_vector_head *own = (struct gd_vector_head *)head;
    own->told = gd_time_rows_width(head->type);
    for (int k = 0; k < GD_HEAD_BLOCKS; k++) {
        struct block_plan plan = plan_block(head->type, head->features, k);
        own->block[k] =
            (struct gd_gated_block){.scalars_in = plan.in.scalars,
                                    .scalars = plan.out.scalars,
                                    .vectors = plan.out.vectors,
                                    .mix = gd_layer_unbiased(model, plan.mix, plan.in.vectors, 2 * plan.out.vectors),
                                    .net = gd_net_named(model, plan.net, plan.net_widths)};
    }
}

static void close_head(struct gd_head *head)
{
    free(((struct gd_vector_head *)head)->time.times);
}

static size_t largest(const struct gd_head *head, size_t (*size)(const struct gd_layer *))
{
    const struct gd_vector_head *own = (const struct gd_vector_head *)head;
    size_t most = 0;
    for (int k = 0; k < GD_HEAD_BLOCKS; k++) {
        size_t mix = size(&own->block[k].mix), net = gd_net_size(&own->block[k].net, size);
        most = mix > most ? mix : most;
        most = net > most ? net : most;
    }
    return most;
}

/* The first block reads the backbone's scalars where they are, unless something is to be beside them. */
static void carve(struct gd_head *head, struct gd_layout *carver)
{
    struct gd_vector_head *own = (struct gd_vector_head *)head;
    size_t n = head->atoms;
    if (own->told)
        gd_time_rows_carve(&own->time, carver, n, own->told);
    for (int k = 0; k < GD_HEAD_BLOCKS; k++) {
        const struct gd_gated_block *block = &own->block[k];
        struct gd_gated_arrays *to = &own->arrays[k];
        to->s_in = k == 0 && !own->told ? NULL : gd_layout_take(carver, n, block->scalars_in);
        to->v_in = k == 0 ? NULL : gd_layout_take(carver, n, 3 * block->mix.in);
        to->mixed = gd_layout_take(carver, n, 3 * block->mix.out);
        to->joined = gd_layout_take(carver, n, block->net.inner.in);
        to->net = gd_layout_take_net(carver, &block->net, n);
    }
    head->output = gd_layout_take(carver, n, 3);
}

static enum gd_status prepare(struct gd_head *head, const struct gd_graph_network *network, const double *times,
                              struct gd_error *error)
{
    struct gd_vector_head *own = (struct gd_vector_head *)head;
    return own->told ? gd_time_rows_prepare(&own->time, network, head->atoms, times, error) : GD_OK;
}

static const float *scalars_into(const struct gd_vector_head *own, int k)
{
    return own->arrays[k].s_in ? own->arrays[k].s_in : own->base.q;
}

static const float *vectors_into(const struct gd_vector_head *own, int k)
{
    return k == 0 ? own->base.v : own->arrays[k].v_in;
}

static void forward_block(const struct gd_vector_head *own, const struct gd_graph_network *network, int k)
{
    struct gd_backend *backend = network->backend;
    const struct gd_gated_block *block = &own->block[k];
    const struct gd_gated_arrays *at = &own->arrays[k];
    size_t n = own->base.atoms;
    bool last = k == GD_HEAD_BLOCKS - 1;
    gd_layer_forward(network, &block->mix, 3 * n, vectors_into(own, k), at->mixed);
    backend->type->ops.norms(backend, &(struct gd_norms){.rows = n,
                                                         .scalars = block->scalars_in,
                                                         .vectors = block->vectors,
                                                         .s = scalars_into(own, k),
                                                         .mixed = at->mixed,
                                                         .joined = at->joined});
    gd_net_forward(network, &block->net, n, at->joined, &at->net);
    backend->type->ops.gate(backend, &(struct gd_gate){.rows = n,
                                                       .scalars = block->scalars,
                                                       .vectors = block->vectors,
                                                       .net = at->net.y,
                                                       .mixed = at->mixed,
                                                       .s_out = last ? NULL : at[1].s_in,
                                                       .v_out = last ? own->base.output : at[1].v_in});
}

static void forward(const struct gd_head *head, const struct gd_graph_network *network)
{
    const struct gd_vector_head *own = (const struct gd_vector_head *)head;
    if (own->told)
        gd_time_rows_join(&own->time, head, network->backend, own->arrays[0].s_in);
    for (int k = 0; k < GD_HEAD_BLOCKS; k++)
        forward_block(own, network, k);
}

/* From ds_out (NULL in the last) and dv_out to carried head_ds, and to dv_in, or (add) onto it. */
static void backward_block(const struct gd_vector_head *own, const struct gd_graph_network *network, int k,
                           const struct gd_gradients *carried, const float *ds_out, const float *dv_out, bool add,
                           float *dv_in)
{
    struct gd_backend *backend = network->backend;
    const struct gd_ops *ops = &backend->type->ops;
    const struct gd_gated_block *block = &own->block[k];
    const struct gd_gated_arrays *at = &own->arrays[k];
    size_t n = own->base.atoms;
    ops->gate_backward(backend, &(struct gd_gate_backward){.rows = n,
                                                           .scalars = block->scalars,
                                                           .vectors = block->vectors,
                                                           .ds_out = ds_out,
                                                           .dv_out = dv_out,
                                                           .net = at->net.y,
                                                           .mixed = at->mixed,
                                                           .dnet = carried->dnet,
                                                           .dmixed = carried->dmixed});
    gd_net_backward(network, &block->net, n, at->joined, &at->net, carried->dnet, false, carried->djoined,
                    carried->dhidden);
    ops->norms_backward(backend, &(struct gd_norms_backward){.rows = n,
                                                             .scalars = block->scalars_in,
                                                             .vectors = block->vectors,
                                                             .joined = at->joined,
                                                             .djoined = carried->djoined,
                                                             .mixed = at->mixed,
                                                             .ds = carried->head_ds,
                                                             .dmixed = carried->dmixed});
    gd_layer_weight(network, &block->mix, 3 * n, vectors_into(own, k), carried->dmixed, NULL);
    gd_layer_input(network, &block->mix, 3 * n, carried->dmixed, add, dv_in);
}

static void backward(const struct gd_head *head, const struct gd_graph_network *network, struct gd_gradients *carried,
                     bool add)
{
    const struct gd_vector_head *own = (const struct gd_vector_head *)head;
    float *const scratch[] = {carried->head_dv, carried->head_dv_in};
    const float *ds_out = NULL, *dv_out = head->doutput;
    for (int k = GD_HEAD_BLOCKS - 1; k >= 0; k--) {
        float *dv_in = k == 0 ? carried->dv : scratch[k % 2];
        backward_block(own, network, k, carried, ds_out, dv_out, add && k == 0, dv_in);
        ds_out = carried->head_ds;
        dv_out = dv_in;
    }
    network->backend->type->ops.copy_rows(network->backend,
                                          &(struct gd_copy_rows){.rows = head->atoms,
                                                                 .width = head->features,
                                                                 .from = carried->head_ds,
                                                                 .from_stride = head->features + own->told,
                                                                 .add = add,
                                                                 .to = carried->dq,
                                                                 .to_stride = head->features});
}

const struct gd_head_form gd_vector_head = {
    .width = 3,
    .size = sizeof(struct gd_vector_head),
    .tensors = list_tensors,
    .open = open_head,
    .close = close_head,
    .largest = largest,
    .carve = carve,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};

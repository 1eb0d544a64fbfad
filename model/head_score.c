/* Head `score`: gated equivariant blocks on the backbone's scalars, the time, and its vectors (method section 3). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "model/head.h"

#define PI 3.14159265358979323846

/* Widths of scalars and vectors into block k; k = GD_HEAD_BLOCKS: out of the last. */
struct widths {
    int scalars, vectors;
};

static struct widths widths_at(int features, int k)
{
    return k == GD_HEAD_BLOCKS ? (struct widths){1, 1} : (struct widths){(features + 2) >> k, features >> k};
}

#define NAME_SIZE 32

static void net_name(char name[NAME_SIZE], int k)
{
    snprintf(name, NAME_SIZE, "head.%d.scalar_net", k);
}

static void net_widths(int features, int k, int widths[3])
{
    struct widths in = widths_at(features, k), out = widths_at(features, k + 1);
    widths[0] = in.scalars + out.vectors;
    widths[1] = in.scalars;
    widths[2] = out.scalars + out.vectors;
}

static void tensors(int features, struct gd_tensor_list *list)
{
    for (int k = 0; k < GD_HEAD_BLOCKS; k++) {
        char name[NAME_SIZE];
        int widths[3];
        net_name(name, k);
        net_widths(features, k, widths);
        gd_tensor_add(list, 2 * widths_at(features, k + 1).vectors, widths_at(features, k).vectors,
                      "head.%d.mix_vectors.weight", k);
        gd_net_tensors(list, name, widths);
    }
}

static void open_head(struct gd_head *head, const struct gd_model *model)
{
    for (int k = 0; k < GD_HEAD_BLOCKS; k++) {
        struct widths in = widths_at(head->features, k), out = widths_at(head->features, k + 1);
        char name[NAME_SIZE], mix[48];
        int widths[3];
        net_name(name, k);
        net_widths(head->features, k, widths);
        snprintf(mix, sizeof mix, "head.%d.mix_vectors.weight", k);
        head->block[k] = (struct gd_gated_block){.scalars_in = in.scalars,
                                                 .scalars = out.scalars,
                                                 .vectors = out.vectors,
                                                 .mix = gd_layer_unbiased(model, mix, in.vectors, 2 * out.vectors),
                                                 .net = gd_net_named(model, name, widths)};
    }
}

static void close_head(struct gd_head *head)
{
    free(head->times);
}

static size_t largest(const struct gd_head *head, size_t (*size)(const struct gd_layer *))
{
    size_t most = 0;
    for (int k = 0; k < GD_HEAD_BLOCKS; k++) {
        size_t mix = size(&head->block[k].mix), net = gd_net_size(&head->block[k].net, size);
        most = mix > most ? mix : most;
        most = net > most ? net : most;
    }
    return most;
}

static void carve(struct gd_head *head, struct gd_layout *carver)
{
    size_t n = head->atoms;
    head->time = gd_layout_take(carver, n, 2);
    for (int k = 0; k < GD_HEAD_BLOCKS; k++) {
        const struct gd_gated_block *block = &head->block[k];
        struct gd_gated_arrays *to = &head->arrays[k];
        to->s_in = gd_layout_take(carver, n, block->scalars_in);
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
    size_t n = head->atoms;
    if (!gd_grow(&head->times, &head->times_capacity, 2 * n, sizeof *head->times))
        return gd_no_memory(error, "times");
    for (size_t i = 0; i < n; i++) {
        double t = times[network->graph.structure[i]];
        head->times[2 * i] = (float)sin(PI * t);
        head->times[2 * i + 1] = (float)cos(PI * t);
    }
    network->backend->type->upload(network->backend, head->time, head->times, 2 * n * sizeof *head->times);
    return GD_OK;
}

/* (q, sin πt, cos πt) */
static void join_time(const struct gd_head *head, struct gd_backend *backend)
{
    int features = head->features;
    float *to = head->arrays[0].s_in;
    backend->type->ops.copy_rows(backend, &(struct gd_copy_rows){.rows = head->atoms,
                                                                 .width = features,
                                                                 .from = head->q,
                                                                 .from_stride = features,
                                                                 .to = to,
                                                                 .to_stride = features + 2});
    backend->type->ops.copy_rows(backend, &(struct gd_copy_rows){.rows = head->atoms,
                                                                 .width = 2,
                                                                 .from = head->time,
                                                                 .from_stride = 2,
                                                                 .to = to + features,
                                                                 .to_stride = features + 2});
}

static const float *vectors_into(const struct gd_head *head, int k)
{
    return k == 0 ? head->v : head->arrays[k].v_in;
}

static void forward_block(const struct gd_head *head, const struct gd_graph_network *network, int k)
{
    struct gd_backend *backend = network->backend;
    const struct gd_gated_block *block = &head->block[k];
    const struct gd_gated_arrays *at = &head->arrays[k];
    size_t n = head->atoms;
    bool last = k == GD_HEAD_BLOCKS - 1;
    gd_layer_forward(network, &block->mix, 3 * n, vectors_into(head, k), at->mixed);
    backend->type->ops.norms(backend, &(struct gd_norms){.rows = n,
                                                         .scalars = block->scalars_in,
                                                         .vectors = block->vectors,
                                                         .s = at->s_in,
                                                         .mixed = at->mixed,
                                                         .joined = at->joined});
    gd_net_forward(network, &block->net, n, at->joined, &at->net);
    backend->type->ops.gate(backend, &(struct gd_gate){.rows = n,
                                                       .scalars = block->scalars,
                                                       .vectors = block->vectors,
                                                       .net = at->net.y,
                                                       .mixed = at->mixed,
                                                       .s_out = last ? NULL : at[1].s_in,
                                                       .v_out = last ? head->output : at[1].v_in});
}

static void forward(const struct gd_head *head, const struct gd_graph_network *network)
{
    join_time(head, network->backend);
    for (int k = 0; k < GD_HEAD_BLOCKS; k++)
        forward_block(head, network, k);
}

/* From ds_out (NULL in the last) and dv_out to carried ds and dv_in. */
static void backward_block(const struct gd_head *head, const struct gd_graph_network *network, int k,
                           const struct gd_gradients *carried, const float *ds_out, const float *dv_out, float *dv_in)
{
    struct gd_backend *backend = network->backend;
    const struct gd_ops *ops = &backend->type->ops;
    const struct gd_gated_block *block = &head->block[k];
    const struct gd_gated_arrays *at = &head->arrays[k];
    size_t n = head->atoms;
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
                                                             .ds = carried->ds,
                                                             .dmixed = carried->dmixed});
    gd_layer_weight(network, &block->mix, 3 * n, vectors_into(head, k), carried->dmixed, NULL);
    gd_layer_input(network, &block->mix, 3 * n, carried->dmixed, false, dv_in);
}

static void backward(const struct gd_head *head, const struct gd_graph_network *network, struct gd_gradients *carried)
{
    int features = head->features;
    const float *ds_out = NULL, *dv_out = network->doutput;
    for (int k = GD_HEAD_BLOCKS - 1; k >= 0; k--) {
        backward_block(head, network, k, carried, ds_out, dv_out, carried->dv_next);
        gd_gradients_swap(carried);
        ds_out = carried->ds;
        dv_out = carried->dv;
    }
    network->backend->type->ops.copy_rows(network->backend, &(struct gd_copy_rows){.rows = head->atoms,
                                                                                   .width = features,
                                                                                   .from = carried->ds,
                                                                                   .from_stride = features + 2,
                                                                                   .to = carried->dq,
                                                                                   .to_stride = features});
}

const struct gd_head_class gd_head_score = {
    .name = "score",
    .tensors = tensors,
    .open = open_head,
    .close = close_head,
    .largest = largest,
    .carve = carve,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};

/* The backward pass: the forward pass in reverse, every operation replaced by its gradient. */
#include "model/painn.h"

/* Gradient of a layer's weight and bias; scale as in struct gd_dense. */
static void layer_weight(const struct gd_painn *painn, const struct gd_layer *layer, size_t rows, const float *x,
                         const float *dy, const float *scale)
{
    painn->backend->type->ops.dense_weight(
        painn->backend, &(struct gd_dense_weight){.rows = rows,
                                                  .in = layer->in,
                                                  .out = layer->out,
                                                  .x = x,
                                                  .dy = dy,
                                                  .scale = scale,
                                                  .dweight = painn->gradient + layer->weight,
                                                  .dbias = layer->biased ? painn->gradient + layer->bias : NULL,
                                                  .scratch = painn->work.scratch});
}

static void layer_input(const struct gd_painn *painn, const struct gd_layer *layer, size_t rows, const float *dy,
                        bool add, float *dx)
{
    painn->backend->type->ops.dense_input(painn->backend,
                                          &(struct gd_dense_input){.rows = rows,
                                                                   .in = layer->in,
                                                                   .out = layer->out,
                                                                   .dy = dy,
                                                                   .weight = painn->parameters + layer->weight,
                                                                   .add = add,
                                                                   .dx = dx,
                                                                   .packed = painn->work.packed});
}

static void net_backward(const struct gd_painn *painn, const struct gd_net *net, size_t rows, const float *x,
                         const struct gd_net_arrays *arrays, const float *dy, bool add, float *dx)
{
    float *gradient = painn->gradient;
    painn->backend->type->ops.perceptron_backward(
        painn->backend, &(struct gd_perceptron_backward){.rows = rows,
                                                         .in = net->inner.in,
                                                         .middle = net->inner.out,
                                                         .out = net->outer.out,
                                                         .add = add,
                                                         .x = x,
                                                         .before = arrays->before,
                                                         .hidden = arrays->hidden,
                                                         .dy = dy,
                                                         .inner_weight = painn->parameters + net->inner.weight,
                                                         .outer_weight = painn->parameters + net->outer.weight,
                                                         .dinner_weight = gradient + net->inner.weight,
                                                         .dinner_bias = gradient + net->inner.bias,
                                                         .douter_weight = gradient + net->outer.weight,
                                                         .douter_bias = gradient + net->outer.bias,
                                                         .dhidden = painn->work.dhidden,
                                                         .dx = dx,
                                                         .scratch = painn->work.scratch,
                                                         .packed = painn->work.packed});
}

/* From ds_out (NULL in the last) and dv_out to work.ds and dv_in. */
static void gate_backward(const struct gd_painn *painn, int k, const float *ds_out, const float *dv_out, float *dv_in)
{
    struct gd_backend *backend = painn->backend;
    const struct gd_ops *ops = &backend->type->ops;
    const struct gd_painn_gate *gate = &painn->gate[k];
    const struct gd_gate_arrays *at = &painn->work.gate[k];
    const struct gd_workspace *work = &painn->work;
    size_t n = painn->atoms[painn->shape.blocks];
    ops->gate_backward(backend, &(struct gd_gate_backward){.rows = n,
                                                           .scalars = gate->scalars,
                                                           .vectors = gate->vectors,
                                                           .ds_out = ds_out,
                                                           .dv_out = dv_out,
                                                           .net = at->net.y,
                                                           .mixed = at->mixed,
                                                           .dnet = work->dnet,
                                                           .dmixed = work->dmixed});
    net_backward(painn, &gate->net, n, at->joined, &at->net, work->dnet, false, work->djoined);
    ops->norms_backward(backend, &(struct gd_norms_backward){.rows = n,
                                                             .scalars = gate->scalars_in,
                                                             .vectors = gate->vectors,
                                                             .joined = at->joined,
                                                             .djoined = work->djoined,
                                                             .mixed = at->mixed,
                                                             .ds = work->ds,
                                                             .dmixed = work->dmixed});
    layer_weight(painn, &gate->mix, 3 * n, at->v_in, work->dmixed, NULL);
    layer_input(painn, &gate->mix, 3 * n, work->dmixed, false, dv_in);
}

static void swap(float **a, float **b)
{
    float *former = *a;
    *a = *b;
    *b = former;
}

/* From work.doutput to work.dq and work.dv. */
static void head_backward(struct gd_painn *painn)
{
    struct gd_workspace *work = &painn->work;
    int features = painn->shape.features;
    const float *ds_out = NULL, *dv_out = work->doutput;
    for (int k = GD_HEAD_BLOCKS - 1; k >= 0; k--) {
        gate_backward(painn, k, ds_out, dv_out, work->dv_next);
        swap(&work->dv, &work->dv_next);
        ds_out = work->ds;
        dv_out = work->dv;
    }
    painn->backend->type->ops.copy_rows(painn->backend,
                                        &(struct gd_copy_rows){.rows = painn->atoms[painn->shape.blocks],
                                                               .width = features,
                                                               .from = work->ds,
                                                               .from_stride = features + 2,
                                                               .to = work->dq,
                                                               .to_stride = features});
}

/* Through the mixing of block l: work.dq and work.dv, of what came out of the block, become those before the mixing. */
static void mixing_backward(const struct gd_painn *painn, int l)
{
    struct gd_backend *backend = painn->backend;
    const struct gd_ops *ops = &backend->type->ops;
    const struct gd_painn_block *block = &painn->block[l];
    const struct gd_block_arrays *at = &painn->work.block[l];
    const struct gd_workspace *work = &painn->work;
    int features = painn->shape.features;
    size_t n = painn->atoms[l + 1];
    ops->mix_backward(backend, &(struct gd_mix_backward){.atoms = n,
                                                         .features = features,
                                                         .dq = work->dq,
                                                         .dv = work->dv,
                                                         .mixed = at->mixed,
                                                         .abc = at->update.y,
                                                         .dabc = work->dnet,
                                                         .dmixed = work->dmixed});
    net_backward(painn, &block->update, n, at->joined, &at->update, work->dnet, false, work->djoined);
    ops->norms_backward(backend, &(struct gd_norms_backward){.rows = n,
                                                             .scalars = features,
                                                             .vectors = features,
                                                             .add = true,
                                                             .joined = at->joined,
                                                             .djoined = work->djoined,
                                                             .mixed = at->mixed,
                                                             .ds = work->dq,
                                                             .dmixed = work->dmixed});
    layer_weight(painn, &block->mix, 3 * n, at->v, work->dmixed, NULL);
    layer_input(painn, &block->mix, 3 * n, work->dmixed, true, work->dv);
}

/* Through the table of a filter layer; the gradients of rows before `begin` are 0. */
static void table_backward(const struct gd_painn *painn, const struct gd_layer *layer, size_t begin)
{
    const struct gd_painn_table *table = &painn->table;
    struct gd_backend *backend = painn->backend;
    if (begin > 0)
        backend->type->zero(backend, painn->work.dfilter, begin * (size_t)layer->out * sizeof(float));
    backend->type->ops.interpolate_backward(backend,
                                            &(struct gd_interpolate_backward){.points = table->points,
                                                                              .width = layer->out,
                                                                              .step = table->step,
                                                                              .cell_first = table->cell_first,
                                                                              .cell_row = table->cell_row,
                                                                              .distance = painn->arrays.distance,
                                                                              .dy = painn->work.dfilter,
                                                                              .dtable = table->dfilter});
    layer_weight(painn, layer, (size_t)table->points, table->basis, table->dfilter, table->envelope);
}

static void filter_backward(const struct gd_painn *painn, int l)
{
    const struct gd_workspace *work = &painn->work;
    const struct gd_block_arrays *at = &work->block[l];
    const struct gd_layer *layer = &painn->block[l].filter;
    size_t begin = gd_painn_first_row(painn, l), rows = painn->graph.rows;
    painn->backend->type->ops.message_filter(painn->backend,
                                             &(struct gd_message_filter){.edges = gd_painn_edges(painn),
                                                                         .receivers = painn->atoms[l + 1],
                                                                         .begin = begin,
                                                                         .end = rows,
                                                                         .features = painn->shape.features,
                                                                         .x = at->x,
                                                                         .v = l > 0 ? at->v_in : NULL,
                                                                         .dq = work->dq,
                                                                         .dv = work->dv,
                                                                         .dfilter = work->dfilter});
    if (painn->table.points)
        table_backward(painn, layer, begin);
    else
        layer_weight(painn, layer, rows - begin, work->basis + begin * (size_t)layer->in,
                     work->dfilter + begin * (size_t)layer->out, work->envelope + begin);
}

static void senders_backward(const struct gd_painn *painn, int l)
{
    struct gd_backend *backend = painn->backend;
    const struct gd_workspace *work = &painn->work;
    const struct gd_block_arrays *at = &work->block[l];
    size_t m = painn->atoms[l], n = painn->atoms[l + 1];
    backend->type->ops.message_sender(backend, &(struct gd_message_sender){.edges = gd_painn_edges(painn),
                                                                           .receivers = n,
                                                                           .senders = m,
                                                                           .features = painn->shape.features,
                                                                           .filter = at->filter,
                                                                           .x = at->x,
                                                                           .v = l > 0 ? at->v_in : NULL,
                                                                           .dq = work->dq,
                                                                           .dv = work->dv,
                                                                           .dx = work->dnet,
                                                                           .v_grad = l > 0 ? work->dv_next : NULL});
}

/* The same and the filter layer's gradient, with filters that were never stored. */
static void fused_backward(const struct gd_painn *painn, int l)
{
    struct gd_backend *backend = painn->backend;
    const struct gd_workspace *work = &painn->work;
    const struct gd_block_arrays *at = &work->block[l];
    const struct gd_layer *layer = &painn->block[l].filter;
    backend->type->ops.message_fused_backward(
        backend, &(struct gd_message_fused_backward){.edges = gd_painn_edges(painn),
                                                     .receivers = painn->atoms[l + 1],
                                                     .senders = painn->atoms[l],
                                                     .features = painn->shape.features,
                                                     .layer = gd_painn_layer(painn, l),
                                                     .x = at->x,
                                                     .v = l > 0 ? at->v_in : NULL,
                                                     .dq = work->dq,
                                                     .dv = work->dv,
                                                     .dx = work->dnet,
                                                     .v_grad = l > 0 ? work->dv_next : NULL,
                                                     .dweight = painn->gradient + layer->weight,
                                                     .dbias = painn->gradient + layer->bias});
}

/* Through the messages of block l and its filters, to work.dnet (the gradient of x), and work.dq and work.dv of what
 * went in but for x. */
static void messages_backward(struct gd_painn *painn, int l)
{
    struct gd_backend *backend = painn->backend;
    struct gd_workspace *work = &painn->work;
    size_t features = (size_t)painn->shape.features, m = painn->atoms[l], n = painn->atoms[l + 1];
    if (painn->fused) {
        fused_backward(painn, l);
    } else {
        filter_backward(painn, l);
        senders_backward(painn, l);
    }
    swap(&work->dv, &work->dv_next);
    backend->type->zero(backend, work->dq + n * features, (m - n) * features * sizeof *work->dq);
}

static void sum_kinds(const struct gd_painn *painn, int width, const float *from, float *to)
{
    painn->backend->type->ops.sum_rows(painn->backend, &(struct gd_sum_rows){.rows = painn->atoms[0],
                                                                             .groups = painn->graph.kinds,
                                                                             .width = width,
                                                                             .from = from,
                                                                             .index = painn->arrays.kind,
                                                                             .to = to});
}

static void embedding_backward(const struct gd_painn *painn)
{
    struct gd_backend *backend = painn->backend;
    const struct gd_workspace *work = &painn->work;
    int features = painn->shape.features;
    size_t kinds = painn->graph.kinds;
    sum_kinds(painn, 3 * features, work->dnet, work->dnet_kinds);
    sum_kinds(painn, features, work->dq, work->dq_kinds);
    net_backward(painn, &painn->block[0].context, kinds, work->q_kinds, &work->block[0].context, work->dnet_kinds, true,
                 work->dq_kinds);
    backend->type->ops.sum_rows(backend, &(struct gd_sum_rows){.rows = kinds,
                                                               .groups = GD_SPECIES_MOST + 1,
                                                               .width = features,
                                                               .from = work->dq_kinds,
                                                               .index = painn->arrays.species,
                                                               .to = painn->gradient + painn->embedding});
}

void gd_painn_backward(struct gd_painn *painn)
{
    head_backward(painn);
    for (int l = painn->shape.blocks - 1; l >= 0; l--) {
        const struct gd_block_arrays *at = &painn->work.block[l];
        mixing_backward(painn, l);
        messages_backward(painn, l);
        if (l > 0)
            net_backward(painn, &painn->block[l].context, painn->atoms[l], at->q_in, &at->context, painn->work.dnet,
                         true, painn->work.dq);
    }
    embedding_backward(painn);
}

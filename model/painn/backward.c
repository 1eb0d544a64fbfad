/* The backward pass: the forward pass in reverse, every operation replaced by its gradient. */
#include "model/painn/painn.h"

/* Through the mixing of block l: carried dq and dv, of what came out of the block, become those before the mixing. */
static void mixing_backward(const struct gd_painn *painn, int l)
{
    const struct gd_gradients *carried = &painn->work.carried;
    struct gd_backend *backend = painn->base.backend;
    const struct gd_ops *ops = &backend->type->ops;
    const struct gd_painn_block *block = &painn->block[l];
    const struct gd_block_arrays *at = &painn->work.block[l];
    int features = painn->shape.features;
    size_t n = painn->atoms[l + 1];
    ops->mix_backward(backend, &(struct gd_mix_backward){.atoms = n,
                                                         .features = features,
                                                         .dq = carried->dq,
                                                         .dv = carried->dv,
                                                         .mixed = at->mixed,
                                                         .abc = at->update.y,
                                                         .dabc = carried->dnet,
                                                         .dmixed = carried->dmixed});
    gd_net_backward(&painn->base, &block->update, n, at->joined, &at->update, carried->dnet, false, carried->djoined,
                    carried->dhidden);
    ops->norms_backward(backend, &(struct gd_norms_backward){.rows = n,
                                                             .scalars = features,
                                                             .vectors = features,
                                                             .add = true,
                                                             .joined = at->joined,
                                                             .djoined = carried->djoined,
                                                             .mixed = at->mixed,
                                                             .ds = carried->dq,
                                                             .dmixed = carried->dmixed});
    gd_layer_weight(&painn->base, &block->mix, 3 * n, at->v, carried->dmixed, NULL);
    gd_layer_input(&painn->base, &block->mix, 3 * n, carried->dmixed, true, carried->dv);
}

/* Through the table of a filter layer; the gradients of rows before `begin` are 0. */
static void table_backward(const struct gd_painn *painn, const struct gd_layer *layer, size_t begin)
{
    const struct gd_painn_table *table = &painn->table;
    struct gd_backend *backend = painn->base.backend;
    if (begin > 0)
        backend->type->zero(backend, painn->work.dfilter, begin * (size_t)layer->out * sizeof(float));
    backend->type->ops.interpolate_backward(backend,
                                            &(struct gd_interpolate_backward){.points = table->points,
                                                                              .width = layer->out,
                                                                              .step = table->step,
                                                                              .cell_first = table->cell_first,
                                                                              .cell_row = table->cell_row,
                                                                              .distance = painn->base.arrays.distance,
                                                                              .dy = painn->work.dfilter,
                                                                              .dtable = table->dfilter});
    gd_layer_weight(&painn->base, layer, (size_t)table->points, table->basis, table->dfilter, table->envelope);
}

static void filter_backward(const struct gd_painn *painn, int l)
{
    const struct gd_gradients *carried = &painn->work.carried;
    const struct gd_workspace *work = &painn->work;
    const struct gd_block_arrays *at = &work->block[l];
    const struct gd_layer *layer = &painn->block[l].filter;
    size_t begin = gd_painn_first_row(painn, l), rows = painn->base.graph.rows;
    painn->base.backend->type->ops.message_filter(painn->base.backend,
                                                  &(struct gd_message_filter){.edges = gd_painn_edges(painn),
                                                                              .receivers = painn->atoms[l + 1],
                                                                              .begin = begin,
                                                                              .end = rows,
                                                                              .features = painn->shape.features,
                                                                              .x = at->x,
                                                                              .v = l > 0 ? at->v_in : NULL,
                                                                              .dq = carried->dq,
                                                                              .dv = carried->dv,
                                                                              .dfilter = work->dfilter});
    if (gd_painn_tabulated(painn))
        table_backward(painn, layer, begin);
    else
        gd_layer_weight(&painn->base, layer, rows - begin, work->basis + begin * (size_t)layer->in,
                        work->dfilter + begin * (size_t)layer->out, work->envelope + begin);
}

/* Adds what the filters of block l, and the directions of its messages, give to those of the edges with a mobile atom.
 */
static void edges_backward(const struct gd_painn *painn, int l)
{
    const struct gd_workspace *work = &painn->work;
    const struct gd_layer *layer = &painn->block[l].filter;
    const struct gd_layer bias = {.in = 1, .out = layer->out, .weight = layer->bias};
    const size_t begin = painn->base.graph.template_rows, rows = painn->base.graph.rows - begin;
    const float *dfilter = work->dfilter + begin * (size_t)layer->out;
    const bool add = l < painn->shape.blocks - 1;
    gd_layer_input(&painn->base, layer, rows, dfilter, add, work->dbasis + begin * (size_t)layer->in);
    gd_layer_input(&painn->base, &bias, rows, dfilter, add, work->denvelope + begin);
    painn->base.backend->type->ops.message_unit(painn->base.backend,
                                                &(struct gd_message_unit){.edges = gd_painn_edges(painn),
                                                                          .receivers = painn->atoms[l + 1],
                                                                          .features = painn->shape.features,
                                                                          .add = true,
                                                                          .filter = work->block[l].filter,
                                                                          .x = work->block[l].x,
                                                                          .dv = work->carried.dv,
                                                                          .dunit = work->dunit});
}

/* From the edges to the positions of the mobile atoms. */
static void positions_backward(const struct gd_painn *painn)
{
    const struct gd_workspace *work = &painn->work;
    const struct gd_graph_network *base = &painn->base;
    const size_t begin = base->graph.template_rows;
    base->backend->type->ops.radial_backward(
        base->backend, &(struct gd_radial_backward){.rows = base->graph.rows - begin,
                                                    .radial = painn->shape.radial,
                                                    .cutoff = (float)painn->shape.cutoff,
                                                    .distance = base->arrays.distance + begin,
                                                    .dbasis = work->dbasis + begin * (size_t)painn->shape.radial,
                                                    .denvelope = work->denvelope + begin,
                                                    .ddistance = work->ddistance + begin});
    base->backend->type->ops.edge_positions(base->backend,
                                            &(struct gd_edge_positions){.edges = gd_painn_edges(painn),
                                                                        .atoms = painn->atoms[painn->shape.blocks],
                                                                        .begin = begin,
                                                                        .distance = base->arrays.distance,
                                                                        .dunit = work->dunit,
                                                                        .ddistance = work->ddistance,
                                                                        .dposition = base->dposition});
}

static void senders_backward(const struct gd_painn *painn, int l)
{
    const struct gd_gradients *carried = &painn->work.carried;
    struct gd_backend *backend = painn->base.backend;
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
                                                                           .dq = carried->dq,
                                                                           .dv = carried->dv,
                                                                           .dx = carried->dnet,
                                                                           .v_grad = l > 0 ? carried->dv_next : NULL});
}

/* The same and the filter layer's gradient, with filters that were never stored. */
static void fused_backward(const struct gd_painn *painn, int l)
{
    const struct gd_gradients *carried = &painn->work.carried;
    struct gd_backend *backend = painn->base.backend;
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
                                                     .dq = carried->dq,
                                                     .dv = carried->dv,
                                                     .dx = carried->dnet,
                                                     .v_grad = l > 0 ? carried->dv_next : NULL,
                                                     .dweight = painn->base.gradient + layer->weight,
                                                     .dbias = painn->base.gradient + layer->bias});
}

/* Through the messages of block l and its filters, to carried dnet (the gradient of x), and carried dq and dv of what
 * went in but for x. Where nothing but edges leads to the positions, that is all. */
static void messages_backward(struct gd_painn *painn, int l)
{
    struct gd_gradients *carried = &painn->work.carried;
    struct gd_backend *backend = painn->base.backend;
    size_t features = (size_t)painn->shape.features, m = painn->atoms[l], n = painn->atoms[l + 1];
    if (painn->fused) {
        fused_backward(painn, l);
    } else {
        filter_backward(painn, l);
        if (painn->base.to_positions)
            edges_backward(painn, l);
        if (painn->base.to_positions && l == 0)
            return;
        senders_backward(painn, l);
    }
    gd_gradients_swap(carried);
    backend->type->zero(backend, carried->dq + n * features, (m - n) * features * sizeof *carried->dq);
}

static void sum_kinds(const struct gd_painn *painn, int width, const float *from, float *to)
{
    painn->base.backend->type->ops.sum_rows(painn->base.backend,
                                            &(struct gd_sum_rows){.rows = painn->atoms[0],
                                                                  .groups = painn->base.graph.kinds,
                                                                  .width = width,
                                                                  .from = from,
                                                                  .index = painn->base.arrays.kind,
                                                                  .to = to});
}

/* Through what goes into the first block: by species, or by atoms and times, whose rows carried dnet and dq are of. */
static void embedding_backward(struct gd_painn *painn)
{
    const struct gd_gradients *carried = &painn->work.carried;
    struct gd_backend *backend = painn->base.backend;
    const struct gd_workspace *work = &painn->work;
    const struct gd_block_arrays *at = &work->block[0];
    int features = painn->shape.features;
    size_t kinds = painn->base.graph.kinds;
    const bool by_kinds = gd_painn_by_kinds(painn, 0);
    if (!by_kinds) {
        gd_net_backward(&painn->base, &painn->block[0].context, painn->atoms[0], at->q_in, &at->context, carried->dnet,
                        true, carried->dq, carried->dhidden);
        gd_time_net_backward(&painn->time, &painn->base, carried->dq, carried->dhidden);
    }
    sum_kinds(painn, features, carried->dq, work->dq_kinds);
    if (by_kinds) {
        sum_kinds(painn, 3 * features, carried->dnet, work->dnet_kinds);
        gd_net_backward(&painn->base, &painn->block[0].context, kinds, work->q_kinds, &at->context, work->dnet_kinds,
                        true, work->dq_kinds, carried->dhidden);
    }
    backend->type->ops.sum_rows(backend, &(struct gd_sum_rows){.rows = kinds,
                                                               .groups = GD_SPECIES_MOST + 1,
                                                               .width = features,
                                                               .from = work->dq_kinds,
                                                               .index = painn->base.arrays.species,
                                                               .to = painn->base.gradient + painn->embedding});
}

void gd_painn_backward(struct gd_graph_network *network)
{
    struct gd_painn *painn = (struct gd_painn *)network;
    struct gd_gradients *carried = &painn->work.carried;
    gd_heads_backward(network, carried);
    if (network->to_positions)
        network->backend->type->zero(network->backend, painn->work.dunit,
                                     3 * network->graph.edges * sizeof *painn->work.dunit);
    for (int l = painn->shape.blocks - 1; l >= 0; l--) {
        const struct gd_block_arrays *at = &painn->work.block[l];
        mixing_backward(painn, l);
        messages_backward(painn, l);
        if (l > 0)
            gd_net_backward(network, &painn->block[l].context, painn->atoms[l], at->q_in, &at->context, carried->dnet,
                            true, carried->dq, carried->dhidden);
    }
    if (network->to_positions)
        positions_backward(painn);
    else
        embedding_backward(painn);
}

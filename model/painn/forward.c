/* The forward pass. */
#include "model/painn/painn.h"

#define GD_EPSILON 1e-8f /* inside the norm of the mixing */

static void interpolate_filter(const struct gd_painn *painn, int l)
{
    const struct gd_painn_table *table = &painn->table;
    int width = painn->block[l].filter.out;
    size_t begin = gd_painn_first_row(painn, l);
    painn->base.backend->type->ops.interpolate(
        painn->base.backend, &(struct gd_interpolate){.rows = painn->base.graph.rows - begin,
                                                      .points = table->points,
                                                      .width = width,
                                                      .step = table->step,
                                                      .distance = painn->base.arrays.distance + begin,
                                                      .table = gd_painn_table_filter(painn, l),
                                                      .y = painn->work.block[l].filter + begin * (size_t)width});
}

static void run_windows(const struct gd_painn *painn)
{
    painn->base.backend->type->ops.windows(painn->base.backend,
                                           &(struct gd_windows){.edges = gd_painn_edges(painn),
                                                                .atoms = painn->base.graph.atoms,
                                                                .most = painn->base.graph.edges,
                                                                .radial = painn->shape.radial,
                                                                .cutoff = (float)painn->shape.cutoff,
                                                                .distance = painn->base.arrays.distance,
                                                                .value = painn->work.window,
                                                                .first = painn->work.window_first});
}

static void run_radial(const struct gd_painn *painn)
{
    painn->base.backend->type->ops.radial(painn->base.backend,
                                          &(struct gd_radial){.rows = painn->base.graph.rows,
                                                              .radial = painn->shape.radial,
                                                              .cutoff = (float)painn->shape.cutoff,
                                                              .distance = painn->base.arrays.distance,
                                                              .basis = painn->work.basis,
                                                              .envelope = painn->work.envelope});
}

static void run_filter(const struct gd_painn *painn, int l)
{
    const struct gd_layer *layer = &painn->block[l].filter;
    const struct gd_workspace *work = &painn->work;
    size_t begin = gd_painn_first_row(painn, l);
    painn->base.backend->type->ops.dense(painn->base.backend,
                                         &(struct gd_dense){.rows = painn->base.graph.rows - begin,
                                                            .in = layer->in,
                                                            .out = layer->out,
                                                            .x = work->basis + begin * (size_t)layer->in,
                                                            .weight = painn->base.parameters + layer->weight,
                                                            .bias = painn->base.parameters + layer->bias,
                                                            .scale = work->envelope + begin,
                                                            .y = work->block[l].filter + begin * (size_t)layer->out,
                                                            .packed = painn->base.packed});
}

/* Rows of what is known of the species that occur, to their atoms. */
static void spread_kinds(const struct gd_painn *painn, int width, const float *from, float *to)
{
    painn->base.backend->type->ops.gather(
        painn->base.backend,
        &(struct gd_gather){
            .rows = painn->atoms[0], .width = width, .from = from, .index = painn->base.arrays.kind, .to = to});
}

/* What goes into the first block. Without the time all atoms of a species are alike: its net runs once per species. */
static void run_embedding(const struct gd_painn *painn)
{
    struct gd_backend *backend = painn->base.backend;
    const struct gd_workspace *work = &painn->work;
    const struct gd_block_arrays *block = &work->block[0];
    const struct gd_net *context = &painn->block[0].context;
    int features = painn->shape.features;
    backend->type->ops.gather(backend, &(struct gd_gather){.rows = painn->base.graph.kinds,
                                                           .width = features,
                                                           .from = painn->base.parameters + painn->embedding,
                                                           .index = painn->base.arrays.species,
                                                           .to = work->q_kinds});
    spread_kinds(painn, features, work->q_kinds, block->q_in);
    if (gd_painn_by_kinds(painn, 0)) {
        gd_net_forward(&painn->base, context, painn->base.graph.kinds, work->q_kinds, &block->context);
        spread_kinds(painn, 3 * features, block->context.y, block->x);
        return;
    }
    gd_time_net_forward(&painn->time, &painn->base, block->q_in);
    gd_net_forward(&painn->base, context, painn->atoms[0], block->q_in, &block->context);
}

static void run_messages(const struct gd_painn *painn, int l)
{
    struct gd_backend *backend = painn->base.backend;
    const struct gd_block_arrays *at = &painn->work.block[l];
    if (painn->fused) {
        backend->type->ops.message_fused(backend, &(struct gd_message_fused){.edges = gd_painn_edges(painn),
                                                                             .receivers = painn->atoms[l + 1],
                                                                             .features = painn->shape.features,
                                                                             .layer = gd_painn_layer(painn, l),
                                                                             .x = at->x,
                                                                             .q = at->q_in,
                                                                             .v = l > 0 ? at->v_in : NULL,
                                                                             .q_out = at->q,
                                                                             .v_out = at->v});
        return;
    }
    if (gd_painn_tabulated(painn))
        interpolate_filter(painn, l);
    else
        run_filter(painn, l);
    backend->type->ops.message(backend, &(struct gd_message){.edges = gd_painn_edges(painn),
                                                             .receivers = painn->atoms[l + 1],
                                                             .features = painn->shape.features,
                                                             .filter = at->filter,
                                                             .x = at->x,
                                                             .q = at->q_in,
                                                             .v = l > 0 ? at->v_in : NULL,
                                                             .q_out = at->q,
                                                             .v_out = at->v});
}

static void run_block(const struct gd_painn *painn, int l, float *q_out, float *v_out)
{
    struct gd_backend *backend = painn->base.backend;
    const struct gd_ops *ops = &backend->type->ops;
    const struct gd_painn_block *block = &painn->block[l];
    const struct gd_block_arrays *at = &painn->work.block[l];
    int features = painn->shape.features;
    size_t n = painn->atoms[l + 1];
    if (l > 0)
        gd_net_forward(&painn->base, &block->context, painn->atoms[l], at->q_in, &at->context);
    run_messages(painn, l);
    gd_layer_forward(&painn->base, &block->mix, 3 * n, at->v, at->mixed);
    ops->norms(backend, &(struct gd_norms){.rows = n,
                                           .scalars = features,
                                           .vectors = features,
                                           .epsilon = GD_EPSILON,
                                           .s = at->q,
                                           .mixed = at->mixed,
                                           .joined = at->joined});
    gd_net_forward(&painn->base, &block->update, n, at->joined, &at->update);
    ops->mix(backend, &(struct gd_mix){.atoms = n,
                                       .features = features,
                                       .q = at->q,
                                       .v = at->v,
                                       .mixed = at->mixed,
                                       .abc = at->update.y,
                                       .q_out = q_out,
                                       .v_out = v_out});
}

enum gd_status gd_painn_prepare(struct gd_graph_network *network, const double *times, bool every_atom, bool training,
                                struct gd_error *error)
{
    struct gd_painn *painn = (struct gd_painn *)network;
    enum gd_status status = gd_painn_reserve(painn, every_atom, training, error);
    if (!status && painn->shape.timed)
        status = gd_time_net_prepare(&painn->time, network, times, error);
    if (!status)
        status = gd_heads_prepare(network, times, error);
    bool tabulated = gd_painn_tabulated(painn) && !painn->fused;
    if (!status && tabulated)
        gd_painn_table_fill(painn);
    if (!status && tabulated && training)
        status = gd_painn_table_cells(painn, error);
    return status;
}

void gd_painn_forward(struct gd_graph_network *network)
{
    struct gd_painn *painn = (struct gd_painn *)network;
    struct gd_workspace *work = &painn->work;
    int blocks = painn->shape.blocks;
    if (painn->fused)
        run_windows(painn);
    else if (!gd_painn_tabulated(painn))
        run_radial(painn);
    run_embedding(painn);
    for (int l = 0; l < blocks; l++) {
        bool last = l == blocks - 1;
        run_block(painn, l, last ? work->q : work->block[l + 1].q_in, last ? work->v : work->block[l + 1].v_in);
    }
    gd_heads_forward(network);
}

/* The forward pass. */
#include <math.h>

#include "engine/memory.h"
#include "model/painn.h"

#define PI         3.14159265358979323846
#define GD_EPSILON 1e-8f /* inside the norm of the mixing */

static void run_layer(const struct gd_painn *painn, const struct gd_layer *layer, size_t rows, const float *x, float *y)
{
    painn->backend->type->ops.dense(painn->backend,
                                    &(struct gd_dense){.rows = rows,
                                                       .in = layer->in,
                                                       .out = layer->out,
                                                       .x = x,
                                                       .weight = painn->parameters + layer->weight,
                                                       .bias = layer->biased ? painn->parameters + layer->bias : NULL,
                                                       .y = y,
                                                       .packed = painn->work.packed});
}

static void run_net(const struct gd_painn *painn, const struct gd_net *net, size_t rows, const float *x,
                    const struct gd_net_arrays *arrays)
{
    painn->backend->type->ops.perceptron(painn->backend,
                                         &(struct gd_perceptron){.rows = rows,
                                                                 .in = net->inner.in,
                                                                 .middle = net->inner.out,
                                                                 .out = net->outer.out,
                                                                 .x = x,
                                                                 .inner_weight = painn->parameters + net->inner.weight,
                                                                 .inner_bias = painn->parameters + net->inner.bias,
                                                                 .outer_weight = painn->parameters + net->outer.weight,
                                                                 .outer_bias = painn->parameters + net->outer.bias,
                                                                 .before = arrays->before,
                                                                 .hidden = arrays->hidden,
                                                                 .y = arrays->y,
                                                                 .packed = painn->work.packed});
}

static void interpolate_filter(const struct gd_painn *painn, int l)
{
    const struct gd_painn_table *table = &painn->table;
    int width = painn->block[l].filter.out;
    size_t begin = gd_painn_first_row(painn, l);
    painn->backend->type->ops.interpolate(
        painn->backend, &(struct gd_interpolate){.rows = painn->graph.rows - begin,
                                                 .points = table->points,
                                                 .width = width,
                                                 .step = table->step,
                                                 .distance = painn->arrays.distance + begin,
                                                 .table = gd_painn_table_filter(painn, l),
                                                 .y = painn->work.block[l].filter + begin * (size_t)width});
}

static void run_windows(const struct gd_painn *painn)
{
    painn->backend->type->ops.windows(painn->backend, &(struct gd_windows){.edges = gd_painn_edges(painn),
                                                                           .atoms = painn->graph.atoms,
                                                                           .most = painn->graph.edges,
                                                                           .radial = painn->shape.radial,
                                                                           .cutoff = (float)painn->shape.cutoff,
                                                                           .distance = painn->arrays.distance,
                                                                           .value = painn->work.window,
                                                                           .first = painn->work.window_first});
}

static void run_radial(const struct gd_painn *painn)
{
    painn->backend->type->ops.radial(painn->backend, &(struct gd_radial){.rows = painn->graph.rows,
                                                                         .radial = painn->shape.radial,
                                                                         .cutoff = (float)painn->shape.cutoff,
                                                                         .distance = painn->arrays.distance,
                                                                         .basis = painn->work.basis,
                                                                         .envelope = painn->work.envelope});
}

static void run_filter(const struct gd_painn *painn, int l)
{
    const struct gd_layer *layer = &painn->block[l].filter;
    const struct gd_workspace *work = &painn->work;
    size_t begin = gd_painn_first_row(painn, l);
    painn->backend->type->ops.dense(painn->backend,
                                    &(struct gd_dense){.rows = painn->graph.rows - begin,
                                                       .in = layer->in,
                                                       .out = layer->out,
                                                       .x = work->basis + begin * (size_t)layer->in,
                                                       .weight = painn->parameters + layer->weight,
                                                       .bias = painn->parameters + layer->bias,
                                                       .scale = work->envelope + begin,
                                                       .y = work->block[l].filter + begin * (size_t)layer->out,
                                                       .packed = work->packed});
}

/* Before the first block all atoms of a species are alike: its net runs once per species. */
static void run_embedding(const struct gd_painn *painn)
{
    struct gd_backend *backend = painn->backend;
    const struct gd_ops *ops = &backend->type->ops;
    const struct gd_workspace *work = &painn->work;
    const struct gd_block_arrays *block = &work->block[0];
    int features = painn->shape.features;
    ops->gather(backend, &(struct gd_gather){.rows = painn->graph.kinds,
                                             .width = features,
                                             .from = painn->parameters + painn->embedding,
                                             .index = painn->arrays.species,
                                             .to = work->q_kinds});
    run_net(painn, &painn->block[0].context, painn->graph.kinds, work->q_kinds, &block->context);
    ops->gather(backend, &(struct gd_gather){.rows = painn->atoms[0],
                                             .width = features,
                                             .from = work->q_kinds,
                                             .index = painn->arrays.kind,
                                             .to = block->q_in});
    ops->gather(backend, &(struct gd_gather){.rows = painn->atoms[0],
                                             .width = 3 * features,
                                             .from = block->context.y,
                                             .index = painn->arrays.kind,
                                             .to = block->x});
}

static void run_messages(const struct gd_painn *painn, int l)
{
    struct gd_backend *backend = painn->backend;
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
    if (painn->table.points)
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
    struct gd_backend *backend = painn->backend;
    const struct gd_ops *ops = &backend->type->ops;
    const struct gd_painn_block *block = &painn->block[l];
    const struct gd_block_arrays *at = &painn->work.block[l];
    int features = painn->shape.features;
    size_t n = painn->atoms[l + 1];
    if (l > 0)
        run_net(painn, &block->context, painn->atoms[l], at->q_in, &at->context);
    run_messages(painn, l);
    run_layer(painn, &block->mix, 3 * n, at->v, at->mixed);
    ops->norms(backend, &(struct gd_norms){.rows = n,
                                           .scalars = features,
                                           .vectors = features,
                                           .epsilon = GD_EPSILON,
                                           .s = at->q,
                                           .mixed = at->mixed,
                                           .joined = at->joined});
    run_net(painn, &block->update, n, at->joined, &at->update);
    ops->mix(backend, &(struct gd_mix){.atoms = n,
                                       .features = features,
                                       .q = at->q,
                                       .v = at->v,
                                       .mixed = at->mixed,
                                       .abc = at->update.y,
                                       .q_out = q_out,
                                       .v_out = v_out});
}

/* s and v into the head: (q, sin πt, cos πt) and the backbone's vectors. */
static void join_time(const struct gd_painn *painn)
{
    struct gd_backend *backend = painn->backend;
    int features = painn->shape.features;
    size_t n = painn->atoms[painn->shape.blocks];
    float *to = painn->work.gate[0].s_in;
    backend->type->ops.copy_rows(backend, &(struct gd_copy_rows){.rows = n,
                                                                 .width = features,
                                                                 .from = painn->work.q,
                                                                 .from_stride = features,
                                                                 .to = to,
                                                                 .to_stride = features + 2});
    backend->type->ops.copy_rows(backend, &(struct gd_copy_rows){.rows = n,
                                                                 .width = 2,
                                                                 .from = painn->work.time,
                                                                 .from_stride = 2,
                                                                 .to = to + features,
                                                                 .to_stride = features + 2});
}

static void run_gate(const struct gd_painn *painn, int k)
{
    struct gd_backend *backend = painn->backend;
    const struct gd_painn_gate *gate = &painn->gate[k];
    const struct gd_gate_arrays *at = &painn->work.gate[k];
    size_t n = painn->atoms[painn->shape.blocks];
    bool last = k == GD_HEAD_BLOCKS - 1;
    run_layer(painn, &gate->mix, 3 * n, at->v_in, at->mixed);
    backend->type->ops.norms(backend, &(struct gd_norms){.rows = n,
                                                         .scalars = gate->scalars_in,
                                                         .vectors = gate->vectors,
                                                         .s = at->s_in,
                                                         .mixed = at->mixed,
                                                         .joined = at->joined});
    run_net(painn, &gate->net, n, at->joined, &at->net);
    backend->type->ops.gate(backend, &(struct gd_gate){.rows = n,
                                                       .scalars = gate->scalars,
                                                       .vectors = gate->vectors,
                                                       .net = at->net.y,
                                                       .mixed = at->mixed,
                                                       .s_out = last ? NULL : at[1].s_in,
                                                       .v_out = last ? painn->work.output : at[1].v_in});
}

static enum gd_status upload_times(struct gd_painn *painn, const double *times, struct gd_error *error)
{
    size_t n = painn->atoms[painn->shape.blocks];
    if (!gd_grow(&painn->times, &painn->times_capacity, 2 * n, sizeof *painn->times))
        return gd_no_memory(error, "times");
    for (size_t i = 0; i < n; i++) {
        double t = times[painn->graph.structure[i]];
        painn->times[2 * i] = (float)sin(PI * t);
        painn->times[2 * i + 1] = (float)cos(PI * t);
    }
    painn->backend->type->upload(painn->backend, painn->work.time, painn->times, 2 * n * sizeof *painn->times);
    return GD_OK;
}

enum gd_status gd_painn_prepare(struct gd_painn *painn, const double *times, bool every_atom, bool training,
                                struct gd_error *error)
{
    enum gd_status status = gd_painn_reserve(painn, every_atom, training, error);
    if (!status)
        status = upload_times(painn, times, error);
    bool tabulated = painn->table.points && !painn->fused;
    if (!status && tabulated)
        gd_painn_table_fill(painn);
    if (!status && tabulated && training)
        status = gd_painn_table_cells(painn, error);
    return status;
}

void gd_painn_run(struct gd_painn *painn)
{
    struct gd_workspace *work = &painn->work;
    int blocks = painn->shape.blocks;
    if (painn->fused)
        run_windows(painn);
    else if (!painn->table.points)
        run_radial(painn);
    run_embedding(painn);
    for (int l = 0; l < blocks; l++) {
        bool last = l == blocks - 1;
        run_block(painn, l, last ? work->q : work->block[l + 1].q_in, last ? work->v : work->block[l + 1].v_in);
    }
    join_time(painn);
    for (int k = 0; k < GD_HEAD_BLOCKS; k++)
        run_gate(painn, k);
}

enum gd_status gd_painn_forward(struct gd_painn *painn, const double *times, bool every_atom, bool training,
                                struct gd_error *error)
{
    enum gd_status status = gd_painn_prepare(painn, times, every_atom, training, error);
    if (!status)
        gd_painn_run(painn);
    return status;
}

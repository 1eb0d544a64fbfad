/* Network `painn`: the polarisable atom interaction network of Schütt, Unke and Gastegger (ICML 2021): its
 * hyperparameters, its layers and its workspace. */
#include "model/painn/painn.h"

#include <stdio.h>

#define FUSED_SHARED 4    /* edges to a filter row that make storing it worth while */
#define FUSED_ATOMS  1000 /* atoms of a structure whose filters are too many for the caches */

static const char *const time_names[] = {[GD_TIME_IN_HEADS] = "heads", [GD_TIME_IN_BACKBONE] = "backbone", NULL};

static const struct gd_param hyperparameters[] = {
    {.name = "features",
     .type = GD_INT,
     .offset = offsetof(struct gd_painn_params, features),
     .initial = "64",
     .min = 4,
     .max = 1024,
     .help = "width of the scalars and vectors of an atom"},
    {.name = "blocks",
     .type = GD_INT,
     .offset = offsetof(struct gd_painn_params, blocks),
     .initial = "4",
     .min = 1,
     .max = GD_BLOCKS_MOST,
     .help = "message-passing blocks"},
    {.name = "radial",
     .type = GD_INT,
     .offset = offsetof(struct gd_painn_params, radial),
     .initial = "30",
     .min = 2,
     .max = GD_RADIAL_MOST,
     .help = "number of Gaussian radial basis functions"},
    {.name = "cutoff",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_painn_params, cutoff),
     .initial = "6.0",
     .min = 0.5,
     .max = 50,
     .unit = "Å",
     .help = "cutoff of the interactions"},
    GD_HEADS_ROW(struct gd_painn_params),
    {.name = "time",
     .type = GD_CHOICE,
     .offset = offsetof(struct gd_painn_params, time),
     .choices = time_names,
     .initial = "heads",
     .help = "where the time of the noise enters. heads: in the heads that depend on it; backbone: also in what the "
             "atoms are before the first block"},
    {.name = "prior",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_painn_params, prior),
     .optional = true,
     .max = 1000,
     .unit = "Å",
     .help = "standard deviation of atoms about their mean by a Gaussian whose energy the network adds to; in open "
             "space, for the head noised_energy; 0 or left out: none"},
    {0},
};

static struct gd_painn_shape shape_of(const void *params)
{
    const struct gd_painn_params *painn = params;
    return (struct gd_painn_shape){(int)painn->features, (int)painn->blocks, (int)painn->radial, painn->cutoff,
                                   painn->time == GD_TIME_IN_BACKBONE};
}

#define NAME_SIZE 64

static void context_name(char name[NAME_SIZE], int l)
{
    snprintf(name, NAME_SIZE, "interactions.%d.interatomic_context_net", l);
}

static void update_name(char name[NAME_SIZE], int l)
{
    snprintf(name, NAME_SIZE, "mixing.%d.intraatomic_context_net", l);
}

static void tensors(const void *params, struct gd_tensor_list *list)
{
    struct gd_painn_shape shape = shape_of(params);
    int features = shape.features, filters = 3 * features * shape.blocks;
    char name[NAME_SIZE];
    gd_tensor_add_embedding(list, GD_SPECIES_MOST + 1, features, "embedding.weight");
    gd_tensor_add(list, filters, shape.radial, "filter_net.weight");
    gd_tensor_add_bias(list, filters, "filter_net.bias");
    for (int l = 0; l < shape.blocks; l++) {
        context_name(name, l);
        gd_net_tensors(list, name, (const int[]){features, features, 3 * features});
    }
    for (int l = 0; l < shape.blocks; l++) {
        update_name(name, l);
        gd_tensor_add(list, 2 * features, features, "mixing.%d.mu_channel_mix.weight", l);
        gd_net_tensors(list, name, (const int[]){2 * features, features, 3 * features});
    }
    if (shape.timed)
        gd_time_net_tensors(features, list);
    gd_heads_tensors(((const struct gd_painn_params *)params)->heads, features, list);
}

static struct gd_network_traits traits(const void *params)
{
    struct gd_painn_shape shape = shape_of(params);
    return (struct gd_network_traits){.cutoff = shape.cutoff,
                                      .rounds = shape.blocks,
                                      .features = shape.features,
                                      .heads = ((const struct gd_painn_params *)params)->heads,
                                      .prior = ((const struct gd_painn_params *)params)->prior};
}

static void open_block(struct gd_painn *painn, const struct gd_model *model, int l)
{
    int features = painn->shape.features, radial = painn->shape.radial, first = 3 * features * l;
    char context[NAME_SIZE], update[NAME_SIZE], mix[NAME_SIZE];
    context_name(context, l);
    update_name(update, l);
    snprintf(mix, sizeof mix, "mixing.%d.mu_channel_mix.weight", l);
    painn->block[l] = (struct gd_painn_block){
        .filter = {.in = radial,
                   .out = 3 * features,
                   .biased = true,
                   .weight = gd_model_tensor(model, "filter_net.weight")->offset + (size_t)first * (size_t)radial,
                   .bias = gd_model_tensor(model, "filter_net.bias")->offset + (size_t)first},
        .context = gd_net_named(model, context, (const int[]){features, features, 3 * features}),
        .mix = gd_layer_unbiased(model, mix, features, 2 * features),
        .update = gd_net_named(model, update, (const int[]){2 * features, features, 3 * features}),
    };
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The largest of what is needed for one operation. */
static size_t largest(const struct gd_painn *painn, size_t (*size)(const struct gd_layer *))
{
    const struct gd_painn_block *block = &painn->block[0]; /* all are alike */
    size_t most = larger(larger(size(&block->filter), size(&block->mix)),
                         larger(gd_net_size(&block->context, size), gd_net_size(&block->update, size)));
    if (painn->shape.timed)
        most = larger(most, gd_net_size(&painn->time.net, size));
    return larger(most, gd_heads_largest(&painn->base, size));
}

static void open_network(struct gd_graph_network *network, const struct gd_model *model)
{
    struct gd_painn *painn = (struct gd_painn *)network;
    painn->shape = shape_of(model->params);
    painn->embedding = gd_model_tensor(model, "embedding.weight")->offset;
    for (int l = 0; l < painn->shape.blocks; l++)
        open_block(painn, model, l);
    if (painn->shape.timed)
        gd_time_net_open(&painn->time, painn->shape.features, model);
    painn->widest = largest(painn, gd_layer_floats);
    painn->packed = largest(painn, gd_layer_packed);
}

static void close_network(struct gd_graph_network *network)
{
    gd_painn_table_clear((struct gd_painn *)network);
    gd_time_net_clear(&((struct gd_painn *)network)->time);
}

static size_t bytes_of(const struct gd_graph_network *network)
{
    const struct gd_painn_table *table = &((const struct gd_painn *)network)->table;
    return table->memory_bytes + table->cell_bytes;
}

static void changed(struct gd_graph_network *network)
{
    ((struct gd_painn *)network)->table.filled = false;
}

static void fuse(struct gd_graph_network *network)
{
    ((struct gd_painn *)network)->fusion = GD_FUSE_ALWAYS;
}

/* The gradient of a table needs them. */
static bool needs_edges(const struct gd_graph_network *network)
{
    return ((const struct gd_painn *)network)->table.points > 0;
}

/* The arrays of block l; n: atoms that come out of it. */
static void carve_block(struct gd_painn *painn, struct gd_layout *carver, int l, size_t m, size_t n)
{
    struct gd_block_arrays *to = &painn->work.block[l];
    const struct gd_painn_block *block = &painn->block[l];
    const bool by_kinds = gd_painn_by_kinds(painn, l);
    int features = painn->shape.features;
    to->filter = gd_layout_take(carver, painn->fused ? 0 : painn->base.graph.rows, 3 * features);
    to->q_in = gd_layout_take(carver, m, features);
    to->v_in = l == 0 ? NULL : gd_layout_take(carver, m, 3 * features);
    to->context = gd_layout_take_net(carver, &block->context, by_kinds ? painn->base.graph.kinds : m);
    to->x = by_kinds ? gd_layout_take(carver, m, 3 * features) : to->context.y;
    to->q = gd_layout_take(carver, n, features);
    to->v = gd_layout_take(carver, n, 3 * features);
    to->mixed = gd_layout_take(carver, n, 6 * features);
    to->joined = gd_layout_take(carver, n, 2 * features);
    to->update = gd_layout_take_net(carver, &block->update, n);
}

/* Without a backward pass to come, all blocks but the first use the same arrays. */
static void carve_blocks(struct gd_painn *painn, struct gd_layout *carver, bool training)
{
    const size_t *atoms = painn->atoms;
    carve_block(painn, carver, 0, atoms[0], atoms[1]);
    for (int l = 1; l < painn->shape.blocks; l++)
        if (training || l == 1)
            carve_block(painn, carver, l, atoms[l], atoms[l + 1]);
        else
            painn->work.block[l] = painn->work.block[1];
}

static void carve_gradients(struct gd_painn *painn, struct gd_layout *carver)
{
    struct gd_workspace *work = &painn->work;
    size_t m = painn->atoms[0], n = painn->atoms[painn->shape.blocks], kinds = painn->base.graph.kinds;
    int features = painn->shape.features;
    gd_gradients_carve(&work->carried, carver, features, m, n, larger(kinds, painn->base.graph.structures));
    work->dfilter = gd_layout_take(carver, painn->fused ? 0 : painn->base.graph.rows, 3 * features);
    work->dnet_kinds = gd_layout_take(carver, kinds, 3 * features);
    work->dq_kinds = gd_layout_take(carver, kinds, features);
    painn->base.scratch = gd_layout_take(carver, painn->base.to_positions ? 0 : GD_WEIGHT_CHUNKS * painn->widest, 1);
    if (painn->base.to_positions) {
        size_t rows = painn->base.graph.rows;
        work->dbasis = gd_layout_take(carver, rows, painn->shape.radial);
        work->denvelope = gd_layout_take(carver, rows, 1);
        work->ddistance = gd_layout_take(carver, rows, 1);
        work->dunit = gd_layout_take(carver, painn->base.graph.edges, 3);
        painn->base.dposition = gd_layout_take(carver, n, 3);
    }
}

/* What the filters of a distance are made from. */
static void carve_distances(struct gd_painn *painn, struct gd_layout *carver, bool training)
{
    struct gd_workspace *work = &painn->work;
    int radial = painn->shape.radial, features = painn->shape.features;
    size_t windows = painn->fused ? painn->base.graph.edges : 0;
    size_t rows = painn->fused || gd_painn_tabulated(painn) ? 0 : painn->base.graph.rows;
    size_t layers = painn->fused ? 1 + (training ? gd_layer_pieces(painn->atoms[0]) : 0) : 0;
    work->basis = gd_layout_take(carver, rows, radial);
    work->envelope = gd_layout_take(carver, rows, 1);
    work->window = gd_layout_take(carver, windows, GD_WINDOW_WIDTH);
    work->window_first = (int *)(void *)gd_layout_take(carver, windows, 1);
    work->layer_scratch = gd_layout_take(carver, layers * (size_t)GD_FILTER_ROWS(radial), 3 * features);
}

static size_t carve(struct gd_painn *painn, void *base, bool training)
{
    struct gd_layout carver = {.base = base};
    struct gd_workspace *work = &painn->work;
    size_t n = painn->atoms[painn->shape.blocks];
    int features = painn->shape.features;
    carve_distances(painn, &carver, training);
    painn->base.packed = gd_layout_take(&carver, painn->packed, 1);
    work->q_kinds = gd_layout_take(&carver, painn->base.graph.kinds, features);
    carve_blocks(painn, &carver, training);
    if (painn->shape.timed)
        gd_time_net_carve(&painn->time, &painn->base, painn->atoms[0], training, &carver);
    work->q = gd_layout_take(&carver, n, features);
    work->v = gd_layout_take(&carver, n, 3 * features);
    gd_heads_carve(&painn->base, n, work->q, work->v, training, &carver);
    if (training)
        carve_gradients(painn, &carver);
    return carver.used;
}

/* Whether filters pay that are never stored: a stored one costs three times as much, and can serve many edges. With a
 * table the size of the structures alone decides, not how many there are: how many are drawn side by side must not
 * change the bits of one. Measured in docs/performance.md. */
static bool fuses(const struct gd_painn *painn)
{
    const struct gd_graph *graph = &painn->base.graph;
    if (painn->fusion != GD_FUSE_WHERE_IT_PAYS)
        return painn->fusion == GD_FUSE_ALWAYS;
    return painn->table.points ? graph->atoms >= FUSED_ATOMS * graph->structures
                               : graph->all_edges < FUSED_SHARED * graph->rows;
}

enum gd_status gd_painn_reserve(struct gd_painn *painn, bool every_atom, bool training, struct gd_error *error)
{
    const struct gd_graph *graph = &painn->base.graph;
    int blocks = painn->shape.blocks;
    painn->fused = !painn->base.to_positions && fuses(painn);
    for (int l = 0; l <= blocks; l++)
        painn->atoms[l] = every_atom ? graph->atoms : graph->within[blocks - l];
    size_t bytes = carve(painn, NULL, training);
    enum gd_status status = gd_backend_reserve(painn->base.backend, &painn->base.workspace,
                                               &painn->base.workspace_bytes, bytes, "the network's workspace", error);
    if (!status)
        carve(painn, painn->base.workspace, training);
    return status;
}

const struct gd_network_class gd_network_painn = {
    .base = {.name = "painn",
             .summary = "Polarisable atom interaction network.",
             .params = hyperparameters,
             .size = sizeof(struct gd_painn_params)},
    .tensors = tensors,
    .traits = traits,
    .size = sizeof(struct gd_painn),
    .open = open_network,
    .close = close_network,
    .prepare = gd_painn_prepare,
    .forward = gd_painn_forward,
    .backward = gd_painn_backward,
    .changed = changed,
    .tabulate = gd_painn_tabulate,
    .fuse = fuse,
    .needs_edges = needs_edges,
    .bytes = bytes_of,
};

/* Network `mlp`: a perceptron on absolute positions. Of every atom it takes the sines and cosines of its coordinates
 * (Tancik et al., NeurIPS 2020), of the structure those of the time, and an embedding of the species,
 *
 *     h = embedding + net(waves of the position) + net(waves of the time);    h <- h + net(h, Σ h of the structure)
 *
 * and from h the scalars h and the vectors W h for its heads. Atoms of one species may change places; nothing else
 * leaves the output alone, neither a shift nor a rotation. */
#include "model/mlp.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "model/head.h"
#include "model/time_net.h"

#define BLOCKS_MOST 16
#define WAVES_MOST  256

struct mlp_block {
    float *joined;            /* [n][2F] (h, Σ h) */
    struct gd_net_arrays net; /* n rows */
    float *h;                 /* [n][F] that comes out */
};

struct mlp {
    struct gd_graph_network base;
    int features, blocks, waves;
    double turns[WAVES_MOST]; /* per Å */
    size_t embedding;         /* place in the parameters */
    struct gd_net place, block[BLOCKS_MOST];
    struct gd_time_net time;
    struct gd_layer vectors;
    size_t widest, packed; /* floats of the largest weight and bias, and of the largest weights laid out */

    /* Of a pass over n atoms. */
    size_t atoms; /* n */
    double *turns_there;
    int *order;                    /* [n] place among the atoms as they came */
    float *wave;                   /* [n][6 waves] */
    struct gd_net_arrays of_place; /* n rows */
    float *q_kinds, *h;            /* [kinds][F] embeddings of the species that occur; [n][F] into the first block */
    float *v;                      /* [n][3][F] */
    struct mlp_block at[BLOCKS_MOST];
    struct gd_gradients carried; /* training only, as are the next two */
    float *dwave, *dq_kinds;

    int *host_order; /* host */
    size_t order_capacity;
};

static const struct gd_param hyperparameters[] = {
    {.name = "features",
     .type = GD_INT,
     .offset = offsetof(struct gd_mlp_params, features),
     .initial = "128",
     .min = 4,
     .max = 1024,
     .help = "width of the layers"},
    {.name = "blocks",
     .type = GD_INT,
     .offset = offsetof(struct gd_mlp_params, blocks),
     .initial = "3",
     .min = 1,
     .max = BLOCKS_MOST,
     .help = "blocks, of two layers each"},
    {.name = "waves",
     .type = GD_INT,
     .offset = offsetof(struct gd_mlp_params, waves),
     .initial = "16",
     .min = 2,
     .max = WAVES_MOST,
     .help = "wavelengths of the sines and cosines of a coordinate, in geometric sequence"},
    {.name = "shortest",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_mlp_params, shortest),
     .initial = "4",
     .min = 1e-3,
     .max = 1e6,
     .unit = "Å",
     .help = "the shortest; some times the smallest distance that matters"},
    {.name = "longest",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_mlp_params, longest),
     .initial = "400",
     .min = 1e-3,
     .max = 1e6,
     .unit = "Å",
     .help = "the longest; some times the size of the region that atoms are in"},
    GD_HEADS_ROW(struct gd_mlp_params),
    {0},
};

static struct gd_network_traits traits(const void *params)
{
    const struct gd_mlp_params *mlp = params;
    return (struct gd_network_traits){.absolute = true, .features = (int)mlp->features, .heads = mlp->heads};
}

static const char *block_name(char name[32], int b)
{
    snprintf(name, 32, "blocks.%d", b);
    return name;
}

static void tensors(const void *params, struct gd_tensor_list *list)
{
    const struct gd_mlp_params *mlp = params;
    int features = (int)mlp->features;
    char name[32];
    gd_tensor_add_embedding(list, GD_SPECIES_MOST + 1, features, "embedding.weight");
    gd_net_tensors(list, "place", (const int[]){6 * (int)mlp->waves, features, features});
    gd_time_net_tensors(features, list);
    for (int b = 0; b < mlp->blocks; b++)
        gd_net_tensors(list, block_name(name, b), (const int[]){2 * features, features, features});
    gd_tensor_add(list, 3 * features, features, "vectors.weight");
    gd_heads_tensors(mlp->heads, features, list);
}

static size_t largest(const struct mlp *mlp, size_t (*size)(const struct gd_layer *))
{
    const size_t sizes[] = {gd_net_size(&mlp->place, size), gd_net_size(&mlp->time.net, size),
                            gd_net_size(&mlp->block[0], size), size(&mlp->vectors), gd_heads_largest(&mlp->base, size)};
    size_t most = 0;
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
        most = sizes[k] > most ? sizes[k] : most;
    return most;
}

static void open_network(struct gd_graph_network *network, const struct gd_model *model)
{
    struct mlp *mlp = (struct mlp *)network;
    const struct gd_mlp_params *params = model->params;
    const int features = (int)params->features;
    char name[32];
    mlp->features = features;
    mlp->blocks = (int)params->blocks;
    mlp->waves = (int)params->waves;
    for (int k = 0; k < mlp->waves; k++)
        mlp->turns[k] = pow(params->longest / params->shortest, (double)k / (mlp->waves - 1)) / params->longest;
    mlp->embedding = gd_model_tensor(model, "embedding.weight")->offset;
    mlp->place = gd_net_named(model, "place", (const int[]){6 * mlp->waves, features, features});
    gd_time_net_open(&mlp->time, features, model);
    for (int b = 0; b < mlp->blocks; b++)
        mlp->block[b] = gd_net_named(model, block_name(name, b), (const int[]){2 * features, features, features});
    mlp->vectors = gd_layer_unbiased(model, "vectors.weight", features, 3 * features);
    mlp->widest = largest(mlp, gd_layer_floats);
    mlp->packed = largest(mlp, gd_layer_packed);
}

static void close_network(struct gd_graph_network *network)
{
    free(((struct mlp *)network)->host_order);
    gd_time_net_clear(&((struct mlp *)network)->time);
}

/* --- The arrays of a pass ----------------------------------------------------------------------------------------- */

static void carve_gradients(struct mlp *mlp, struct gd_layout *carver)
{
    const struct gd_graph *graph = &mlp->base.graph;
    gd_gradients_carve(&mlp->carried, carver, mlp->features, mlp->atoms, mlp->atoms, graph->structures);
    mlp->dwave = gd_layout_take(carver, mlp->atoms, 6 * mlp->waves);
    mlp->dq_kinds = gd_layout_take(carver, graph->kinds, mlp->features);
    mlp->base.dposition = mlp->base.to_positions ? gd_layout_take(carver, mlp->atoms, 3) : NULL;
    mlp->base.scratch = gd_layout_take(carver, mlp->base.to_positions ? 0 : GD_WEIGHT_CHUNKS * mlp->widest, 1);
}

static size_t carve(struct mlp *mlp, void *base, bool training)
{
    struct gd_layout carver = {.base = base};
    const size_t n = mlp->atoms;
    const int features = mlp->features;
    mlp->turns_there = (double *)(void *)gd_layout_take(&carver, 2, mlp->waves);
    mlp->order = (int *)(void *)gd_layout_take(&carver, n, 1);
    mlp->wave = gd_layout_take(&carver, n, 6 * mlp->waves);
    mlp->of_place = gd_layout_take_net(&carver, &mlp->place, n);
    gd_time_net_carve(&mlp->time, &mlp->base, n, training, &carver);
    mlp->q_kinds = gd_layout_take(&carver, mlp->base.graph.kinds, features);
    mlp->h = gd_layout_take(&carver, n, features);
    mlp->v = gd_layout_take(&carver, n, 3 * features);
    for (int b = 0; b < mlp->blocks; b++)
        mlp->at[b] = (struct mlp_block){.joined = gd_layout_take(&carver, n, 2 * features),
                                        .net = gd_layout_take_net(&carver, &mlp->block[b], n),
                                        .h = gd_layout_take(&carver, n, features)};
    mlp->base.packed = gd_layout_take(&carver, mlp->packed, 1);
    gd_heads_carve(&mlp->base, n, mlp->at[mlp->blocks - 1].h, mlp->v, training, &carver);
    if (training)
        carve_gradients(mlp, &carver);
    return carver.used;
}

/* The places of atoms to the backend, and the waves. */
static enum gd_status upload(struct mlp *mlp, struct gd_error *error)
{
    struct gd_backend *backend = mlp->base.backend;
    if (!gd_grow(&mlp->host_order, &mlp->order_capacity, mlp->atoms, sizeof *mlp->host_order))
        return gd_no_memory(error, "a batch of structures");
    for (size_t i = 0; i < mlp->atoms; i++)
        mlp->host_order[i] = (int)mlp->base.graph.order[i];
    backend->type->upload(backend, mlp->order, mlp->host_order, mlp->atoms * sizeof *mlp->order);
    backend->type->upload(backend, mlp->turns_there, mlp->turns, (size_t)mlp->waves * sizeof *mlp->turns);
    return GD_OK;
}

static enum gd_status prepare(struct gd_graph_network *network, const double *times, bool every_atom, bool training,
                              struct gd_error *error)
{
    struct mlp *mlp = (struct mlp *)network;
    mlp->atoms = every_atom ? network->graph.atoms : network->graph.mobile;
    const size_t bytes = carve(mlp, NULL, training);
    enum gd_status status = gd_backend_reserve(network->backend, &network->workspace, &network->workspace_bytes, bytes,
                                               "the network's workspace", error);
    if (status)
        return status;
    carve(mlp, network->workspace, training);
    status = upload(mlp, error);
    if (!status)
        status = gd_time_net_prepare(&mlp->time, network, times, error);
    return status ? status : gd_heads_prepare(network, times, error);
}

/* --- Rows of numbers ---------------------------------------------------------------------------------------------- */

/* Columns of rows [n][from_stride] to rows [n][to_stride], or (add) onto them; as many as `features`. */
static void copy(const struct mlp *mlp, const float *from, int from_stride, bool add, float *to, int to_stride)
{
    mlp->base.backend->type->ops.copy_rows(mlp->base.backend, &(struct gd_copy_rows){.rows = mlp->atoms,
                                                                                     .width = mlp->features,
                                                                                     .from = from,
                                                                                     .from_stride = from_stride,
                                                                                     .add = add,
                                                                                     .to = to,
                                                                                     .to_stride = to_stride});
}

static void gather(const struct mlp *mlp, size_t rows, const float *from, const int *index, float *to)
{
    mlp->base.backend->type->ops.gather(
        mlp->base.backend,
        &(struct gd_gather){.rows = rows, .width = mlp->features, .from = from, .index = index, .to = to});
}

static void sum(const struct mlp *mlp, size_t rows, size_t groups, const float *from, const int *index, float *to)
{
    mlp->base.backend->type->ops.sum_rows(
        mlp->base.backend,
        &(struct gd_sum_rows){
            .rows = rows, .groups = groups, .width = mlp->features, .from = from, .index = index, .to = to});
}

/* Sums over the atoms of each structure, for every atom, in the room of the time's net. It is its own gradient. */
static const float *sum_structures(const struct mlp *mlp, const float *from)
{
    const struct gd_time_net *time = &mlp->time;
    sum(mlp, mlp->atoms, mlp->base.graph.structures, from, time->structure, time->sums);
    gather(mlp, mlp->atoms, time->sums, time->structure, time->spread);
    return time->spread;
}

/* --- Passes ------------------------------------------------------------------------------------------------------- */

static void run_inputs(const struct mlp *mlp)
{
    const struct gd_graph_network *network = &mlp->base;
    const int features = mlp->features;
    network->backend->type->ops.waves(network->backend, &(struct gd_waves){.rows = mlp->atoms,
                                                                           .count = mlp->waves,
                                                                           .positions = network->positions,
                                                                           .turns = mlp->turns_there,
                                                                           .place = mlp->order,
                                                                           .y = mlp->wave});
    gd_net_forward(network, &mlp->place, mlp->atoms, mlp->wave, &mlp->of_place);
    gather(mlp, network->graph.kinds, network->parameters + mlp->embedding, network->arrays.species, mlp->q_kinds);
    gather(mlp, mlp->atoms, mlp->q_kinds, network->arrays.kind, mlp->h);
    copy(mlp, mlp->of_place.y, features, true, mlp->h, features);
    gd_time_net_forward(&mlp->time, network, mlp->h);
}

static void run_block(const struct mlp *mlp, int b)
{
    const struct mlp_block *at = &mlp->at[b];
    const float *h = b ? mlp->at[b - 1].h : mlp->h, *sums = sum_structures(mlp, h);
    const int features = mlp->features;
    copy(mlp, h, features, false, at->joined, 2 * features);
    copy(mlp, sums, features, false, at->joined + features, 2 * features);
    gd_net_forward(&mlp->base, &mlp->block[b], mlp->atoms, at->joined, &at->net);
    copy(mlp, h, features, false, at->h, features);
    copy(mlp, at->net.y, features, true, at->h, features);
}

static void forward(struct gd_graph_network *network)
{
    const struct mlp *mlp = (const struct mlp *)network;
    run_inputs(mlp);
    for (int b = 0; b < mlp->blocks; b++)
        run_block(mlp, b);
    gd_layer_forward(network, &mlp->vectors, mlp->atoms, mlp->at[mlp->blocks - 1].h, mlp->v);
    gd_heads_forward(network);
}

/* Through block b: carried dq, of what came out of it, becomes that of what went in. */
static void block_backward(const struct mlp *mlp, int b)
{
    const struct gd_gradients *carried = &mlp->carried;
    const int features = mlp->features;
    gd_net_backward(&mlp->base, &mlp->block[b], mlp->atoms, mlp->at[b].joined, &mlp->at[b].net, carried->dq, false,
                    carried->djoined, carried->dhidden);
    copy(mlp, carried->djoined, 2 * features, true, carried->dq, features);
    copy(mlp, carried->djoined + features, 2 * features, false, carried->dnet, features);
    copy(mlp, sum_structures(mlp, carried->dnet), features, true, carried->dq, features);
}

static void inputs_backward(const struct mlp *mlp)
{
    const struct gd_graph_network *network = &mlp->base;
    const struct gd_gradients *carried = &mlp->carried;
    gd_net_backward(network, &mlp->place, mlp->atoms, mlp->wave, &mlp->of_place, carried->dq, false, mlp->dwave,
                    carried->dhidden);
    if (network->to_positions)
        return;
    gd_time_net_backward(&mlp->time, network, carried->dq, carried->dhidden);
    sum(mlp, mlp->atoms, network->graph.kinds, carried->dq, network->arrays.kind, mlp->dq_kinds);
    sum(mlp, network->graph.kinds, GD_SPECIES_MOST + 1, mlp->dq_kinds, network->arrays.species,
        network->gradient + mlp->embedding);
}

static void backward(struct gd_graph_network *network)
{
    struct mlp *mlp = (struct mlp *)network;
    struct gd_gradients *carried = &mlp->carried;
    gd_heads_backward(network, carried);
    gd_layer_weight(network, &mlp->vectors, mlp->atoms, mlp->at[mlp->blocks - 1].h, carried->dv, NULL);
    gd_layer_input(network, &mlp->vectors, mlp->atoms, carried->dv, true, carried->dq);
    for (int b = mlp->blocks - 1; b >= 0; b--)
        block_backward(mlp, b);
    inputs_backward(mlp);
    if (network->to_positions)
        network->backend->type->ops.waves_backward(network->backend,
                                                   &(struct gd_waves_backward){.rows = mlp->atoms,
                                                                               .count = mlp->waves,
                                                                               .turns = mlp->turns_there,
                                                                               .y = mlp->wave,
                                                                               .dy = mlp->dwave,
                                                                               .dposition = network->dposition});
}

const struct gd_network_class gd_network_mlp = {
    .base = {.name = "mlp",
             .summary = "Perceptron on absolute positions, for open space.",
             .params = hyperparameters,
             .size = sizeof(struct gd_mlp_params)},
    .tensors = tensors,
    .traits = traits,
    .size = sizeof(struct mlp),
    .open = open_network,
    .close = close_network,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};

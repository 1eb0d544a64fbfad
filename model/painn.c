/* The network's layers, its memory and its batch. */
#include "model/painn.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/memory.h"

#define ALIGNMENT    64
#define FUSED_SHARED 4    /* edges to a filter row that make storing it worth while */
#define FUSED_ATOMS  1000 /* atoms of a structure whose filters are too many for the caches */

static size_t tensor_offset(const struct gd_model *model, const char *prefix, int number, const char *suffix)
{
    char name[sizeof(model->tensors->name)];
    snprintf(name, sizeof name, "%s.%d.%s", prefix, number, suffix);
    return gd_model_tensor(model, name)->offset;
}

static struct gd_layer unbiased(const struct gd_model *model, const char *prefix, int number, const char *name, int in,
                                int out)
{
    return (struct gd_layer){.in = in, .out = out, .weight = tensor_offset(model, prefix, number, name)};
}

static struct gd_net two_layers(const struct gd_model *model, const char *prefix, int number, const char *name,
                                const int widths[3])
{
    struct gd_net net;
    struct gd_layer *const layers[] = {&net.inner, &net.outer};
    for (int k = 0; k < 2; k++) {
        char weight[48], bias[48];
        snprintf(weight, sizeof weight, "%s.%d.weight", name, 2 * k);
        snprintf(bias, sizeof bias, "%s.%d.bias", name, 2 * k);
        *layers[k] = (struct gd_layer){.in = widths[k],
                                       .out = widths[k + 1],
                                       .biased = true,
                                       .weight = tensor_offset(model, prefix, number, weight),
                                       .bias = tensor_offset(model, prefix, number, bias)};
    }
    return net;
}

static void init_block(struct gd_painn *painn, const struct gd_model *model, int l)
{
    int features = model->shape.features, radial = model->shape.radial, rows = 3 * features * l;
    painn->block[l] = (struct gd_painn_block){
        .filter = {.in = radial,
                   .out = 3 * features,
                   .biased = true,
                   .weight = gd_model_tensor(model, "filter_net.weight")->offset + (size_t)rows * (size_t)radial,
                   .bias = gd_model_tensor(model, "filter_net.bias")->offset + (size_t)rows},
        .context = two_layers(model, "interactions", l, "interatomic_context_net",
                              (const int[]){features, features, 3 * features}),
        .mix = unbiased(model, "mixing", l, "mu_channel_mix.weight", features, 2 * features),
        .update = two_layers(model, "mixing", l, "intraatomic_context_net",
                             (const int[]){2 * features, features, 3 * features}),
    };
}

static void init_gate(struct gd_painn *painn, const struct gd_model *model, int k)
{
    struct gd_gate_widths in = gd_gate_widths_at(&model->shape, k), out = gd_gate_widths_at(&model->shape, k + 1);
    painn->gate[k] = (struct gd_painn_gate){
        .scalars_in = in.scalars,
        .scalars = out.scalars,
        .vectors = out.vectors,
        .mix = unbiased(model, "head", k, "mix_vectors.weight", in.vectors, 2 * out.vectors),
        .net = two_layers(model, "head", k, "scalar_net",
                          (const int[]){in.scalars + out.vectors, in.scalars, out.scalars + out.vectors}),
    };
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t layer_size(const struct gd_layer *layer)
{
    return (size_t)layer->out * ((size_t)layer->in + 1);
}

static size_t of_net(const struct gd_net *net, size_t (*size)(const struct gd_layer *))
{
    return size(&net->inner) + size(&net->outer);
}

/* Floats of a layer's weight laid out for products with it in either direction. */
static size_t layer_packed(const struct gd_layer *layer)
{
    return larger(gd_packed(layer->in, layer->out), gd_packed(layer->out, layer->in));
}

/* The largest of what is needed for one operation. */
static size_t largest(const struct gd_painn *painn, size_t (*size)(const struct gd_layer *))
{
    const struct gd_painn_block *block = &painn->block[0]; /* all are alike */
    size_t most = larger(larger(size(&block->filter), size(&block->mix)),
                         larger(of_net(&block->context, size), of_net(&block->update, size)));
    for (int k = 0; k < GD_HEAD_BLOCKS; k++)
        most = larger(most, larger(size(&painn->gate[k].mix), of_net(&painn->gate[k].net, size)));
    return most;
}

enum gd_status gd_painn_init(struct gd_painn *painn, const struct gd_model *model, struct gd_backend *backend,
                             struct gd_error *error)
{
    size_t bytes = model->parameter_count * sizeof(float);
    *painn = (struct gd_painn){.backend = backend, .shape = model->shape, .parameter_count = model->parameter_count};
    painn->embedding = gd_model_tensor(model, "embedding.weight")->offset;
    for (int l = 0; l < model->shape.blocks; l++)
        init_block(painn, model, l);
    for (int k = 0; k < GD_HEAD_BLOCKS; k++)
        init_gate(painn, model, k);
    painn->widest = largest(painn, layer_size);
    painn->packed = largest(painn, layer_packed);
    enum gd_status status = gd_backend_alloc(backend, &painn->parameters, bytes, "a network's parameters", error);
    if (!status)
        status = gd_backend_alloc(backend, &painn->gradient, bytes, "a network's gradient", error);
    if (status)
        return status;
    backend->type->upload(backend, painn->parameters, model->parameters, bytes);
    backend->type->zero(backend, painn->gradient, bytes);
    return GD_OK;
}

void gd_painn_clear(struct gd_painn *painn)
{
    if (painn->backend) {
        void *const memory[] = {painn->parameters, painn->gradient, painn->image, painn->memory};
        for (size_t k = 0; k < sizeof memory / sizeof *memory; k++)
            painn->backend->type->release(painn->backend, memory[k]);
    }
    if (painn->backend)
        gd_painn_table_clear(painn);
    gd_graph_clear(&painn->graph);
    free(painn->times);
    *painn = (struct gd_painn){0};
}

size_t gd_painn_bytes(const struct gd_painn *painn)
{
    size_t table = painn->table.memory_bytes + painn->table.cell_bytes;
    return 2 * painn->parameter_count * sizeof(float) + painn->image_bytes + painn->memory_bytes + table;
}

enum gd_status gd_painn_structures(struct gd_painn *painn, const struct gd_structure *structures, const size_t *fixed,
                                   size_t count, struct gd_error *error)
{
    struct gd_graph *graph = &painn->graph;
    enum gd_status status =
        gd_graph_build(graph, painn->shape.cutoff, painn->shape.blocks, structures, fixed, count, error);
    if (!status)
        status = gd_backend_reserve(painn->backend, &painn->image, &painn->image_bytes, graph->image_bytes,
                                    "the edges of a batch", error);
    if (status)
        return status;
    painn->backend->type->upload(painn->backend, painn->image, graph->image, graph->image_bytes);
    painn->arrays = gd_graph_arrays(graph, painn->image);
    return GD_OK;
}

/* Hands out pieces of the memory at `base`; base NULL: only counts bytes. */
struct carver {
    char *base;
    size_t used;
};

static float *piece(struct carver *carver, size_t rows, int width)
{
    float *at = carver->base ? (float *)(void *)(carver->base + carver->used) : NULL;
    carver->used += (rows * (size_t)width * sizeof(float) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return at;
}

static struct gd_net_arrays carve_net(struct carver *carver, const struct gd_net *net, size_t rows)
{
    struct gd_net_arrays arrays;
    arrays.before = piece(carver, rows, net->inner.out);
    arrays.hidden = piece(carver, rows, net->inner.out);
    arrays.y = piece(carver, rows, net->outer.out);
    return arrays;
}

/* The arrays of block l; n: atoms that come out of it. */
static void carve_block(struct gd_painn *painn, struct carver *carver, int l, bool first, size_t m, size_t n)
{
    struct gd_block_arrays *to = &painn->work.block[l];
    const struct gd_painn_block *block = &painn->block[l];
    int features = painn->shape.features;
    to->filter = piece(carver, painn->fused ? 0 : painn->graph.rows, 3 * features);
    to->q_in = piece(carver, m, features);
    to->v_in = first ? NULL : piece(carver, m, 3 * features);
    to->context = carve_net(carver, &block->context, first ? painn->graph.kinds : m);
    to->x = first ? piece(carver, m, 3 * features) : to->context.y;
    to->q = piece(carver, n, features);
    to->v = piece(carver, n, 3 * features);
    to->mixed = piece(carver, n, 6 * features);
    to->joined = piece(carver, n, 2 * features);
    to->update = carve_net(carver, &block->update, n);
}

/* Without a backward pass to come, all blocks but the first use the same arrays. */
static void carve_blocks(struct gd_painn *painn, struct carver *carver, bool training)
{
    const size_t *atoms = painn->atoms;
    carve_block(painn, carver, 0, true, atoms[0], atoms[1]);
    for (int l = 1; l < painn->shape.blocks; l++)
        if (training || l == 1)
            carve_block(painn, carver, l, false, atoms[l], atoms[l + 1]);
        else
            painn->work.block[l] = painn->work.block[1];
}

static void carve_head(struct gd_painn *painn, struct carver *carver)
{
    size_t n = painn->atoms[painn->shape.blocks];
    for (int k = 0; k < GD_HEAD_BLOCKS; k++) {
        const struct gd_painn_gate *gate = &painn->gate[k];
        struct gd_gate_arrays *to = &painn->work.gate[k];
        to->s_in = piece(carver, n, gate->scalars_in);
        to->v_in = k == 0 ? painn->work.v : piece(carver, n, 3 * gate->mix.in);
        to->mixed = piece(carver, n, 3 * gate->mix.out);
        to->joined = piece(carver, n, gate->net.inner.in);
        to->net = carve_net(carver, &gate->net, n);
    }
    painn->work.output = piece(carver, n, 3);
}

/* The gradients. A layer of the head is narrower than one of a block, but for two more scalars. */
static void carve_gradients(struct gd_painn *painn, struct carver *carver)
{
    struct gd_workspace *work = &painn->work;
    size_t m = painn->atoms[0], n = painn->atoms[painn->shape.blocks], kinds = painn->graph.kinds;
    int features = painn->shape.features;
    work->target = piece(carver, n, 3);
    work->weight = piece(carver, n, 1);
    work->doutput = piece(carver, n, 3);
    work->ds = piece(carver, n, features + 2);
    work->dq = piece(carver, m, features);
    work->dv = piece(carver, m, 3 * features);
    work->dv_next = piece(carver, m, 3 * features);
    work->dmixed = piece(carver, m, 6 * features);
    work->djoined = piece(carver, m, 2 * features + 2);
    work->dhidden = piece(carver, m + kinds, features + 2);
    work->dnet = piece(carver, m, 3 * features);
    work->dfilter = piece(carver, painn->fused ? 0 : painn->graph.rows, 3 * features);
    work->dnet_kinds = piece(carver, kinds, 3 * features);
    work->dq_kinds = piece(carver, kinds, features);
    work->scratch = piece(carver, GD_WEIGHT_CHUNKS * painn->widest, 1);
}

/* What the filters of a distance are made from. */
static void carve_distances(struct gd_painn *painn, struct carver *carver, bool training)
{
    struct gd_workspace *work = &painn->work;
    int radial = painn->shape.radial, features = painn->shape.features;
    size_t windows = painn->fused ? painn->graph.edges : 0;
    size_t rows = painn->fused || painn->table.points ? 0 : painn->graph.rows;
    size_t layers = painn->fused ? 1 + (training ? gd_layer_pieces(painn->atoms[0]) : 0) : 0;
    work->basis = piece(carver, rows, radial);
    work->envelope = piece(carver, rows, 1);
    work->window = piece(carver, windows, GD_WINDOW_WIDTH);
    work->window_first = (int *)(void *)piece(carver, windows, 1);
    work->layer_scratch = piece(carver, layers * (size_t)GD_FILTER_ROWS(radial), 3 * features);
}

static size_t carve(struct gd_painn *painn, void *base, bool training)
{
    struct carver carver = {.base = base};
    struct gd_workspace *work = &painn->work;
    size_t n = painn->atoms[painn->shape.blocks];
    int features = painn->shape.features;
    carve_distances(painn, &carver, training);
    work->packed = piece(&carver, painn->packed, 1);
    work->time = piece(&carver, n, 2);
    work->q_kinds = piece(&carver, painn->graph.kinds, features);
    carve_blocks(painn, &carver, training);
    work->q = piece(&carver, n, features);
    work->v = piece(&carver, n, 3 * features);
    carve_head(painn, &carver);
    if (training)
        carve_gradients(painn, &carver);
    return carver.used;
}

/* Whether filters pay that are never stored: a stored one costs three times as much, and can serve many edges. With a
 * table the size of the structures alone decides, not how many there are: how many are drawn side by side must not
 * change the bits of one. Measured in docs/performance.md. */
static bool fuses(const struct gd_painn *painn)
{
    const struct gd_graph *graph = &painn->graph;
    if (painn->fusion != GD_FUSE_WHERE_IT_PAYS)
        return painn->fusion == GD_FUSE_ALWAYS;
    return painn->table.points ? graph->atoms >= FUSED_ATOMS * graph->structures
                               : graph->edges < FUSED_SHARED * graph->rows;
}

enum gd_status gd_painn_reserve(struct gd_painn *painn, bool every_atom, bool training, struct gd_error *error)
{
    const struct gd_graph *graph = &painn->graph;
    int blocks = painn->shape.blocks;
    painn->fused = fuses(painn);
    for (int l = 0; l <= blocks; l++)
        painn->atoms[l] = every_atom ? graph->atoms : graph->within[blocks - l];
    size_t bytes = carve(painn, NULL, training);
    enum gd_status status = gd_backend_reserve(painn->backend, &painn->memory, &painn->memory_bytes, bytes,
                                               "the network's workspace", error);
    if (!status)
        carve(painn, painn->memory, training);
    return status;
}

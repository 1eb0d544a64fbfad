/* Head `energy`: the energy in eV of the atoms with an output (the mobile ones, unless every atom has one), as a sum of
 * scalars e = Dense(F/2->1)(silu(Dense(F->F/2)(q))) over them. It knows nothing of what a template adds: that is a
 * constant of the runs that it learns from. */
#include "model/head.h"
#include "model/layers.h"

#define PREFIX "energy_head"

struct energy_head {
    struct gd_head base;
    struct gd_net net;

    /* Of a pass. */
    struct gd_net_arrays arrays; /* n rows */
    int *structure;              /* [n] */
    float *dscalar;              /* [n] training only */
};

static void set_widths(int features, int widths[3])
{
    widths[0] = features;
    widths[1] = features / 2;
    widths[2] = 1;
}

static void list_tensors(int features, struct gd_tensor_list *list)
{
    int widths[3];
    set_widths(features, widths);
    gd_net_tensors(list, PREFIX, widths);
}

static void open_head(struct gd_head *head, const struct gd_model *model)
{
    int widths[3];
    set_widths(head->features, widths);
    ((struct energy_head *)head)->net = gd_net_named(model, PREFIX, widths);
}

static void close_head(struct gd_head *head)
{
    (void)head;
}

static size_t largest(const struct gd_head *head, size_t (*size)(const struct gd_layer *))
{
    return gd_net_size(&((const struct energy_head *)head)->net, size);
}

static void carve(struct gd_head *head, struct gd_layout *carver)
{
    struct energy_head *own = (struct energy_head *)head;
    own->arrays = gd_layout_take_net(carver, &own->net, head->atoms);
    own->structure = (int *)(void *)gd_layout_take(carver, head->atoms, 1);
    own->dscalar = gd_layout_take(carver, head->atoms, 1);
    head->output = gd_layout_take(carver, head->rows, 1);
}

static enum gd_status prepare(struct gd_head *head, const struct gd_graph_network *network, const double *times,
                              struct gd_error *error)
{
    (void)times, (void)error;
    network->backend->type->upload(network->backend, ((struct energy_head *)head)->structure, network->graph.structure,
                                   head->atoms * sizeof(int));
    return GD_OK;
}

static void forward(const struct gd_head *head, const struct gd_graph_network *network)
{
    const struct energy_head *own = (const struct energy_head *)head;
    gd_net_forward(network, &own->net, head->atoms, head->q, &own->arrays);
    network->backend->type->ops.sum_rows(network->backend, &(struct gd_sum_rows){.rows = head->atoms,
                                                                                 .groups = head->rows,
                                                                                 .width = 1,
                                                                                 .from = own->arrays.y,
                                                                                 .index = own->structure,
                                                                                 .to = head->output});
}

/* Nothing goes through the vectors. */
static void backward(const struct gd_head *head, const struct gd_graph_network *network, struct gd_gradients *carried,
                     bool add)
{
    const struct energy_head *own = (const struct energy_head *)head;
    struct gd_backend *backend = network->backend;
    backend->type->ops.gather(
        backend,
        &(struct gd_gather){
            .rows = head->atoms, .width = 1, .from = head->doutput, .index = own->structure, .to = own->dscalar});
    gd_net_backward(network, &own->net, head->atoms, head->q, &own->arrays, own->dscalar, add, carried->dq,
                    carried->dhidden);
    if (!add)
        backend->type->zero(backend, carried->dv, 3 * head->atoms * (size_t)head->features * sizeof *carried->dv);
}

const struct gd_head_class gd_head_energy = {
    .name = "energy",
    .summary = "energy of the structure, eV",
    .width = 1,
    .of_structure = true,
    .size = sizeof(struct energy_head),
    .tensors = list_tensors,
    .open = open_head,
    .close = close_head,
    .largest = largest,
    .carve = carve,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};

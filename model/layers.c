/* Dense layers as operations of a backend. */
#include "model/layers.h"

#include <stdio.h>

#define ALIGNMENT 64

static size_t tensor_offset(const struct gd_model *model, const char *prefix, const char *suffix)
{
    char name[sizeof(model->tensors->name)];
    snprintf(name, sizeof name, "%s%s", prefix, suffix);
    return gd_model_tensor(model, name)->offset;
}

struct gd_layer gd_layer_unbiased(const struct gd_model *model, const char *name, int in, int out)
{
    return (struct gd_layer){.in = in, .out = out, .weight = tensor_offset(model, name, "")};
}

struct gd_net gd_net_named(const struct gd_model *model, const char *prefix, const int widths[3])
{
    return (struct gd_net){
        .inner = {.in = widths[0],
                  .out = widths[1],
                  .biased = true,
                  .weight = tensor_offset(model, prefix, ".0.weight"),
                  .bias = tensor_offset(model, prefix, ".0.bias")},
        .outer = {.in = widths[1],
                  .out = widths[2],
                  .biased = true,
                  .weight = tensor_offset(model, prefix, ".2.weight"),
                  .bias = tensor_offset(model, prefix, ".2.bias")},
    };
}

void gd_net_tensors(struct gd_tensor_list *list, const char *prefix, const int widths[3])
{
    for (int k = 0; k < 2; k++) {
        gd_tensor_add(list, widths[k + 1], widths[k], "%s.%d.weight", prefix, 2 * k);
        gd_tensor_add_bias(list, widths[k + 1], "%s.%d.bias", prefix, 2 * k);
    }
}

size_t gd_layer_floats(const struct gd_layer *layer)
{
    return (size_t)layer->out * ((size_t)layer->in + 1);
}

size_t gd_layer_packed(const struct gd_layer *layer)
{
    size_t forward = gd_packed(layer->in, layer->out), backward = gd_packed(layer->out, layer->in);
    return forward > backward ? forward : backward;
}

size_t gd_net_size(const struct gd_net *net, size_t (*size)(const struct gd_layer *layer))
{
    return size(&net->inner) + size(&net->outer);
}

float *gd_layout_take(struct gd_layout *carver, size_t rows, int width)
{
    float *at = carver->base ? (float *)(void *)(carver->base + carver->used) : NULL;
    carver->used += (rows * (size_t)width * sizeof(float) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return at;
}

struct gd_net_arrays gd_layout_take_net(struct gd_layout *carver, const struct gd_net *net, size_t rows)
{
    struct gd_net_arrays arrays;
    arrays.before = gd_layout_take(carver, rows, net->inner.out);
    arrays.hidden = gd_layout_take(carver, rows, net->inner.out);
    arrays.y = gd_layout_take(carver, rows, net->outer.out);
    return arrays;
}

void gd_layer_forward(const struct gd_graph_network *network, const struct gd_layer *layer, size_t rows, const float *x,
                      float *y)
{
    const float *parameters = network->parameters;
    network->backend->type->ops.dense(network->backend,
                                      &(struct gd_dense){.rows = rows,
                                                         .in = layer->in,
                                                         .out = layer->out,
                                                         .x = x,
                                                         .weight = parameters + layer->weight,
                                                         .bias = layer->biased ? parameters + layer->bias : NULL,
                                                         .y = y,
                                                         .packed = network->packed});
}

void gd_net_forward(const struct gd_graph_network *network, const struct gd_net *net, size_t rows, const float *x,
                    const struct gd_net_arrays *arrays)
{
    const float *parameters = network->parameters;
    network->backend->type->ops.perceptron(network->backend,
                                           &(struct gd_perceptron){.rows = rows,
                                                                   .in = net->inner.in,
                                                                   .middle = net->inner.out,
                                                                   .out = net->outer.out,
                                                                   .x = x,
                                                                   .inner_weight = parameters + net->inner.weight,
                                                                   .inner_bias = parameters + net->inner.bias,
                                                                   .outer_weight = parameters + net->outer.weight,
                                                                   .outer_bias = parameters + net->outer.bias,
                                                                   .before = arrays->before,
                                                                   .hidden = arrays->hidden,
                                                                   .y = arrays->y,
                                                                   .packed = network->packed});
}

void gd_layer_weight(const struct gd_graph_network *network, const struct gd_layer *layer, size_t rows, const float *x,
                     const float *dy, const float *scale)
{
    float *gradient = network->gradient;
    if (network->to_positions)
        return;
    network->backend->type->ops.dense_weight(
        network->backend, &(struct gd_dense_weight){.rows = rows,
                                                    .in = layer->in,
                                                    .out = layer->out,
                                                    .x = x,
                                                    .dy = dy,
                                                    .scale = scale,
                                                    .dweight = gradient + layer->weight,
                                                    .dbias = layer->biased ? gradient + layer->bias : NULL,
                                                    .scratch = network->scratch});
}

void gd_layer_input(const struct gd_graph_network *network, const struct gd_layer *layer, size_t rows, const float *dy,
                    bool add, float *dx)
{
    network->backend->type->ops.dense_input(network->backend,
                                            &(struct gd_dense_input){.rows = rows,
                                                                     .in = layer->in,
                                                                     .out = layer->out,
                                                                     .dy = dy,
                                                                     .weight = network->parameters + layer->weight,
                                                                     .add = add,
                                                                     .dx = dx,
                                                                     .packed = network->packed});
}

void gd_net_backward(const struct gd_graph_network *network, const struct gd_net *net, size_t rows, const float *x,
                     const struct gd_net_arrays *arrays, const float *dy, bool add, float *dx, float *dhidden)
{
    const float *parameters = network->parameters;
    const bool wanted = !network->to_positions;
    float *gradient = network->gradient;
    network->backend->type->ops.perceptron_backward(
        network->backend,
        &(struct gd_perceptron_backward){.rows = rows,
                                         .in = net->inner.in,
                                         .middle = net->inner.out,
                                         .out = net->outer.out,
                                         .add = add,
                                         .x = x,
                                         .before = arrays->before,
                                         .hidden = arrays->hidden,
                                         .dy = dy,
                                         .inner_weight = parameters + net->inner.weight,
                                         .outer_weight = parameters + net->outer.weight,
                                         .dinner_weight = wanted ? gradient + net->inner.weight : NULL,
                                         .dinner_bias = wanted ? gradient + net->inner.bias : NULL,
                                         .douter_weight = wanted ? gradient + net->outer.weight : NULL,
                                         .douter_bias = wanted ? gradient + net->outer.bias : NULL,
                                         .dhidden = dhidden,
                                         .dx = dx,
                                         .scratch = network->scratch,
                                         .packed = network->packed});
}

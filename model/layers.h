/* Dense layers of a network: their place in the parameters, their arrays, and their passes. */
#ifndef GD_MODEL_LAYERS_H
#define GD_MODEL_LAYERS_H

#include "model/network_class.h"

/* A dense layer; weight and bias are places in the parameters, in floats. */
struct gd_layer {
    int in, out;
    bool biased;
    size_t weight, bias;
};

/* Dense, silu, dense. */
struct gd_net {
    struct gd_layer inner, outer;
};

/* Arrays of a net; hidden = silu(before). */
struct gd_net_arrays {
    float *before, *hidden, *y; /* [rows][inner.out] twice, [rows][outer.out] */
};

/* The layer without a bias whose weight is the tensor NAME; the net whose tensors are PREFIX.0.weight, PREFIX.0.bias,
 * PREFIX.2.weight and PREFIX.2.bias, of widths {in, hidden, out}. The model has these tensors. */
struct gd_layer gd_layer_unbiased(const struct gd_model *model, const char *name, int in, int out);
struct gd_net gd_net_named(const struct gd_model *model, const char *prefix, const int widths[3]);

/* Lists a net's tensors. */
void gd_net_tensors(struct gd_tensor_list *list, const char *prefix, const int widths[3]);

/* Floats of a layer's weight and bias, and of its weight laid out for products with it in either direction. */
size_t gd_layer_floats(const struct gd_layer *layer);
size_t gd_layer_packed(const struct gd_layer *layer);

/* Such a size of both layers of a net. */
size_t gd_net_size(const struct gd_net *net, size_t (*size)(const struct gd_layer *layer));

/* Hands out pieces of the memory at `base`, each aligned; base NULL: only counts bytes. */
struct gd_layout {
    char *base;
    size_t used;
};
float *gd_layout_take(struct gd_layout *carver, size_t rows, int width);
struct gd_net_arrays gd_layout_take_net(struct gd_layout *carver, const struct gd_net *net, size_t rows);

/* y[rows][out] from x[rows][in]. */
void gd_layer_forward(const struct gd_graph_network *network, const struct gd_layer *layer, size_t rows, const float *x,
                      float *y);
void gd_net_forward(const struct gd_graph_network *network, const struct gd_net *net, size_t rows, const float *x,
                    const struct gd_net_arrays *arrays);

/* The gradient of a layer's weight and bias, unless the network's pass goes to the positions; scale as in struct
 * gd_dense. */
void gd_layer_weight(const struct gd_graph_network *network, const struct gd_layer *layer, size_t rows, const float *x,
                     const float *dy, const float *scale);

/* dx[rows][in] = (add: dx +) what comes through the layer from dy[rows][out]. */
void gd_layer_input(const struct gd_graph_network *network, const struct gd_layer *layer, size_t rows, const float *dy,
                    bool add, float *dx);

/* Both for a net; dhidden: [rows][inner.out]. */
void gd_net_backward(const struct gd_graph_network *network, const struct gd_net *net, size_t rows, const float *x,
                     const struct gd_net_arrays *arrays, const float *dy, bool add, float *dx, float *dhidden);

#endif

/* The time in the first layer of a network: a net of sines and cosines of the time of each structure, whose output is
 * added to the scalars of its atoms. */
#ifndef GD_MODEL_TIME_NET_H
#define GD_MODEL_TIME_NET_H

#include "model/layers.h"

struct gd_time_net {
    struct gd_net net;

    /* Of a pass over n atoms of `structures` structures; on the backend unless said otherwise. */
    size_t atoms;                /* n */
    int *structure;              /* [n] of an atom */
    float *waves;                /* [structures][8] sin and cos of π t, 2π t, 4π t, 8π t */
    struct gd_net_arrays arrays; /* a row per structure */
    float *sums, *spread;        /* [structures][F], [n][F] room, which the network may use in between */
    float *dwaves;               /* [structures][8] training only */
    float *host;                 /* host: the waves */
    size_t capacity;
};

/* Tensors: time.0.weight, time.0.bias, time.2.weight, time.2.bias. */
void gd_time_net_tensors(int features, struct gd_tensor_list *list);

/* The rest of a zeroed struct; clear it with gd_time_net_clear. */
void gd_time_net_open(struct gd_time_net *time, int features, const struct gd_model *model);
void gd_time_net_clear(struct gd_time_net *time);

void gd_time_net_carve(struct gd_time_net *time, const struct gd_graph_network *network, size_t atoms, bool training,
                       struct gd_layout *carver);

/* The times [structures] of a batch, and the structures of its atoms, to the backend. */
enum gd_status gd_time_net_prepare(struct gd_time_net *time, const struct gd_graph_network *network,
                                   const double *times, struct gd_error *error);

/* scalars[n][F] += net(waves of the structure's time). */
void gd_time_net_forward(const struct gd_time_net *time, const struct gd_graph_network *network, float *scalars);

/* The gradients of its parameters from that of the scalars, which stays; dhidden: [structures][F]. */
void gd_time_net_backward(const struct gd_time_net *time, const struct gd_graph_network *network, const float *dscalars,
                          float *dhidden);

#endif

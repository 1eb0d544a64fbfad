/* Heads whose output is a scalar of each structure, the sum over its atoms with an output of
 * e = Dense(H->1)(silu(Dense(F->H)(q))), where beside q is the time if the output depends on it. */
#ifndef GD_MODEL_SCALAR_HEAD_H
#define GD_MODEL_SCALAR_HEAD_H

#include "model/time_rows.h"

struct gd_scalar_head {
    struct gd_head base;
    struct gd_net net;
    bool timed;

    /* Of a pass. */
    struct gd_time_rows time;
    float *joined;               /* [n][F + GD_TIME_ROWS_WIDTH] when timed; else NULL: q itself */
    struct gd_net_arrays arrays; /* n rows */
    int *structure;              /* [n] */
    float *dscalar;              /* [n] training only */
};

/* What the callbacks of such a class call or are. Tensors: PREFIX.0.…, PREFIX.2.…; `hidden` is H. */
void gd_scalar_head_tensors(const char *prefix, bool timed, int features, int hidden, struct gd_tensor_list *list);
void gd_scalar_head_open(struct gd_head *head, const char *prefix, bool timed, int hidden,
                         const struct gd_model *model);
void gd_scalar_head_close(struct gd_head *head);
size_t gd_scalar_head_largest(const struct gd_head *head, size_t (*size)(const struct gd_layer *));
void gd_scalar_head_carve(struct gd_head *head, struct gd_layout *carver);
enum gd_status gd_scalar_head_prepare(struct gd_head *head, const struct gd_graph_network *network, const double *times,
                                      struct gd_error *error);
void gd_scalar_head_forward(const struct gd_head *head, const struct gd_graph_network *network);
void gd_scalar_head_backward(const struct gd_head *head, const struct gd_graph_network *network,
                             struct gd_gradients *carried, bool add);

#endif

/* Heads whose output is a vector of each atom: gated equivariant blocks on the backbone's scalars, beside them the time
 * and a condition where the output depends on them, and its vectors (method section 3). A class names its prefix and
 * the width of what is beside the scalars; the rest is shared. */
#ifndef GD_MODEL_VECTOR_HEAD_H
#define GD_MODEL_VECTOR_HEAD_H

#include "model/time_rows.h"

#define GD_HEAD_BLOCKS 3

/* One gated equivariant block. */
struct gd_gated_block {
    int scalars_in, scalars, vectors;
    struct gd_layer mix; /* mix_vectors */
    struct gd_net net;   /* scalar_net */
};

/* Its arrays, for n atoms with an output. */
struct gd_gated_arrays {
    float *s_in, *v_in;       /* [n][scalars_in], [n][3][mix.in]; NULL: the backbone's */
    float *mixed;             /* [n][3][2·vectors] */
    float *joined;            /* [n][scalars_in + vectors] */
    struct gd_net_arrays net; /* n rows */
};

struct gd_vector_head {
    struct gd_head base;
    int told; /* width of what it is told: 0, GD_TIME_ROWS_WIDTH or GD_TIME_ROWS_CONDITIONED */
    struct gd_gated_block block[GD_HEAD_BLOCKS];
    struct gd_gated_arrays arrays[GD_HEAD_BLOCKS];
    struct gd_time_rows time;
};

/* What the callbacks of such a class call or are. Tensors: PREFIX.k.mix_vectors.weight, PREFIX.k.scalar_net.… */
void gd_vector_head_tensors(const char *prefix, int told, int features, struct gd_tensor_list *list);
void gd_vector_head_open(struct gd_head *head, const char *prefix, int told, const struct gd_model *model);
void gd_vector_head_close(struct gd_head *head);
size_t gd_vector_head_largest(const struct gd_head *head, size_t (*size)(const struct gd_layer *));
void gd_vector_head_carve(struct gd_head *head, struct gd_layout *carver);
enum gd_status gd_vector_head_prepare(struct gd_head *head, const struct gd_graph_network *network, const double *times,
                                      struct gd_error *error);
void gd_vector_head_forward(const struct gd_head *head, const struct gd_graph_network *network);
void gd_vector_head_backward(const struct gd_head *head, const struct gd_graph_network *network,
                             struct gd_gradients *carried, bool add);

#endif

/* Heads: what turns a backbone's scalars and vectors of each atom into an output. A head is a class below, one file and
 * one row of gd_heads; its tensors are the parameters HEAD.*, its own are kept apart from the backbone's. */
#ifndef GD_MODEL_HEAD_H
#define GD_MODEL_HEAD_H

#include "model/layers.h"

#define GD_HEAD_BLOCKS 3

/* One gated equivariant block (method section 3). */
struct gd_gated_block {
    int scalars_in, scalars, vectors;
    struct gd_layer mix; /* mix_vectors */
    struct gd_net net;   /* scalar_net */
};

/* Its arrays, for n atoms with an output. */
struct gd_gated_arrays {
    float *s_in, *v_in;       /* [n][scalars_in], [n][3][mix.in] */
    float *mixed;             /* [n][3][2·vectors] */
    float *joined;            /* [n][scalars_in + vectors] */
    struct gd_net_arrays net; /* n rows */
};

/* Gradients carried from layer to layer through heads and backbone; n atoms have an output, m take part. */
struct gd_gradients {
    float *ds, *dq, *dv, *dv_next;     /* [n][F + 2], [m][F], [m][3][F] twice */
    float *dmixed, *djoined, *dhidden; /* within a layer */
    float *dnet;                       /* [m][3F] */
};

/* dv_next becomes dv. */
static inline void gd_gradients_swap(struct gd_gradients *carried)
{
    float *former = carried->dv;
    carried->dv = carried->dv_next;
    carried->dv_next = former;
}

struct gd_head {
    const struct gd_head_class *type;
    int features; /* F: of the backbone's scalars and of its vectors */
    struct gd_gated_block block[GD_HEAD_BLOCKS];

    /* Of a pass over n atoms. */
    size_t atoms;       /* n */
    const float *q, *v; /* [n][F], [n][3][F] from the backbone */
    float *time;        /* [n][2] sin πt, cos πt */
    struct gd_gated_arrays arrays[GD_HEAD_BLOCKS];
    float *output; /* [n][3] */
    float *times;  /* host: [n][2] */
    size_t times_capacity;
};

struct gd_head_class {
    const char *name;
    void (*tensors)(int features, struct gd_tensor_list *list);
    void (*open)(struct gd_head *head, const struct gd_model *model); /* features is set */
    void (*close)(struct gd_head *head);
    size_t (*largest)(const struct gd_head *head,
                      size_t (*size)(const struct gd_layer *)); /* of an operation's layers */

    /* The arrays of a pass; atoms, q and v are set. Then the times [structures] to the backend; structure[n] of each
     * atom. */
    void (*carve)(struct gd_head *head, struct gd_layout *carver);
    enum gd_status (*prepare)(struct gd_head *head, const struct gd_graph_network *network, const double *times,
                              struct gd_error *error);
    void (*forward)(const struct gd_head *head, const struct gd_graph_network *network);

    /* From network->doutput to carried dq and dv, of all n atoms. */
    void (*backward)(const struct gd_head *head, const struct gd_graph_network *network, struct gd_gradients *carried);
};

extern const struct gd_head_class *const gd_heads[]; /* NULL-ended; the first is the score */

#endif

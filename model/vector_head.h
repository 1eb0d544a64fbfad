/* Heads whose output is a vector of each atom: gated equivariant blocks on the backbone's scalars, beside them the time
 * and a condition where the output depends on them, and its vectors (method section 3). Tensors:
 * PREFIX.k.mix_vectors.weight, PREFIX.k.scalar_net.… */
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
    int told; /* width of what it is told (gd_time_rows_width) */
    struct gd_gated_block block[GD_HEAD_BLOCKS];
    struct gd_gated_arrays arrays[GD_HEAD_BLOCKS];
    struct gd_time_rows time;
};

extern const struct gd_head_form gd_vector_head;

#endif

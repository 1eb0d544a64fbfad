/* The network of method section 3 on a backend: forward and backward pass as sequences of the backend's operations. */
#ifndef GD_MODEL_PAINN_H
#define GD_MODEL_PAINN_H

#include "model/backend.h"
#include "model/graph.h"
#include "model/model.h"

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

struct gd_painn_block {
    struct gd_layer filter; /* the block's share of filter_net */
    struct gd_net context;  /* interatomic_context_net */
    struct gd_layer mix;    /* mu_channel_mix */
    struct gd_net update;   /* intraatomic_context_net */
};

struct gd_painn_gate {
    int scalars_in, scalars, vectors;
    struct gd_layer mix; /* mix_vectors */
    struct gd_net net;   /* scalar_net */
};

/* Arrays of a net; hidden = silu(before). */
struct gd_net_arrays {
    float *before, *hidden, *y; /* [rows][inner.out] twice, [rows][outer.out] */
};

/* A block's arrays. m atoms go into it and n come out; F features. */
struct gd_block_arrays {
    float *filter;                /* [rows][3F]; not when fused */
    float *q_in, *v_in;           /* [m][F], [m][3][F]; v_in NULL in the first block: there it is 0 */
    struct gd_net_arrays context; /* m rows; in the first block one row per species */
    float *x;                     /* [m][3F] context.y, spread over the atoms in the first block */
    float *q, *v;                 /* [n][F], [n][3][F] after the messages */
    float *mixed;                 /* [n][3][2F] */
    float *joined;                /* [n][2F] */
    struct gd_net_arrays update;  /* n rows */
};

/* A gated block's arrays, for n atoms with an output. */
struct gd_gate_arrays {
    float *s_in, *v_in;       /* [n][scalars_in], [n][3][mix.in] */
    float *mixed;             /* [n][3][2·vectors] */
    float *joined;            /* [n][scalars_in + vectors] */
    struct gd_net_arrays net; /* n rows */
};

/* Every array of a pass, carved from one allocation. m: atoms that take part; rows: of filters. */
struct gd_workspace {
    float *basis, *envelope; /* [rows][radial], [rows]; not when fused */
    float *window;           /* see struct gd_windows; only when fused, as are the next two */
    int *window_first;
    float *layer_scratch; /* see struct gd_filter_layer */
    float *packed;        /* see struct gd_perceptron; as much as any operation wants */
    float *time;          /* [n][2] sin πt, cos πt */
    float *q_kinds;       /* [kinds][F] embeddings of the species that occur */
    struct gd_block_arrays block[GD_BLOCKS_MOST];
    float *q, *v; /* [n][F], [n][3][F] the backbone's scalars and vectors */
    struct gd_gate_arrays gate[GD_HEAD_BLOCKS];
    float *output; /* [n][3] */

    /* Training only. */
    float *target, *weight, *doutput;  /* [n][3], [n], [n][3] */
    float *ds, *dq, *dv, *dv_next;     /* gradients carried from layer to layer: [n][F + 2], [m][F], [m][3][F] twice */
    float *dmixed, *djoined, *dhidden; /* gradients within a layer */
    float *dnet, *dfilter;             /* [m][3F], [rows][3F] */
    float *dnet_kinds, *dq_kinds;      /* [kinds][3F], [kinds][F] */
    float *scratch;                    /* see struct gd_dense_weight */
};

/* The filters at points a step apart; see struct gd_interpolate. On the backend unless said otherwise. */
struct gd_painn_table {
    int points;                         /* 0: no table, filters are worked out for every distance */
    float step;                         /* Å */
    bool filled;                        /* the filters are those of the parameters */
    float *distance, *envelope, *basis; /* [points], [points], [points][radial] */
    float *filter, *dfilter;            /* [blocks][points][3F], [points][3F] */
    const int *cell_first, *cell_row;   /* of the batch, in `cells` */
    void *memory, *cells;
    int *host_cells; /* host */
    size_t memory_bytes, cell_bytes, host_capacity;
};

/* Whether filters are worked out within the messages, and never stored. */
enum gd_fusion { GD_FUSE_WHERE_IT_PAYS, GD_FUSE_NEVER, GD_FUSE_ALWAYS };

struct gd_painn {
    struct gd_backend *backend; /* borrowed */
    enum gd_fusion fusion;      /* may be set after gd_painn_init */
    struct gd_network_shape shape;
    struct gd_painn_block block[GD_BLOCKS_MOST];
    struct gd_painn_gate gate[GD_HEAD_BLOCKS];
    size_t embedding, parameter_count;
    size_t widest, packed;        /* floats of the largest weight and bias, and of the largest weights laid out */
    float *parameters, *gradient; /* [parameter_count], on the backend */

    struct gd_painn_table table;
    struct gd_graph graph;
    struct gd_graph_arrays arrays; /* the graph's arrays on the backend, in `image` */
    void *image, *memory;
    size_t image_bytes, memory_bytes;

    /* Set by a forward pass. */
    struct gd_workspace work;
    bool fused;                       /* see enum gd_fusion */
    size_t atoms[GD_BLOCKS_MOST + 1]; /* [l] go into block l, [blocks] have an output */
    float *times;                     /* host: [n][2] */
    size_t times_capacity;
};

/* Takes the model's parameters to the backend. Free with gd_painn_clear, also after a failure. */
enum gd_status gd_painn_init(struct gd_painn *painn, const struct gd_model *model, struct gd_backend *backend,
                             struct gd_error *error);
void gd_painn_clear(struct gd_painn *painn);

size_t gd_painn_bytes(const struct gd_painn *painn); /* memory of the backend that it holds */

/* The batch that passes are about; see gd_network_structures. */
enum gd_status gd_painn_structures(struct gd_painn *painn, const struct gd_structure *structures, const size_t *fixed,
                                   size_t count, struct gd_error *error);

/* The forward pass at times[structure]. Row k of work.output belongs to atom k of the graph; the rows are the mobile
 * atoms, or with `every_atom` all. `training` (without every_atom) keeps what the backward pass needs. */
enum gd_status gd_painn_forward(struct gd_painn *painn, const double *times, bool every_atom, bool training,
                                struct gd_error *error);

/* The two parts of a forward pass: what takes memory and brings the times, and the operations. They wait for nothing.
 */
enum gd_status gd_painn_prepare(struct gd_painn *painn, const double *times, bool every_atom, bool training,
                                struct gd_error *error);
void gd_painn_run(struct gd_painn *painn);

/* After a forward pass for training: d/d parameters into `gradient`, from work.doutput. */
void gd_painn_backward(struct gd_painn *painn);

/* From now on the filters come from a table. Where they do already, nothing changes. */
enum gd_status gd_painn_tabulate(struct gd_painn *painn, struct gd_error *error);
void gd_painn_table_clear(struct gd_painn *painn);

/* Works the table out, unless it is that of the parameters. */
void gd_painn_table_fill(struct gd_painn *painn);

/* Sorts the batch's filter rows into the table's cells, for the backward pass. */
enum gd_status gd_painn_table_cells(struct gd_painn *painn, struct gd_error *error);

/* The table of block l. */
static inline float *gd_painn_table_filter(const struct gd_painn *painn, int l)
{
    return painn->table.filter + (size_t)l * (size_t)painn->table.points * 3 * (size_t)painn->shape.features;
}

/* Lays out the workspace for a pass, in new memory when what there is does not suffice. */
enum gd_status gd_painn_reserve(struct gd_painn *painn, bool every_atom, bool training, struct gd_error *error);

/* The first filter row that block l needs: template rows matter only when template atoms receive. */
static inline size_t gd_painn_first_row(const struct gd_painn *painn, int l)
{
    return painn->atoms[l + 1] <= painn->graph.mobile ? painn->graph.template_rows : 0;
}

/* The filter layer of block l, when fused. */
static inline struct gd_filter_layer gd_painn_layer(const struct gd_painn *painn, int l)
{
    const struct gd_layer *layer = &painn->block[l].filter;
    return (struct gd_filter_layer){.radial = layer->in,
                                    .value = painn->work.window,
                                    .first = painn->work.window_first,
                                    .weight = painn->parameters + layer->weight,
                                    .bias = painn->parameters + layer->bias,
                                    .scratch = painn->work.layer_scratch};
}

static inline struct gd_edges gd_painn_edges(const struct gd_painn *painn)
{
    const struct gd_graph_arrays *arrays = &painn->arrays;
    return (struct gd_edges){arrays->first, arrays->sender,    arrays->receiver, arrays->row,
                             arrays->unit,  arrays->row_first, arrays->row_edge};
}

#endif

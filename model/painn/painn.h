/* The network of method section 3 on a backend: forward and backward pass as sequences of the backend's operations. */
#ifndef GD_MODEL_PAINN_PAINN_H
#define GD_MODEL_PAINN_PAINN_H

#include "model/head.h"
#include "model/time_net.h"

enum gd_painn_time { GD_TIME_IN_HEADS, GD_TIME_IN_BACKBONE };

/* The hyperparameters. */
struct gd_painn_params {
    int64_t features, blocks, radial;
    double cutoff; /* Å */
    uint64_t heads;
    int time;     /* enum gd_painn_time */
    double prior; /* Å; 0: none */
};

extern const struct gd_network_class gd_network_painn;

/* The same, as the passes use them. */
struct gd_painn_shape {
    int features, blocks, radial;
    double cutoff;
    bool timed; /* the backbone sees the time */
};

struct gd_painn_block {
    struct gd_layer filter; /* the block's share of filter_net */
    struct gd_net context;  /* interatomic_context_net */
    struct gd_layer mix;    /* mu_channel_mix */
    struct gd_net update;   /* intraatomic_context_net */
};

/* A block's arrays. m atoms go into it and n come out; F features. */
struct gd_block_arrays {
    float *filter;                /* [rows][3F]; not when fused */
    float *q_in, *v_in;           /* [m][F], [m][3][F]; v_in NULL in the first block: there it is 0 */
    struct gd_net_arrays context; /* m rows; in the first block one row per species, unless timed */
    float *x;                     /* [m][3F] context.y, or what is spread over the atoms from rows per species */
    float *q, *v;                 /* [n][F], [n][3][F] after the messages */
    float *mixed;                 /* [n][3][2F] */
    float *joined;                /* [n][2F] */
    struct gd_net_arrays update;  /* n rows */
};

/* Every array of a pass, carved from one allocation. m: atoms that take part; rows: of filters. */
struct gd_workspace {
    float *basis, *envelope; /* [rows][radial], [rows]; not when fused */
    float *window;           /* see struct gd_windows; only when fused, as are the next two */
    int *window_first;
    float *layer_scratch; /* see struct gd_filter_layer */
    float *q_kinds;       /* [kinds][F] embeddings of the species that occur */
    struct gd_block_arrays block[GD_BLOCKS_MOST];
    float *q, *v;                 /* [n][F], [n][3][F] the backbone's scalars and vectors */
    struct gd_gradients carried;  /* training only, as are the next two */
    float *dfilter;               /* [rows][3F] */
    float *dnet_kinds, *dq_kinds; /* [kinds][3F], [kinds][F] */
    float *dbasis, *denvelope;    /* [rows][radial], [rows]; only when to_positions, as are the next two */
    float *ddistance, *dunit;     /* [rows], [edges][3] */
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
    struct gd_graph_network base;
    enum gd_fusion fusion; /* may be set at any time */
    struct gd_painn_shape shape;
    struct gd_painn_block block[GD_BLOCKS_MOST];
    struct gd_time_net time; /* only when timed */
    size_t embedding;        /* place in the parameters */
    size_t widest, packed;   /* floats of the largest weight and bias, and of the largest weights laid out */
    struct gd_painn_table table;

    /* Set by a forward pass. */
    struct gd_workspace work;
    bool fused;                       /* see enum gd_fusion */
    size_t atoms[GD_BLOCKS_MOST + 1]; /* [l] go into block l, [blocks] have an output */
};

enum gd_status gd_painn_prepare(struct gd_graph_network *network, const double *times, bool every_atom, bool training,
                                struct gd_error *error);
void gd_painn_forward(struct gd_graph_network *network);
void gd_painn_backward(struct gd_graph_network *network);

/* From now on the filters come from a table. Where they do already, nothing changes. */
enum gd_status gd_painn_tabulate(struct gd_graph_network *network, struct gd_error *error);
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
    return painn->atoms[l + 1] <= painn->base.graph.mobile ? painn->base.graph.template_rows : 0;
}

/* Whether the filters of the next pass come from the table: where a gradient goes on to distances they do not. */
static inline bool gd_painn_tabulated(const struct gd_painn *painn)
{
    return painn->table.points && !painn->base.to_positions;
}

/* Whether atoms of a species are alike in what goes into block l. */
static inline bool gd_painn_by_kinds(const struct gd_painn *painn, int l)
{
    return l == 0 && !painn->shape.timed;
}

/* The filter layer of block l, when fused. */
static inline struct gd_filter_layer gd_painn_layer(const struct gd_painn *painn, int l)
{
    const struct gd_layer *layer = &painn->block[l].filter;
    return (struct gd_filter_layer){.radial = layer->in,
                                    .value = painn->work.window,
                                    .first = painn->work.window_first,
                                    .weight = painn->base.parameters + layer->weight,
                                    .bias = painn->base.parameters + layer->bias,
                                    .scratch = painn->work.layer_scratch};
}

static inline struct gd_edges gd_painn_edges(const struct gd_painn *painn)
{
    const struct gd_graph_arrays *arrays = &painn->base.arrays;
    return (struct gd_edges){arrays->first, arrays->sender,    arrays->receiver, arrays->row,
                             arrays->unit,  arrays->row_first, arrays->row_edge};
}

#endif

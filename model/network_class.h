/* Kinds of networks: components of kind "network". A network is a class below: which tensors it has, and how its passes
 * over the graph of a batch are made of a backend's operations. What its hyperparameters mean only the class knows: a
 * model keeps them as its rows describe them, and a model file as one attribute per row. */
#ifndef GD_MODEL_NETWORK_CLASS_H
#define GD_MODEL_NETWORK_CLASS_H

#include "model/backend.h"
#include "model/graph.h"
#include "model/model.h"

#define GD_HEADS_MOST 8

struct gd_head;
struct gd_head_class;

/* A network at work: what all kinds share, and the first member of each kind's own struct. The parameters and the batch
 * are looked after by gd_graph_network_new and gd_graph_network_structures, the rest by the class. */
struct gd_graph_network {
    const struct gd_network_class *type;
    struct gd_backend *backend; /* borrowed */
    size_t parameter_count;
    float *parameters, *gradient; /* [parameter_count], on the backend */
    double cutoff;                /* Å, of the edges; 0: there are none */
    int rounds;                   /* of messages: atoms that many edges away from a mobile one take part */
    bool placed;                  /* it needs the positions, not edges alone */
    bool prior;                   /* a head has one: see prior.h */
    struct gd_head *heads[GD_HEADS_MOST];
    int head_count;
    uint64_t active;   /* heads of the next pass: bit k for heads[k] */
    bool to_positions; /* its backward pass goes to the positions, into `dposition`, in place of the parameters */
    const double *conditions; /* [structures] of the next pass, host; not a number, or NULL: there is none */

    struct gd_graph graph;
    struct gd_graph_arrays arrays; /* the graph's arrays on the backend, in `image` */
    void *image;
    size_t image_bytes;
    const double *positions; /* [..][3] of all atoms as they came, on the backend; only when placed */
    double *room;            /* for them, where they came with the structures */
    size_t room_bytes;

    /* Laid out by `prepare`, on the backend. n: mobile atoms, or all if every atom has an output. */
    void *workspace;        /* what holds all arrays of a pass; another pointer when they have moved */
    size_t workspace_bytes; /* its capacity */
    float *packed;          /* see struct gd_perceptron; as much as any of its layers wants */
    float *scratch;         /* training only, unless to_positions; see struct gd_dense_weight */
    float *dposition;       /* [n][3] the gradient of the positions of atoms with an output; only when to_positions */
};

/* What the hyperparameters say about a network. */
struct gd_network_traits {
    double cutoff; /* as in struct gd_graph_network, as is the next */
    int rounds;
    bool absolute;  /* it sees where atoms are, not only where they are relative to each other */
    double prior;   /* √ν in Å of the head for noised energies (prior.h); 0: it has none */
    int features;   /* scalars of an atom that the heads get, and vectors */
    uint64_t heads; /* those that it has: bit k for gd_heads[k] */
};

struct gd_network_class {
    struct gd_component base; /* rows of integers, floats, choices and subsets alone */
    struct gd_network_traits (*traits)(const void *params);
    void (*tensors)(const void *params, struct gd_tensor_list *list); /* see gd_tensor_add, gd_heads_tensors */
    size_t size;                                                      /* of its struct */
    void (*open)(struct gd_graph_network *network,
                 const struct gd_model *);           /* the rest of a struct that has its heads */
    void (*close)(struct gd_graph_network *network); /* what `prepare` and others allocated */

    /* Takes the memory of a pass, of all its heads too, and brings the times [structures] to the active ones; waits for
     * nothing. `training` (never with `every_atom`) keeps what the backward pass needs. */
    enum gd_status (*prepare)(struct gd_graph_network *network, const double *times, bool every_atom, bool training,
                              struct gd_error *error);
    void (*forward)(
        struct gd_graph_network *network); /* the operations of a prepared pass, into the active heads' output */
    void (*backward)(
        struct gd_graph_network *network); /* after a pass for training: their doutput into `gradient` or `dposition` */

    /* May be NULL. */
    void (*changed)(struct gd_graph_network *network); /* the parameters are no longer what they were */
    enum gd_status (*tabulate)(struct gd_graph_network *network, struct gd_error *error); /* see gd_network_tabulate */
    void (*fuse)(struct gd_graph_network *network);                                       /* see gd_network_fuse */
    bool (*needs_edges)(const struct gd_graph_network *network); /* the host's list of them, for the backward pass */
    size_t (*bytes)(const struct gd_graph_network *network);     /* memory of the backend beside the workspace */
};

extern const struct gd_kind gd_kind_network;
extern const struct gd_network_class *const gd_networks[]; /* NULL-ended */

/* The class of a name stored in a model file, of those of a registry (NULL: of those that are built in); NULL, with
 * GD_BAD_INPUT in `error`, when there is none. */
const struct gd_network_class *gd_network_named(const struct gd_registry *registry, const char *name,
                                                struct gd_error *error);

/* GD_BAD_INPUT when a hyperparameter is not finite or out of the range of its row, as it may be in a model file. */
enum gd_status gd_hyperparameters_check(const struct gd_network_class *type, const void *params,
                                        struct gd_error *error);

/* A network with the model's parameters on a backend, which is borrowed; its gradient is 0. Free with
 * gd_graph_network_free. */
enum gd_status gd_graph_network_new(struct gd_graph_network **network, const struct gd_model *model,
                                    struct gd_backend *backend, struct gd_error *error);
void gd_graph_network_free(struct gd_graph_network *network); /* accepts NULL */

/* The batch that passes are about; see gd_network_structures. */
enum gd_status gd_graph_network_structures(struct gd_graph_network *network, const struct gd_structure *structures,
                                           const size_t *fixed, size_t count, struct gd_error *error);

/* Lays out the edges that only outputs of fixed atoms depend on. */
enum gd_status gd_graph_network_complete(struct gd_graph_network *network, struct gd_error *error);

/* The place of a head among the network's, or -1. */
int gd_graph_network_head(const struct gd_graph_network *network, const struct gd_head_class *head);

/* A whole forward pass of all heads: `prepare` and `forward`. */
enum gd_status gd_graph_network_forward(struct gd_graph_network *network, const double *times, bool every_atom,
                                        bool training, struct gd_error *error);

size_t gd_graph_network_bytes(const struct gd_graph_network *network); /* memory of the backend that it holds */

#endif

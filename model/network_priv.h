/* What the files of a network at work share: network.c makes it and takes its batch, network_pass.c runs it,
 * network_optimiser.c changes its parameters, network_source.c hands its outputs to samplers. */
#ifndef GD_MODEL_NETWORK_PRIV_H
#define GD_MODEL_NETWORK_PRIV_H

#include "model/network.h"
#include "model/network_class.h"
#include "model/sample_batch.h"

/* What a pass over a batch comes to. GD_OUTPUT + k: the output of the network's head k; GD_SLOPE + k: minus its
 * gradient with respect to the positions. */
enum gd_pass {
    GD_LOSS,
    GD_GRADIENT,
    GD_OUTPUT,
    GD_SLOPE = GD_OUTPUT + GD_HEADS_MOST,
    GD_PASSES = GD_SLOPE + GD_HEADS_MOST
};

struct gd_network {
    struct gd_backend *backend;
    struct gd_graph_network *graph; /* the parameters and the batch */
    struct gd_process process;
    const struct gd_prediction *prediction;
    double losses[GD_HEADS_MOST]; /* of the last pass */
    double squares;               /* of the gradient's numbers, their sum */

    /* Structures that differ in their mobile atoms alone, when the backend's memory is not the host's. */
    struct gd_sample_batch scene;
    const double *positions;                      /* theirs, on the backend; NULL: the batch is any other */
    void *recordings[GD_PASSES];                  /* the operations of a pass; NULL: none that holds */
    const void *recorded_in;                      /* the workspace that they use */
    struct gd_goal recorded_goals[GD_HEADS_MOST]; /* of GD_LOSS and GD_GRADIENT */
    double *room, *packed;                        /* positions of a batch, on the backend and on the host */
    size_t room_bytes, packed_capacity;

    float *m, *v;   /* [parameter_count] moments, on the backend */
    float *average; /* [parameter_count] of the parameters, there */
    int64_t steps;

    struct gd_condition asked; /* of scores; its rank is not a number: nothing is asked for */

    /* Host memory that is used again. */
    float *host, *untold;
    double *times, *conditions;
    struct gd_structure *views;
    size_t *fixed;
    size_t host_capacity, untold_capacity, times_capacity, conditions_capacity, views_capacity, fixed_capacity;
};

/* Room for `count` floats in `host`. */
enum gd_status gd_network_reserve_host(struct gd_network *network, size_t count, struct gd_error *error);

/* Drops the recorded operations of all passes. */
void gd_network_forget(struct gd_network *network);

/* Where the scene's structures are, on the backend; NULL: the batch is none of the scene. */
void gd_network_set_positions(struct gd_network *network, const double *positions);

/* The place of a head among the network's in *k; GD_BAD_INPUT when it has none. */
enum gd_status gd_network_find_head(const struct gd_network *network, const struct gd_head_class *head, int *k,
                                    struct gd_error *error);

/* A forward pass of head k alone, whose output stays on the backend. */
enum gd_status gd_network_run_head(struct gd_network *network, int k, const double *times, bool every_atom,
                                   struct gd_error *error);

/* The same for minus the gradient of head k's output with respect to the positions of the mobile atoms, [mobile][3] in
 * the graph's `dposition`. The head's rows are structures. */
enum gd_status gd_network_run_slope(struct gd_network *network, int k, const double *times, struct gd_error *error);

/* Head k once more, on what the backbone gave in the pass before, which was a forward pass of head k: with other
 * conditions. */
enum gd_status gd_network_rerun_head(struct gd_network *network, int k, const double *times, struct gd_error *error);

/* The output of head k's last pass, in the caller's order. */
enum gd_status gd_network_download(struct gd_network *network, int k, bool every_atom, float *output,
                                   struct gd_error *error);

#endif

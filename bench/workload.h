/* The workloads of the benchmarks: batches of platinum slabs with mobile atoms at random above them. */
#ifndef GD_BENCH_WORKLOAD_H
#define GD_BENCH_WORKLOAD_H

#include "model/network.h"
#include "model/painn/painn.h"

struct gd_workload {
    struct gd_system system;
    struct gd_process process;
    struct gd_model *model;
    size_t count; /* structures */
    struct gd_set set;
    struct gd_structure *structures;
    size_t *fixed;
    double *times, *weights;
    float *target, *output; /* [mobile atoms of all][3] */
};

extern const struct gd_painn_params gd_workload_shape; /* of the paper */

/* `count` fcc(111) slabs of size[0] x size[1] x size[2] atoms with `mobile` more, noised; and a new model. Free with
 * gd_workload_clear, also after a failure. */
enum gd_status gd_workload_make(struct gd_workload *workload, const int64_t size[3], size_t mobile, size_t count,
                                struct gd_error *error);

/* A spherical cluster of mobile atoms cut from an fcc crystal, each slightly displaced; free as above. */
enum gd_status gd_workload_make_cluster(struct gd_workload *workload, size_t atoms, struct gd_error *error);

void gd_workload_clear(struct gd_workload *workload);

/* One optimisation step of a network on the workload's batch, and one forward pass; edges are found anew. */
enum gd_status gd_workload_step(struct gd_workload *workload, struct gd_network *network, struct gd_error *error);
enum gd_status gd_workload_forward(struct gd_workload *workload, struct gd_network *network, struct gd_error *error);

/* Milliseconds: the median of at least seven calls and `seconds` seconds, after one to warm up. */
enum gd_status gd_measure(enum gd_status (*work)(void *, struct gd_error *), void *context, double seconds,
                          double *median, struct gd_error *error);

#endif

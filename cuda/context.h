/* One CUDA backend: its stream, its matrices library, and the first thing that went wrong. Read by C and by CUDA C++.
 *
 * Everything is started on the backend's own stream and happens in that order; the host waits in `finish`, in downloads
 * and when the room for uploads is used up. After a failure nothing more is started until `finish` has told it. */
#ifndef GD_CUDA_CONTEXT_H
#define GD_CUDA_CONTEXT_H

#include <cuda_runtime.h>

#include "cuda/blas.h"
#include "engine/base/error.h"
#include "model/operations.h"

#define GD_CUDA_VALUES   4   /* numbers on their way to the host */
#define GD_CUDA_PARTIALS 128 /* partial sums of one number */

struct gd_backend;

struct gd_cuda {
    cudaStream_t stream;
    struct gd_blas blas;
    cublasComputeType_t products; /* how exactly they are worked out */

    void *room; /* that the library works in. Recordings keep its address, so no other stream may ever work in it */

    char *staging; /* uploads on their way, in host memory that the device reads */
    size_t staged;

    double *partials;               /* [GD_CUDA_PARTIALS] on the device */
    double *values;                 /* [GD_CUDA_VALUES] in host memory that the device writes */
    double *wanted[GD_CUDA_VALUES]; /* where their values go once they are there */
    int value_count;

    struct gd_error failure; /* the first since `finish` */
};

#ifdef __cplusplus
extern "C" {
#endif
/* The context of a backend that is a CUDA backend. */
struct gd_cuda *gd_cuda_of(struct gd_backend *backend);

/* True when nothing has failed so far and this has not either; else keeps what failed at what. */
bool gd_cuda_ok(struct gd_cuda *cuda, cudaError_t outcome, const char *what);
bool gd_cuda_blas_ok(struct gd_cuda *cuda, cublasStatus_t outcome, const char *what);

/* Waits for the stream, and hands out the numbers that came from the device. */
void gd_cuda_settle(struct gd_cuda *cuda);

/* As in struct gd_backend_class. */
void gd_cuda_record(struct gd_backend *backend);
void *gd_cuda_recorded(struct gd_backend *backend);
void gd_cuda_replay(struct gd_backend *backend, const void *recording);
void gd_cuda_forget(struct gd_backend *backend, void *recording);

/* Where a kernel writes a number that `wanted` (host) is to hold after `finish`; NULL after a failure. */
double *gd_cuda_value(struct gd_cuda *cuda, double *wanted);

/* The operations, as in struct gd_ops. */
void gd_cuda_dense(struct gd_backend *backend, const struct gd_dense *a);
void gd_cuda_dense_input(struct gd_backend *backend, const struct gd_dense_input *a);
void gd_cuda_dense_weight(struct gd_backend *backend, const struct gd_dense_weight *a);
void gd_cuda_perceptron(struct gd_backend *backend, const struct gd_perceptron *a);
void gd_cuda_perceptron_backward(struct gd_backend *backend, const struct gd_perceptron_backward *a);
void gd_cuda_gather(struct gd_backend *backend, const struct gd_gather *a);
void gd_cuda_sum_rows(struct gd_backend *backend, const struct gd_sum_rows *a);
void gd_cuda_copy_rows(struct gd_backend *backend, const struct gd_copy_rows *a);
void gd_cuda_radial(struct gd_backend *backend, const struct gd_radial *a);
void gd_cuda_windows(struct gd_backend *backend, const struct gd_windows *a);
void gd_cuda_interpolate(struct gd_backend *backend, const struct gd_interpolate *a);
void gd_cuda_interpolate_backward(struct gd_backend *backend, const struct gd_interpolate_backward *a);
void gd_cuda_message(struct gd_backend *backend, const struct gd_message *a);
void gd_cuda_message_sender(struct gd_backend *backend, const struct gd_message_sender *a);
void gd_cuda_message_filter(struct gd_backend *backend, const struct gd_message_filter *a);
void gd_cuda_message_fused(struct gd_backend *backend, const struct gd_message_fused *a);
void gd_cuda_message_fused_backward(struct gd_backend *backend, const struct gd_message_fused_backward *a);
void gd_cuda_norms(struct gd_backend *backend, const struct gd_norms *a);
void gd_cuda_norms_backward(struct gd_backend *backend, const struct gd_norms_backward *a);
void gd_cuda_mix(struct gd_backend *backend, const struct gd_mix *a);
void gd_cuda_mix_backward(struct gd_backend *backend, const struct gd_mix_backward *a);
void gd_cuda_gate(struct gd_backend *backend, const struct gd_gate *a);
void gd_cuda_gate_backward(struct gd_backend *backend, const struct gd_gate_backward *a);
void gd_cuda_loss(struct gd_backend *backend, const struct gd_loss *a);
void gd_cuda_squares(struct gd_backend *backend, const struct gd_squares *a);
void gd_cuda_adamw(struct gd_backend *backend, const struct gd_adamw_step *a);
void gd_cuda_scale(struct gd_backend *backend, const struct gd_scale *a);
void gd_cuda_move(struct gd_backend *backend, const struct gd_move *a);
void gd_cuda_find_edges(struct gd_backend *backend, const struct gd_find_edges *a);
#ifdef __cplusplus
}
#endif

#endif

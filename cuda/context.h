/* One CUDA backend: its stream, its matrices library, and the first thing that went wrong. Read by C and by CUDA C++.
 *
 * Everything is started on the backend's own stream and happens in that order; the host waits in `finish`, in downloads
 * and when the room for uploads is used up. After a failure nothing more is started until `finish` has reported it. */
#ifndef GD_CUDA_CONTEXT_H
#define GD_CUDA_CONTEXT_H

#include <cuda_runtime.h>

#include "cuda/blas.h"
#include "engine/base/error.h"
#include "model/operations.h"

/* Numbers on their way to the host: a recording must have room for all of its own, since it cannot wait for any. A
 * pass has the loss of each head, the norm of the gradient and the number of edges. */
#define GD_CUDA_VALUES   16
#define GD_CUDA_PARTIALS 128 /* partial sums of one number */

/* Bytes that products of matrices work in: the library puts the partial sums of products with few results there, and
 * so do the gradients of weights. (The library asks for 32 MiB on the H100 and its relatives, and makes do with 16
 * KiB.) */
#define GD_CUDA_ROOM ((size_t)4 << 20)

struct gd_backend;

struct gd_cuda {
    cudaStream_t stream;
    struct gd_blas blas;
    cublasComputeType_t products; /* how exactly they are worked out */

    void *room; /* of GD_CUDA_ROOM bytes. Recordings keep its address, so no other stream may ever work in it */

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
void gd_cuda_synchronise(struct gd_cuda *cuda);

/* As in struct gd_backend_class. */
void gd_cuda_record(struct gd_backend *backend);
void *gd_cuda_recorded(struct gd_backend *backend);
void gd_cuda_replay(struct gd_backend *backend, const void *recording);
void gd_cuda_free_recording(struct gd_backend *backend, void *recording);

/* Where a kernel writes a number that `wanted` (host) is to hold after `finish`; NULL after a failure. */
double *gd_cuda_value(struct gd_cuda *cuda, double *wanted);

/* The operations, as in struct gd_ops. */
#define GD_CUDA_PROTOTYPE(name) void gd_cuda_##name(struct gd_backend *backend, const struct gd_##name *a);
GD_OPERATIONS(GD_CUDA_PROTOTYPE)
#ifdef __cplusplus
}
#endif

#endif

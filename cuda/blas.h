/* cuBLAS, loaded when a backend is made: it is large, and most of what the program does needs none of it. */
#ifndef GD_CUDA_BLAS_H
#define GD_CUDA_BLAS_H

#include <cublas_v2.h>

#include "engine/base/error.h"

struct gd_blas {
    cublasHandle_t handle; /* NULL: none */
    cublasStatus_t (*create)(cublasHandle_t *handle);
    cublasStatus_t (*destroy)(cublasHandle_t handle);
    cublasStatus_t (*set_stream)(cublasHandle_t handle, cudaStream_t stream);
    cublasStatus_t (*set_workspace)(cublasHandle_t handle, void *memory, size_t bytes);
    const char *(*status_name)(cublasStatus_t status);
    cublasStatus_t (*gemm)(cublasHandle_t handle, cublasOperation_t transa, cublasOperation_t transb, int m, int n,
                           int k, const void *alpha, const void *a, cudaDataType type_a, int lda, const void *b,
                           cudaDataType type_b, int ldb, const void *beta, void *c, cudaDataType type_c, int ldc,
                           cublasComputeType_t compute, cublasGemmAlgo_t algorithm);
};

/* Finds the library and its functions; makes no handle. The library stays loaded. */
enum gd_status gd_blas_load(struct gd_blas *blas, struct gd_error *error);

#endif

/* cuBLAS by CBLAS. */
#include <cblas.h>

#include "cuda_shim/machine.h"

struct cublasContext {
    cudaStream_t stream;
};

static cublasStatus_t status_of(cudaError_t error)
{
    return error == cudaSuccess                 ? CUBLAS_STATUS_SUCCESS
           : error == cudaErrorMemoryAllocation ? CUBLAS_STATUS_ALLOC_FAILED
                                                : CUBLAS_STATUS_EXECUTION_FAILED;
}

cublasStatus_t cublasCreate_v2(cublasHandle_t *handle)
{
    cudaError_t error = shim_enter();
    if (!error) {
        *handle = new cublasContext{};
        machine.handles++;
    }
    return status_of(error);
}

cublasStatus_t cublasDestroy_v2(cublasHandle_t handle)
{
    cudaError_t error = shim_enter();
    delete handle;
    machine.handles--;
    return status_of(error);
}

cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream)
{
    handle->stream = stream;
    return status_of(shim_enter());
}

cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t, void *memory, size_t bytes)
{
    cudaError_t error = shim_enter();
    return !error && !shim_holds(memory, bytes) ? CUBLAS_STATUS_INVALID_VALUE : status_of(error);
}

const char *cublasGetStatusName(cublasStatus_t status)
{
    switch (status) {
    case CUBLAS_STATUS_SUCCESS:
        return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_ALLOC_FAILED:
        return "CUBLAS_STATUS_ALLOC_FAILED";
    case CUBLAS_STATUS_INVALID_VALUE:
        return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_EXECUTION_FAILED:
        return "CUBLAS_STATUS_EXECUTION_FAILED";
    }
    return "unknown";
}

/* Whether a matrix by columns, rows x columns, lies in memory of the device. */
static bool holds(const float *matrix, int rows, int columns, int stride)
{
    return columns == 0 || shim_holds(matrix, ((size_t)stride * (size_t)(columns - 1) + (size_t)rows) * sizeof *matrix);
}

cublasStatus_t cublasSgemm_v2(cublasHandle_t handle, cublasOperation_t transa, cublasOperation_t transb, int m, int n,
                              int k, const float *alpha, const float *a, int lda, const float *b, int ldb,
                              const float *beta, float *c, int ldc)
{
    cudaError_t error = shim_enter();
    if (error)
        return status_of(error);
    bool ta = transa == CUBLAS_OP_T, tb = transb == CUBLAS_OP_T;
    if (m < 0 || n < 0 || k < 0 || lda < (ta ? k : m) || ldb < (tb ? n : k) || ldc < m)
        return CUBLAS_STATUS_INVALID_VALUE;
    float factor = *alpha, keep = *beta;
    error = shim_put_off(handle->stream, [=] {
        if (!holds(a, ta ? k : m, ta ? m : k, lda) || !holds(b, tb ? n : k, tb ? k : n, ldb) || !holds(c, m, n, ldc))
            return shim_complain("cublasSgemm reaches beyond its arrays");
        cblas_sgemm(CblasColMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, m, n, k, factor, a,
                    lda, b, ldb, keep, c, ldc);
    });
    return status_of(error);
}

/* cuBLAS by CBLAS. */
#include <cblas.h>
#include <cmath>
#include <cstring>
#include <vector>

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

/* Rounds to fewer bits after the point, as the tensor cores' inputs are: to TF32 with ties away from zero, to bf16 with
 * ties to even. What is not finite stays as it is. */
static float rounded(float x, cublasComputeType_t compute)
{
    uint32_t bits, dropped = compute == CUBLAS_COMPUTE_32F_FAST_TF32 ? 13 : 16, half = 1u << (dropped - 1);
    if (!std::isfinite(x))
        return x;
    std::memcpy(&bits, &x, sizeof bits);
    bits += compute == CUBLAS_COMPUTE_32F_FAST_TF32 ? half : half - 1 + (bits >> dropped & 1);
    bits &= ~((1u << dropped) - 1);
    std::memcpy(&x, &bits, sizeof x);
    return x;
}

/* A copy with the inputs' precision; its stride is that of the original. */
static std::vector<float> inputs(const float *matrix, int rows, int columns, int stride, cublasComputeType_t compute)
{
    std::vector<float> copy(columns ? (size_t)stride * (size_t)(columns - 1) + (size_t)rows : 0);
    for (int column = 0; column < columns; column++)
        for (int row = 0; row < rows; row++) {
            size_t at = (size_t)stride * (size_t)column + (size_t)row;
            copy[at] = compute == CUBLAS_COMPUTE_32F ? matrix[at] : rounded(matrix[at], compute);
        }
    return copy;
}

cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t transa, cublasOperation_t transb, int m, int n,
                            int k, const void *alpha, const void *a, cudaDataType, int lda, const void *b, cudaDataType,
                            int ldb, const void *beta, void *c, cudaDataType, int ldc, cublasComputeType_t compute,
                            cublasGemmAlgo_t)
{
    cudaError_t error = shim_enter();
    if (error)
        return status_of(error);
    bool ta = transa == CUBLAS_OP_T, tb = transb == CUBLAS_OP_T;
    if (m < 0 || n < 0 || k < 0 || lda < (ta ? k : m) || ldb < (tb ? n : k) || ldc < m)
        return CUBLAS_STATUS_INVALID_VALUE;
    auto left = static_cast<const float *>(a), right = static_cast<const float *>(b);
    auto result = static_cast<float *>(c);
    float factor = *static_cast<const float *>(alpha), keep = *static_cast<const float *>(beta);
    error = shim_put_off(handle->stream, [=] {
        int rows_a = ta ? k : m, columns_a = ta ? m : k, rows_b = tb ? n : k, columns_b = tb ? k : n;
        if (!holds(left, rows_a, columns_a, lda) || !holds(right, rows_b, columns_b, ldb) || !holds(result, m, n, ldc))
            return shim_complain("cublasGemmEx reaches beyond its arrays");
        std::vector<float> by = inputs(left, rows_a, columns_a, lda, compute);
        std::vector<float> of = inputs(right, rows_b, columns_b, ldb, compute);
        cblas_sgemm(CblasColMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, m, n, k, factor,
                    by.data(), lda, of.data(), ldb, keep, result, ldc);
    });
    return status_of(error);
}

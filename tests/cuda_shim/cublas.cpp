/* cuBLAS by plain loops: every number is one sum over k, in order, so that its bits do not depend on how many rows or
 * columns there are. */
#include <algorithm>
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

/* A copy with the inputs' precision, rows x columns by columns; of the transpose, if that is what the matrix is. */
static std::vector<float> inputs(const float *matrix, size_t rows, size_t columns, size_t stride, bool transposed,
                                 cublasComputeType_t compute)
{
    std::vector<float> copy(rows * columns);
    for (size_t column = 0; column < columns; column++)
        for (size_t row = 0; row < rows; row++) {
            float x = matrix[transposed ? row * stride + column : column * stride + row];
            copy[column * rows + row] = compute == CUBLAS_COMPUTE_32F ? x : rounded(x, compute);
        }
    return copy;
}

/* c = factor a b + keep c (c is not read where keep is 0); a is m x k, b is k x n. */
static void multiply(size_t m, size_t n, size_t k, float factor, const std::vector<float> &a,
                     const std::vector<float> &b, float keep, float *c, size_t stride)
{
    std::vector<float> sum(m);
    for (size_t column = 0; column < n; column++) {
        std::fill(sum.begin(), sum.end(), 0.0f);
        for (size_t l = 0; l < k; l++) {
            const float *from = a.data() + l * m, x = b[column * k + l];
            for (size_t row = 0; row < m; row++)
                sum[row] += from[row] * x;
        }
        for (size_t row = 0; row < m; row++) {
            float *to = c + column * stride + row;
            *to = factor * sum[row] + (keep != 0 ? keep * *to : 0);
        }
    }
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
        auto high = (size_t)m, wide = (size_t)n, deep = (size_t)k;
        multiply(high, wide, deep, factor, inputs(left, high, deep, (size_t)lda, ta, compute),
                 inputs(right, deep, wide, (size_t)ldb, tb, compute), keep, result, (size_t)ldc);
    });
    return status_of(error);
}

/* Dense layers: products of matrices by cuBLAS, what surrounds them, and sums over rows.
 *
 * cuBLAS stores matrices by columns, so a row-major [rows][width] is to it the transpose, of width x rows. Its
 * products give the same bits each time: one handle works on one stream, and without its atomic mode. */
#include "cuda/launch.h"
#include "cuda/weights.h"

/* Sums over rows: the columns that a block sums, and the rows that it reads side by side. */
#define SUM_COLUMNS 32
#define SUM_LANES   16

/* c [m x n] = a b + beta c by columns; a is m x k and b is k x n after the transposition. */
static void multiply(struct gd_cuda *cuda, cublasOperation_t transpose_a, cublasOperation_t transpose_b, int m,
                     size_t n, size_t k, const float *a, int stride_a, const float *b, int stride_b, bool add, float *c)
{
    const float one = 1, beta = add ? 1.0f : 0.0f;
    if (cuda->failure.status)
        return;
    gd_cuda_blas_ok(cuda,
                    cuda->blas.gemm(cuda->blas.handle, transpose_a, transpose_b, m, (int)n, (int)k, &one, a, CUDA_R_32F,
                                    stride_a, b, CUDA_R_32F, stride_b, &beta, c, CUDA_R_32F, m, cuda->products,
                                    CUBLAS_GEMM_DEFAULT),
                    "a matrix multiplication");
}

/* What follows the product: y += scale bias. Per number: one read, one written. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) add_bias(const struct gd_dense a)
{
    struct place at = place_of(a.rows, a.out);
    if (at.inside)
        a.y[at.in(a.out)] += (a.scale ? a.scale[at.row] : 1) * a.bias[at.column];
}

void gd_cuda_dense(struct gd_backend *backend, const struct gd_dense *a)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    if (a->rows == 0)
        return;
    multiply(cuda, CUBLAS_OP_T, CUBLAS_OP_N, a->out, a->rows, (size_t)a->in, a->weight, a->in, a->x, a->in, false,
             a->y);
    if (a->bias)
        launch_tiles(cuda, "add_bias", add_bias, a->rows, a->out, a);
}

void gd_cuda_dense_input(struct gd_backend *backend, const struct gd_dense_input *a)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    if (a->rows == 0)
        return;
    multiply(cuda, CUBLAS_OP_N, CUBLAS_OP_N, a->in, a->rows, (size_t)a->out, a->weight, a->in, a->dy, a->out, a->add,
             a->dx);
}

/* The sum over a block's partial sums of a column, in their order; in the threads of lane 0. */
template <int Columns, int Lanes> static __device__ float sum_of_lanes(float part)
{
    GD_SHARED(float, parts, [Lanes][Columns]);
    parts[threadIdx.y][threadIdx.x] = part;
    __syncthreads();
    float sum = 0;
    for (int lane = 0; lane < Lanes && threadIdx.y == 0; lane++)
        sum += parts[lane][threadIdx.x];
    return sum;
}

void gd_cuda_dense_weight(struct gd_backend *backend, const struct gd_dense_weight *a)
{
    const struct gd_layer_gradient layer = {a->in, a->out, a->x, a->dy, a->scale, a->dweight, a->dbias};
    gd_cuda_layer_gradients(gd_cuda_of(backend), a->rows, &layer, NULL);
}

/* Between the products: the inner layer's end, and the outer bias where its product is added. Per row: middle numbers
 * read, 2 middle + out written. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) perceptron_middle(const struct gd_perceptron a)
{
    struct place at = place_of(a.rows, a.middle + a.out);
    if (!at.inside)
        return;
    if (at.column >= a.middle) {
        int column = at.column - a.middle;
        a.y[at.row * (size_t)a.out + (size_t)column] = a.outer_bias[column];
        return;
    }
    size_t here = at.in(a.middle);
    float before = a.before[here] + a.inner_bias[at.column];
    a.before[here] = before;
    a.hidden[here] = silu_of(before);
}

void gd_cuda_perceptron(struct gd_backend *backend, const struct gd_perceptron *a)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    if (a->rows == 0)
        return;
    multiply(cuda, CUBLAS_OP_T, CUBLAS_OP_N, a->middle, a->rows, (size_t)a->in, a->inner_weight, a->in, a->x, a->in,
             false, a->before);
    launch_tiles(cuda, "perceptron_middle", perceptron_middle, a->rows, a->middle + a->out, a);
    multiply(cuda, CUBLAS_OP_T, CUBLAS_OP_N, a->out, a->rows, (size_t)a->middle, a->outer_weight, a->middle, a->hidden,
             a->middle, true, a->y);
}

/* dhidden *= silu'(before). Per number: two read, one written. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) multiply_slope(const struct gd_perceptron_backward a)
{
    struct place at = place_of(a.rows, a.middle);
    if (at.inside)
        a.dhidden[at.in(a.middle)] *= silu_slope(a.before[at.in(a.middle)]);
}

void gd_cuda_perceptron_backward(struct gd_backend *backend, const struct gd_perceptron_backward *a)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    const struct gd_dense_input outer = {a->rows, a->middle, a->out, a->dy, a->outer_weight, false, a->dhidden, NULL};
    const struct gd_dense_input inner = {a->rows, a->in, a->middle, a->dhidden, a->inner_weight, a->add, a->dx, NULL};
    const struct gd_layer_gradient outer_layer = {a->middle, a->out,           a->hidden,     a->dy,
                                                  NULL,      a->douter_weight, a->douter_bias};
    const struct gd_layer_gradient inner_layer = {a->in, a->middle,        a->x,          a->dhidden,
                                                  NULL,  a->dinner_weight, a->dinner_bias};
    gd_cuda_dense_input(backend, &outer);
    launch_tiles(cuda, "multiply_slope", multiply_slope, a->rows, a->middle, a);
    if (a->douter_weight)
        gd_cuda_layer_gradients(cuda, a->rows, &outer_layer, &inner_layer);
    gd_cuda_dense_input(backend, &inner);
}

/* A block sums 32 columns of one group; all rows' indices are read, but only the group's numbers. */
static __global__ void __launch_bounds__(SUM_COLUMNS *SUM_LANES) sum_rows(const struct gd_sum_rows a)
{
    size_t column = blockIdx.x * SUM_COLUMNS + threadIdx.x, width = (size_t)a.width;
    int group = (int)blockIdx.y;
    float part = 0;
    for (size_t row = threadIdx.y; row < a.rows && column < width; row += SUM_LANES)
        if (a.index[row] == group)
            part += a.from[row * width + column];
    float sum = sum_of_lanes<SUM_COLUMNS, SUM_LANES>(part);
    if (threadIdx.y == 0 && column < width)
        a.to[blockIdx.y * width + column] = sum;
}

void gd_cuda_sum_rows(struct gd_backend *backend, const struct gd_sum_rows *a)
{
    launch(gd_cuda_of(backend), "sum_rows", sum_rows, dim3(pieces((size_t)a->width, SUM_COLUMNS), (unsigned)a->groups),
           dim3(SUM_COLUMNS, SUM_LANES), *a);
}

/* Dense layers: products of matrices by cuBLAS, what surrounds them, and sums over rows.
 *
 * cuBLAS stores matrices by columns, so a row-major [rows][width] is to it the transpose, of width x rows. Its
 * products give the same bits each time: one handle works on one stream, and without its atomic mode. */
#include "cuda/launch.h"

/* Sums over rows: the columns that a block sums, and the rows that it reads side by side. Biases have so few columns
 * that blocks of 32 bytes of a row, the least that is read at once, and 1024 threads make one kernel of it. */
#define SUM_COLUMNS  32
#define SUM_LANES    16
#define BIAS_COLUMNS 8
#define BIAS_LANES   128

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
                    "a product of matrices");
}

/* What follows the product: y += scale bias; active = silu(y). Per number: one read, one or two written. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) dense_finish(const struct gd_dense a)
{
    struct place at = place_of(a.rows, a.out);
    if (!at.inside)
        return;
    size_t here = at.in(a.out);
    float y = a.y[here];
    if (a.bias) {
        y += (a.scale ? a.scale[at.row] : 1) * a.bias[at.column];
        a.y[here] = y;
    }
    if (a.active)
        a.active[here] = silu_of(y);
}

void gd_cuda_dense(struct gd_backend *backend, const struct gd_dense *a)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    if (a->rows == 0)
        return;
    multiply(cuda, CUBLAS_OP_T, CUBLAS_OP_N, a->out, a->rows, (size_t)a->in, a->weight, a->in, a->x, a->in, false,
             a->y);
    if (a->bias || a->active)
        launch_tiles(cuda, "dense_finish", dense_finish, a->rows, a->out, a);
}

/* dx *= silu'(before). Per number: two read, one written. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) dense_slope(const struct gd_dense_input a)
{
    struct place at = place_of(a.rows, a.in);
    if (at.inside)
        a.dx[at.in(a.in)] *= silu_slope(a.before[at.in(a.in)]);
}

void gd_cuda_dense_input(struct gd_backend *backend, const struct gd_dense_input *a)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    if (a->rows == 0)
        return;
    multiply(cuda, CUBLAS_OP_N, CUBLAS_OP_N, a->in, a->rows, (size_t)a->out, a->weight, a->in, a->dy, a->out, a->add,
             a->dx);
    if (a->before)
        launch_tiles(cuda, "dense_slope", dense_slope, a->rows, a->in, a);
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

/* dbias = Σ scale dy. Every number is read once. */
static __global__ void __launch_bounds__(BIAS_COLUMNS *BIAS_LANES) bias_gradient(const struct gd_dense_weight a)
{
    size_t column = blockIdx.x * BIAS_COLUMNS + threadIdx.x, width = (size_t)a.out;
    float part = 0;
    for (size_t row = threadIdx.y; row < a.rows && column < width; row += BIAS_LANES)
        part += (a.scale ? a.scale[row] : 1) * a.dy[row * width + column];
    float sum = sum_of_lanes<BIAS_COLUMNS, BIAS_LANES>(part);
    if (threadIdx.y == 0 && column < width)
        a.dbias[column] = sum;
}

void gd_cuda_dense_weight(struct gd_backend *backend, const struct gd_dense_weight *a)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    if (a->rows > 0)
        multiply(cuda, CUBLAS_OP_N, CUBLAS_OP_T, a->in, (size_t)a->out, a->rows, a->x, a->in, a->dy, a->out, false,
                 a->dweight);
    else if (cuda->failure.status == GD_OK)
        gd_cuda_ok(cuda,
                   cudaMemsetAsync(a->dweight, 0, (size_t)a->out * (size_t)a->in * sizeof *a->dweight, cuda->stream),
                   "clearing a gradient");
    if (a->dbias)
        launch(cuda, "bias_gradient", bias_gradient, dim3(pieces((size_t)a->out, BIAS_COLUMNS)),
               dim3(BIAS_COLUMNS, BIAS_LANES), *a);
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

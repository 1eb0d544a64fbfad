/* Dense layers, and sums over rows. In float32, an operation is one kernel with its own products. With less exact ones,
 * and in wide perceptrons, the products are those of cuBLAS, with small kernels between them.
 *
 * cuBLAS stores matrices by columns, so a row-major [rows][width] is to it the transpose, of width x rows. Its
 * products give the same bits each time: one handle works on one stream, and without its atomic mode. */
#include "cuda/products.h"
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

/* Hidden numbers of a perceptron in one kernel, whose blocks have all columns of their rows: with more of them, kernels
 * whose blocks share the columns are faster. */
#define HIDDEN_MOST 128

static bool is_float32(const struct gd_cuda *cuda)
{
    return cuda->products == CUBLAS_COMPUTE_32F;
}

/* Blocks of 32 rows where these give two for each of a large device's multiprocessors, else of 16. */
template <typename Operation>
static void launch_products(struct gd_cuda *cuda, const char *name, void (*of_16)(Operation), void (*of_32)(Operation),
                            size_t rows, unsigned across, const Operation &operation)
{
    bool many = (size_t)pieces(rows, 32) * across >= 2 * 132;
    launch(cuda, name, many ? of_32 : of_16, dim3(pieces(rows, many ? 32 : 16), across), dim3(PRODUCT_THREADS),
           operation);
}

/* What follows the product: y += scale bias. Per number: one read, one written. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) add_bias(const struct gd_dense a)
{
    struct place at = place_of(a.rows, a.out);
    if (at.inside)
        a.y[at.in(a.out)] += (a.scale ? a.scale[at.row] : 1) * a.bias[at.column];
}

/* A block has 64 columns. Per number: one written, and in + in / 4 read (the latter from the cache) with 16 rows. */
template <int ROWS>
static __global__ void __launch_bounds__(PRODUCT_THREADS, PRODUCT_BLOCKS(ROWS)) dense(const struct gd_dense a)
{
    GD_SHARED(struct product_pieces<ROWS>, pieces, [1]);
    const struct product product = {a.rows, a.in, a.out, a.x, a.weight};
    int begin = (int)blockIdx.y * PRODUCT_COLUMNS, end = min(begin + PRODUCT_COLUMNS, a.out);
    multiply_rows<ROWS, BY_COLUMN>(product, pieces[0], begin, end, [&a](size_t row, int column, float sum) {
        float bias = a.bias ? a.bias[column] : 0;
        a.y[row * (size_t)a.out + (size_t)column] = sum + (a.scale ? a.scale[row] : 1) * bias;
    });
}

void gd_cuda_dense(struct gd_backend *backend, const struct gd_dense *a)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    if (a->rows == 0)
        return;
    if (is_float32(cuda)) {
        launch_products(cuda, "dense", dense<8>, dense<16>, a->rows, pieces((size_t)a->out, PRODUCT_COLUMNS), *a);
        return;
    }
    multiply(cuda, CUBLAS_OP_T, CUBLAS_OP_N, a->out, a->rows, (size_t)a->in, a->weight, a->in, a->x, a->in, false,
             a->y);
    if (a->bias)
        launch_tiles(cuda, "add_bias", add_bias, a->rows, a->out, a);
}

/* As `dense`, with the weight the other way. */
template <int ROWS>
static __global__ void __launch_bounds__(PRODUCT_THREADS, PRODUCT_BLOCKS(ROWS))
    dense_input(const struct gd_dense_input a)
{
    GD_SHARED(struct product_pieces<ROWS>, pieces, [1]);
    const struct product product = {a.rows, a.out, a.in, a.dy, a.weight};
    int begin = (int)blockIdx.y * PRODUCT_COLUMNS, end = min(begin + PRODUCT_COLUMNS, a.in);
    multiply_rows<ROWS, BY_DEPTH>(product, pieces[0], begin, end, [&a](size_t row, int column, float sum) {
        size_t here = row * (size_t)a.in + (size_t)column;
        a.dx[here] = a.add ? a.dx[here] + sum : sum;
    });
}

void gd_cuda_dense_input(struct gd_backend *backend, const struct gd_dense_input *a)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    if (a->rows == 0)
        return;
    if (is_float32(cuda))
        launch_products(cuda, "dense_input", dense_input<8>, dense_input<16>, a->rows,
                        pieces((size_t)a->in, PRODUCT_COLUMNS), *a);
    else
        multiply(cuda, CUBLAS_OP_N, CUBLAS_OP_N, a->in, a->rows, (size_t)a->out, a->weight, a->in, a->dy, a->out,
                 a->add, a->dx);
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

static void perceptron_by_library(struct gd_cuda *cuda, const struct gd_perceptron *a)
{
    multiply(cuda, CUBLAS_OP_T, CUBLAS_OP_N, a->middle, a->rows, (size_t)a->in, a->inner_weight, a->in, a->x, a->in,
             false, a->before);
    launch_tiles(cuda, "perceptron_middle", perceptron_middle, a->rows, a->middle + a->out, a);
    multiply(cuda, CUBLAS_OP_T, CUBLAS_OP_N, a->out, a->rows, (size_t)a->middle, a->outer_weight, a->middle, a->hidden,
             a->middle, true, a->y);
}

/* Per row: in + middle numbers read (the latter from the cache), 2 middle + out written; both weights per block. */
template <int ROWS>
static __global__ void __launch_bounds__(PRODUCT_THREADS, PRODUCT_BLOCKS(ROWS)) perceptron(const struct gd_perceptron a)
{
    GD_SHARED(struct product_pieces<ROWS>, pieces, [1]);
    const struct product inner = {a.rows, a.in, a.middle, a.x, a.inner_weight};
    const struct product outer = {a.rows, a.middle, a.out, a.hidden, a.outer_weight};
    multiply_rows<ROWS, BY_COLUMN>(inner, pieces[0], 0, a.middle, [&a](size_t row, int column, float sum) {
        size_t here = row * (size_t)a.middle + (size_t)column;
        float before = sum + a.inner_bias[column];
        a.before[here] = before;
        a.hidden[here] = silu_of(before);
    });
    __syncthreads(); /* hidden is read by other threads than wrote it */
    multiply_rows<ROWS, BY_COLUMN>(outer, pieces[0], 0, a.out, [&a](size_t row, int column, float sum) {
        a.y[row * (size_t)a.out + (size_t)column] = sum + a.outer_bias[column];
    });
}

void gd_cuda_perceptron(struct gd_backend *backend, const struct gd_perceptron *a)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    if (a->rows == 0)
        return;
    if (is_float32(cuda) && a->middle <= HIDDEN_MOST)
        launch_products(cuda, "perceptron", perceptron<8>, perceptron<16>, a->rows, 1, *a);
    else
        perceptron_by_library(cuda, a);
}

/* dhidden *= silu'(before). Per number: two read, one written. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) multiply_slope(const struct gd_perceptron_backward a)
{
    struct place at = place_of(a.rows, a.middle);
    if (at.inside)
        a.dhidden[at.in(a.middle)] *= silu_slope(a.before[at.in(a.middle)]);
}

static void inputs_by_library(struct gd_cuda *cuda, const struct gd_perceptron_backward *a)
{
    multiply(cuda, CUBLAS_OP_N, CUBLAS_OP_N, a->middle, a->rows, (size_t)a->out, a->outer_weight, a->middle, a->dy,
             a->out, false, a->dhidden);
    launch_tiles(cuda, "multiply_slope", multiply_slope, a->rows, a->middle, a);
    multiply(cuda, CUBLAS_OP_N, CUBLAS_OP_N, a->in, a->rows, (size_t)a->middle, a->inner_weight, a->in, a->dhidden,
             a->middle, a->add, a->dx);
}

/* Per row: out + 2 middle numbers read (and in, if they are added to), middle + in written; both weights per block. */
template <int ROWS>
static __global__ void __launch_bounds__(PRODUCT_THREADS, PRODUCT_BLOCKS(ROWS))
    perceptron_inputs(const struct gd_perceptron_backward a)
{
    GD_SHARED(struct product_pieces<ROWS>, pieces, [1]);
    const struct product outer = {a.rows, a.out, a.middle, a.dy, a.outer_weight};
    const struct product inner = {a.rows, a.middle, a.in, a.dhidden, a.inner_weight};
    multiply_rows<ROWS, BY_DEPTH>(outer, pieces[0], 0, a.middle, [&a](size_t row, int column, float sum) {
        size_t here = row * (size_t)a.middle + (size_t)column;
        a.dhidden[here] = sum * silu_slope(a.before[here]);
    });
    __syncthreads(); /* dhidden is read by other threads than wrote it */
    multiply_rows<ROWS, BY_DEPTH>(inner, pieces[0], 0, a.in, [&a](size_t row, int column, float sum) {
        size_t here = row * (size_t)a.in + (size_t)column;
        a.dx[here] = a.add ? a.dx[here] + sum : sum;
    });
}

void gd_cuda_perceptron_backward(struct gd_backend *backend, const struct gd_perceptron_backward *a)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    const struct gd_layer_gradient outer_layer = {a->middle, a->out,           a->hidden,     a->dy,
                                                  NULL,      a->douter_weight, a->douter_bias};
    const struct gd_layer_gradient inner_layer = {a->in, a->middle,        a->x,          a->dhidden,
                                                  NULL,  a->dinner_weight, a->dinner_bias};
    if (a->rows > 0 && is_float32(cuda) && a->middle <= HIDDEN_MOST)
        launch_products(cuda, "perceptron_inputs", perceptron_inputs<8>, perceptron_inputs<16>, a->rows, 1, *a);
    else if (a->rows > 0)
        inputs_by_library(cuda, a);
    if (a->douter_weight)
        gd_cuda_layer_gradients(cuda, a->rows, &outer_layer, &inner_layer);
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

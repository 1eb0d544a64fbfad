/* The loss, the gradient's norm and the optimiser. Sums are made in double, of a number of parts that is always the
 * same, in a fixed order; their results are written straight into host memory. */
#include "cuda/launch.h"

#define THREADS      256 /* enough to hide the reads of an elementwise kernel at any number of registers it may use */
#define SQUARE_PARTS 128 /* about one block per multiprocessor */

static_assert(SQUARE_PARTS <= GD_CUDA_PARTIALS, "the context has room for the partial sums");

/* The sum over the threads of a block, in thread 0: within the warps, then over them. */
static __device__ double sum_of_block(double x)
{
    GD_SHARED(double, sums, [THREADS / GD_WARP]);
    int lane = (int)threadIdx.x % GD_WARP;
    for (int step = GD_WARP / 2; step > 0; step /= 2)
        x += __shfl_down_sync(GD_WHOLE_WARP, x, (unsigned)step);
    if (lane == 0)
        sums[threadIdx.x / GD_WARP] = x;
    __syncthreads();
    double sum = 0;
    for (int warp = 0; warp < THREADS / GD_WARP && threadIdx.x == 0; warp++)
        sum += sums[warp];
    return sum;
}

/* huber / r where a row's residual r is longer than huber, else 1. */
static __device__ double limit_residual(const struct gd_loss *a, size_t row)
{
    double square = 0;
    for (size_t at = row * (size_t)a->width; at < (row + 1) * (size_t)a->width; at++) {
        double difference = (double)a->output[at] - (double)a->target[at];
        square += difference * difference;
    }
    return square > a->huber * a->huber ? a->huber / sqrt(square) : 1;
}

/* One block: there are a few thousand numbers at most. Per number 2.3 read and one written (vectors). */
static __global__ void __launch_bounds__(THREADS) loss(const struct gd_loss a, double *value)
{
    double part = 0;
    size_t width = (size_t)a.width;
    for (size_t at = threadIdx.x; at < width * a.rows; at += THREADS) {
        double difference = (double)a.output[at] - (double)a.target[at], weight = (double)a.weight[at / width];
        double ratio = a.huber > 0 ? limit_residual(&a, at / width) : 1;
        part += weight * difference * difference * (2 * ratio - ratio * ratio);
        if (a.doutput)
            a.doutput[at] = (float)(2 * a.scale * weight * difference * ratio);
    }
    double sum = sum_of_block(part);
    if (threadIdx.x == 0)
        *value = a.scale * sum;
}

void gd_cuda_loss(struct gd_backend *backend, const struct gd_loss *a)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    double *value = gd_cuda_value(cuda, a->value);
    launch(cuda, "loss", loss, dim3(1), dim3(THREADS), *a, value);
}

/* Every number is read once; the threads of a block read neighbouring ones. */
static __global__ void __launch_bounds__(THREADS) square_parts(const struct gd_squares a, double *parts)
{
    double part = 0;
    for (size_t at = (size_t)blockIdx.x * THREADS + threadIdx.x; at < a.count; at += (size_t)SQUARE_PARTS * THREADS)
        part += (double)a.x[at] * (double)a.x[at];
    double sum = sum_of_block(part);
    if (threadIdx.x == 0)
        parts[blockIdx.x] = sum;
}

static __global__ void __launch_bounds__(THREADS) square_total(const double *parts, double *value)
{
    double sum = sum_of_block(threadIdx.x < SQUARE_PARTS ? parts[threadIdx.x] : 0);
    if (threadIdx.x == 0)
        *value = sum;
}

void gd_cuda_squares(struct gd_backend *backend, const struct gd_squares *a)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    double *value = gd_cuda_value(cuda, a->value);
    launch(cuda, "square_parts", square_parts, dim3(SQUARE_PARTS), dim3(THREADS), *a, cuda->partials);
    launch(cuda, "square_total", square_total, dim3(1), dim3(THREADS), cuda->partials, value);
}

/* The numbers of struct gd_adamw_step, worked out once. */
struct adamw_factors {
    float scale, keep, rate, root, epsilon, beta1, rest1, beta2, rest2, share;
};

/* Per parameter 16 bytes read and 12 written; with an average 20 and 16. */
static __global__ void __launch_bounds__(THREADS) adamw(size_t count, struct adamw_factors by, const float *gradient,
                                                        float *parameters, float *m, float *v, float *average)
{
    size_t k = (size_t)blockIdx.x * THREADS + threadIdx.x;
    if (k >= count)
        return;
    float g = by.scale * gradient[k];
    float mean = by.beta1 * m[k] + by.rest1 * g, square = by.beta2 * v[k] + by.rest2 * g * g;
    m[k] = mean;
    v[k] = square;
    float parameter = by.keep * parameters[k] - by.rate * mean / (sqrtf(square) * by.root + by.epsilon);
    parameters[k] = parameter;
    if (average)
        average[k] += by.share * (parameter - average[k]);
}

void gd_cuda_adamw_step(struct gd_backend *backend, const struct gd_adamw_step *a)
{
    const struct adamw_factors by = {(float)a->scale,          (float)(1 - a->rate * a->decay),
                                     (float)(a->rate / a->c1), (float)(1 / sqrt(a->c2)),
                                     (float)a->epsilon,        (float)a->beta1,
                                     (float)(1 - a->beta1),    (float)a->beta2,
                                     (float)(1 - a->beta2),    (float)a->share};
    launch(gd_cuda_of(backend), "adamw", adamw, dim3(pieces(a->count, THREADS)), dim3(THREADS), a->count, by,
           a->gradient, a->parameters, a->m, a->v, a->average);
}

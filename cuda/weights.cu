/* Gradients of weights and biases: sums over the rows of a batch. These are products of matrices with few results and
 * long sums, for which general kernels are slow: the rows are dealt out to many blocks here, and a second kernel adds
 * their parts up in a fixed order. Both layers of a perceptron are done at once. Always in float32. */
#include "cuda/weights.h"

#define TILE        64 /* results of a block: as many outputs times as many inputs */
#define SIDE        4  /* results of a thread: SIDE x SIDE */
#define THREADS     ((TILE / SIDE) * (TILE / SIDE))
#define ROWS        32 /* read at a time; no chunk has fewer but the last one */
#define CHUNKS_MOST 64

/* Where the results of one layer stand among the numbers of a part: [out][in], then [out]. */
static __host__ __device__ size_t numbers_of(const struct gd_layer_gradient &layer)
{
    return (size_t)layer.out * (size_t)(layer.in + 1);
}

static __host__ __device__ unsigned tiles_of(const struct gd_layer_gradient &layer)
{
    return (unsigned)(((layer.in + TILE - 1) / TILE) * ((layer.out + TILE - 1) / TILE));
}

/* What a thread sums up: Σ dy x over SIDE outputs and inputs, Σ scale dy. */
struct sums {
    float weight[SIDE][SIDE], bias[SIDE];
};

/* ROWS rows of a block's outputs and inputs, 0 beyond the ends. */
static __device__ void stage(const struct gd_layer_gradient &layer, size_t begin, size_t end, int output, int input,
                             float *dy, float *x, float *scale)
{
    for (int turn = 0; turn < ROWS * TILE / THREADS; turn++) {
        int k = turn * THREADS + (int)threadIdx.x;
        size_t row = begin + (size_t)(k / TILE);
        int column = k % TILE;
        bool inside = row < end;
        dy[k] = inside && output + column < layer.out
                    ? __ldg(layer.dy + row * (size_t)layer.out + (size_t)(output + column))
                    : 0;
        x[k] = inside && input + column < layer.in ? __ldg(layer.x + row * (size_t)layer.in + (size_t)(input + column))
                                                   : 0;
    }
    if (threadIdx.x < ROWS)
        scale[threadIdx.x] = begin + threadIdx.x < end && layer.scale ? __ldg(layer.scale + begin + threadIdx.x) : 1;
}

static __device__ void add_row(struct sums *sums, float4 dy, float4 x, float scale)
{
    const float outputs[SIDE] = {dy.x, dy.y, dy.z, dy.w}, inputs[SIDE] = {x.x, x.y, x.z, x.w};
    for (int o = 0; o < SIDE; o++) {
        for (int i = 0; i < SIDE; i++)
            sums->weight[o][i] += outputs[o] * inputs[i];
        sums->bias[o] += scale * outputs[o];
    }
}

/* To a part, or to the gradient itself. The threads of the first inputs have the biases. Loops are over constants, so
 * that the sums stay in registers. */
static __device__ void put(const struct sums &sums, int out, int in, int output, int input, float *weight, float *bias)
{
    for (int o = 0; o < SIDE; o++)
        for (int i = 0; i < SIDE; i++)
            if (output + o < out && input + i < in)
                weight[(size_t)(output + o) * (size_t)in + (size_t)(input + i)] = sums.weight[o][i];
    for (int o = 0; o < SIDE; o++)
        if (input == 0 && bias && output + o < out)
            bias[output + o] = sums.bias[o];
}

/* Block (tile, chunk). Without parts there is one chunk. 17 kB of shared memory; each number is read once per tile. */
static __global__ void __launch_bounds__(THREADS)
    weight_parts(size_t rows, size_t chunk, const struct gd_layer_gradient first, const struct gd_layer_gradient second,
                 float *parts)
{
    GD_SHARED(float4, dy, [ROWS * TILE / SIDE]);
    GD_SHARED(float4, x, [ROWS * TILE / SIDE]);
    GD_SHARED(float, scale, [ROWS]);
    bool is_first = blockIdx.x < tiles_of(first);
    struct gd_layer_gradient layer = first; /* a copy: a reference to either would lie in slow memory */
    if (!is_first)
        layer = second;
    int tile = (int)(blockIdx.x - (is_first ? 0 : tiles_of(first))), across = (layer.in + TILE - 1) / TILE;
    int output = tile / across * TILE, input = tile % across * TILE;
    int row_of = (int)threadIdx.x / (TILE / SIDE), column_of = (int)threadIdx.x % (TILE / SIDE);
    size_t begin = blockIdx.y * chunk, end = begin + chunk < rows ? begin + chunk : rows;
    struct sums sums = {};
    for (; begin < end; begin += ROWS) {
        __syncthreads(); /* the former rows are no longer needed */
        stage(layer, begin, end, output, input, &dy[0].x, &x[0].x, scale);
        __syncthreads();
#pragma unroll 8
        for (int r = 0; r < ROWS; r++)
            add_row(&sums, dy[r * TILE / SIDE + row_of], x[r * TILE / SIDE + column_of], scale[r]);
    }
    float *weight = layer.dweight, *bias = layer.dbias;
    if (parts) {
        weight = parts + blockIdx.y * (numbers_of(first) + numbers_of(second)) + (is_first ? 0 : numbers_of(first));
        bias = weight + (size_t)layer.out * (size_t)layer.in;
    }
    put(sums, layer.out, layer.in, output + SIDE * row_of, input + SIDE * column_of, weight, bias);
}

/* A thread for each number of a part. */
static __global__ void __launch_bounds__(THREADS)
    weight_total(unsigned chunks, const struct gd_layer_gradient first, const struct gd_layer_gradient second,
                 const float *parts)
{
    size_t k = (size_t)blockIdx.x * THREADS + threadIdx.x, numbers = numbers_of(first) + numbers_of(second);
    if (k >= numbers)
        return;
    float sum = 0;
#pragma unroll 16
    for (unsigned c = 0; c < chunks; c++)
        sum += parts[c * numbers + k];
    bool is_first = k < numbers_of(first);
    struct gd_layer_gradient layer = first;
    if (!is_first)
        layer = second;
    size_t at = k - (is_first ? 0 : numbers_of(first)), weights = (size_t)layer.out * (size_t)layer.in;
    if (at < weights)
        layer.dweight[at] = sum;
    else if (layer.dbias)
        layer.dbias[at - weights] = sum;
}

/* As many chunks as fill the device, as have enough rows, and as there is room for. */
static unsigned chunks_for(size_t rows, size_t numbers)
{
    size_t chunks = pieces(rows, ROWS), room = GD_CUDA_ROOM / sizeof(float) / numbers;
    chunks = chunks < CHUNKS_MOST ? chunks : CHUNKS_MOST;
    chunks = chunks < room ? chunks : room;
    return chunks > 0 ? (unsigned)chunks : 1;
}

void gd_cuda_layer_gradients(struct gd_cuda *cuda, size_t rows, const struct gd_layer_gradient *first,
                             const struct gd_layer_gradient *second)
{
    const struct gd_layer_gradient none = {}, &other = second ? *second : none;
    size_t numbers = numbers_of(*first) + numbers_of(other);
    unsigned chunks = chunks_for(rows, numbers);
    size_t chunk = (rows + chunks - 1) / chunks;
    float *parts = chunks > 1 ? (float *)cuda->room : NULL;
    launch(cuda, "weight_parts", weight_parts, dim3(tiles_of(*first) + tiles_of(other), chunks), dim3(THREADS), rows,
           chunk, *first, other, parts);
    if (parts)
        launch(cuda, "weight_total", weight_total, dim3(pieces(numbers, THREADS)), dim3(THREADS), chunks, *first, other,
               (const float *)parts);
}

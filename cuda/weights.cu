/* Gradients of weights and biases: sums over the rows of a batch. These are products of matrices with few results and
 * long sums, for which general kernels are slow: the rows are dealt out in chunks to many blocks here. The last block
 * of a group of chunks to finish adds up the group's parts, and the last group to finish adds up the groups. Chunks and
 * groups are added in their order, so only who adds depends on time, not the bits. Both layers of a perceptron are done
 * at once. Always in float32. */
#include "cuda/weights.h"

#define TILE        64 /* results of a block: as many outputs times as many inputs */
#define SIDE        4  /* results of a thread: SIDE x SIDE */
#define THREADS     ((TILE / SIDE) * (TILE / SIDE))
#define ROWS        32 /* read at a time; no chunk has fewer but the last one */
#define GROUP       8  /* parts that a block adds up */
#define CHUNKS_MOST (GROUP * GROUP)

static __host__ __device__ unsigned tiles_of(const struct gd_layer_gradient &layer)
{
    return (unsigned)(((layer.in + TILE - 1) / TILE) * ((layer.out + TILE - 1) / TILE));
}

/* What a thread sums up: Σ dy x over SIDE outputs and inputs, Σ scale dy. */
struct sums {
    float weight[SIDE][SIDE], bias[SIDE];
};

/* Part of a block: its threads' sums, [SUMS][THREADS]. */
#define SUMS        (SIDE * SIDE + SIDE)
#define BLOCKS_MOST (GD_CUDA_ROOM / (SUMS * THREADS * sizeof(float)))

static_assert(BLOCKS_MOST <= GD_CUDA_COUNTERS, "the context has counters for the groups");

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

/* To the gradient. The threads of the first inputs have the biases. Loops are over constants, so
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

static __device__ void put_part(const struct sums &sums, float *part)
{
    for (int o = 0; o < SIDE; o++) {
        for (int i = 0; i < SIDE; i++)
            part[(o * SIDE + i) * THREADS + (int)threadIdx.x] = sums.weight[o][i];
        part[(SIDE * SIDE + o) * THREADS + (int)threadIdx.x] = sums.bias[o];
    }
}

/* From the cache that all multiprocessors share. */
static __device__ void add_part(struct sums *sums, const float *part)
{
    for (int o = 0; o < SIDE; o++) {
        for (int i = 0; i < SIDE; i++)
            sums->weight[o][i] += __ldcg(part + (o * SIDE + i) * THREADS + (int)threadIdx.x);
        sums->bias[o] += __ldcg(part + (SIDE * SIDE + o) * THREADS + (int)threadIdx.x);
    }
}

/* Adds up the parts of a tile's chunks in two rounds: those of each group, put in place of its first, then those of the
 * groups. True in the block that has the whole sum. `counters` and `parts` are the tile's, one for each chunk; the
 * second round counts in the place after the first group's. */
static __device__ bool add_up(struct sums *sums, unsigned chunk, unsigned chunks, unsigned *counters, float *parts)
{
    for (unsigned round = 0, step = 1; step < chunks; round++, step *= GROUP) {
        unsigned first = chunk / (GROUP * step) * (GROUP * step);
        unsigned end = min(first + GROUP * step, chunks);
        put_part(*sums, parts + (size_t)(chunk / step * step) * SUMS * THREADS);
        if (!comes_last(counters + first + round, (end - first + step - 1) / step))
            return false;
        *sums = {};
#pragma unroll 2
        for (unsigned c = first; c < end; c += step)
            add_part(sums, parts + (size_t)c * SUMS * THREADS);
    }
    return true;
}

/* Block (tile, chunk). 17 kB of shared memory; each number is read once per tile, and 20 kB of parts are written and
 * read per chunk. With three blocks to a multiprocessor the compiler may use 80 registers; it would spill some of 64.
 */
static __global__ void __launch_bounds__(THREADS, 3)
    layer_gradients(size_t rows, unsigned chunks, const struct gd_layer_gradient first,
                    const struct gd_layer_gradient second, unsigned *counters, float *parts)
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
    size_t chunk = (rows + chunks - 1) / chunks, begin = blockIdx.y * chunk,
           end = begin + chunk < rows ? begin + chunk : rows;
    struct sums sums = {};
    for (; begin < end; begin += ROWS) {
        __syncthreads(); /* the former rows are no longer needed */
        stage(layer, begin, end, output, input, &dy[0].x, &x[0].x, scale);
        __syncthreads();
#pragma unroll 8
        for (int r = 0; r < ROWS; r++)
            add_row(&sums, dy[r * TILE / SIDE + row_of], x[r * TILE / SIDE + column_of], scale[r]);
    }
    size_t here = (size_t)blockIdx.x * chunks;
    if (add_up(&sums, blockIdx.y, chunks, counters + here, parts + here * SUMS * THREADS))
        put(sums, layer.out, layer.in, output + SIDE * row_of, input + SIDE * column_of, layer.dweight, layer.dbias);
}

/* As many chunks as there is room for, and as have enough rows: up to 1.5 blocks for each multiprocessor of an H100. */
static unsigned chunks_for(size_t rows, unsigned tiles)
{
    size_t chunks = pieces(rows, ROWS), room = BLOCKS_MOST / tiles;
    chunks = chunks < CHUNKS_MOST ? chunks : CHUNKS_MOST;
    chunks = chunks < room ? chunks : room;
    return chunks > 0 ? (unsigned)chunks : 1;
}

void gd_cuda_layer_gradients(struct gd_cuda *cuda, size_t rows, const struct gd_layer_gradient *first,
                             const struct gd_layer_gradient *second)
{
    const struct gd_layer_gradient none = {}, &other = second ? *second : none;
    unsigned tiles = tiles_of(*first) + tiles_of(other), chunks = chunks_for(rows, tiles);
    launch(cuda, "layer_gradients", layer_gradients, dim3(tiles, chunks), dim3(THREADS), rows, chunks, *first, other,
           cuda->counters, (float *)cuda->room);
}

/* Products of matrices in float32 inside kernels, so that what comes before and after a product needs no kernel of its
 * own. Each number is one sum in the order of k: its bits do not depend on how many rows there are.
 *
 * A block has 128 threads and 2 ROWS rows of the result, and goes through its columns 64 at a time. A thread has ROWS
 * rows of one column; a warp has 32 columns, so it reads a number of x once for all of them, and 32 neighbouring
 * numbers of the weight. Pieces of 64 along k are in shared memory; the next ones are on their way in registers
 * meanwhile. Per four steps of k a warp has 4 ROWS multiplications for ROWS + 4 reads of shared memory: with 8 rows the
 * reads limit it to 2/3 of the most multiplications, with 16 to 4/5. */
#ifndef GD_CUDA_PRODUCTS_H
#define GD_CUDA_PRODUCTS_H

#include "cuda/launch.h"

#define PRODUCT_COLUMNS 64
#define PRODUCT_DEPTH   64
#define PRODUCT_THREADS 128
#define PRODUCT_STRIDE  (PRODUCT_COLUMNS + 1) /* so that neighbours in k and in a row lie in different banks */

/* y[rows][columns] = x[rows][depth] times the weight, which is [columns][depth], or [depth][columns]. */
struct product {
    size_t rows;
    int depth, columns;
    const float *x, *weight;
};

enum weight_order { BY_COLUMN, BY_DEPTH };

/* A thread's share of a piece of both factors. */
template <int ROWS> struct product_share {
    float x[2 * ROWS * PRODUCT_DEPTH / PRODUCT_THREADS], weight[PRODUCT_COLUMNS * PRODUCT_DEPTH / PRODUCT_THREADS];
};

/* Reads it, 0 beyond the ends: the rows from `row` on, columns from `column`, steps from `k`. */
template <int ROWS, enum weight_order ORDER>
static __device__ inline void fetch(const struct product &p, size_t row, int column, int k,
                                    struct product_share<ROWS> *share)
{
    int fast = (int)threadIdx.x % 64, slow = (int)threadIdx.x / 64;
#pragma unroll
    for (int turn = 0; turn < ROWS; turn++) {
        size_t r = row + (size_t)(2 * turn + slow);
        share->x[turn] = r < p.rows && k + fast < p.depth ? p.x[r * (size_t)p.depth + (size_t)(k + fast)] : 0;
    }
#pragma unroll
    for (int turn = 0; turn < PRODUCT_COLUMNS / 2; turn++) {
        int c = column + (ORDER == BY_COLUMN ? 2 * turn + slow : fast),
            d = k + (ORDER == BY_COLUMN ? fast : 2 * turn + slow);
        size_t at = ORDER == BY_COLUMN ? (size_t)c * (size_t)p.depth + (size_t)d
                                       : (size_t)d * (size_t)p.columns + (size_t)c;
        share->weight[turn] = c < p.columns && d < p.depth ? __ldg(p.weight + at) : 0;
    }
}

/* Puts it where the block finds it: x[2 ROWS][PRODUCT_DEPTH], weight[PRODUCT_DEPTH][PRODUCT_STRIDE]. */
template <int ROWS, enum weight_order ORDER>
static __device__ inline void put_down(const struct product_share<ROWS> &share, float *x, float *weight)
{
    int fast = (int)threadIdx.x % 64, slow = (int)threadIdx.x / 64;
#pragma unroll
    for (int turn = 0; turn < ROWS; turn++)
        x[(2 * turn + slow) * PRODUCT_DEPTH + fast] = share.x[turn];
#pragma unroll
    for (int turn = 0; turn < PRODUCT_COLUMNS / 2; turn++)
        weight[ORDER == BY_COLUMN ? fast * PRODUCT_STRIDE + 2 * turn + slow
                                  : (2 * turn + slow) * PRODUCT_STRIDE + fast] = share.weight[turn];
}

/* sums[r] += Σ x[r] weight over `steps` steps, which are a multiple of four. */
template <int ROWS>
static __device__ inline void multiply_add(int steps, const float4 *x, const float *weight, float sums[ROWS])
{
#pragma unroll 2
    for (int k = 0; k < steps; k += 4) {
        float w[4];
        for (int j = 0; j < 4; j++)
            w[j] = weight[(k + j) * PRODUCT_STRIDE];
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
            float4 v = x[(r * PRODUCT_DEPTH + k) / 4];
            sums[r] += v.x * w[0];
            sums[r] += v.y * w[1];
            sums[r] += v.z * w[2];
            sums[r] += v.w * w[3];
        }
    }
}

/* The rows of this block (blockIdx.x) in the columns begin .. end-1 of a product: finish(row, column, sum) for each
 * number. 21 or 25 kB of shared memory. All threads of the block have to come. */
template <int ROWS, enum weight_order ORDER, typename Finish>
static __device__ inline void multiply_rows(const struct product &p, int begin, int end, Finish finish)
{
    GD_SHARED(float4, x, [2 * ROWS * PRODUCT_DEPTH / 4]);
    GD_SHARED(float, weight, [PRODUCT_DEPTH * PRODUCT_STRIDE]);
    struct product_share<ROWS> share;
    size_t row = (size_t)blockIdx.x * 2 * ROWS;
    int warp = (int)threadIdx.x / GD_WARP, first = warp / 2 * ROWS;
    int across = warp % 2 * GD_WARP + (int)threadIdx.x % GD_WARP;
    fetch<ROWS, ORDER>(p, row, begin, 0, &share);
    for (int column = begin; column < end; column += PRODUCT_COLUMNS) {
        float sums[ROWS] = {};
        for (int k = 0; k < p.depth; k += PRODUCT_DEPTH) {
            __syncthreads(); /* the former piece is no longer needed */
            put_down<ROWS, ORDER>(share, &x[0].x, weight);
            __syncthreads();
            bool more = k + PRODUCT_DEPTH < p.depth;
            if (more || column + PRODUCT_COLUMNS < end)
                fetch<ROWS, ORDER>(p, row, more ? column : column + PRODUCT_COLUMNS, more ? k + PRODUCT_DEPTH : 0,
                                   &share);
            multiply_add<ROWS>((min(p.depth - k, PRODUCT_DEPTH) + 3) / 4 * 4, x + first * PRODUCT_DEPTH / 4,
                               weight + across, sums);
        }
#pragma unroll
        for (int r = 0; r < ROWS; r++)
            if (row + (size_t)(first + r) < p.rows && column + across < end)
                finish(row + (size_t)(first + r), column + across, sums[r]);
    }
}

#endif

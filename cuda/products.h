/* Products of matrices in float32 inside kernels, so that what comes before and after a product needs no kernel of its
 * own. Each number is one sum in the order of k: its bits do not depend on how many rows there are.
 *
 * A block has 128 threads and 2 ROWS rows of the result, and goes through its columns 64 at a time. A thread has ROWS
 * rows of one column; a warp has 32 columns, so it reads a number of x once for all of them, and 32 neighbouring
 * numbers of the weight. Pieces of 32 along k are in shared memory; the next ones are on their way in registers
 * meanwhile. Per four steps of k a warp has 4 ROWS multiplications for ROWS + 4 reads of shared memory: with 8 rows the
 * reads limit it to 2/3 of the most multiplications, with 16 to 4/5. */
#ifndef GD_CUDA_PRODUCTS_H
#define GD_CUDA_PRODUCTS_H

#include "cuda/launch.h"

#define PRODUCT_COLUMNS      64
#define PRODUCT_DEPTH        32
#define PRODUCT_THREADS      128
#define PRODUCT_STRIDE       (PRODUCT_COLUMNS + 1) /* so that neighbours in k and in a row lie in different banks */
#define PRODUCT_BLOCKS(rows) ((rows) == 8 ? 5 : 4) /* of a multiprocessor: up to 96 or 128 registers, no spills */

/* y[rows][columns] = x[rows][depth] times the weight, which is [columns][depth], or [depth][columns]. */
struct product {
    size_t rows;
    int depth, columns;
    const float *x, *weight;
};

enum weight_order { BY_COLUMN, BY_DEPTH };

/* Pieces of both factors: 10 or 12 kB. */
template <int ROWS> struct product_pieces {
    float4 x[2 * ROWS * PRODUCT_DEPTH / 4]; /* [2 ROWS][PRODUCT_DEPTH] */
    float weight[PRODUCT_DEPTH * PRODUCT_STRIDE];
};

/* A thread's share of them. */
template <int ROWS> struct product_share {
    float x[2 * ROWS * PRODUCT_DEPTH / PRODUCT_THREADS], weight[PRODUCT_COLUMNS * PRODUCT_DEPTH / PRODUCT_THREADS];
};

/* The place in a piece of the weight of number `turn` of a thread's share: neighbouring threads have neighbouring
 * numbers of the array. */
template <enum weight_order ORDER> static __device__ inline int column_of(int turn)
{
    return ORDER == BY_COLUMN ? 4 * turn + (int)threadIdx.x / PRODUCT_DEPTH : (int)threadIdx.x % PRODUCT_COLUMNS;
}

template <enum weight_order ORDER> static __device__ inline int step_of(int turn)
{
    return ORDER == BY_COLUMN ? (int)threadIdx.x % PRODUCT_DEPTH : 2 * turn + (int)threadIdx.x / PRODUCT_COLUMNS;
}

/* Reads it, 0 beyond the ends: the rows from `row` on, columns from `column`, steps from `k`. */
template <int ROWS, enum weight_order ORDER>
static __device__ inline void fetch(const struct product &p, size_t row, int column, int k,
                                    struct product_share<ROWS> *share)
{
    const float *x = p.x + row * (size_t)p.depth;
    int rows = (int)min(p.rows - row, (size_t)(2 * ROWS)), step = k + step_of<BY_COLUMN>(0);
#pragma unroll
    for (int turn = 0; turn < ROWS / 2; turn++) {
        int r = column_of<BY_COLUMN>(turn);
        share->x[turn] = r < rows && step < p.depth ? x[r * p.depth + step] : 0;
    }
#pragma unroll
    for (int turn = 0; turn < PRODUCT_COLUMNS / 4; turn++) {
        int c = column + column_of<ORDER>(turn), d = k + step_of<ORDER>(turn);
        int at = ORDER == BY_COLUMN ? c * p.depth + d : d * p.columns + c;
        share->weight[turn] = c < p.columns && d < p.depth ? __ldg(p.weight + at) : 0;
    }
}

/* Puts it where the block finds it. */
template <int ROWS, enum weight_order ORDER>
static __device__ inline void put_down(const struct product_share<ROWS> &share, struct product_pieces<ROWS> &pieces)
{
    float *x = &pieces.x[0].x;
#pragma unroll
    for (int turn = 0; turn < ROWS / 2; turn++)
        x[column_of<BY_COLUMN>(turn) * PRODUCT_DEPTH + step_of<BY_COLUMN>(turn)] = share.x[turn];
#pragma unroll
    for (int turn = 0; turn < PRODUCT_COLUMNS / 4; turn++)
        pieces.weight[step_of<ORDER>(turn) * PRODUCT_STRIDE + column_of<ORDER>(turn)] = share.weight[turn];
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
 * number. `pieces` are in shared memory. All threads of the block have to come. */
template <int ROWS, enum weight_order ORDER, typename Finish>
static __device__ inline void multiply_rows(const struct product &p, struct product_pieces<ROWS> &pieces, int begin,
                                            int end, Finish finish)
{
    struct product_share<ROWS> share;
    size_t row = (size_t)blockIdx.x * 2 * ROWS;
    int warp = (int)threadIdx.x / GD_WARP, first = warp / 2 * ROWS;
    int across = warp % 2 * GD_WARP + (int)threadIdx.x % GD_WARP;
    fetch<ROWS, ORDER>(p, row, begin, 0, &share);
    for (int column = begin; column < end; column += PRODUCT_COLUMNS) {
        float sums[ROWS] = {};
        for (int k = 0; k < p.depth; k += PRODUCT_DEPTH) {
            __syncthreads(); /* the former piece is no longer needed */
            put_down<ROWS, ORDER>(share, pieces);
            __syncthreads();
            bool more = k + PRODUCT_DEPTH < p.depth;
            if (more || column + PRODUCT_COLUMNS < end)
                fetch<ROWS, ORDER>(p, row, more ? column : column + PRODUCT_COLUMNS, more ? k + PRODUCT_DEPTH : 0,
                                   &share);
            multiply_add<ROWS>((min(p.depth - k, PRODUCT_DEPTH) + 3) / 4 * 4, pieces.x + first * PRODUCT_DEPTH / 4,
                               pieces.weight + across, sums);
        }
#pragma unroll
        for (int r = 0; r < ROWS; r++)
            if (row + (size_t)(first + r) < p.rows && column + across < end)
                finish(row + (size_t)(first + r), column + across, sums[r]);
    }
}

#endif

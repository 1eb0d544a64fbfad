/* Walks along the edges of an atom or a filter row, which the kernels of messages share.
 *
 * One warp works on one receiver (sender, filter row) and on 32 or 64 of its features: it walks the edges in their
 * order and keeps the sums in registers, so that what an edge sends is never stored and the order of every sum is
 * fixed. A lane has two neighbouring features (float2) where their number is even, else one; with 64 features a warp's
 * read is 256 neighbouring bytes.
 *
 * The warp reads the ends of 32 edges at a time into shared memory, one edge per lane. So the walk does not wait for
 * an index before it can ask for what the index points to, and the loads of several edges are on their way at once.
 *
 * Four warps to a block: 128 threads, of which 16 blocks fill a multiprocessor at up to 32 registers a thread, and 8
 * at up to 64; the blocks are small because receivers have unequal numbers of edges. */
#ifndef GD_CUDA_EDGE_LOOPS_H
#define GD_CUDA_EDGE_LOOPS_H

#include "cuda/launch.h"

#define WARPS   4
#define THREADS (WARPS * GD_WARP)

/* One edge of a walk: its direction, and the two rows that the walk needs besides its own. */
struct __align__(16) edge
{
    float unit[3];
    int other; /* the atom at the other end; in a walk over filter rows the sender */
    int row;   /* the filter row; in a walk over filter rows the receiver */
};

/* Arithmetic with two features at a time. */
static __device__ inline float2 operator*(float2 a, float2 b)
{
    return make_float2(a.x * b.x, a.y * b.y);
}

static __device__ inline float2 operator*(float a, float2 b)
{
    return make_float2(a * b.x, a * b.y);
}

static __device__ inline float2 operator+(float2 a, float2 b)
{
    return make_float2(a.x + b.x, a.y + b.y);
}

static __device__ inline float2 &operator+=(float2 &a, float2 b)
{
    a.x += b.x;
    a.y += b.y;
    return a;
}

static __device__ inline float2 &operator-=(float2 &a, float2 b)
{
    a.x -= b.x;
    a.y -= b.y;
    return a;
}

/* Features per lane. */
template <typename V> constexpr int lane_width = (int)(sizeof(V) / sizeof(float));

template <typename V> static __device__ inline V load(const float *from)
{
    return __ldg(reinterpret_cast<const V *>(from));
}

template <typename V> static __device__ inline void store(float *to, V v)
{
    *reinterpret_cast<V *>(to) = v;
}

/* xyz of a lane's features; in memory the components are `features` apart. */
template <typename V> struct vector {
    V x, y, z;
};

template <typename V> static __device__ inline vector<V> load3(const float *from, size_t features)
{
    return {load<V>(from), load<V>(from + features), load<V>(from + 2 * features)};
}

template <typename V> static __device__ inline void store3(float *to, size_t features, vector<V> v)
{
    store(to, v.x);
    store(to + features, v.y);
    store(to + 2 * features, v.z);
}

/* What a thread works on. */
struct lane {
    int warp, number; /* in the block, in the warp */
    size_t item;      /* the warp's receiver, sender or filter row */
    int feature;      /* the first of the lane's */
    bool inside;      /* the lane has features */
};

template <typename V> static __device__ inline struct lane lane_of(int features)
{
    struct lane lane;
    lane.warp = (int)threadIdx.x / GD_WARP;
    lane.number = (int)threadIdx.x % GD_WARP;
    lane.item = (size_t)blockIdx.x * WARPS + (size_t)lane.warp;
    lane.feature = ((int)blockIdx.y * GD_WARP + lane.number) * lane_width<V>;
    lane.inside = lane.feature < features;
    return lane;
}

/* Edges begin .. begin+31 of a walk that ends at `end`, into the warp's shared memory. */
static __device__ inline void stage(struct edge *staged, const struct gd_edges &edges, int begin, int end, int lane)
{
    int e = begin + lane;
    __syncwarp(); /* the former edges are no longer needed */
    if (e < end)
        staged[lane] = {
            {edges.unit[3 * e], edges.unit[3 * e + 1], edges.unit[3 * e + 2]}, edges.sender[e], edges.row[e]};
    __syncwarp();
}

/* The kernels of an operation: for one or two features per lane, without (v NULL) or with vectors. */
template <typename Operation, typename... More> struct kernels {
    void (*one[2])(Operation, More...), (*two[2])(Operation, More...);
};

template <typename Operation, typename... More>
static void walk(struct gd_backend *backend, const char *name, const struct kernels<Operation, More...> &kernels,
                 size_t items, const Operation *a, More... more)
{
    bool even = a->features % lane_width<float2> == 0;
    size_t features = (size_t)(even ? GD_WARP * lane_width<float2> : GD_WARP);
    launch(gd_cuda_of(backend), name, (even ? kernels.two : kernels.one)[a->v != NULL],
           dim3(pieces(items, WARPS), pieces((size_t)a->features, features)), dim3(THREADS), *a, more...);
}

#endif

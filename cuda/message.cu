/* Messages along edges, and their gradients.
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
    __syncwarp(); /* nobody needs the former edges any more */
    if (e < end)
        staged[lane] = {
            {edges.unit[3 * e], edges.unit[3 * e + 1], edges.unit[3 * e + 2]}, edges.sender[e], edges.row[e]};
    __syncwarp();
}

/* The same for a walk over the edges of a filter row. */
static __device__ inline void stage_of_row(struct edge *staged, const struct gd_edges &edges, int begin, int end,
                                           int lane)
{
    __syncwarp();
    if (begin + lane < end) {
        int e = edges.row_edge[begin + lane];
        staged[lane] = {
            {edges.unit[3 * e], edges.unit[3 * e + 1], edges.unit[3 * e + 2]}, edges.sender[e], edges.receiver[e]};
    }
    __syncwarp();
}

/* Per edge 24 bytes of its ends, 3F numbers of the filter, 3F of x and 3F of v, that is 2.3 kB with 64 features, from
 * the cache of second level: all atoms' x and v take a few MB. Per receiver 4F numbers read and 4F written. */
template <typename V, bool VECTORS> static __global__ void __launch_bounds__(THREADS) message(const struct gd_message a)
{
    GD_SHARED(struct edge, staged, [WARPS][GD_WARP]);
    struct lane lane = lane_of<V>(a.features);
    if (lane.item >= a.receivers)
        return;
    size_t n = (size_t)a.features, k = (size_t)lane.feature, i = lane.item;
    V q = {};
    vector<V> v = {};
    if (lane.inside)
        q = load<V>(a.q + i * n + k);
    if (lane.inside && VECTORS)
        v = load3<V>(a.v + i * 3 * n + k, n);
    int end = a.edges.first[i + 1];
    for (int begin = a.edges.first[i]; begin < end; begin += GD_WARP) {
        stage(staged[lane.warp], a.edges, begin, end, lane.number);
        int count = lane.inside ? min(GD_WARP, end - begin) : 0;
#pragma unroll 4
        for (int e = 0; e < count; e++) {
            const struct edge &edge = staged[lane.warp][e];
            vector<V> filter = load3<V>(a.filter + (size_t)edge.row * 3 * n + k, n);
            vector<V> x = load3<V>(a.x + (size_t)edge.other * 3 * n + k, n);
            V along = filter.y * x.y;
            q += filter.x * x.x;
            v.x += edge.unit[0] * along;
            v.y += edge.unit[1] * along;
            v.z += edge.unit[2] * along;
            if (VECTORS) {
                vector<V> sent = load3<V>(a.v + (size_t)edge.other * 3 * n + k, n);
                V carry = filter.z * x.z;
                v.x += carry * sent.x;
                v.y += carry * sent.y;
                v.z += carry * sent.z;
            }
        }
    }
    if (lane.inside) {
        store(a.q_out + i * n + k, q);
        store3(a.v_out + i * 3 * n + k, n, v);
    }
}

/* The gradients of all that sender j sent: with g = Σ filter3 dv_i, that of x3 is Σ_xyz v_j g and that of v_j is x3 g.
 * An edge of j's own list is seen from the other end: its unit vector is the opposite one. Per edge 24 bytes, 3F
 * numbers of the filter, F of dq and 3F of dv: 1.8 kB with 64 features. Per sender 7F read and 6F written. */
template <typename V, bool VECTORS>
static __global__ void __launch_bounds__(THREADS) message_sender(const struct gd_message_sender a)
{
    GD_SHARED(struct edge, staged, [WARPS][GD_WARP]);
    struct lane lane = lane_of<V>(a.features);
    if (lane.item >= a.senders)
        return;
    size_t n = (size_t)a.features, k = (size_t)lane.feature, j = lane.item;
    V dx1 = {}, dx2 = {};
    vector<V> g = {};
    int end = a.edges.first[j + 1];
    for (int begin = a.edges.first[j]; begin < end; begin += GD_WARP) {
        stage(staged[lane.warp], a.edges, begin, end, lane.number);
        int count = lane.inside ? min(GD_WARP, end - begin) : 0;
#pragma unroll 4
        for (int e = 0; e < count; e++) {
            const struct edge &edge = staged[lane.warp][e];
            if ((size_t)edge.other >= a.receivers)
                continue;
            vector<V> filter = load3<V>(a.filter + (size_t)edge.row * 3 * n + k, n);
            vector<V> dv = load3<V>(a.dv + (size_t)edge.other * 3 * n + k, n);
            dx1 += filter.x * load<V>(a.dq + (size_t)edge.other * n + k);
            dx2 -= filter.y * (edge.unit[0] * dv.x + edge.unit[1] * dv.y + edge.unit[2] * dv.z);
            if (VECTORS) {
                g.x += filter.z * dv.x;
                g.y += filter.z * dv.y;
                g.z += filter.z * dv.z;
            }
        }
    }
    if (!lane.inside)
        return;
    size_t at = j * 3 * n + k;
    vector<V> v = {}, received = {};
    if (VECTORS) {
        V x3 = load<V>(a.x + at + 2 * n);
        v = load3<V>(a.v + at, n);
        if (j < a.receivers)
            received = load3<V>(a.dv + at, n);
        store3<V>(a.v_grad + at, n, {received.x + x3 * g.x, received.y + x3 * g.y, received.z + x3 * g.z});
    }
    store3<V>(a.dx + at, n, {dx1, dx2, v.x * g.x + v.y * g.y + v.z * g.z});
}

/* The gradient of a filter row, from all edges that use it. Per edge 28 bytes, F numbers of dq and 3F each of dv, x and
 * v: 2.6 kB with 64 features. Per row 3F written. */
template <typename V, bool VECTORS>
static __global__ void __launch_bounds__(THREADS) message_filter(const struct gd_message_filter a)
{
    GD_SHARED(struct edge, staged, [WARPS][GD_WARP]);
    struct lane lane = lane_of<V>(a.features);
    if (lane.item >= a.end - a.begin)
        return;
    size_t n = (size_t)a.features, k = (size_t)lane.feature, r = a.begin + lane.item;
    vector<V> sum = {};
    int end = a.edges.row_first[r + 1];
    for (int begin = a.edges.row_first[r]; begin < end; begin += GD_WARP) {
        stage_of_row(staged[lane.warp], a.edges, begin, end, lane.number);
        int count = lane.inside ? min(GD_WARP, end - begin) : 0;
#pragma unroll 4
        for (int e = 0; e < count; e++) {
            const struct edge &edge = staged[lane.warp][e];
            size_t i = (size_t)edge.row, j = (size_t)edge.other;
            if (i >= a.receivers)
                continue;
            vector<V> dv = load3<V>(a.dv + i * 3 * n + k, n), x = load3<V>(a.x + j * 3 * n + k, n);
            sum.x += x.x * load<V>(a.dq + i * n + k);
            sum.y += x.y * (edge.unit[0] * dv.x + edge.unit[1] * dv.y + edge.unit[2] * dv.z);
            if (VECTORS) {
                vector<V> v = load3<V>(a.v + j * 3 * n + k, n);
                sum.z += x.z * (dv.x * v.x + dv.y * v.y + dv.z * v.z);
            }
        }
    }
    if (lane.inside)
        store3(a.dfilter + r * 3 * n + k, n, sum);
}

/* The kernels of an operation: for one or two features per lane, without (v NULL) or with vectors. */
template <typename Operation> struct kernels {
    void (*one[2])(Operation), (*two[2])(Operation);
};

template <typename Operation>
static void walk(struct gd_backend *backend, const char *name, const struct kernels<Operation> &kernels, size_t items,
                 const Operation *a)
{
    bool even = a->features % lane_width<float2> == 0;
    size_t features = (size_t)(even ? GD_WARP * lane_width<float2> : GD_WARP);
    launch(gd_cuda_of(backend), name, (even ? kernels.two : kernels.one)[a->v != NULL],
           dim3(pieces(items, WARPS), pieces((size_t)a->features, features)), dim3(THREADS), *a);
}

void gd_cuda_message(struct gd_backend *backend, const struct gd_message *a)
{
    const struct kernels<gd_message> kernels = {
        {message<float, false>, message<float, true>},
        {
            message<float2, false>, message<float2, true>
        }
    };
    walk(backend, "message", kernels, a->receivers, a);
}

void gd_cuda_message_sender(struct gd_backend *backend, const struct gd_message_sender *a)
{
    const struct kernels<gd_message_sender> kernels = {
        {message_sender<float, false>, message_sender<float, true>},
        {
            message_sender<float2, false>, message_sender<float2, true>
        }
    };
    walk(backend, "message_sender", kernels, a->senders, a);
}

void gd_cuda_message_filter(struct gd_backend *backend, const struct gd_message_filter *a)
{
    const struct kernels<gd_message_filter> kernels = {
        {message_filter<float, false>, message_filter<float, true>},
        {
            message_filter<float2, false>, message_filter<float2, true>
        }
    };
    walk(backend, "message_filter", kernels, a->end - a->begin, a);
}

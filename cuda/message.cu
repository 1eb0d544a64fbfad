/* Messages along edges with stored filters, and their gradients. */
#include "cuda/edge_loops.h"

/* As `stage`, for a walk over the edges of a filter row. */
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

/* A warp for each receiver, whose lanes share the features of an edge. Per edge 2F numbers read and 3 written. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) message_unit(const struct gd_message_unit a)
{
    size_t i = (size_t)blockIdx.x * GD_TILE_HEIGHT + threadIdx.y, n = (size_t)a.features;
    if (i >= a.receivers)
        return;
    for (int e = a.edges.first[i]; e < a.edges.first[i + 1]; e++) {
        const float *filter = a.filter + ((size_t)a.edges.row[e] * 3 + 1) * n;
        const float *x = a.x + ((size_t)a.edges.sender[e] * 3 + 1) * n, *dv = a.dv + i * 3 * n;
        float sum[3] = {0, 0, 0};
        for (size_t k = threadIdx.x; k < n; k += GD_WARP)
            for (size_t axis = 0; axis < 3; axis++)
                sum[axis] += dv[axis * n + k] * filter[k] * x[k];
        for (int axis = 0; axis < 3; axis++) {
            for (int step = GD_WARP / 2; step > 0; step /= 2)
                sum[axis] += __shfl_down_sync(GD_WHOLE_WARP, sum[axis], (unsigned)step);
            float *dunit = a.dunit + 3 * (size_t)e + (size_t)axis;
            if (threadIdx.x == 0)
                *dunit = (a.add ? *dunit : 0) + sum[axis];
        }
    }
}

void gd_cuda_message_unit(struct gd_backend *backend, const struct gd_message_unit *a)
{
    launch(gd_cuda_of(backend), "message_unit", message_unit, dim3(pieces(a->receivers, GD_TILE_HEIGHT)),
           dim3(GD_TILE_WIDTH, GD_TILE_HEIGHT), *a);
}

/* One thread per atom, which walks over its edges: 9 numbers each. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) edge_positions(const struct gd_edge_positions a)
{
    size_t i = (size_t)blockIdx.x * GD_TILE_THREADS + threadIdx.x;
    if (i >= a.atoms)
        return;
    float sum[3] = {0, 0, 0};
    for (int e = a.edges.first[i]; e < a.edges.first[i + 1]; e++) {
        size_t row = (size_t)a.edges.row[e];
        if (row < a.begin)
            continue;
        const int *pair = a.edges.row_edge + a.edges.row_first[row];
        const float *unit = a.edges.unit + 3 * (size_t)e, *own = a.dunit + 3 * (size_t)e;
        const float *other = a.dunit + 3 * (size_t)pair[pair[0] == e];
        float d[3] = {own[0] - other[0], own[1] - other[1], own[2] - other[2]};
        float along = d[0] * unit[0] + d[1] * unit[1] + d[2] * unit[2];
        for (int axis = 0; axis < 3; axis++)
            sum[axis] -= (d[axis] - along * unit[axis]) / a.distance[row] + unit[axis] * a.ddistance[row];
    }
    for (size_t axis = 0; axis < 3; axis++)
        a.dposition[3 * i + axis] = sum[axis];
}

void gd_cuda_edge_positions(struct gd_backend *backend, const struct gd_edge_positions *a)
{
    launch(gd_cuda_of(backend), "edge_positions", edge_positions, dim3(pieces(a->atoms, GD_TILE_THREADS)),
           dim3(GD_TILE_THREADS), *a);
}

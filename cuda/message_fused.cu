/* Messages whose filters are worked out on the way, edge by edge, and their gradients. The layer is transposed first,
 * so that the lanes of a warp read neighbouring numbers of it; with 30 radial functions and 64 features it takes 24 kB,
 * and stays in the cache of first level. */
#include "cuda/edge_loops.h"

/* Per edge its distance read, and 16 numbers and an index written. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) windows(const struct gd_windows a)
{
    struct place at = place_of(a.most, GD_WINDOW_WIDTH);
    if (!at.inside || at.row >= (size_t)a.edges.first[a.atoms])
        return;
    float width = a.cutoff / (float)(a.radial - 1), inverse = (float)(a.radial - 1) / a.cutoff;
    float distance = a.distance[a.edges.row[at.row]], envelope = 0.5f * (cospif(distance / a.cutoff) + 1);
    int first = min(max((int)(distance * inverse) - GD_WINDOW / 2 + 1, 0), max(a.radial - GD_WINDOW, 0));
    float from_centre = (distance - (float)(first + at.column) * width) * inverse;
    bool counts = at.column < GD_WINDOW && first + at.column < a.radial;
    a.value[at.in(GD_WINDOW_WIDTH)] = counts                   ? envelope * expf(-0.5f * from_centre * from_centre)
                                      : at.column == GD_WINDOW ? envelope
                                                               : 0;
    if (at.column == 0)
        a.first[at.row] = first;
}

void gd_cuda_windows(struct gd_backend *backend, const struct gd_windows *a)
{
    launch_tiles(gd_cuda_of(backend), "windows", windows, a->most, GD_WINDOW_WIDTH, a);
}

/* scratch[row][out] = weight[out][row], then rows of zeros, and the bias in the last. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) transpose(const struct gd_filter_layer a, int outs)
{
    struct place at = place_of((size_t)GD_FILTER_ROWS(a.radial), outs);
    if (!at.inside)
        return;
    int row = (int)at.row;
    a.scratch[at.in(outs)] = row < a.radial                        ? a.weight[at.column * a.radial + row]
                             : row == GD_FILTER_ROWS(a.radial) - 1 ? a.bias[at.column]
                                                                   : 0;
}

/* The layer as the kernels read it. */
static struct gd_filter_layer transposed(struct gd_cuda *cuda, const struct gd_filter_layer *layer, int features)
{
    struct gd_filter_layer made = *layer;
    int rows = GD_FILTER_ROWS(layer->radial), outs = 3 * features;
    launch(cuda, "transpose", transpose,
           dim3(pieces((size_t)rows, GD_TILE_HEIGHT), pieces((size_t)outs, GD_TILE_WIDTH)),
           dim3(GD_TILE_WIDTH, GD_TILE_HEIGHT), *layer, outs);
    made.weight = layer->scratch;
    made.bias = layer->scratch + (size_t)(rows - 1) * (size_t)outs;
    return made;
}

/* The three parts of an edge's filter, for a lane. */
template <typename V>
static __device__ inline vector<V> filter_of(const struct gd_filter_layer &layer, int e, size_t features, size_t k)
{
    const float *value = layer.value + (size_t)e * GD_WINDOW_WIDTH;
    const float *weight = layer.weight + (size_t)layer.first[e] * 3 * features + k;
    float envelope = __ldg(value + GD_WINDOW);
    vector<V> filter = load3<V>(layer.bias + k, features);
    filter = {envelope * filter.x, envelope * filter.y, envelope * filter.z};
#pragma unroll 4
    for (int n = 0; n < GD_WINDOW; n++) {
        vector<V> row = load3<V>(weight + (size_t)n * 3 * features, features);
        float factor = __ldg(value + n);
        filter.x += factor * row.x;
        filter.y += factor * row.y;
        filter.z += factor * row.z;
    }
    return filter;
}

/* As `message`; per edge 68 bytes of its window instead of 3F numbers of a filter. With nine blocks to a multiprocessor
 * the compiler may use 56 registers; it would spill some of 48. */
template <typename V, bool VECTORS>
static __global__ void __launch_bounds__(THREADS, 9) message_fused(const struct gd_message_fused a)
{
    struct lane lane = lane_of<V>(a.features);
    if (lane.item >= a.receivers || !lane.inside)
        return;
    size_t n = (size_t)a.features, k = (size_t)lane.feature, i = lane.item;
    V q = load<V>(a.q + i * n + k);
    vector<V> v = {};
    if (VECTORS)
        v = load3<V>(a.v + i * 3 * n + k, n);
    for (int e = a.edges.first[i]; e < a.edges.first[i + 1]; e++) {
        size_t at = (size_t)a.edges.sender[e] * 3 * n + k;
        const float *unit = a.edges.unit + 3 * e;
        vector<V> filter = filter_of<V>(a.layer, e, n, k), x = load3<V>(a.x + at, n);
        V along = filter.y * x.y;
        q += filter.x * x.x;
        v.x += unit[0] * along;
        v.y += unit[1] * along;
        v.z += unit[2] * along;
        if (VECTORS) {
            vector<V> sent = load3<V>(a.v + at, n);
            V carry = filter.z * x.z;
            v.x += carry * sent.x;
            v.y += carry * sent.y;
            v.z += carry * sent.z;
        }
    }
    store(a.q_out + i * n + k, q);
    store3(a.v_out + i * 3 * n + k, n, v);
}

/* As `message_sender`. */
template <typename V, bool VECTORS>
static __global__ void __launch_bounds__(THREADS) fused_sender(const struct gd_message_fused_backward a)
{
    struct lane lane = lane_of<V>(a.features);
    if (lane.item >= a.senders || !lane.inside)
        return;
    size_t n = (size_t)a.features, k = (size_t)lane.feature, j = lane.item, at = j * 3 * n + k;
    V dx1 = {}, dx2 = {};
    vector<V> g = {}, v = {}, received = {};
    for (int e = a.edges.first[j]; e < a.edges.first[j + 1]; e++) {
        size_t i = (size_t)a.edges.sender[e];
        if (i >= a.receivers)
            continue;
        const float *unit = a.edges.unit + 3 * e;
        vector<V> filter = filter_of<V>(a.layer, e, n, k), dv = load3<V>(a.dv + i * 3 * n + k, n);
        dx1 += filter.x * load<V>(a.dq + i * n + k);
        dx2 -= filter.y * (unit[0] * dv.x + unit[1] * dv.y + unit[2] * dv.z);
        if (VECTORS) {
            g.x += filter.z * dv.x;
            g.y += filter.z * dv.y;
            g.z += filter.z * dv.z;
        }
    }
    if (VECTORS) {
        V x3 = load<V>(a.x + at + 2 * n);
        v = load3<V>(a.v + at, n);
        if (j < a.receivers)
            received = load3<V>(a.dv + at, n);
        store3<V>(a.v_grad + at, n, {received.x + x3 * g.x, received.y + x3 * g.y, received.z + x3 * g.z});
    }
    store3<V>(a.dx + at, n, {dx1, dx2, v.x * g.x + v.y * g.y + v.z * g.z});
}

template <typename V> static __device__ inline void add3(float *to, size_t features, float factor, vector<V> v)
{
    vector<V> sum = {*reinterpret_cast<V *>(to), *reinterpret_cast<V *>(to + features),
                     *reinterpret_cast<V *>(to + 2 * features)};
    store3<V>(to, features, {sum.x + factor * v.x, sum.y + factor * v.y, sum.z + factor * v.z});
}

/* A warp has one piece, the gradient of the layer [GD_FILTER_ROWS][3F] from `senders` of them, and adds to its own
 * columns in the order of the edges; a piece stays in the cache. */
template <typename V, bool VECTORS>
static __global__ void __launch_bounds__(THREADS)
    layer_pieces(const struct gd_message_fused_backward a, float *layers, size_t senders)
{
    struct lane lane = lane_of<V>(a.features);
    if (lane.item * senders >= a.senders || !lane.inside)
        return;
    size_t n = (size_t)a.features, k = (size_t)lane.feature, rows = (size_t)GD_FILTER_ROWS(a.layer.radial);
    float *layer = layers + lane.item * rows * 3 * n + k;
    size_t end = min(a.senders, (lane.item + 1) * senders);
    for (size_t j = lane.item * senders; j < end; j++) {
        vector<V> x = load3<V>(a.x + j * 3 * n + k, n), v = {};
        if (VECTORS)
            v = load3<V>(a.v + j * 3 * n + k, n);
        for (int e = a.edges.first[j]; e < a.edges.first[j + 1]; e++) {
            size_t i = (size_t)a.edges.sender[e];
            if (i >= a.receivers)
                continue;
            const float *unit = a.edges.unit + 3 * e, *value = a.layer.value + (size_t)e * GD_WINDOW_WIDTH;
            vector<V> dv = load3<V>(a.dv + i * 3 * n + k, n);
            V along = unit[0] * dv.x + unit[1] * dv.y + unit[2] * dv.z;
            vector<V> d = {x.x * load<V>(a.dq + i * n + k), -1.0f * (x.y * along),
                           x.z * (v.x * dv.x + v.y * dv.y + v.z * dv.z)};
            float *window = layer + (size_t)a.layer.first[e] * 3 * n;
            for (size_t w = 0; w < GD_WINDOW; w++)
                add3<V>(window + w * 3 * n, n, value[w], d);
            add3<V>(layer + (rows - 1) * 3 * n, n, value[GD_WINDOW], d);
        }
    }
}

/* dweight[out][row] and dbias[out]: the sum of the pieces, in their order. */
static __global__ void __launch_bounds__(GD_TILE_THREADS)
    layer_total(const struct gd_message_fused_backward a, const float *layers, size_t count)
{
    int outs = 3 * a.features, rows = GD_FILTER_ROWS(a.layer.radial);
    struct place at = place_of((size_t)rows, outs);
    if (!at.inside)
        return;
    float sum = 0;
    for (size_t piece = 0; piece < count; piece++)
        sum += layers[piece * (size_t)rows * (size_t)outs + at.in(outs)];
    if ((int)at.row < a.layer.radial)
        a.dweight[at.column * a.layer.radial + (int)at.row] = sum;
    else if ((int)at.row == rows - 1)
        a.dbias[at.column] = sum;
}

void gd_cuda_message_fused(struct gd_backend *backend, const struct gd_message_fused *a)
{
    const struct kernels<gd_message_fused> kernels = {
        {message_fused<float, false>, message_fused<float, true>},
        {
            message_fused<float2, false>, message_fused<float2, true>
        }
    };
    struct gd_message_fused work = *a;
    work.layer = transposed(gd_cuda_of(backend), &a->layer, a->features);
    walk(backend, "message_fused", kernels, a->receivers, &work);
}

static void layer_gradient(struct gd_backend *backend, const struct gd_message_fused_backward *a)
{
    const struct kernels<gd_message_fused_backward, float *, size_t> kernels = {
        {layer_pieces<float, false>, layer_pieces<float, true>},
        {
            layer_pieces<float2, false>, layer_pieces<float2, true>
        }
    };
    struct gd_cuda *cuda = gd_cuda_of(backend);
    int outs = 3 * a->features, rows = GD_FILTER_ROWS(a->layer.radial);
    size_t size = (size_t)rows * (size_t)outs, most = gd_layer_pieces(a->senders);
    size_t senders = pieces(a->senders, most);
    size_t count = senders ? pieces(a->senders, senders) : 0;
    float *layers = a->layer.scratch + size;
    if (count > 0 && cuda->failure.status == GD_OK)
        gd_cuda_ok(cuda, cudaMemsetAsync(layers, 0, count * size * sizeof *layers, cuda->stream),
                   "clearing a layer's gradient");
    walk(backend, "layer_pieces", kernels, count, a, layers, senders);
    launch(cuda, "layer_total", layer_total,
           dim3(pieces((size_t)rows, GD_TILE_HEIGHT), pieces((size_t)outs, GD_TILE_WIDTH)),
           dim3(GD_TILE_WIDTH, GD_TILE_HEIGHT), *a, layers, count);
}

void gd_cuda_message_fused_backward(struct gd_backend *backend, const struct gd_message_fused_backward *a)
{
    const struct kernels<gd_message_fused_backward> kernels = {
        {fused_sender<float, false>, fused_sender<float, true>},
        {
            fused_sender<float2, false>, fused_sender<float2, true>
        }
    };
    struct gd_message_fused_backward work = *a;
    work.layer = transposed(gd_cuda_of(backend), &a->layer, a->features);
    walk(backend, "fused_sender", kernels, a->senders, &work);
    layer_gradient(backend, &work);
}

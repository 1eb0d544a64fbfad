/* Compiled several times with GD_KERNELS and GD_KERNELS_NAME naming the table and the instruction set. Elementwise
 * loops are left to the compiler to vectorise; where a sum over edges is to stay in registers, the vector extension of
 * gcc and clang is used. */
#include "model/cpu/kernels.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define PI_F 3.14159265358979f

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif

#define INLINE static inline __attribute__((always_inline))

/* e^x to 2e-7 relative for |x| < 87, beyond that as at ±87. Reduction by Cody and Waite, polynomial of Cephes' expf. */
INLINE float exponential(float x)
{
    x = x < 87.0f ? x : 87.0f;
    x = x > -87.0f ? x : -87.0f;
    float whole = x * 1.44269504f + 0x1.8p23f; /* rounds to an integer, kept in the low bits */
    int32_t bits;
    memcpy(&bits, &whole, sizeof bits);
    whole -= 0x1.8p23f;
    float r = x - whole * 0.693359375f + whole * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1;
    int32_t power = (int32_t)((uint32_t)bits << 23) + 0x3f800000;
    float scale;
    memcpy(&scale, &power, sizeof scale);
    return p * scale;
}

INLINE float silu_of(float x)
{
    return x / (1 + exponential(-x));
}

INLINE float slope_of(float x)
{
    float s = 1 / (1 + exponential(-x));
    return s + x * s * (1 - s);
}

static void silu(size_t count, const float *restrict x, float *restrict y)
{
    for (size_t k = 0; k < count; k++)
        y[k] = silu_of(x[k]);
}

static void silu_slope(size_t count, const float *restrict before, float *restrict dx)
{
    for (size_t k = 0; k < count; k++)
        dx[k] *= slope_of(before[k]);
}

static void add(size_t count, const float *restrict x, float *restrict sum)
{
    for (size_t k = 0; k < count; k++)
        sum[k] += x[k];
}

static void sum_columns(size_t rows, size_t width, const float *restrict y, const float *restrict scale,
                        float *restrict sum)
{
    for (size_t r = 0; r < rows; r++) {
        float factor = scale ? scale[r] : 1;
        for (size_t k = 0; k < width; k++)
            sum[k] += factor * y[r * width + k];
    }
}

/* Eight sums side by side, so that they can be one vector. */
static double squares(size_t count, const float *x)
{
    double sums[8] = {0}, sum = 0;
    size_t k = 0;
    for (; k + 8 <= count; k += 8)
        for (size_t lane = 0; lane < 8; lane++)
            sums[lane] += (double)x[k + lane] * (double)x[k + lane];
    for (; k < count; k++)
        sums[0] += (double)x[k] * (double)x[k];
    for (size_t lane = 0; lane < 8; lane++)
        sum += sums[lane];
    return sum;
}

static void radial(const void *arguments, size_t begin, size_t end)
{
    const struct gd_radial *a = arguments;
    size_t count = (size_t)a->radial;
    float width = a->cutoff / (float)(a->radial - 1), inverse = 1 / width;
    for (size_t r = begin; r < end; r++) {
        float distance = a->distance[r], envelope = 0.5f * (cosf(PI_F * distance / a->cutoff) + 1);
        float *restrict basis = a->basis + r * count;
        a->envelope[r] = envelope;
        for (size_t k = 0; k < count; k++) {
            float from_centre = (distance - (float)(int)k * width) * inverse;
            basis[k] = envelope * exponential(-0.5f * from_centre * from_centre);
        }
    }
}

static void windows(const void *arguments, size_t begin, size_t end)
{
    const struct gd_windows *a = arguments;
    float width = a->cutoff / (float)(a->radial - 1), inverse = (float)(a->radial - 1) / a->cutoff;
    int last = a->radial > GD_WINDOW ? a->radial - GD_WINDOW : 0, count = a->radial < GD_WINDOW ? a->radial : GD_WINDOW;
    for (size_t e = begin; e < end; e++) {
        float distance = a->distance[a->edges.row[e]], envelope = 0.5f * (cosf(PI_F * distance / a->cutoff) + 1);
        float *restrict value = a->value + e * GD_WINDOW_WIDTH;
        int first = (int)(distance * inverse) - GD_WINDOW / 2 + 1;
        first = first < 0 ? 0 : first > last ? last : first;
        for (int k = 0; k < GD_WINDOW_WIDTH; k++) {
            float from_centre = (distance - (float)(first + k) * width) * inverse;
            value[k] = k < count ? envelope * exponential(-0.5f * from_centre * from_centre) : 0;
        }
        value[GD_WINDOW] = envelope;
        a->first[e] = first;
    }
}

INLINE void weigh(float f, float weight[4])
{
    weight[0] = -f * (f - 1) * (f - 2) * (1 / 6.0f);
    weight[1] = (f + 1) * (f - 1) * (f - 2) * 0.5f;
    weight[2] = -(f + 1) * f * (f - 2) * 0.5f;
    weight[3] = (f + 1) * f * (f - 1) * (1 / 6.0f);
}

static void interpolate(const void *arguments, size_t begin, size_t end)
{
    const struct gd_interpolate *a = arguments;
    size_t width = (size_t)a->width;
    for (size_t r = begin; r < end; r++) {
        float place = a->distance[r] / a->step, weight[4]; /* exact, as is the fraction: the step is a power of two */
        int whole = (int)place, cell = whole < a->points - 4 ? whole : a->points - 4;
        weigh(place - (float)cell, weight);
        const float *restrict p0 = a->table + (size_t)cell * width, *restrict p1 = p0 + width;
        const float *restrict p2 = p1 + width, *restrict p3 = p2 + width;
        float *restrict y = a->y + r * width;
        for (size_t k = 0; k < width; k++)
            y[k] = weight[0] * p0[k] + weight[1] * p1[k] + weight[2] * p2[k] + weight[3] * p3[k];
    }
}

static void interpolate_backward(const void *arguments, size_t begin, size_t end)
{
    const struct gd_interpolate_backward *a = arguments;
    size_t width = (size_t)a->width, cells = (size_t)a->points - 3;
    for (size_t point = begin; point < end; point++) {
        float *restrict dtable = a->dtable + point * width;
        memset(dtable, 0, width * sizeof *dtable);
        for (size_t p = 0; p < 4 && p <= point; p++) {
            size_t cell = point - p;
            if (cell >= cells)
                continue;
            for (int n = a->cell_first[cell]; n < a->cell_first[cell + 1]; n++) {
                size_t row = (size_t)a->cell_row[n];
                const float *restrict dy = a->dy + row * width;
                float weight[4];
                weigh(a->distance[row] / a->step - (float)cell, weight);
                for (size_t k = 0; k < width; k++)
                    dtable[k] += weight[p] * dy[k];
            }
        }
    }
}

static void sum_rows(const void *arguments, size_t begin, size_t end)
{
    const struct gd_sum_rows *a = arguments;
    size_t width = (size_t)a->width;
    for (size_t g = 0; g < a->groups; g++)
        memset(a->to + g * width + begin, 0, (end - begin) * sizeof *a->to);
    for (size_t r = 0; r < a->rows; r++) {
        const float *restrict from = a->from + r * width;
        float *restrict to = a->to + (size_t)a->index[r] * width;
        for (size_t k = begin; k < end; k++)
            to[k] += from[k];
    }
}

/* The messages work on LANES features at a time, and on those left over one by one. */
typedef float vector __attribute__((vector_size(LANES * sizeof(float))));

INLINE vector load(const float *from, size_t lanes)
{
    vector v = {0};
    memcpy(&v, from, lanes * sizeof *from);
    return v;
}

INLINE void store(float *to, vector v, size_t lanes)
{
    memcpy(to, &v, lanes * sizeof *to);
}

INLINE void message_lanes(const struct gd_message *a, size_t i, size_t k, size_t lanes, bool vectors)
{
    size_t features = (size_t)a->features;
    const float *vi = vectors ? a->v + i * 3 * features + k : NULL;
    vector q = load(a->q + i * features + k, lanes), zero = {0};
    vector v0 = vectors ? load(vi, lanes) : zero;
    vector v1 = vectors ? load(vi + features, lanes) : zero;
    vector v2 = vectors ? load(vi + 2 * features, lanes) : zero;
    for (int e = a->edges.first[i]; e < a->edges.first[i + 1]; e++) {
        size_t j = (size_t)a->edges.sender[e];
        const float *unit = a->edges.unit + 3 * e;
        const float *filter = a->filter + (size_t)a->edges.row[e] * 3 * features + k;
        const float *x = a->x + j * 3 * features + k;
        q += load(filter, lanes) * load(x, lanes);
        vector along = load(filter + features, lanes) * load(x + features, lanes);
        v0 += along * unit[0];
        v1 += along * unit[1];
        v2 += along * unit[2];
        if (vectors) {
            const float *vj = a->v + j * 3 * features + k;
            vector carry = load(filter + 2 * features, lanes) * load(x + 2 * features, lanes);
            v0 += carry * load(vj, lanes);
            v1 += carry * load(vj + features, lanes);
            v2 += carry * load(vj + 2 * features, lanes);
        }
    }
    float *v_out = a->v_out + i * 3 * features + k;
    store(a->q_out + i * features + k, q, lanes);
    store(v_out, v0, lanes);
    store(v_out + features, v1, lanes);
    store(v_out + 2 * features, v2, lanes);
}

/* Gradients of all that sender j sent: with g = Σ filter3 dv_i, that of x3 is Σ_xyz v_j g and that of v_j is x3 g. */
INLINE void sender_lanes(const struct gd_message_sender *a, size_t j, size_t k, size_t lanes, bool vectors)
{
    size_t features = (size_t)a->features;
    vector zero = {0}, dx0 = zero, dx1 = zero, g0 = zero, g1 = zero, g2 = zero;
    for (int e = a->edges.first[j]; e < a->edges.first[j + 1]; e++) {
        size_t i = (size_t)a->edges.sender[e]; /* the other end, which received from j */
        if (i >= a->receivers)
            continue;
        const float *unit = a->edges.unit + 3 * e;
        const float *filter = a->filter + (size_t)a->edges.row[e] * 3 * features + k;
        const float *dv = a->dv + i * 3 * features + k;
        vector dv0 = load(dv, lanes), dv1 = load(dv + features, lanes), dv2 = load(dv + 2 * features, lanes);
        dx0 += load(filter, lanes) * load(a->dq + i * features + k, lanes);
        dx1 -= load(filter + features, lanes) * (unit[0] * dv0 + unit[1] * dv1 + unit[2] * dv2);
        if (vectors) {
            vector carry = load(filter + 2 * features, lanes);
            g0 += carry * dv0;
            g1 += carry * dv1;
            g2 += carry * dv2;
        }
    }
    float *dx = a->dx + j * 3 * features + k;
    store(dx, dx0, lanes);
    store(dx + features, dx1, lanes);
    if (!vectors) {
        store(dx + 2 * features, zero, lanes);
        return;
    }
    size_t at = j * 3 * features + k;
    const float *v = a->v + at, *dv = a->dv + at;
    float *v_grad = a->v_grad + at;
    bool received = j < a->receivers;
    vector x2 = load(a->x + at + 2 * features, lanes);
    store(dx + 2 * features, g0 * load(v, lanes) + g1 * load(v + features, lanes) + g2 * load(v + 2 * features, lanes),
          lanes);
    store(v_grad, (received ? load(dv, lanes) : zero) + x2 * g0, lanes);
    store(v_grad + features, (received ? load(dv + features, lanes) : zero) + x2 * g1, lanes);
    store(v_grad + 2 * features, (received ? load(dv + 2 * features, lanes) : zero) + x2 * g2, lanes);
}

INLINE void filter_lanes(const struct gd_message_filter *a, size_t r, size_t k, size_t lanes, bool vectors)
{
    size_t features = (size_t)a->features;
    vector d0 = {0}, d1 = {0}, d2 = {0};
    for (int n = a->edges.row_first[r]; n < a->edges.row_first[r + 1]; n++) {
        size_t e = (size_t)a->edges.row_edge[n];
        size_t i = (size_t)a->edges.receiver[e], j = (size_t)a->edges.sender[e];
        if (i >= a->receivers)
            continue;
        const float *unit = a->edges.unit + 3 * e;
        const float *x = a->x + j * 3 * features + k, *dv = a->dv + i * 3 * features + k;
        vector dv0 = load(dv, lanes), dv1 = load(dv + features, lanes), dv2 = load(dv + 2 * features, lanes);
        d0 += load(x, lanes) * load(a->dq + i * features + k, lanes);
        d1 += load(x + features, lanes) * (unit[0] * dv0 + unit[1] * dv1 + unit[2] * dv2);
        if (vectors) {
            const float *v = a->v + j * 3 * features + k;
            d2 += load(x + 2 * features, lanes) *
                  (dv0 * load(v, lanes) + dv1 * load(v + features, lanes) + dv2 * load(v + 2 * features, lanes));
        }
    }
    float *dfilter = a->dfilter + r * 3 * features + k;
    store(dfilter, d0, lanes);
    store(dfilter + features, d1, lanes);
    store(dfilter + 2 * features, d2, lanes);
}

/* The parts of an edge's filter at lane k, from a layer that is transposed: weight [GD_FILTER_ROWS][3F], the bias last.
 */
INLINE void filter_of(const struct gd_filter_layer *layer, size_t features, size_t e, size_t k, size_t lanes,
                      size_t parts, vector filter[3])
{
    const float *value = layer->value + e * GD_WINDOW_WIDTH, *bias = layer->bias + k;
    const float *weight = layer->weight + (size_t)layer->first[e] * 3 * features + k;
    for (size_t part = 0; part < parts; part++)
        filter[part] = value[GD_WINDOW] * load(bias + part * features, lanes);
#pragma GCC unroll 12
    for (size_t n = 0; n < GD_WINDOW; n++)
        for (size_t part = 0; part < parts; part++)
            filter[part] += value[n] * load(weight + (3 * n + part) * features, lanes);
}

/* Adds the gradient of an edge's filter to that of the layer, which lies as its weight in filter_of. */
INLINE void add_to_layer(const struct gd_filter_layer *layer, size_t features, size_t e, size_t k, size_t lanes,
                         size_t parts, const vector dfilter[3], float *dweight)
{
    const float *value = layer->value + e * GD_WINDOW_WIDTH;
    float *window = dweight + (size_t)layer->first[e] * 3 * features + k;
    float *bias = dweight + (size_t)(GD_FILTER_ROWS(layer->radial) - 1) * 3 * features + k;
#pragma GCC unroll 12
    for (size_t n = 0; n < GD_WINDOW; n++)
        for (size_t part = 0; part < parts; part++) {
            float *at = window + (3 * n + part) * features;
            store(at, load(at, lanes) + value[n] * dfilter[part], lanes);
        }
    for (size_t part = 0; part < parts; part++)
        store(bias + part * features, load(bias + part * features, lanes) + value[GD_WINDOW] * dfilter[part], lanes);
}

INLINE void fused_lanes(const struct gd_message_fused *a, size_t i, size_t k, size_t lanes, bool vectors)
{
    size_t features = (size_t)a->features, own = i * 3 * features + k;
    vector zero = {0}, q = load(a->q + i * features + k, lanes), filter[3];
    vector v0 = vectors ? load(a->v + own, lanes) : zero;
    vector v1 = vectors ? load(a->v + own + features, lanes) : zero;
    vector v2 = vectors ? load(a->v + own + 2 * features, lanes) : zero;
    for (int e = a->edges.first[i]; e < a->edges.first[i + 1]; e++) {
        size_t at = (size_t)a->edges.sender[e] * 3 * features + k;
        const float *unit = a->edges.unit + 3 * e, *x = a->x + at;
        filter_of(&a->layer, features, (size_t)e, k, lanes, vectors ? 3 : 2, filter);
        q += filter[0] * load(x, lanes);
        vector along = filter[1] * load(x + features, lanes);
        v0 += along * unit[0];
        v1 += along * unit[1];
        v2 += along * unit[2];
        if (vectors) {
            const float *v = a->v + at;
            vector carry = filter[2] * load(x + 2 * features, lanes);
            v0 += carry * load(v, lanes);
            v1 += carry * load(v + features, lanes);
            v2 += carry * load(v + 2 * features, lanes);
        }
    }
    store(a->q_out + i * features + k, q, lanes);
    store(a->v_out + own, v0, lanes);
    store(a->v_out + own + features, v1, lanes);
    store(a->v_out + own + 2 * features, v2, lanes);
}

/* As sender_lanes, and what the same edges give to the layer. */
INLINE void fused_backward_lanes(const struct gd_message_fused_backward *a, size_t j, size_t k, size_t lanes,
                                 bool vectors, float *dweight)
{
    size_t features = (size_t)a->features, own = j * 3 * features + k;
    vector zero = {0}, dx0 = zero, dx1 = zero, g0 = zero, g1 = zero, g2 = zero, filter[3], dfilter[3];
    vector x0 = load(a->x + own, lanes), x1 = load(a->x + own + features, lanes);
    vector x2 = load(a->x + own + 2 * features, lanes);
    vector w0 = vectors ? load(a->v + own, lanes) : zero;
    vector w1 = vectors ? load(a->v + own + features, lanes) : zero;
    vector w2 = vectors ? load(a->v + own + 2 * features, lanes) : zero;
    for (int e = a->edges.first[j]; e < a->edges.first[j + 1]; e++) {
        size_t i = (size_t)a->edges.sender[e]; /* received from j */
        if (i >= a->receivers)
            continue;
        const float *unit = a->edges.unit + 3 * e, *dv = a->dv + i * 3 * features + k;
        vector dv0 = load(dv, lanes), dv1 = load(dv + features, lanes), dv2 = load(dv + 2 * features, lanes);
        vector dq = load(a->dq + i * features + k, lanes), along = unit[0] * dv0 + unit[1] * dv1 + unit[2] * dv2;
        filter_of(&a->layer, features, (size_t)e, k, lanes, vectors ? 3 : 2, filter);
        dx0 += filter[0] * dq;
        dx1 -= filter[1] * along;
        dfilter[0] = x0 * dq;
        dfilter[1] = -x1 * along;
        if (vectors) {
            g0 += filter[2] * dv0;
            g1 += filter[2] * dv1;
            g2 += filter[2] * dv2;
            dfilter[2] = x2 * (w0 * dv0 + w1 * dv1 + w2 * dv2);
        }
        add_to_layer(&a->layer, features, (size_t)e, k, lanes, vectors ? 3 : 2, dfilter, dweight);
    }
    store(a->dx + own, dx0, lanes);
    store(a->dx + own + features, dx1, lanes);
    store(a->dx + own + 2 * features, g0 * w0 + g1 * w1 + g2 * w2, lanes);
    if (!vectors)
        return;
    bool received = j < a->receivers;
    const float *dv = a->dv + own;
    store(a->v_grad + own, (received ? load(dv, lanes) : zero) + x2 * g0, lanes);
    store(a->v_grad + own + features, (received ? load(dv + features, lanes) : zero) + x2 * g1, lanes);
    store(a->v_grad + own + 2 * features, (received ? load(dv + 2 * features, lanes) : zero) + x2 * g2, lanes);
}

/* Lane by lane, so that the lane's part of the layer stays in the cache of first level. */
static void message_fused(const void *arguments, size_t begin, size_t end)
{
    const struct gd_message_fused *a = arguments;
    size_t features = (size_t)a->features, whole = features - features % LANES;
    for (size_t k = 0; k < features; k += k < whole ? LANES : 1)
        for (size_t i = begin; i < end; i++) {
            if (k < whole)
                a->v ? fused_lanes(a, i, k, LANES, true) : fused_lanes(a, i, k, LANES, false);
            else
                a->v ? fused_lanes(a, i, k, 1, true) : fused_lanes(a, i, k, 1, false);
        }
}

#define SENDERS 8 /* that take their turn for a lane before the next lane */

static void message_fused_backward(const struct gd_message_fused_backward *a, size_t begin, size_t end, float *dweight)
{
    size_t features = (size_t)a->features, whole = features - features % LANES;
    memset(dweight, 0, (size_t)GD_FILTER_ROWS(a->layer.radial) * 3 * features * sizeof *dweight);
    for (size_t from = begin; from < end; from += SENDERS)
        for (size_t k = 0; k < features; k += k < whole ? LANES : 1)
            for (size_t j = from; j < end && j < from + SENDERS; j++) {
                if (k < whole)
                    a->v ? fused_backward_lanes(a, j, k, LANES, true, dweight)
                         : fused_backward_lanes(a, j, k, LANES, false, dweight);
                else
                    a->v ? fused_backward_lanes(a, j, k, 1, true, dweight)
                         : fused_backward_lanes(a, j, k, 1, false, dweight);
            }
}

/* A kernel that calls `lanes` for all features of its rows. */
#define FEATURES_KERNEL(name, type, lanes)                                                                             \
    static void name(const void *arguments, size_t begin, size_t end)                                                  \
    {                                                                                                                  \
        const struct type *a = arguments;                                                                              \
        size_t features = (size_t)a->features, whole = features - features % LANES;                                    \
        for (size_t i = begin; i < end; i++) {                                                                         \
            for (size_t k = 0; k < whole; k += LANES)                                                                  \
                a->v ? lanes(a, i, k, LANES, true) : lanes(a, i, k, LANES, false);                                     \
            for (size_t k = whole; k < features; k++)                                                                  \
                a->v ? lanes(a, i, k, 1, true) : lanes(a, i, k, 1, false);                                             \
        }                                                                                                              \
    }

FEATURES_KERNEL(message, gd_message, message_lanes)
FEATURES_KERNEL(message_sender, gd_message_sender, sender_lanes)
FEATURES_KERNEL(message_filter, gd_message_filter, filter_lanes)

static void norms(const void *arguments, size_t begin, size_t end)
{
    const struct gd_norms *a = arguments;
    size_t scalars = (size_t)a->scalars, vectors = (size_t)a->vectors;
    for (size_t r = begin; r < end; r++) {
        const float *restrict v = a->mixed + r * 6 * vectors;
        float *restrict joined = a->joined + r * (scalars + vectors);
        memcpy(joined, a->s + r * scalars, scalars * sizeof *joined);
        for (size_t k = 0; k < vectors; k++) {
            float x = v[k], y = v[k + 2 * vectors], z = v[k + 4 * vectors];
            joined[scalars + k] = sqrtf(x * x + y * y + z * z + a->epsilon);
        }
    }
}

static void norms_backward(const void *arguments, size_t begin, size_t end)
{
    const struct gd_norms_backward *a = arguments;
    size_t scalars = (size_t)a->scalars, vectors = (size_t)a->vectors;
    for (size_t r = begin; r < end; r++) {
        const float *restrict norm = a->joined + r * (scalars + vectors) + scalars;
        const float *restrict djoined = a->djoined + r * (scalars + vectors);
        const float *restrict v = a->mixed + r * 6 * vectors;
        float *restrict ds = a->ds + r * scalars, *restrict dv = a->dmixed + r * 6 * vectors;
        if (a->add)
            add(scalars, djoined, ds);
        else
            memcpy(ds, djoined, scalars * sizeof *ds);
        for (size_t k = 0; k < vectors; k++) {
            float slope = norm[k] > 0 ? djoined[scalars + k] / norm[k] : 0;
            dv[k] += slope * v[k];
            dv[k + 2 * vectors] += slope * v[k + 2 * vectors];
            dv[k + 4 * vectors] += slope * v[k + 4 * vectors];
        }
    }
}

static void mix(const void *arguments, size_t begin, size_t end)
{
    const struct gd_mix *a = arguments;
    size_t n = (size_t)a->features;
    for (size_t i = begin; i < end; i++) {
        const float *restrict abc = a->abc + i * 3 * n, *restrict v = a->mixed + i * 6 * n, *restrict w = v + n;
        const float *restrict q_in = a->q + i * n, *restrict v_in = a->v + i * 3 * n;
        float *restrict q = a->q_out + i * n, *restrict v_out = a->v_out + i * 3 * n;
        for (size_t k = 0; k < n; k++) {
            float dot = v[k] * w[k] + v[k + 2 * n] * w[k + 2 * n] + v[k + 4 * n] * w[k + 4 * n];
            q[k] = q_in[k] + abc[k] + abc[k + 2 * n] * dot;
            v_out[k] = v_in[k] + abc[k + n] * w[k];
            v_out[k + n] = v_in[k + n] + abc[k + n] * w[k + 2 * n];
            v_out[k + 2 * n] = v_in[k + 2 * n] + abc[k + n] * w[k + 4 * n];
        }
    }
}

static void mix_backward(const void *arguments, size_t begin, size_t end)
{
    const struct gd_mix_backward *a = arguments;
    size_t n = (size_t)a->features;
    for (size_t i = begin; i < end; i++) {
        const float *restrict abc = a->abc + i * 3 * n, *restrict v = a->mixed + i * 6 * n, *restrict w = v + n;
        const float *restrict dq = a->dq + i * n, *restrict dv = a->dv + i * 3 * n;
        float *restrict dabc = a->dabc + i * 3 * n, *restrict dmixed = a->dmixed + i * 6 * n;
        for (size_t k = 0; k < n; k++) {
            float v0 = v[k], v1 = v[k + 2 * n], v2 = v[k + 4 * n], w0 = w[k], w1 = w[k + 2 * n], w2 = w[k + 4 * n];
            float dv0 = dv[k], dv1 = dv[k + n], dv2 = dv[k + 2 * n], b = abc[k + n], ddot = dq[k] * abc[k + 2 * n];
            dabc[k] = dq[k];
            dabc[k + n] = dv0 * w0 + dv1 * w1 + dv2 * w2;
            dabc[k + 2 * n] = dq[k] * (v0 * w0 + v1 * w1 + v2 * w2);
            dmixed[k] = ddot * w0;
            dmixed[k + 2 * n] = ddot * w1;
            dmixed[k + 4 * n] = ddot * w2;
            dmixed[k + n] = ddot * v0 + b * dv0;
            dmixed[k + 3 * n] = ddot * v1 + b * dv1;
            dmixed[k + 5 * n] = ddot * v2 + b * dv2;
        }
    }
}

static void gate(const void *arguments, size_t begin, size_t end)
{
    const struct gd_gate *a = arguments;
    size_t scalars = (size_t)a->scalars, vectors = (size_t)a->vectors;
    for (size_t r = begin; r < end; r++) {
        const float *restrict net = a->net + r * (scalars + vectors), *restrict g = net + scalars;
        if (a->s_out)
            silu(scalars, net, a->s_out + r * scalars);
        for (size_t axis = 0; axis < 3; axis++) {
            const float *restrict w = a->mixed + ((r * 3 + axis) * 2 + 1) * vectors;
            float *restrict v = a->v_out + (r * 3 + axis) * vectors;
            for (size_t k = 0; k < vectors; k++)
                v[k] = g[k] * w[k];
        }
    }
}

static void gate_backward(const void *arguments, size_t begin, size_t end)
{
    const struct gd_gate_backward *a = arguments;
    size_t scalars = (size_t)a->scalars, vectors = (size_t)a->vectors;
    for (size_t r = begin; r < end; r++) {
        const float *restrict net = a->net + r * (scalars + vectors), *restrict g = net + scalars;
        float *restrict dnet = a->dnet + r * (scalars + vectors), *restrict dg = dnet + scalars;
        memset(dnet, 0, (scalars + vectors) * sizeof *dnet);
        for (size_t k = 0; k < scalars && a->ds_out; k++)
            dnet[k] = a->ds_out[r * scalars + k] * slope_of(net[k]);
        for (size_t axis = 0; axis < 3; axis++) {
            const float *restrict w = a->mixed + ((r * 3 + axis) * 2 + 1) * vectors;
            const float *restrict dv = a->dv_out + (r * 3 + axis) * vectors;
            float *restrict dmixed = a->dmixed + (r * 3 + axis) * 2 * vectors;
            for (size_t k = 0; k < vectors; k++) {
                dg[k] += dv[k] * w[k];
                dmixed[k] = 0;
                dmixed[vectors + k] = g[k] * dv[k];
            }
        }
    }
}

static void adamw(const void *arguments, size_t begin, size_t end)
{
    const struct gd_adamw_step *a = arguments;
    float beta1 = (float)a->beta1, beta2 = (float)a->beta2, rest1 = (float)(1 - a->beta1);
    float rest2 = (float)(1 - a->beta2), scale = (float)a->scale, keep = (float)(1 - a->rate * a->decay);
    float rate = (float)(a->rate / a->c1), root = (float)(1 / sqrt(a->c2)), epsilon = (float)a->epsilon;
    const float *restrict gradient = a->gradient;
    float *restrict m = a->m, *restrict v = a->v, *restrict p = a->parameters;
    for (size_t k = begin; k < end; k++) {
        float g = scale * gradient[k];
        m[k] = beta1 * m[k] + rest1 * g;
        v[k] = beta2 * v[k] + rest2 * g * g;
        p[k] = keep * p[k] - rate * m[k] / (sqrtf(v[k]) * root + epsilon);
    }
}

extern const struct gd_products GD_PRODUCTS;
extern const struct gd_kernels GD_KERNELS;

const struct gd_kernels GD_KERNELS = {
    .name = GD_KERNELS_NAME,
    .products = &GD_PRODUCTS,
    .silu = silu,
    .silu_slope = silu_slope,
    .add = add,
    .sum_columns = sum_columns,
    .squares = squares,
    .radial = radial,
    .windows = windows,
    .sum_rows = sum_rows,
    .interpolate = interpolate,
    .interpolate_backward = interpolate_backward,
    .message = message,
    .message_sender = message_sender,
    .message_filter = message_filter,
    .message_fused = message_fused,
    .message_fused_backward = message_fused_backward,
    .norms = norms,
    .norms_backward = norms_backward,
    .mix = mix,
    .mix_backward = mix_backward,
    .gate = gate,
    .gate_backward = gate_backward,
    .adamw = adamw,
};

/* Messages whose filters are worked out edge by edge. */
#include "model/cpu/isa.h"

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
void GD_KERNEL(fused_rows)(const void *arguments, size_t begin, size_t end)
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

void GD_KERNEL(fused_backward_rows)(const struct gd_message_fused_backward *a, size_t begin, size_t end, float *dweight)
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

/* Messages between atoms, LANES features at a time, and those left over one by one. Filters are stored, or worked out
 * edge by edge. */
#include "model/cpu/isa.h"

/* Where the filters of edges come from: a layer, or rows. */
struct filters {
    const struct gd_filter_layer *layer; /* NULL: none */
    const float *stored;
    const int *row;
};

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

/* An edge's filter at lane k, [parts]: from a layer, or as it is stored. */
INLINE void filter_at(const struct filters *filters, size_t features, size_t e, size_t k, size_t lanes, size_t parts,
                      vector filter[3])
{
    if (filters->layer) {
        filter_of(filters->layer, features, e, k, lanes, parts, filter);
        return;
    }
    const float *stored = filters->stored + (size_t)filters->row[e] * 3 * features + k;
    for (size_t part = 0; part < parts; part++)
        filter[part] = load(stored + part * features, lanes);
}

/* Messages into receiver i. */
INLINE void receive_lanes(const struct gd_message *a, const struct gd_filter_layer *layer, size_t i, size_t k,
                          size_t lanes, bool vectors)
{
    const struct filters filters = {layer, a->filter, a->edges.row};
    size_t features = (size_t)a->features, own = i * 3 * features + k;
    vector zero = {0}, q = load(a->q + i * features + k, lanes), filter[3];
    vector v0 = vectors ? load(a->v + own, lanes) : zero;
    vector v1 = vectors ? load(a->v + own + features, lanes) : zero;
    vector v2 = vectors ? load(a->v + own + 2 * features, lanes) : zero;
    for (int e = a->edges.first[i]; e < a->edges.first[i + 1]; e++) {
        size_t at = (size_t)a->edges.sender[e] * 3 * features + k;
        const float *unit = a->edges.unit + 3 * e, *x = a->x + at;
        filter_at(&filters, features, (size_t)e, k, lanes, vectors ? 3 : 2, filter);
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

INLINE void message_lanes(const struct gd_message *a, size_t i, size_t k, size_t lanes, bool vectors)
{
    receive_lanes(a, NULL, i, k, lanes, vectors);
}

INLINE void fused_lanes(const struct gd_message_fused *a, size_t i, size_t k, size_t lanes, bool vectors)
{
    const struct gd_message message = {.edges = a->edges,
                                       .features = a->features,
                                       .x = a->x,
                                       .q = a->q,
                                       .v = a->v,
                                       .q_out = a->q_out,
                                       .v_out = a->v_out};
    receive_lanes(&message, &a->layer, i, k, lanes, vectors);
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

/* As sender_lanes, and what the same edges give to the layer. (One function for both would have other bits: which
 * products are fused with their sums is the compiler's choice.) */
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

GD_ROWS_OPERATION(message, a->receivers, EDGE_BLOCK)
GD_ROWS_OPERATION(message_sender, a->senders, EDGE_BLOCK)

void GD_KERNEL(message_filter)(struct gd_backend *backend, const struct gd_message_filter *a)
{
    gd_cpu_run_range(backend, message_filter, a, a->begin, a->end, EDGE_BLOCK);
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

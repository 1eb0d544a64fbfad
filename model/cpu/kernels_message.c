/* Messages between atoms, LANES features at a time, and those left over one by one. */
#include "model/cpu/isa.h"

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

/* What is done to every atom by itself. */
#include <math.h>

#include "model/cpu/isa.h"

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

GD_ROWS_OPERATION(norms, a->rows, ATOM_BLOCK)

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
            for (size_t k = 0; k < scalars; k++)
                ds[k] += djoined[k];
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

GD_ROWS_OPERATION(norms_backward, a->rows, ATOM_BLOCK)

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

GD_ROWS_OPERATION(mix, a->atoms, ATOM_BLOCK)

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

GD_ROWS_OPERATION(mix_backward, a->atoms, ATOM_BLOCK)

static void gate(const void *arguments, size_t begin, size_t end)
{
    const struct gd_gate *a = arguments;
    size_t scalars = (size_t)a->scalars, vectors = (size_t)a->vectors;
    for (size_t r = begin; r < end; r++) {
        const float *restrict net = a->net + r * (scalars + vectors), *restrict g = net + scalars;
        for (size_t k = 0; k < scalars && a->s_out; k++)
            a->s_out[r * scalars + k] = silu_of(net[k]);
        for (size_t axis = 0; axis < 3; axis++) {
            const float *restrict w = a->mixed + ((r * 3 + axis) * 2 + 1) * vectors;
            float *restrict v = a->v_out + (r * 3 + axis) * vectors;
            for (size_t k = 0; k < vectors; k++)
                v[k] = g[k] * w[k];
        }
    }
}

GD_ROWS_OPERATION(gate, a->rows, ATOM_BLOCK)

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

GD_ROWS_OPERATION(gate_backward, a->rows, ATOM_BLOCK)

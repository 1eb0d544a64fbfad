/* What happens within one atom: norms, mixing, gates. */
#include <math.h>
#include <string.h>

#include "model/reference/reference.h"

void gd_reference_norms(struct gd_backend *backend, const struct gd_norms *a)
{
    (void)backend;
    size_t scalars = (size_t)a->scalars, vectors = (size_t)a->vectors;
    for (size_t r = 0; r < a->rows; r++) {
        float *joined = a->joined + r * (scalars + vectors);
        memcpy(joined, a->s + r * scalars, scalars * sizeof *joined);
        for (size_t k = 0; k < vectors; k++) {
            double sum = (double)a->epsilon;
            for (size_t axis = 0; axis < 3; axis++) {
                double v = (double)a->mixed[(r * 3 + axis) * 2 * vectors + k];
                sum += v * v;
            }
            joined[scalars + k] = (float)sqrt(sum);
        }
    }
}

void gd_reference_norms_backward(struct gd_backend *backend, const struct gd_norms_backward *a)
{
    (void)backend;
    size_t scalars = (size_t)a->scalars, vectors = (size_t)a->vectors;
    for (size_t r = 0; r < a->rows; r++) {
        const float *joined = a->joined + r * (scalars + vectors), *djoined = a->djoined + r * (scalars + vectors);
        for (size_t k = 0; k < scalars; k++)
            a->ds[r * scalars + k] = (a->add ? a->ds[r * scalars + k] : 0) + djoined[k];
        for (size_t k = 0; k < vectors; k++) {
            double norm = (double)joined[scalars + k], slope = norm > 0 ? (double)djoined[scalars + k] / norm : 0;
            for (size_t axis = 0; axis < 3; axis++) {
                size_t at = (r * 3 + axis) * 2 * vectors + k;
                a->dmixed[at] = (float)((double)a->dmixed[at] + slope * (double)a->mixed[at]);
            }
        }
    }
}

void gd_reference_mix(struct gd_backend *backend, const struct gd_mix *a)
{
    (void)backend;
    size_t features = (size_t)a->features;
    for (size_t i = 0; i < a->atoms; i++)
        for (size_t k = 0; k < features; k++) {
            const float *abc = a->abc + i * 3 * features + k;
            double dot = 0;
            for (size_t axis = 0; axis < 3; axis++) {
                const float *mixed = a->mixed + (i * 3 + axis) * 2 * features + k;
                size_t at = (i * 3 + axis) * features + k;
                dot += (double)mixed[0] * (double)mixed[features];
                a->v_out[at] = (float)((double)a->v[at] + (double)abc[features] * (double)mixed[features]);
            }
            size_t at = i * features + k;
            a->q_out[at] = (float)((double)a->q[at] + (double)abc[0] + (double)abc[2 * features] * dot);
        }
}

void gd_reference_mix_backward(struct gd_backend *backend, const struct gd_mix_backward *a)
{
    (void)backend;
    size_t features = (size_t)a->features;
    for (size_t i = 0; i < a->atoms; i++)
        for (size_t k = 0; k < features; k++) {
            const float *abc = a->abc + i * 3 * features + k;
            float *dabc = a->dabc + i * 3 * features + k;
            double dq = (double)a->dq[i * features + k], ddot = dq * (double)abc[2 * features], dot = 0, db = 0;
            for (size_t axis = 0; axis < 3; axis++) {
                const float *mixed = a->mixed + (i * 3 + axis) * 2 * features + k;
                float *dmixed = a->dmixed + (i * 3 + axis) * 2 * features + k;
                double v = (double)mixed[0], w = (double)mixed[features];
                double dv = (double)a->dv[(i * 3 + axis) * features + k];
                dot += v * w;
                db += dv * w;
                dmixed[0] = (float)(ddot * w);
                dmixed[features] = (float)(ddot * v + (double)abc[features] * dv);
            }
            dabc[0] = (float)dq;
            dabc[features] = (float)db;
            dabc[2 * features] = (float)(dq * dot);
        }
}

void gd_reference_gate(struct gd_backend *backend, const struct gd_gate *a)
{
    (void)backend;
    size_t scalars = (size_t)a->scalars, vectors = (size_t)a->vectors;
    for (size_t r = 0; r < a->rows; r++) {
        const float *net = a->net + r * (scalars + vectors);
        for (size_t k = 0; a->s_out && k < scalars; k++)
            a->s_out[r * scalars + k] = (float)gd_reference_silu((double)net[k]);
        for (size_t axis = 0; axis < 3; axis++)
            for (size_t k = 0; k < vectors; k++)
                a->v_out[(r * 3 + axis) * vectors + k] =
                    net[scalars + k] * a->mixed[((r * 3 + axis) * 2 + 1) * vectors + k];
    }
}

void gd_reference_gate_backward(struct gd_backend *backend, const struct gd_gate_backward *a)
{
    (void)backend;
    size_t scalars = (size_t)a->scalars, vectors = (size_t)a->vectors;
    for (size_t r = 0; r < a->rows; r++) {
        const float *net = a->net + r * (scalars + vectors);
        float *dnet = a->dnet + r * (scalars + vectors);
        for (size_t k = 0; k < scalars; k++)
            dnet[k] =
                a->ds_out ? (float)((double)a->ds_out[r * scalars + k] * gd_reference_silu_slope((double)net[k])) : 0;
        for (size_t k = 0; k < vectors; k++) {
            double dgate = 0;
            for (size_t axis = 0; axis < 3; axis++) {
                size_t at = (r * 3 + axis) * 2 * vectors + k;
                float dv = a->dv_out[(r * 3 + axis) * vectors + k];
                dgate += (double)dv * (double)a->mixed[at + vectors];
                a->dmixed[at] = 0;
                a->dmixed[at + vectors] = net[scalars + k] * dv;
            }
            dnet[scalars + k] = (float)dgate;
        }
    }
}

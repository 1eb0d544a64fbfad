/* Messages along edges, and their gradients. */
#include "model/reference/reference.h"

void gd_reference_message(struct gd_backend *backend, const struct gd_message *a)
{
    (void)backend;
    size_t features = (size_t)a->features;
    for (size_t i = 0; i < a->receivers; i++)
        for (size_t k = 0; k < features; k++) {
            double q = (double)a->q[i * features + k], v[3] = {0};
            for (size_t axis = 0; a->v && axis < 3; axis++)
                v[axis] = (double)a->v[(i * 3 + axis) * features + k];
            for (int e = a->edges.first[i]; e < a->edges.first[i + 1]; e++) {
                size_t j = (size_t)a->edges.sender[e];
                const float *filter = a->filter + (size_t)a->edges.row[e] * 3 * features + k;
                const float *x = a->x + j * 3 * features + k;
                q += (double)filter[0] * (double)x[0];
                double along = (double)filter[features] * (double)x[features];
                double carry = (double)filter[2 * features] * (double)x[2 * features];
                for (size_t axis = 0; axis < 3; axis++) {
                    v[axis] += along * (double)a->edges.unit[3 * e + (int)axis];
                    if (a->v)
                        v[axis] += carry * (double)a->v[(j * 3 + axis) * features + k];
                }
            }
            a->q_out[i * features + k] = (float)q;
            for (size_t axis = 0; axis < 3; axis++)
                a->v_out[(i * 3 + axis) * features + k] = (float)v[axis];
        }
}

/* Gradient of y = filter ∘ x of one edge and feature: of its three parts. */
static void message_gradient(const float *unit, double sign, const float *dq, const float *dv, const float *v,
                             size_t features, double dy[3])
{
    dy[0] = (double)dq[0];
    dy[1] = dy[2] = 0;
    for (size_t axis = 0; axis < 3; axis++) {
        dy[1] += sign * (double)unit[axis] * (double)dv[axis * features];
        if (v)
            dy[2] += (double)v[axis * features] * (double)dv[axis * features];
    }
}

void gd_reference_message_sender(struct gd_backend *backend, const struct gd_message_sender *a)
{
    (void)backend;
    size_t features = (size_t)a->features;
    for (size_t j = 0; j < a->senders; j++)
        for (size_t k = 0; k < features; k++) {
            double dx[3] = {0}, v_grad[3] = {0};
            for (size_t axis = 0; a->v && axis < 3 && j < a->receivers; axis++)
                v_grad[axis] = (double)a->dv[(j * 3 + axis) * features + k];
            for (int e = a->edges.first[j]; e < a->edges.first[j + 1]; e++) {
                size_t i = (size_t)a->edges.sender[e]; /* the other end, which receives the message of j */
                if (i >= a->receivers)
                    continue;
                const float *filter = a->filter + (size_t)a->edges.row[e] * 3 * features + k;
                const float *dv = a->dv + i * 3 * features + k;
                double dy[3];
                message_gradient(a->edges.unit + 3 * e, -1, a->dq + i * features + k, dv,
                                 a->v ? a->v + j * 3 * features + k : NULL, features, dy);
                for (size_t part = 0; part < 3; part++)
                    dx[part] += (double)filter[part * features] * dy[part];
                double carry = (double)filter[2 * features] * (double)a->x[(j * 3 + 2) * features + k];
                for (size_t axis = 0; axis < 3; axis++)
                    v_grad[axis] += carry * (double)dv[axis * features];
            }
            for (size_t part = 0; part < 3; part++)
                a->dx[(j * 3 + part) * features + k] = (float)dx[part];
            for (size_t axis = 0; a->v && axis < 3; axis++)
                a->v_grad[(j * 3 + axis) * features + k] = (float)v_grad[axis];
        }
}

void gd_reference_message_filter(struct gd_backend *backend, const struct gd_message_filter *a)
{
    (void)backend;
    size_t features = (size_t)a->features;
    for (size_t r = a->begin; r < a->end; r++)
        for (size_t k = 0; k < features; k++) {
            double dfilter[3] = {0};
            for (int n = a->edges.row_first[r]; n < a->edges.row_first[r + 1]; n++) {
                size_t e = (size_t)a->edges.row_edge[n];
                size_t i = (size_t)a->edges.receiver[e], j = (size_t)a->edges.sender[e];
                if (i >= a->receivers)
                    continue;
                double dy[3];
                message_gradient(a->edges.unit + 3 * e, 1, a->dq + i * features + k, a->dv + i * 3 * features + k,
                                 a->v ? a->v + j * 3 * features + k : NULL, features, dy);
                for (size_t part = 0; part < 3; part++)
                    dfilter[part] += (double)a->x[(j * 3 + part) * features + k] * dy[part];
            }
            for (size_t part = 0; part < 3; part++)
                a->dfilter[(r * 3 + part) * features + k] = (float)dfilter[part];
        }
}

void gd_reference_message_unit(struct gd_backend *backend, const struct gd_message_unit *a)
{
    (void)backend;
    size_t features = (size_t)a->features;
    for (size_t i = 0; i < a->receivers; i++)
        for (int e = a->edges.first[i]; e < a->edges.first[i + 1]; e++) {
            const float *filter = a->filter + ((size_t)a->edges.row[e] * 3 + 1) * features;
            const float *x = a->x + ((size_t)a->edges.sender[e] * 3 + 1) * features;
            for (size_t axis = 0; axis < 3; axis++) {
                const float *dv = a->dv + (i * 3 + axis) * features;
                float *dunit = a->dunit + 3 * e + (int)axis;
                double sum = a->add ? (double)*dunit : 0;
                for (size_t k = 0; k < features; k++)
                    sum += (double)dv[k] * (double)filter[k] * (double)x[k];
                *dunit = (float)sum;
            }
        }
}

/* Adds what an edge of a receiver gives to the receiver's position: -g. */
static void add_edge(const struct gd_edge_positions *a, int e, double sum[3])
{
    size_t row = (size_t)a->edges.row[e];
    if (row < a->begin)
        return;
    const int *pair = a->edges.row_edge + a->edges.row_first[row];
    const float *unit = a->edges.unit + 3 * e, *own = a->dunit + 3 * e, *other = a->dunit + 3 * pair[pair[0] == e];
    double along = 0;
    for (int axis = 0; axis < 3; axis++)
        along += (double)unit[axis] * ((double)own[axis] - (double)other[axis]);
    for (int axis = 0; axis < 3; axis++)
        sum[axis] -= ((double)own[axis] - (double)other[axis] - along * (double)unit[axis]) / (double)a->distance[row] +
                     (double)unit[axis] * (double)a->ddistance[row];
}

void gd_reference_edge_positions(struct gd_backend *backend, const struct gd_edge_positions *a)
{
    (void)backend;
    for (size_t i = 0; i < a->atoms; i++) {
        double sum[3] = {0};
        for (int e = a->edges.first[i]; e < a->edges.first[i + 1]; e++)
            add_edge(a, e, sum);
        for (size_t axis = 0; axis < 3; axis++)
            a->dposition[3 * i + axis] = (float)sum[axis];
    }
}

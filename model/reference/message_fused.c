/* Messages whose filters are worked out edge by edge, and their gradients. */
#include <math.h>
#include <string.h>

#include "engine/base/numbers.h"
#include "model/model.h"
#include "model/reference/reference.h"

void gd_reference_windows(struct gd_backend *backend, const struct gd_windows *a)
{
    (void)backend;
    double cutoff = (double)a->cutoff, width = cutoff / (a->radial - 1);
    float inverse = (float)(a->radial - 1) / a->cutoff;
    int last = a->radial > GD_WINDOW ? a->radial - GD_WINDOW : 0;
    for (int e = 0; e < a->edges.first[a->atoms]; e++) {
        float r = a->distance[a->edges.row[e]], *value = a->value + (size_t)e * GD_WINDOW_WIDTH;
        double distance = (double)r, envelope = 0.5 * (cos(GD_PI * distance / cutoff) + 1);
        int first = (int)(r * inverse) - GD_WINDOW / 2 + 1;
        first = first < 0 ? 0 : first > last ? last : first;
        memset(value, 0, GD_WINDOW_WIDTH * sizeof *value);
        for (int k = 0; k < GD_WINDOW && first + k < a->radial; k++) {
            double from_centre = (distance - (first + k) * width) / width;
            value[k] = (float)(envelope * exp(-0.5 * from_centre * from_centre));
        }
        value[GD_WINDOW] = (float)envelope;
        a->first[e] = first;
    }
}

/* Number `out` of the 3F of an edge's filter. */
static double filter_at(const struct gd_filter_layer *layer, int e, size_t out)
{
    const float *value = layer->value + (size_t)e * GD_WINDOW_WIDTH;
    double sum = (double)value[GD_WINDOW] * (double)layer->bias[out];
    for (int n = 0; n < GD_WINDOW && layer->first[e] + n < layer->radial; n++)
        sum += (double)value[n] * (double)layer->weight[out * (size_t)layer->radial + (size_t)(layer->first[e] + n)];
    return sum;
}

void gd_reference_message_fused(struct gd_backend *backend, const struct gd_message_fused *a)
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
                double y[3];
                for (size_t part = 0; part < 3; part++)
                    y[part] =
                        filter_at(&a->layer, e, part * features + k) * (double)a->x[(j * 3 + part) * features + k];
                q += y[0];
                for (size_t axis = 0; axis < 3; axis++)
                    v[axis] += y[1] * (double)a->edges.unit[3 * e + (int)axis] +
                               (a->v ? y[2] * (double)a->v[(j * 3 + axis) * features + k] : 0);
            }
            a->q_out[i * features + k] = (float)q;
            for (size_t axis = 0; axis < 3; axis++)
                a->v_out[(i * 3 + axis) * features + k] = (float)v[axis];
        }
}

/* Gradient of the three parts of y = filter ∘ x on the message from j to the other end of its edge e. */
static void message_gradient(const struct gd_message_fused_backward *a, size_t j, int e, size_t k, double dy[3])
{
    size_t features = (size_t)a->features, i = (size_t)a->edges.sender[e];
    dy[0] = (double)a->dq[i * features + k];
    dy[1] = dy[2] = 0;
    for (size_t axis = 0; axis < 3; axis++) {
        double dv = (double)a->dv[(i * 3 + axis) * features + k];
        dy[1] -= (double)a->edges.unit[3 * e + (int)axis] * dv;
        dy[2] += a->v ? (double)a->v[(j * 3 + axis) * features + k] * dv : 0;
    }
}

static bool receives(const struct gd_message_fused_backward *a, int e)
{
    return (size_t)a->edges.sender[e] < a->receivers;
}

static void sender_gradient(const struct gd_message_fused_backward *a, size_t j, size_t k)
{
    size_t features = (size_t)a->features;
    double dx[3] = {0}, v_grad[3] = {0};
    for (size_t axis = 0; a->v && axis < 3 && j < a->receivers; axis++)
        v_grad[axis] = (double)a->dv[(j * 3 + axis) * features + k];
    for (int e = a->edges.first[j]; e < a->edges.first[j + 1]; e++) {
        if (!receives(a, e))
            continue;
        size_t i = (size_t)a->edges.sender[e];
        double dy[3], filter[3];
        message_gradient(a, j, e, k, dy);
        for (size_t part = 0; part < 3; part++) {
            filter[part] = filter_at(&a->layer, e, part * features + k);
            dx[part] += filter[part] * dy[part];
        }
        for (size_t axis = 0; axis < 3; axis++)
            v_grad[axis] +=
                filter[2] * (double)a->x[(j * 3 + 2) * features + k] * (double)a->dv[(i * 3 + axis) * features + k];
    }
    for (size_t part = 0; part < 3; part++)
        a->dx[(j * 3 + part) * features + k] = (float)dx[part];
    for (size_t axis = 0; a->v && axis < 3; axis++)
        a->v_grad[(j * 3 + axis) * features + k] = (float)v_grad[axis];
}

/* Output part, k of the layer. */
static void layer_gradient(const struct gd_message_fused_backward *a, size_t part, size_t k)
{
    size_t features = (size_t)a->features, radial = (size_t)a->layer.radial, out = part * features + k;
    double dweight[GD_RADIAL_MOST + GD_WINDOW] = {0}, dbias = 0, dy[3];
    for (size_t j = 0; j < a->senders; j++)
        for (int e = a->edges.first[j]; e < a->edges.first[j + 1]; e++) {
            if (!receives(a, e))
                continue;
            const float *value = a->layer.value + (size_t)e * GD_WINDOW_WIDTH;
            int first = a->layer.first[e];
            message_gradient(a, j, e, k, dy);
            double dfilter = (double)a->x[(j * 3 + part) * features + k] * dy[part];
            for (int n = 0; n < GD_WINDOW; n++)
                dweight[first + n] += (double)value[n] * dfilter;
            dbias += (double)value[GD_WINDOW] * dfilter;
        }
    for (size_t n = 0; n < radial; n++)
        a->dweight[out * radial + n] = (float)dweight[n];
    a->dbias[out] = (float)dbias;
}

void gd_reference_message_fused_backward(struct gd_backend *backend, const struct gd_message_fused_backward *a)
{
    (void)backend;
    for (size_t k = 0; k < (size_t)a->features; k++) {
        for (size_t j = 0; j < a->senders; j++)
            sender_gradient(a, j, k);
        for (size_t part = 0; part < 3; part++)
            layer_gradient(a, part, k);
    }
}

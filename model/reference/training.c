/* The loss, the gradient's norm and the optimiser. */
#include <math.h>

#include "model/reference/reference.h"

/* huber / r where a row's residual r is longer than huber, else 1. */
static double limit_residual(const struct gd_loss *a, size_t i)
{
    double square = 0;
    size_t width = (size_t)a->width;
    for (size_t at = width * i; at < width * (i + 1); at++) {
        double difference = (double)a->output[at] - (double)a->target[at];
        square += difference * difference;
    }
    return a->huber > 0 && square > a->huber * a->huber ? a->huber / sqrt(square) : 1;
}

void gd_reference_loss(struct gd_backend *backend, const struct gd_loss *a)
{
    (void)backend;
    double sum = 0;
    size_t width = (size_t)a->width;
    for (size_t i = 0; i < a->rows; i++) {
        double ratio = limit_residual(a, i);
        for (size_t at = width * i; at < width * (i + 1); at++) {
            double difference = (double)a->output[at] - (double)a->target[at], weight = (double)a->weight[i];
            sum += weight * difference * difference * (2 * ratio - ratio * ratio); /* (2 huber r - huber²) / r² */
            if (a->doutput)
                a->doutput[at] = (float)(2 * a->scale * weight * difference * ratio);
        }
    }
    *a->value = a->scale * sum;
}

void gd_reference_squares(struct gd_backend *backend, const struct gd_squares *a)
{
    (void)backend;
    double sum = 0;
    for (size_t k = 0; k < a->count; k++)
        sum += (double)a->x[k] * (double)a->x[k];
    *a->value = sum;
}

void gd_reference_adamw_step(struct gd_backend *backend, const struct gd_adamw_step *a)
{
    (void)backend;
    for (size_t k = 0; k < a->count; k++) {
        double g = a->scale * (double)a->gradient[k];
        double m = a->beta1 * (double)a->m[k] + (1 - a->beta1) * g;
        double v = a->beta2 * (double)a->v[k] + (1 - a->beta2) * g * g;
        double p = (1 - a->rate * a->decay) * (double)a->parameters[k];
        a->m[k] = (float)m;
        a->v[k] = (float)v;
        a->parameters[k] = (float)(p - a->rate * (m / a->c1) / (sqrt(v / a->c2) + a->epsilon));
        if (a->average)
            a->average[k] += (float)(a->share * ((double)a->parameters[k] - (double)a->average[k]));
    }
}

/* The loss, the gradient's norm and the optimiser. */
#include <math.h>

#include "model/reference/reference.h"

void gd_reference_loss(struct gd_backend *backend, const struct gd_loss *a)
{
    (void)backend;
    double sum = 0;
    for (size_t i = 0; i < a->atoms; i++)
        for (size_t axis = 0; axis < 3; axis++) {
            size_t at = i * 3 + axis;
            double difference = (double)a->output[at] - (double)a->target[at];
            sum += (double)a->weight[i] * difference * difference;
            if (a->doutput)
                a->doutput[at] = (float)(2 * a->scale * (double)a->weight[i] * difference);
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
    }
}

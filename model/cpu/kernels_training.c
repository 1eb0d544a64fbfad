/* The optimiser. */
#include <math.h>

#include "model/cpu/isa.h"

#define PARAMETERS 16384 /* of a block */

static void adamw_step(const void *arguments, size_t begin, size_t end)
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
    float *restrict average = a->average, share = (float)a->share;
    for (size_t k = begin; k < end && average; k++)
        average[k] += share * (p[k] - average[k]);
}

GD_ROWS_OPERATION(adamw_step, a->count, PARAMETERS)

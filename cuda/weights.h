/* Gradients of the weights and biases of dense layers. */
#ifndef GD_CUDA_WEIGHTS_H
#define GD_CUDA_WEIGHTS_H

#include "cuda/launch.h"

/* dweight[out][in] = dyᵀ x, dbias[out] = Σ_rows scale dy; scale[rows] and dbias may be NULL. No layer: out is 0. */
struct gd_layer_gradient {
    int in, out;
    const float *x, *dy, *scale; /* [rows][in], [rows][out] */
    float *dweight, *dbias;
};

/* Those of one layer or of two with as many rows (`second` may be NULL), in cuda->room; 0 where there are no rows. */
void gd_cuda_layer_gradients(struct gd_cuda *cuda, size_t rows, const struct gd_layer_gradient *first,
                             const struct gd_layer_gradient *second);

#endif

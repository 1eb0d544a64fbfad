/* The inner loops of the CPU backend, compiled once per instruction set. */
#ifndef GD_MODEL_KERNELS_H
#define GD_MODEL_KERNELS_H

#include "model/backend.h"
#include "model/cpu/products.h"

/* Works on rows (of what, says the member) begin .. end-1 of an operation's arguments. A row's bits do not depend on
 * the range it is part of. */
typedef void gd_kernel(const void *arguments, size_t begin, size_t end);

struct gd_kernels {
    const char *name;
    const struct gd_products *products;
    void (*silu)(size_t count, const float *x, float *y);             /* y = silu(x) */
    void (*silu_slope)(size_t count, const float *before, float *dx); /* dx *= silu'(before) */
    void (*add)(size_t count, const float *x, float *sum);            /* sum += x */
    /* sum[width] += Σ_rows scale[row] y[row][width]; scale NULL: 1 */
    void (*sum_columns)(size_t rows, size_t width, const float *y, const float *scale, float *sum);
    double (*squares)(size_t count, const float *x);

    /* Receivers of struct gd_message_fused, whose layer's weight is transposed. */
    gd_kernel *fused_rows;
    /* dweight [GD_FILTER_ROWS(radial)][3F], transposed, is what senders begin .. end-1 give to the layer. */
    void (*fused_backward_rows)(const struct gd_message_fused_backward *a, size_t begin, size_t end, float *dweight);

    struct {
        GD_KERNEL_OPERATIONS(GD_OPERATION_MEMBER)
    } ops; /* whole operations of the CPU backend */
};

/* The fastest kernels that this processor runs, or those that the environment variable GODIFF_KERNELS names.
 * GD_BAD_INPUT when this build or this processor does not have them, naming those it has. */
enum gd_status gd_kernels_choose(const struct gd_kernels **kernels, struct gd_error *error);

/* All kernels of this build that this processor runs, NULL-ended, slowest first; returns how many. */
size_t gd_kernels_list(const struct gd_kernels *list[4]);

/* The CPU backend with other kernels than the fastest. */
enum gd_status gd_cpu_new(struct gd_backend **backend, const struct gd_kernels *kernels, int threads,
                          struct gd_error *error);

#endif

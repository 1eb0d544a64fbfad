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

    /* dweight [GD_FILTER_ROWS(radial)][3F], transposed, is what senders begin .. end-1 give to the layer. */
    void (*message_fused_backward)(const struct gd_message_fused_backward *a, size_t begin, size_t end, float *dweight);

    gd_kernel *radial;               /* rows of struct gd_radial */
    gd_kernel *windows;              /* edges of struct gd_windows */
    gd_kernel *sum_rows;             /* columns of struct gd_sum_rows */
    gd_kernel *interpolate;          /* rows of struct gd_interpolate */
    gd_kernel *interpolate_backward; /* points of struct gd_interpolate_backward */
    gd_kernel *message;              /* receivers of struct gd_message */
    gd_kernel *message_sender;       /* senders of struct gd_message_sender */
    gd_kernel *message_filter;       /* filter rows of struct gd_message_filter */
    gd_kernel *message_fused;        /* receivers of struct gd_message_fused; its layer's weight is transposed */
    gd_kernel *norms;                /* rows of struct gd_norms */
    gd_kernel *norms_backward;       /* ... and so on */
    gd_kernel *mix;
    gd_kernel *mix_backward;
    gd_kernel *gate;
    gd_kernel *gate_backward;
    gd_kernel *adamw; /* parameters of struct gd_adamw_step */
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

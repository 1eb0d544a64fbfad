/* The table of kernels of one instruction set, and the loops that the dense layers share. */
#include "model/cpu/isa.h"

static void silu(size_t count, const float *restrict x, float *restrict y)
{
    for (size_t k = 0; k < count; k++)
        y[k] = silu_of(x[k]);
}

static void silu_slope(size_t count, const float *restrict before, float *restrict dx)
{
    for (size_t k = 0; k < count; k++)
        dx[k] *= slope_of(before[k]);
}

static void add(size_t count, const float *restrict x, float *restrict sum)
{
    for (size_t k = 0; k < count; k++)
        sum[k] += x[k];
}

static void sum_columns(size_t rows, size_t width, const float *restrict y, const float *restrict scale,
                        float *restrict sum)
{
    for (size_t r = 0; r < rows; r++) {
        float factor = scale ? scale[r] : 1;
        for (size_t k = 0; k < width; k++)
            sum[k] += factor * y[r * width + k];
    }
}

/* Eight sums side by side, so that they can be one vector. */
static double squares(size_t count, const float *x)
{
    double sums[8] = {0}, sum = 0;
    size_t k = 0;
    for (; k + 8 <= count; k += 8)
        for (size_t lane = 0; lane < 8; lane++)
            sums[lane] += (double)x[k + lane] * (double)x[k + lane];
    for (; k < count; k++)
        sums[0] += (double)x[k] * (double)x[k];
    for (size_t lane = 0; lane < 8; lane++)
        sum += sums[lane];
    return sum;
}

extern const struct gd_products GD_KERNEL(products);
extern const struct gd_kernels GD_KERNEL(kernels);

#define TEXT_OF(isa) #isa
#define TEXT(isa)    TEXT_OF(isa)
#define ROW(name)    .name = GD_KERNEL(name),

const struct gd_kernels GD_KERNEL(kernels) = {
    .name = TEXT(GD_ISA),
    .products = &GD_KERNEL(products),
    .silu = silu,
    .silu_slope = silu_slope,
    .add = add,
    .sum_columns = sum_columns,
    .squares = squares,
    .fused_rows = GD_KERNEL(fused_rows),
    .fused_backward_rows = GD_KERNEL(fused_backward_rows),
    .ops = {GD_KERNEL_OPERATIONS(ROW)},
};

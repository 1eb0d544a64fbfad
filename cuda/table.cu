/* Interpolation in a table, and its gradient. */
#include "cuda/launch.h"

/* Lagrange's weights of four neighbouring points. */
static __device__ inline void weigh(float f, float weight[4])
{
    weight[0] = -f * (f - 1) * (f - 2) * (1 / 6.0f);
    weight[1] = (f + 1) * (f - 1) * (f - 2) * 0.5f;
    weight[2] = -(f + 1) * f * (f - 2) * 0.5f;
    weight[3] = (f + 1) * f * (f - 1) * (1 / 6.0f);
}

/* Per row: 4 rows of the table read, which stay in the cache, and one written. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) interpolate(const struct gd_interpolate a)
{
    struct place at = place_of(a.rows, a.width);
    if (!at.inside)
        return;
    float place = a.distance[at.row] / a.step;
    int whole = (int)place, cell = whole < a.points - 4 ? whole : a.points - 4;
    float w[4];
    weigh(place - (float)cell, w);
    size_t width = (size_t)a.width;
    const float *p = a.table + (size_t)cell * width + (size_t)at.column;
    a.y[at.in(a.width)] = w[0] * p[0] + w[1] * p[width] + w[2] * p[2 * width] + w[3] * p[3 * width];
}

void gd_cuda_interpolate(struct gd_backend *backend, const struct gd_interpolate *a)
{
    launch_tiles(gd_cuda_of(backend), "interpolate", interpolate, a->rows, a->width, a);
}

/* Per point and column: the rows of four cells read; of four neighbouring points three share a cell. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) interpolate_backward(const struct gd_interpolate_backward a)
{
    struct place at = place_of((size_t)a.points, a.width);
    if (!at.inside)
        return;
    float sum = 0;
#pragma unroll
    for (int p = 0; p < 4; p++) {
        int cell = (int)at.row - p;
        if (cell < 0 || cell >= a.points - 3)
            continue;
        for (int n = a.cell_first[cell]; n < a.cell_first[cell + 1]; n++) {
            size_t row = (size_t)a.cell_row[n];
            float w[4];
            weigh(a.distance[row] / a.step - (float)cell, w);
            sum += w[p] * a.dy[row * (size_t)a.width + (size_t)at.column];
        }
    }
    a.dtable[at.in(a.width)] = sum;
}

void gd_cuda_interpolate_backward(struct gd_backend *backend, const struct gd_interpolate_backward *a)
{
    launch_tiles(gd_cuda_of(backend), "interpolate_backward", interpolate_backward, (size_t)a->points, a->width, a);
}

/* Interpolation in tables of filters. */
#include "model/cpu/isa.h"

INLINE void weigh(float f, float weight[4])
{
    weight[0] = -f * (f - 1) * (f - 2) * (1 / 6.0f);
    weight[1] = (f + 1) * (f - 1) * (f - 2) * 0.5f;
    weight[2] = -(f + 1) * f * (f - 2) * 0.5f;
    weight[3] = (f + 1) * f * (f - 1) * (1 / 6.0f);
}

static void interpolate(const void *arguments, size_t begin, size_t end)
{
    const struct gd_interpolate *a = arguments;
    size_t width = (size_t)a->width;
    for (size_t r = begin; r < end; r++) {
        float place = a->distance[r] / a->step, weight[4]; /* exact, as is the fraction: the step is a power of two */
        int whole = (int)place, cell = whole < a->points - 4 ? whole : a->points - 4;
        weigh(place - (float)cell, weight);
        const float *restrict p0 = a->table + (size_t)cell * width, *restrict p1 = p0 + width;
        const float *restrict p2 = p1 + width, *restrict p3 = p2 + width;
        float *restrict y = a->y + r * width;
        for (size_t k = 0; k < width; k++)
            y[k] = weight[0] * p0[k] + weight[1] * p1[k] + weight[2] * p2[k] + weight[3] * p3[k];
    }
}

GD_ROWS_OPERATION(interpolate, a->rows, ATOM_BLOCK)

static void interpolate_backward(const void *arguments, size_t begin, size_t end)
{
    const struct gd_interpolate_backward *a = arguments;
    size_t width = (size_t)a->width, cells = (size_t)a->points - 3;
    for (size_t point = begin; point < end; point++) {
        float *restrict dtable = a->dtable + point * width;
        memset(dtable, 0, width * sizeof *dtable);
        for (size_t p = 0; p < 4 && p <= point; p++) {
            size_t cell = point - p;
            if (cell >= cells)
                continue;
            for (int n = a->cell_first[cell]; n < a->cell_first[cell + 1]; n++) {
                size_t row = (size_t)a->cell_row[n];
                const float *restrict dy = a->dy + row * width;
                float weight[4];
                weigh(a->distance[row] / a->step - (float)cell, weight);
                for (size_t k = 0; k < width; k++)
                    dtable[k] += weight[p] * dy[k];
            }
        }
    }
}

GD_ROWS_OPERATION(interpolate_backward, (size_t)a->points, EDGE_BLOCK)

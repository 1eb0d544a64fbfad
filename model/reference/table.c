/* Interpolation in a table, and its gradient. */
#include <string.h>

#include "model/reference/reference.h"

/* The cell of a distance. */
static size_t cell_of(float distance, float step, int points)
{
    size_t cell = (size_t)((double)distance / (double)step), last = (size_t)points - 4;
    return cell < last ? cell : last;
}

static void weigh(float distance, float step, size_t cell, double weight[4])
{
    double f = (double)distance / (double)step - (double)cell;
    weight[0] = -f * (f - 1) * (f - 2) / 6;
    weight[1] = (f + 1) * (f - 1) * (f - 2) / 2;
    weight[2] = -(f + 1) * f * (f - 2) / 2;
    weight[3] = (f + 1) * f * (f - 1) / 6;
}

void gd_reference_interpolate(struct gd_backend *backend, const struct gd_interpolate *a)
{
    (void)backend;
    size_t width = (size_t)a->width;
    for (size_t r = 0; r < a->rows; r++) {
        size_t cell = cell_of(a->distance[r], a->step, a->points);
        double weight[4];
        weigh(a->distance[r], a->step, cell, weight);
        for (size_t k = 0; k < width; k++) {
            double sum = 0;
            for (size_t p = 0; p < 4; p++)
                sum += weight[p] * (double)a->table[(cell + p) * width + k];
            a->y[r * width + k] = (float)sum;
        }
    }
}

void gd_reference_interpolate_backward(struct gd_backend *backend, const struct gd_interpolate_backward *a)
{
    (void)backend;
    size_t width = (size_t)a->width, cells = (size_t)a->points - 3;
    for (size_t point = 0; point < (size_t)a->points; point++)
        for (size_t k = 0; k < width; k++) {
            double sum = 0;
            for (size_t p = 0; p < 4; p++) {
                if (point < p || point - p >= cells)
                    continue;
                size_t cell = point - p;
                for (int n = a->cell_first[cell]; n < a->cell_first[cell + 1]; n++) {
                    double weight[4];
                    size_t row = (size_t)a->cell_row[n];
                    weigh(a->distance[row], a->step, cell, weight);
                    sum += weight[p] * (double)a->dy[row * width + k];
                }
            }
            a->dtable[point * width + k] = (float)sum;
        }
}

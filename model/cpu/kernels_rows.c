/* Rows that are put together. */
#include "model/cpu/isa.h"

/* Columns begin .. end-1. */
static void sum_rows(const void *arguments, size_t begin, size_t end)
{
    const struct gd_sum_rows *a = arguments;
    size_t width = (size_t)a->width;
    for (size_t g = 0; g < a->groups; g++)
        memset(a->to + g * width + begin, 0, (end - begin) * sizeof *a->to);
    for (size_t r = 0; r < a->rows; r++) {
        const float *restrict from = a->from + r * width;
        float *restrict to = a->to + (size_t)a->index[r] * width;
        for (size_t k = begin; k < end; k++)
            to[k] += from[k];
    }
}

GD_ROWS_OPERATION(sum_rows, (size_t)a->width, ATOM_BLOCK)

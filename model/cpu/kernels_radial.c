/* Radial functions of distances. */
#include <math.h>

#include "model/cpu/isa.h"

static void radial(const void *arguments, size_t begin, size_t end)
{
    const struct gd_radial *a = arguments;
    size_t count = (size_t)a->radial;
    float width = a->cutoff / (float)(a->radial - 1), inverse = 1 / width;
    for (size_t r = begin; r < end; r++) {
        float distance = a->distance[r], envelope = 0.5f * (cosf(PI_F * distance / a->cutoff) + 1);
        float *restrict basis = a->basis + r * count;
        a->envelope[r] = envelope;
        for (size_t k = 0; k < count; k++) {
            float from_centre = (distance - (float)(int)k * width) * inverse;
            basis[k] = envelope * exponential(-0.5f * from_centre * from_centre);
        }
    }
}

GD_ROWS_OPERATION(radial, a->rows, ATOM_BLOCK)

static void windows(const void *arguments, size_t begin, size_t end)
{
    const struct gd_windows *a = arguments;
    float width = a->cutoff / (float)(a->radial - 1), inverse = (float)(a->radial - 1) / a->cutoff;
    int last = a->radial > GD_WINDOW ? a->radial - GD_WINDOW : 0, count = a->radial < GD_WINDOW ? a->radial : GD_WINDOW;
    for (size_t e = begin; e < end; e++) {
        float distance = a->distance[a->edges.row[e]], envelope = 0.5f * (cosf(PI_F * distance / a->cutoff) + 1);
        float *restrict value = a->value + e * GD_WINDOW_WIDTH;
        int first = (int)(distance * inverse) - GD_WINDOW / 2 + 1;
        first = first < 0 ? 0 : first > last ? last : first;
        for (int k = 0; k < GD_WINDOW_WIDTH; k++) {
            float from_centre = (distance - (float)(first + k) * width) * inverse;
            value[k] = k < count ? envelope * exponential(-0.5f * from_centre * from_centre) : 0;
        }
        value[GD_WINDOW] = envelope;
        a->first[e] = first;
    }
}

GD_ROWS_OPERATION(windows, (size_t)a->edges.first[a->atoms], ATOM_BLOCK)

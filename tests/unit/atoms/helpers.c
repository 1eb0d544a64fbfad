#include "helpers.h"

struct gd_stream test_stream(uint32_t sample)
{
    return gd_stream_make(20251011, 0, 0, sample);
}

double test_uniform(struct gd_stream *stream, double low, double high)
{
    return low + (high - low) * gd_stream_uniform(stream);
}

struct gd_cell test_cell(struct gd_stream *stream, double size, int periodic)
{
    struct gd_cell cell = {0};
    for (int i = 0; i < 3; i++) {
        for (int axis = 0; axis < 3; axis++)
            cell.vectors[i][axis] = test_uniform(stream, -0.4, 0.4) * size + (i == axis ? size : 0);
        cell.periodic[i] = periodic >> i & 1;
    }
    return cell;
}

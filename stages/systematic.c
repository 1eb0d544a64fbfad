#include "stages/systematic.h"

#include <math.h>

size_t gd_systematic_sample(const double *log_weights, size_t count, size_t size, struct gd_stream *stream,
                            size_t *chosen)
{
    double highest = -INFINITY, sum = 0, passed = 0;
    const double offset = gd_stream_uniform(stream);
    for (size_t k = 0; k < count; k++)
        highest = fmax(highest, log_weights[k]);
    if (isinf(highest))
        return 0;
    for (size_t k = 0; k < count; k++)
        sum += exp(log_weights[k] - highest);
    size_t at = 0, last = 0;
    for (size_t k = 0; k < count; k++) {
        if (log_weights[k] > -INFINITY)
            last = k;
        passed += exp(log_weights[k] - highest);
        while (at < size && ((double)at + offset) * (sum / (double)size) < passed)
            chosen[at++] = k;
    }
    while (at < size) /* of which rounding has left the mark behind the sum */
        chosen[at++] = last;
    return size;
}

#include "stages/rank.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/base/sort.h"

/* How many of sorted values are below a value, or (equal) not above it. */
static size_t count_below(const double *sorted, size_t count, double value, bool equal)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (sorted[middle] < value || (equal && sorted[middle] == value))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

enum gd_status gd_rank(const double *values, size_t count, double *ranks, struct gd_error *error)
{
    double *sorted = gd_array(count, sizeof *sorted);
    size_t known = 0;
    if (!sorted)
        return gd_no_memory(error, "ranks");
    for (size_t k = 0; k < count; k++)
        if (isfinite(values[k]))
            sorted[known++] = values[k];
    gd_sort(sorted, known);
    for (size_t k = 0; k < count; k++) {
        const size_t below = count_below(sorted, known, values[k], false);
        const size_t within = count_below(sorted, known, values[k], true);
        ranks[k] = isfinite(values[k]) ? (double)(below + within) / (2 * (double)known) : NAN;
    }
    free(sorted);
    return GD_OK;
}

#include "engine/base/sort.h"

#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void gd_sort(double *values, size_t count)
{
    qsort(values, count, sizeof *values, ascending);
}

double gd_median(double *values, size_t count)
{
    gd_sort(values, count);
    return count % 2 ? values[count / 2] : 0.5 * (values[count / 2 - 1] + values[count / 2]);
}

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

static int ascending_there(const void *a, const void *b, void *context)
{
    const size_t one = *(const size_t *)a, other = *(const size_t *)b;
    const double *values = context;
    if (values[one] != values[other])
        return values[one] < values[other] ? -1 : 1;
    return (one > other) - (one < other);
}

void gd_sort_places(size_t *places, size_t count, const double *values)
{
    union {
        const double *values;
        void *context;
    } there = {values};
    qsort_r(places, count, sizeof *places, ascending_there, there.context);
}

double gd_median(double *values, size_t count)
{
    gd_sort(values, count);
    return count % 2 ? values[count / 2] : 0.5 * (values[count / 2 - 1] + values[count / 2]);
}

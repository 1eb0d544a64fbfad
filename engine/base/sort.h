/* Numbers in order. */
#ifndef GD_ENGINE_SORT_H
#define GD_ENGINE_SORT_H

#include <stddef.h>

/* Sorts numbers, the lowest first. */
void gd_sort(double *values, size_t count);

/* The median of count >= 1 numbers, which are sorted; of an even count the mean of the two in the middle. */
double gd_median(double *values, size_t count);

#endif

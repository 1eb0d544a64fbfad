/* Numbers in order. */
#ifndef GD_ENGINE_SORT_H
#define GD_ENGINE_SORT_H

#include <stddef.h>

/* Sorts numbers, the lowest first. */
void gd_sort(double *values, size_t count);

/* Sorts places [count] by the values there, the lowest first, equal ones by their places. No value is NaN. */
void gd_sort_places(size_t *places, size_t count, const double *values);

/* The median of count >= 1 numbers, which are sorted; of an even count the mean of the two in the middle. */
double gd_median(double *values, size_t count);

#endif

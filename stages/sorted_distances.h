/* The sorted distances of a structure. */
#ifndef GD_STAGES_SORTED_DISTANCES_H
#define GD_STAGES_SORTED_DISTANCES_H

#include "atoms/system.h"

/* How many distances there are: of all pairs of mobile atoms, and with `anchored` of every mobile atom to its nearest
 * template atoms, six of each element. */
size_t gd_sorted_distances_count(const struct gd_system *system, bool anchored);

/* Those of a structure with positions [atoms][3], finite, under the minimum image, sorted among the pairs of the same
 * elements: values [gd_sorted_distances_count], Å. */
enum gd_status gd_sorted_distances(const struct gd_system *system, const double *positions, bool anchored,
                                   double *values, struct gd_error *error);

#endif

#include "stages/nearest.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "stages/fingerprint.h"
#include "stages/sorted_distances.h"

enum gd_status gd_nearest_make(struct gd_nearest *nearest, const struct gd_system *system, const struct gd_set *set,
                               struct gd_error *error)
{
    const size_t count = set ? set->count : 0, length = gd_sorted_distances_count(system, true);
    *nearest = (struct gd_nearest){system, count, length, gd_array(count, length * sizeof(double)),
                                   gd_array(length, sizeof(double))};
    enum gd_status status =
        nearest->values && nearest->own ? GD_OK : gd_no_memory(error, "the distances of the archive");
    for (size_t k = 0; k < count && !status; k++)
        status =
            gd_sorted_distances(system, set->positions + 3 * set->atoms * k, true, nearest->values + length * k, error);
    return status;
}

void gd_nearest_clear(struct gd_nearest *nearest)
{
    free(nearest->values);
    free(nearest->own);
    *nearest = (struct gd_nearest){0};
}

enum gd_status gd_nearest_distance(void *self, const double *positions, double *distance, struct gd_error *error)
{
    const struct gd_nearest *nearest = self;
    enum gd_status status = gd_sorted_distances(nearest->system, positions, true, nearest->own, error);
    *distance = INFINITY;
    for (size_t k = 0; k < nearest->count && !status; k++)
        *distance = fmin(*distance, gd_fingerprint_deviation(NULL, nearest->length, nearest->own,
                                                             nearest->values + nearest->length * k));
    return status;
}

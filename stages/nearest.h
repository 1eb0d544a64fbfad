/* How far structures are from the nearest of a set. */
#ifndef GD_STAGES_NEAREST_H
#define GD_STAGES_NEAREST_H

#include "atoms/system.h"

struct gd_nearest {
    const struct gd_system *system;
    size_t count, length;
    double *values; /* [count][length] the sorted distances of each structure of the set, Å */
    double *own;    /* [length] those of another one */
};

/* The structures of a set of the system, with finite positions. NULL: none. Zeroed before; free with gd_nearest_clear
 * in any case. */
enum gd_status gd_nearest_make(struct gd_nearest *nearest, const struct gd_system *system, const struct gd_set *set,
                               struct gd_error *error);
void gd_nearest_clear(struct gd_nearest *nearest);

/* *distance: from a structure of positions [atoms][3], finite, to the nearest of those, Å; infinite when there are
 * none. It is that of the fingerprint `distances`: the root mean square of the differences between the sorted distances
 * of the mobile atoms, among each other and to the template. self: struct gd_nearest. One call at a time. */
enum gd_status gd_nearest_distance(void *self, const double *positions, double *distance, struct gd_error *error);

#endif

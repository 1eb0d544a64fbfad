/* Atoms along a space-filling curve: neighbours in space come to lie near each other in memory. */
#ifndef GD_MODEL_SPACE_FILLING_H
#define GD_MODEL_SPACE_FILLING_H

#include <stddef.h>

#include "engine/base/error.h"

/* Writes to order[count] the indices 0 .. count-1 in the order of a Z-curve through the cube about the positions (Å,
 * finite): by the interleaved bits of the coordinates (Morton 1966), of equal ones the lower index first. */
enum gd_status gd_curve_order(size_t count, const double (*positions)[3], int *order, struct gd_error *error);

#endif

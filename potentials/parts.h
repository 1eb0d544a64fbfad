/* Potentials that are made of others, such as sums, as they are chosen. */
#ifndef GD_POTENTIALS_PARTS_H
#define GD_POTENTIALS_PARTS_H

#include "potentials/potential.h"

/* The potential among the parameters of one that comes after `part` (NULL: the first), and its key; NULL: there is
 * none. */
const struct gd_choice *gd_potential_part(const struct gd_choice *choice, const struct gd_choice *part,
                                          const char **key);

/* Whether a potential is slow, or one that it is made of. */
bool gd_potential_is_slow(const struct gd_choice *choice);

#endif

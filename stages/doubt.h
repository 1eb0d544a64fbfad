/* Values that are hardly meant so. */
#ifndef GD_STAGES_DOUBT_H
#define GD_STAGES_DOUBT_H

#include "engine/run/context.h"

/* Warns, at a key, of a temperature that is hardly meant in eV. */
void gd_doubt_temperature(struct gd_check *check, const char *key, double temperature);

/* The same for the parameter `temperature` of a component, if it has one; `key`: of the component, such as "criterion".
 */
void gd_doubt_temperature_of(struct gd_check *check, const char *key, const struct gd_choice *choice);

/* Warns, at a key, of a relaxation that ends when no force (eV/Å) is longer than `fmax`, where hardly any force that
 * holds atoms together is. Uses the slots `system` and `potential`. */
void gd_doubt_fmax(struct gd_check *check, const char *key, double fmax);

/* Warns, at a key, of a difference of energies (eV) that counts for nothing, where it is as much as a bond of two
 * atoms, and not so much that everything is meant. Uses the slots `system` and `potential`. */
void gd_doubt_within(struct gd_check *check, const char *key, double within);

#endif

/* Values that are hardly meant so. */
#ifndef GD_STAGES_DOUBT_H
#define GD_STAGES_DOUBT_H

#include "engine/run/context.h"

/* Warns, at a key, of a temperature that is hardly meant in eV. */
void gd_doubt_temperature(struct gd_check *check, const char *key, double temperature);

/* The same for the parameter `temperature` of a component, if it has one; `key`: of the component, such as "criterion".
 */
void gd_doubt_temperature_of(struct gd_check *check, const char *key, const struct gd_choice *choice);

#endif

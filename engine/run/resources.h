/* Parameters of sections that say how the work is done and not what comes of it (gd_param.resource): a run may go on
 * with other values of them. */
#ifndef GD_ENGINE_RESOURCES_H
#define GD_ENGINE_RESOURCES_H

#include "engine/language/registry.h"

/* The text of a pipeline.yaml with * in place of their values, a new string; NULL when out of memory. */
char *gd_text_without_resources(const char *text, const struct gd_registry *registry);

/* Whether two texts are the same but for them; false when out of memory. */
bool gd_text_same(const char *text, const char *other, const struct gd_registry *registry);

#endif

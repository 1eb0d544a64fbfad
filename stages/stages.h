/* Everything that a pipeline of this program can name. */
#ifndef GD_STAGES_STAGES_H
#define GD_STAGES_STAGES_H

#include "engine/language/registry.h"

/* Registers every kind, component, slot and stage. The order of the sections is the order in which they are made. */
enum gd_status gd_stages_register(struct gd_registry *registry, struct gd_error *error);

#endif

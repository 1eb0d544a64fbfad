/* How a step can be written so that it does without a slot. */
#ifndef GD_ENGINE_ALTERNATIVE_H
#define GD_ENGINE_ALTERNATIVE_H

#include "engine/language/pipeline.h"

/* A parameter of a step as it would be written, such as "from: uniform" or "criterion: {metropolis: {temperature:
 * 0.1}}", with which the step does not read `slot`, nor any other that is not there (`there`, by slot). It is one of
 * the choices of a row, an example of a number, or another component. *text: a new string; NULL: no single parameter
 * does it. */
enum gd_status gd_alternative_find(const struct gd_step *step, const struct gd_registry *registry, const char *slot,
                                   const bool *there, char **text);

#endif

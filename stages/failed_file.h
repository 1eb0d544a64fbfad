/* failed.extxyz: the structures on which the potential has failed, for people. */
#ifndef GD_STAGES_FAILED_FILE_H
#define GD_STAGES_FAILED_FILE_H

#include "engine/run/context.h"
#include "stages/slots.h"

/* Writes it into the run's directory, if there is one: those of the rejected structures that have the reason
 * GD_NO_ENERGY; in the comment line, `reason` is what the potential has said. */
enum gd_status gd_failed_write(const struct gd_context *context, struct gd_rejects *rejects);

#endif

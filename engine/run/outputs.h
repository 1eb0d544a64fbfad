/* The files of the slots: what a run leaves at its end. */
#ifndef GD_ENGINE_OUTPUTS_H
#define GD_ENGINE_OUTPUTS_H

#include "engine/base/text.h"
#include "engine/run/parts.h"
#include "engine/run/state.h"

/* Writes them into the part's folder, as far as the slots have values, and adds the seconds to part->saving. */
enum gd_status gd_outputs_write(struct gd_part *part, const struct gd_state *state, struct gd_error *error);

/* Writes those that are missing there, and adds their names to `restored`. */
enum gd_status gd_outputs_restore(const struct gd_part *part, const struct gd_state *state, struct gd_text *restored,
                                  struct gd_error *error);

#endif

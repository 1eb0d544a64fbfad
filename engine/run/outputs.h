/* The files of the slots: best.extxyz, archive.extxyz, ... */
#ifndef GD_ENGINE_OUTPUTS_H
#define GD_ENGINE_OUTPUTS_H

#include "engine/base/h5_changes.h"
#include "engine/base/text.h"
#include "engine/run/parts.h"
#include "engine/run/state.h"

/* What is written. */
struct gd_outputs {
    const struct gd_state *state;
    const struct gd_h5_trace *trace; /* of the last checkpoint, which comes before every writing; NULL: none */
    const char *group;               /* of the state in it; "": the outermost pipeline */
    bool all;                        /* at the end: not only what is to be current */
};

/* Writes into the part's folder what has changed, as far as the slots have values, and adds the seconds to
 * part->saving. Files that grow get their new entries appended, unsynced until the end. */
enum gd_status gd_outputs_write(struct gd_part *part, const struct gd_outputs *outputs, struct gd_error *error);

/* Writes those that are missing there, and adds their names to `restored`. */
enum gd_status gd_outputs_restore(struct gd_part *part, const struct gd_state *state, struct gd_text *restored,
                                  struct gd_error *error);

#endif

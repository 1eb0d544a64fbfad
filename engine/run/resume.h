/* Whether a checkpoint is one that its pipeline can have left. */
#ifndef GD_ENGINE_RESUME_H
#define GD_ENGINE_RESUME_H

#include "engine/run/counts.h"
#include "engine/run/cursor.h"

/* Compares what was loaded from `path` with the pipeline: GD_BAD_INPUT with the first contradiction. */
enum gd_status gd_resume_check(const char *path, const struct gd_cursor *cursor, const struct gd_counts *counts,
                               struct gd_error *error);

#endif

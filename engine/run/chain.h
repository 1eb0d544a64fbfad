/* Pipelines in one another while they run: the state that each works on, and the values that they pass on. */
#ifndef GD_ENGINE_CHAIN_H
#define GD_ENGINE_CHAIN_H

#include "engine/run/counts.h"
#include "engine/run/cursor.h"

/* Goes into the pipeline at which the cursor stands: a state of its own, its sections, and what it is given. */
enum gd_status gd_chain_enter(struct gd_cursor *cursor, const struct gd_counts *counts, struct gd_error *error);

/* Whether the values that the pipeline which the cursor is to leave passes on have a place; GD_BAD_INPUT if not. */
enum gd_status gd_chain_check(const struct gd_cursor *cursor, struct gd_error *error);

/* Passes them on; the cursor stays. */
enum gd_status gd_chain_take(const struct gd_cursor *cursor, struct gd_error *error);

/* Where the state of the pipeline at a path is in the file: a new string; NULL when out of memory. */
char *gd_chain_group(const char *path);

/* The states of all pipelines that the cursor is in, to and from a file. Loading makes those of inner ones. */
enum gd_status gd_chain_save(const struct gd_cursor *cursor, struct gd_h5 *file, struct gd_error *error);
enum gd_status gd_chain_load(struct gd_cursor *cursor, const struct gd_counts *counts, struct gd_h5 *file,
                             struct gd_error *error);

#endif

/* The static check of a pipeline, and its sections. */
#ifndef GD_ENGINE_CHECK_H
#define GD_ENGINE_CHECK_H

#include "engine/language/pipeline.h"
#include "engine/run/state.h"

/* The static check: runs the sections into `state` (they are cheap and touch neither device nor output), follows the
 * slots through the steps (a step that reads what nothing before it writes is a problem at its line; loops run at
 * least once; those in `given` are there from the start), and calls every stage's own check. When gd_pipeline_build has
 * found problems, what can be checked in spite of them is. GD_BAD_INPUT when there is any; else `state` is ready for
 * gd_run. */
enum gd_status gd_pipeline_check(struct gd_pipeline *pipeline, struct gd_state *state, struct gd_problems *problems);

/* Runs the sections into a state, for the `execution`th time: those of the outermost pipeline are run once, by its
 * check; those of another one whenever its steps begin. */
enum gd_status gd_sections_run(const struct gd_pipeline *pipeline, struct gd_state *state, uint32_t execution,
                               struct gd_error *error);

/* Whether the value of a slot that a pipeline in state `from` passes on has a place in state `to`, of the same
 * registry; GD_BAD_INPUT with "NAME is incompatible: why" if not. */
enum gd_status gd_slot_check_fits(const char *name, const struct gd_state *from, const struct gd_state *to,
                                  struct gd_error *error);

#endif

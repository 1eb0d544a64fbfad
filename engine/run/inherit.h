/* What a run takes over from another one: the values of its slots that are worth having at the start. */
#ifndef GD_ENGINE_INHERIT_H
#define GD_ENGINE_INHERIT_H

#include "engine/language/pipeline.h"
#include "engine/run/saved.h"
#include "engine/run/state.h"

/* Another run, as its last checkpoint has it. Zero-initialise; gd_inheritance_clear accepts any state of it. */
struct gd_inheritance {
    char *directory; /* absolute */
    char *text;      /* of its pipeline.yaml */
    struct gd_state *state;
    const char **slots;         /* NULL-ended: those with `inherited` that have a value */
    bool within;                /* it stands within a pipeline of a step, whose values are not among them */
    char damage[GD_SAVED_TEXT]; /* what is wrong with its run.h5.journal, so that later values are lost; "": nothing */
};

/* Warns of what is not taken over of another run, one text after another; nothing when all is. */
typedef void gd_warn_fn(void *context, const char *text);
enum gd_status gd_inheritance_warn(const struct gd_inheritance *inheritance, gd_warn_fn *warn, void *context,
                                   struct gd_error *error);

/* Reads the run in a directory. GD_BAD_INPUT when there is none, or nothing to take over. */
enum gd_status gd_inheritance_read(struct gd_inheritance *inheritance, const char *directory,
                                   const struct gd_registry *registry, struct gd_error *error);
void gd_inheritance_clear(struct gd_inheritance *inheritance);

/* Moves the values into the state of a pipeline that was checked. GD_BAD_INPUT, and nothing moved, with all that does
 * not fit: values that the pipeline cannot have, and those that depend on a section that differs. */
enum gd_status gd_inherit(struct gd_inheritance *inheritance, const struct gd_pipeline *pipeline,
                          struct gd_state *state, struct gd_error *error);

#endif

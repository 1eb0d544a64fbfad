/* What the files that build a pipeline share. */
#ifndef GD_ENGINE_PIPELINE_PRIV_H
#define GD_ENGINE_PIPELINE_PRIV_H

#include "engine/params_priv.h"
#include "engine/pipeline.h"

/* A step while the pipeline is built: the step, its place in the tree, and how it got its id. */
struct gd_target {
    struct gd_step *step;
    struct gd_node *node; /* its parameters; an empty scalar when none are written */
    const char *word;     /* name of the stage, or "loop" */
};

struct gd_build {
    struct gd_pipeline *pipeline;
    struct gd_scope scope;     /* of the root */
    struct gd_target *targets; /* all steps, in the order of the document */
    size_t count, capacity;
};

/* The steps of the root: first their shape and ids, then (when overrides are in) their parameters. */
enum gd_status gd_steps_read(struct gd_build *build, const struct gd_node *root);
enum gd_status gd_steps_parse(struct gd_build *build);

/* Reports the plugins that the root names and the registry does not have. */
enum gd_status gd_plugins_check(struct gd_build *build, const struct gd_node *root);

/* Writes the overrides into the tree. */
enum gd_status gd_overrides_apply(struct gd_build *build, const struct gd_override *overrides, size_t count);

/* The rows of a loop, filled into its struct gd_step; its steps come beside them. */
extern const struct gd_param gd_loop_rows[];

/* The names of the registry's sections or steps, and those of NULL-ended `more` (may be NULL), NULL-ended, in the
 * pipeline's arena; NULL when out of memory. */
const char *const *gd_stage_names(struct gd_build *build, bool sections, const char *const *more);

#endif

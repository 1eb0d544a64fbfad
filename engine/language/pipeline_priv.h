/* What the files that build a pipeline share. */
#ifndef GD_ENGINE_PIPELINE_PRIV_H
#define GD_ENGINE_PIPELINE_PRIV_H

#include "engine/language/params_priv.h"
#include "engine/language/pipeline.h"

/* A step while the pipeline is built: the step, its place in the tree, and how it got its id. */
struct gd_override_target {
    struct gd_step *step;
    struct gd_node *node; /* its parameters; an empty scalar when none are written */
    const char *word;     /* name of the stage, or "loop" */
};

/* Pipelines in one another, and in all. */
enum { GD_MAX_DEPTH = 8, GD_MAX_PIPELINES = 64 };

/* What a pipeline and all that are in it have in common. */
struct gd_build_totals {
    size_t steps, pipelines; /* read so far */
};

struct gd_build {
    struct gd_pipeline *pipeline;
    struct gd_scope scope;              /* of the root */
    struct gd_scope parameters;         /* the same for what --set can change, which messages name as --set does */
    struct gd_override_target *targets; /* all steps, in the order of the document */
    size_t count, capacity;
    struct gd_build_totals *whole;
    const struct gd_build *outer; /* of the pipeline that this one is in; NULL: the outermost */
    const char *file;             /* without links; NULL: not known */
    const struct gd_node *with;   /* a map of overrides; NULL: none */
    const struct gd_override *overrides;
    size_t override_count;
};

/* gd_pipeline_build; the rest of `build` is set by the caller. */
enum gd_status gd_build_run(struct gd_build *build, struct gd_pipeline *pipeline, const struct gd_registry *registry,
                            struct gd_tree *tree, struct gd_problems *problems);

/* The steps of the root: first their shape and ids, then (when overrides are in) their parameters. */
enum gd_status gd_steps_read(struct gd_build *build, const struct gd_node *root);
enum gd_status gd_steps_parse(struct gd_build *build);

/* Fills a step from a section; `node` NULL: with defaults, `place` is where missing parameters are reported. */
enum gd_status gd_section_parse(struct gd_build *build, const struct gd_stage *stage, const struct gd_node *node,
                                struct gd_place place, struct gd_step *step);

/* Makes steps of the sections that run last, behind the others; those that are not written only when `complete`: no
 * problem was found so far. */
enum gd_status gd_last_sections_parse(struct gd_build *build, const struct gd_node *root, bool complete);

/* gd_step.path of a step or section with this id, in the pipeline's arena; NULL when out of memory. */
const char *gd_step_path(struct gd_build *build, const char *id);

/* The parameters of a step that is a pipeline, and the pipeline itself: pipeline_inner.c. */
extern const char gd_pipeline_word[];
enum gd_status gd_pipeline_step_parse(struct gd_build *build, const struct gd_override_target *target);

/* Reports the plugins that the root names and the registry does not have. */
enum gd_status gd_plugins_check(struct gd_build *build, const struct gd_node *root);

/* Writes the overrides of the build into the tree, those of `with` first. */
enum gd_status gd_overrides_apply(struct gd_build *build);

/* Where an override goes: the rows or, for a section that is a component, the kind that `rest` starts in. */
struct gd_choice_path {
    struct gd_place place;       /* of the override */
    const char *path, *rest;     /* as given, and what follows the step or section */
    const struct gd_param *rows; /* NULL: none */
    const char *kind;            /* NULL: rows */
    const struct gd_node *node;  /* what is written there; NULL: nothing is */
    const struct gd_node *value; /* that is to be set */
};

/* Reports an override whose path names another component than the pipeline has chosen. */
enum gd_status gd_override_choices(const struct gd_scope *scope, const struct gd_choice_path *at);

/* The names of the registry's sections or steps, and those of NULL-ended `more` (may be NULL), NULL-ended, in the
 * pipeline's arena; NULL when out of memory. */
const char *const *gd_stage_names(struct gd_build *build, bool sections, const char *const *more);

#endif

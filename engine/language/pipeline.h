/* The pipeline: the tree, understood. Sections and steps with their stages and parsed parameters. */
#ifndef GD_ENGINE_PIPELINE_H
#define GD_ENGINE_PIPELINE_H

#include "engine/language/registry.h"
#include "engine/language/slot.h"
#include "engine/language/stage.h"

struct gd_pipeline;
struct gd_state;

/* A stage to run, a loop, or another pipeline. */
struct gd_step {
    const char *id;   /* unique in its pipeline: `id:`, or the name of the stage, with -2, -3, ... from the second on */
    const char *path; /* unique in the run: the id, led by those of the steps whose pipelines it is in: adatom/train */
    struct gd_place place;
    bool broken;                  /* a problem was found in it: it is neither checked further nor run */
    const struct gd_node *node;   /* its parameters as written; NULL when none were */
    const struct gd_stage *stage; /* NULL: a loop or a pipeline */
    void *self;                   /* the stage's instance, rows filled in */
    struct gd_step *steps;        /* of the loop or of the pipeline */
    size_t count;
    int64_t times;                /* loop: at most; pipeline: 1 */
    struct gd_choice until;       /* loop: a component of kind "until", or none */
    struct gd_pipeline *pipeline; /* NULL: a stage or a loop */
    const char *file;             /* pipeline: what it was read from */
    const char *const *give;      /* pipeline: slots whose values it starts with, NULL-ended */
    const char *const *take;      /* pipeline: slots that take its values at its end, NULL-ended */
};

/* A condition that ends a loop early; components of kind "until" start with this. */
struct gd_until {
    struct gd_component base;
    bool (*met)(const void *params, const struct gd_state *state);
    const char *const *reads; /* slots that something must have written by then, NULL-ended; NULL: none */
    void (*check)(struct gd_check *check, const void *params); /* as that of a stage, for the loop; NULL: none */
};

struct gd_pipeline {
    struct gd_arena arena;
    struct gd_tree tree;
    const struct gd_registry *registry; /* borrowed */
    const char *name;
    const char *path; /* of the step that it is, and the folder of its results in the run's; "" for the outermost */
    uint64_t seed;    /* of the whole run */
    bool broken;      /* a section may be missing, because of a problem that was found */
    struct gd_step *sections; /* in the order of registration */
    size_t section_count;
    struct gd_step *steps; /* and behind them the sections that run last */
    size_t count;
    const char *const *given; /* slots that have values before the first step, NULL-ended; NULL: none */
};

/* What a step is called in a file and in messages: the name of its stage, "pipeline" or "loop". */
const char *gd_step_word(const struct gd_step *step);

bool gd_step_is_loop(const struct gd_step *step);

/* The length of the part of a step's path that says in which inner pipeline the step is: 6 of adatom/train. 0: it is
 * one of the outermost pipeline. Ids have no slash, and loops are not in paths. */
size_t gd_step_pipeline_length(const char *path);

/* What --set calls a step, section or pipeline of this path: adatom.train for adatom/train. A new string, NULL when out
 * of memory. */
char *gd_step_address(const char *path);

/* One --set PATH=VALUE. */
struct gd_override {
    const char *path, *value;
    const char *option; /* that gave it, for messages; NULL: --set */
};

/* The plain keys of a pipeline, of a loop, and of a step that is a pipeline; the last two fill a struct gd_step.
 * Sections and `steps` come beside those of a pipeline, `steps` beside those of a loop, `with`, `give` and `take`
 * beside the last.
 */
extern const struct gd_param gd_root_rows[], gd_loop_rows[], gd_pipeline_rows[];

/* Whether the value of a slot can be passed on, by `give` and `take`: what can be saved outlives its pipeline. */
bool gd_slot_movable(const struct gd_slot *slot);

/* Loads the plugins that a tree and the pipelines among its steps name under `plugins`, before anything else of it is
 * understood. Unless `trusted` it loads nothing, and what the tree names and is not loaded already is a problem.
 * GD_BAD_INPUT when there was one; the registry is then fit only to be freed. */
enum gd_status gd_pipeline_load_plugins(struct gd_registry *registry, const struct gd_tree *tree, bool trusted,
                                        struct gd_problems *problems);

/* Takes over `tree` (also on failure), applies the overrides, and parses every parameter. All problems are reported,
 * each with its place; GD_BAD_INPUT when there was one. Free with gd_pipeline_clear in any case. */
enum gd_status gd_pipeline_build(struct gd_pipeline *pipeline, const struct gd_registry *registry, struct gd_tree *tree,
                                 const struct gd_override *overrides, size_t override_count,
                                 struct gd_problems *problems);
void gd_pipeline_clear(struct gd_pipeline *pipeline);

/* How many steps there are to execute when no loop ends early; a pipeline among them counts its own and one. */
double gd_pipeline_executions(const struct gd_pipeline *pipeline);

/* The pipeline as it runs, overrides applied and defaults written out, as it would be read: paths are absolute, but for
 * those of the pipelines in it, which are ID/pipeline.yaml. The nodes have the places where the pipeline was written;
 * the map of a step's parameters has its stage. Into a zeroed tree, to be cleared before the pipeline. False when out
 * of memory. */
bool gd_pipeline_tree(const struct gd_pipeline *pipeline, struct gd_tree *tree);

/* The same of one of its sections, which is not broken, and nothing else. */
bool gd_pipeline_section_tree(const struct gd_pipeline *pipeline, const struct gd_step *section, struct gd_tree *tree);

/* The pipeline as YAML that can be run again. New string, free with free(); NULL when out of memory. */
char *gd_pipeline_yaml(const struct gd_pipeline *pipeline);

/* The same of what comes before a step: the sections but those that run last, the steps before it, and the parameters
 * of the loops that it is in. A step that is in no step of the pipeline, or NULL: all. */
char *gd_pipeline_yaml_before(const struct gd_pipeline *pipeline, const struct gd_step *end);

/* The pipeline as Graphviz DOT: steps in order, loops as clusters, the slots that flow along the edges. */
char *gd_pipeline_dot(const struct gd_pipeline *pipeline);

#endif

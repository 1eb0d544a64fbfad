/* What a sweep runs: variants of a pipeline, each with several seeds. */
#ifndef GD_SWEEP_PLAN_H
#define GD_SWEEP_PLAN_H

#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/memory.h"
#include "engine/language/pipeline.h"

/* What the user asks for. Texts are borrowed. */
struct gd_sweep_request {
    const char *file;        /* a pipeline, or a YAML file with the key `sweep` */
    const char *const *vary; /* [vary_count] PATH=V1,V2,... */
    const char *const *set;  /* [set_count] PATH=VALUE, for all variants */
    const char *seeds;       /* A..B, single seeds, or several of these; NULL: those of the file */
    size_t vary_count, set_count;
};

struct gd_variant {
    const char *name;
    const char *slug; /* the name of its files: no two variants have the same */
    const char *file; /* its pipeline, an absolute path */
    const struct gd_override *sets;
    size_t set_count;
    size_t alike; /* the first variant with the same first step */
    double steps; /* that a run of it executes when no loop ends early; 0: not known */
};

struct gd_sweep_run {
    size_t variant;
    uint64_t seed;
    const char *folder; /* in that of the sweep: runs/SLUG/SEED */
    const char *tag;    /* SLUG-SEED: the name of its other files */
};

/* Runs are in the order in which they are begun: all variants of a seed, then those of the next. */
struct gd_sweep {
    struct gd_arena arena;
    const char *name; /* the file's, without folder and extension */
    const char *file; /* absolute */
    struct gd_variant *variants;
    uint64_t *seeds;
    struct gd_sweep_run *runs;
    size_t count, seed_count, run_count;
    const struct gd_registry *registry; /* by which pipelines are compared; borrowed */
};

/* Makes the plan. GD_BAD_INPUT when something is wrong with it, which is then among the problems, each with its place.
 * Whether the pipelines are valid is not looked at. Free with gd_sweep_clear in any case. */
enum gd_status gd_sweep_plan(struct gd_sweep *sweep, const struct gd_sweep_request *request,
                             struct gd_problems *problems);
void gd_sweep_clear(struct gd_sweep *sweep);

/* The parts of a plan that a manifest gives: adds a variant, seeds as text, and makes the runs from both. The texts are
 * copied. */
enum gd_status gd_sweep_add_variant(struct gd_sweep *sweep, const char *name, const char *file,
                                    const struct gd_override *sets, size_t set_count, struct gd_place place,
                                    struct gd_problems *problems);
enum gd_status gd_sweep_add_seeds(struct gd_sweep *sweep, const char *text, struct gd_place place,
                                  struct gd_problems *problems);
enum gd_status gd_sweep_add_runs(struct gd_sweep *sweep);

#endif

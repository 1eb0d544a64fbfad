/* A plan while it is made, shared by the files that read its parts. */
#ifndef GD_SWEEP_PLAN_PRIV_H
#define GD_SWEEP_PLAN_PRIV_H

#include "engine/language/tree.h"
#include "sweep/plan.h"

enum { GD_MOST_VARIANTS = 10000 };

/* A parameter and the values that it takes. */
struct gd_sweep_axis {
    const char *path;
    const char **values; /* as --set takes them */
    size_t count;
    struct gd_place place;
};

/* A variant before the axes are applied to it. */
struct gd_draft_variant {
    const char *name; /* NULL: the pipeline itself */
    const char *file;
    struct gd_override *sets;
    size_t set_count;
    struct gd_place place;
};

struct gd_draft {
    struct gd_sweep *sweep; /* all memory is in its arena */
    const char *file;       /* as the user named it */
    struct gd_tree tree;    /* of the sweep file */
    struct gd_sweep_axis *axes;
    struct gd_override *sets; /* of all variants */
    struct gd_draft_variant *variants;
    const char *seeds; /* of the sweep file; NULL: none */
    struct gd_place seeds_place;
    size_t axis_count, set_count, variant_count;
};

/* Reads PATH=V1,V2,... A value ends at a comma that is in no bracket and no quotes. */
enum gd_status gd_axis_parse(struct gd_arena *arena, const char *text, struct gd_sweep_axis *axis,
                             struct gd_place place, struct gd_problems *problems);
/* GD_BAD_INPUT for a path that variants may not set or vary: each has all seeds of the sweep. */
enum gd_status gd_path_check(const char *path, struct gd_place place, struct gd_problems *problems);

/* Adds the variants, axes and seeds of sweep->file; *found: it has the key `sweep`, and is no pipeline. */
enum gd_status gd_sweep_file_read(struct gd_draft *draft, bool *found, struct gd_problems *problems);

/* The path without links, from the root; NULL when there is no such file, or out of memory. */
const char *gd_absolute_path(struct gd_arena *arena, const char *path);

#endif

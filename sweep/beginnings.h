/* Which variants of a sweep begin alike, so that their runs of one seed can share that (engine/run/share.h). */
#ifndef GD_SWEEP_BEGINNINGS_H
#define GD_SWEEP_BEGINNINGS_H

#include "engine/run/share.h"
#include "sweep/plan.h"

/* What a variant is before each of its steps. */
struct gd_beginning {
    char **paths; /* [count], of steps in their order */
    char (*keys)[GD_DIGEST_SIZE];
    size_t count;
};

/* That of a variant from its pipeline. Free with gd_beginning_clear in any case. */
enum gd_status gd_beginning_make(struct gd_beginning *beginning, const struct gd_pipeline *pipeline,
                                 struct gd_error *error);
void gd_beginning_clear(struct gd_beginning *beginning);

/* How many steps of both pipelines are the same from the first on, those of loops counted once. The step at this place
 * is the first that differs, or cannot be told apart: what comes after it differs. */
size_t gd_beginning_common(const struct gd_beginning *one, const struct gd_beginning *other);

/* Sets `alike` of the variants, and where some begin alike makes the folder in which their runs share what has taken at
 * least `least` seconds. *cache: its path, to be freed with free(); NULL: there is none. `list` [variants]. */
enum gd_status gd_beginnings_open(const char *directory, struct gd_sweep *sweep, const struct gd_beginning *list,
                                  double least, char **cache, struct gd_error *error);

/* Removes what was shared: when all runs are finished nobody needs it any more. */
void gd_beginnings_remove(const char *directory);

#endif

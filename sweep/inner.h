/* The pipelines that are steps of a variant's pipeline, which are written beside it so that it can be run:
 * variants/SLUG/ID/pipeline.yaml, as in the folder of a run. */
#ifndef GD_SWEEP_INNER_H
#define GD_SWEEP_INNER_H

#include "engine/language/pipeline.h"

/* Zero-initialise; free with gd_inner_clear. */
struct gd_inner {
    struct gd_inner_file {
        char *path, *text; /* path: below the folder of variants */
    } * files;
    size_t count, capacity;
};

/* The pipelines in that of a variant. *text: a new string, the variant's own as it is written, of which the steps name
 * those files. GD_NO_MEMORY is the only failure. */
enum gd_status gd_inner_make(struct gd_inner *inner, const struct gd_pipeline *pipeline, const char *slug, char **text,
                             struct gd_error *error);
void gd_inner_clear(struct gd_inner *inner);

/* Writes the files that are missing in the directory of a sweep. GD_BAD_INPUT when one is of another pipeline. */
enum gd_status gd_inner_keep(const struct gd_inner *inner, const char *directory, const struct gd_registry *registry,
                             struct gd_error *error);

#endif

/* A run's pipeline, and the one of which it goes on where its values were changed (--extend). */
#ifndef GD_CLI_EXTENDED_H
#define GD_CLI_EXTENDED_H

#include "cli/cli.h"

/* Zero-initialise; gd_extended_close accepts any state. */
struct gd_extended {
    struct gd_job first; /* without any changes */
    struct gd_job before, now;
    char **recorded; /* the changes so far, NULL-ended */
    char *directory; /* of the run */
    struct gd_job *job;
    const struct gd_pipeline *former; /* NULL: nothing was changed */
};

/* Opens the pipeline of the source, and when a run is resumed, with the changes that its history has and those in
 * `extend`. Problems go to stderr as by gd_job_open. */
enum gd_status gd_extended_open(struct gd_extended *extended, const struct gd_source *source,
                                const struct gd_list *extend, struct gd_error *error);
void gd_extended_close(struct gd_extended *extended);

#endif

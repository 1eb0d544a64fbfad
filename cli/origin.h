/* The run that another one is started from (--from), and what a run that is resumed has from there. */
#ifndef GD_CLI_ORIGIN_H
#define GD_CLI_ORIGIN_H

#include "engine/run/inherit.h"

/* Zero-initialise; gd_origin_clear accepts any state. */
struct gd_origin {
    const char *from;   /* absolute; NULL: there is none */
    const char **given; /* the slots that have values, NULL-ended */
    struct gd_inheritance inheritance;
    char *recorded;
    char **recorded_given; /* [recorded_count] */
    size_t recorded_count;
};

/* Reads the run to start from. */
enum gd_status gd_origin_read(struct gd_origin *origin, const char *from, const struct gd_registry *registry,
                              struct gd_error *error);

/* What the run in a directory has recorded; nothing where it has no checkpoint that can be read. GD_BAD_INPUT when it
 * has had one that is missing. */
enum gd_status gd_origin_recall(struct gd_origin *origin, const char *directory, struct gd_error *error);
void gd_origin_clear(struct gd_origin *origin);

#endif

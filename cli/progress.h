/* What the user sees of a run while it works: a bar on a terminal, plain lines elsewhere, all on stderr. */
#ifndef GD_CLI_PROGRESS_H
#define GD_CLI_PROGRESS_H

#include "cli/cli.h"

struct gd_progress_view;

/* `job` must stay where it is. `quiet`: warnings only. `note`: said when the first step begins, unless NULL; borrowed.
 * NULL when out of memory. */
struct gd_progress_view *gd_progress_new(const struct gd_job *job, bool quiet, const char *note);

/* The same as plain lines, appended to a file that is opened when there is something to say; what cannot be written
 * there is left out. `path` is borrowed. */
struct gd_progress_view *gd_progress_log(const struct gd_job *job, const char *path, const char *note);

/* A line of its own. Accepts NULL, which says nothing. */
void gd_progress_say(struct gd_progress_view *view, const char *label, const char *text);

/* Clears the bar. Accepts NULL. */
void gd_progress_free(struct gd_progress_view *view);

struct gd_sink gd_progress_sink(struct gd_progress_view *view);

#endif

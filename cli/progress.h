/* What the user sees of a run while it works: a bar on a terminal, plain lines elsewhere, all on stderr. */
#ifndef GD_CLI_PROGRESS_H
#define GD_CLI_PROGRESS_H

#include "cli/cli.h"

struct gd_progress_view;

/* `job` must stay where it is. `quiet`: warnings only. `note`: said when the first step begins, unless NULL; borrowed.
 * NULL when out of memory. */
struct gd_progress_view *gd_progress_new(const struct gd_job *job, bool quiet, const char *note);

/* Clears the bar. Accepts NULL. */
void gd_progress_free(struct gd_progress_view *view);

struct gd_sink gd_progress_sink(struct gd_progress_view *view);

#endif

/* What the user sees of a sweep while it works: a table that fills, on a terminal; plain lines elsewhere; all on
 * stderr. */
#ifndef GD_CLI_SWEEP_VIEW_H
#define GD_CLI_SWEEP_VIEW_H

#include "sweep/pool.h"

struct gd_sweep_view;

/* `quiet`: failures only. NULL when out of memory. Free with gd_sweep_view_free, which accepts NULL. */
struct gd_sweep_view *gd_sweep_view_new(const struct gd_sweep *sweep, bool quiet);
void gd_sweep_view_free(struct gd_sweep_view *view);

struct gd_pool_view gd_sweep_view_calls(struct gd_sweep_view *view);

#endif

/* What `godiff watch` shows of a sweep. */
#ifndef GD_CLI_WATCH_SWEEP_H
#define GD_CLI_WATCH_SWEEP_H

#include <stdbool.h>

#include "engine/base/error.h"

/* Shows how the sweep in a directory stands, again every `interval` seconds, until all of its runs have ended or nobody
 * works on it: from its files alone. `html`: rewrites its page. */
enum gd_status gd_watch_sweep(const char *directory, double interval, bool once, bool html, struct gd_error *error);

/* Waits so many seconds, whatever signals come that do not end the process. */
void gd_watch_wait(double seconds);

#endif

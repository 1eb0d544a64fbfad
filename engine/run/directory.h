/* The output directory: whose it is, and whether this run may write there. */
#ifndef GD_ENGINE_DIRECTORY_H
#define GD_ENGINE_DIRECTORY_H

#include "engine/run/parts.h"

/* Takes the directory of the outermost part for this run, by the rules of gd_run, and makes it for a new run.
 * `checkpoint`: the path of run.h5. *lock: a descriptor that holds the lock until it is closed; -1: none. */
enum gd_status gd_directory_claim(const struct gd_parts *parts, const char *checkpoint, bool resume, int *lock,
                                  struct gd_error *error);

#endif

/* Files that a run was given, and that are elsewhere now: as when a project was moved, or copied to another machine. */
#ifndef GD_ENGINE_MOVED_H
#define GD_ENGINE_MOVED_H

#include "engine/base/error.h"

/* Puts the paths of `wanted`, the text of a pipeline.yaml, in the place of those in *text, an older one that is a new
 * string, where these are the same files: the checksum of what is at the path now is that of one of the inputs in
 * summary.json of the run's `directory` (engine/run/inputs.h). What differs otherwise stays as it is. */
enum gd_status gd_moved_adapt(char **text, const char *wanted, const char *directory, struct gd_error *error);

#endif

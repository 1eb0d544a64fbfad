/* Structures from files and other runs. */
#ifndef GD_STAGES_IMPORT_H
#define GD_STAGES_IMPORT_H

#include "atoms/system.h"
#include "engine/run/context.h"

/* For whom structures are read. */
struct gd_import {
    const struct gd_system *system;
    const struct gd_registry *registry;
    struct gd_context *context; /* that is told what of a run is lost; NULL: none */
};

/* Appends the structures of a file, or of the archive of a run, to a set of the system's structures, with their
 * energies and forces where they have them (gd_system_arrange). *pipeline: the text of the run's pipeline.yaml, free
 * with free(); NULL for a file. GD_BAD_INPUT names the path and the structure. */
enum gd_status gd_import_structures(const char *path, const struct gd_import *import, struct gd_set *set,
                                    char **pipeline, struct gd_error *error);

/* Reads the structures of all of these, NULL-ended, as a run will. */
enum gd_status gd_import_check(const char *const *paths, const struct gd_system *system, const struct gd_state *state,
                               struct gd_error *error);

#endif

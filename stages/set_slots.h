/* Callbacks of slots that hold sets of structures (engine/language/slot.h). */
#ifndef GD_STAGES_SET_SLOTS_H
#define GD_STAGES_SET_SLOTS_H

#include "atoms/structure.h"
#include "engine/run/state.h"

/* `write` and `append`: an extended XYZ file. */
enum gd_status gd_set_write(const void *set, const char *path, struct gd_error *error);
enum gd_status gd_set_write_more(const void *set, const char *path, size_t *from, struct gd_error *error);

/* `fits`: structures of one pipeline are those of another. */
enum gd_status gd_structures_fit(const struct gd_state *from, const struct gd_state *to, struct gd_error *error);

/* `check`: the structures are of the pipeline's system, all atoms somewhere; those that have a serial number also have
 * energies and forces that are numbers. */
enum gd_status gd_structures_check(const void *set, const struct gd_state *pipeline, struct gd_error *error);
enum gd_status gd_energies_check(const void *set, const struct gd_state *pipeline, struct gd_error *error);

#endif

/* The state of a run: one value per slot. */
#ifndef GD_ENGINE_STATE_H
#define GD_ENGINE_STATE_H

#include <stdint.h>

#include "engine/language/slot.h"

/* The registry outlives the state and gets no more slots. NULL when out of memory. */
struct gd_state *gd_state_new(const struct gd_registry *registry);
void gd_state_free(struct gd_state *state);

const struct gd_registry *gd_state_registry(const struct gd_state *state);

/* The slot's value, or NULL when nothing wrote it. Unknown names give NULL. */
void *gd_state_get(const struct gd_state *state, const char *slot);

/* The same for those who look on while a stage runs, such as progress: it does not count as the stage's reading. */
void *gd_state_get_untracked(const struct gd_state *state, const char *slot);

/* What has been done to a slot since gd_state_reset_accesses. */
enum { GD_STATE_READ = 1, GD_STATE_WRITTEN = 2 };
void gd_state_reset_accesses(struct gd_state *state);
int gd_state_accesses(const struct gd_state *state, size_t slot); /* index in gd_registry_slots */

/* Gives a value to a slot, which owns it from then on; the former value is destroyed. NULL empties the slot. The value
 * is gone from the caller's hands whatever comes of it. GD_FAILED when there is no such slot: a mistake in the code
 * that calls, and without the slot the value cannot be freed. */
enum gd_status gd_state_put(struct gd_state *state, const char *slot, void *value, struct gd_error *error);

/* The same for what no stage declares, because it is not the stage's but that of the script it comes from. */
enum gd_status gd_state_put_untracked(struct gd_state *state, const char *slot, void *value, struct gd_error *error);

/* Moves a value from one state to another of the same registry; the slot of `from` is empty in any case. */
enum gd_status gd_state_move(struct gd_state *to, struct gd_state *from, const char *slot, struct gd_error *error);

/* A copy of a value, such as saving and loading it gives; an empty slot empties the other. The slot can be saved. */
enum gd_status gd_state_copy(struct gd_state *to, const struct gd_state *from, const char *slot,
                             struct gd_error *error);

/* The iteration of the innermost loop, from 0 (int64): the one slot that the engine writes. */
extern const struct gd_slot gd_slot_iteration;

/* Slots of one number, a double or an int64. `otherwise` is what an empty slot gives. */
double gd_state_real(const struct gd_state *state, const char *slot, double otherwise);
int64_t gd_state_integer(const struct gd_state *state, const char *slot, int64_t otherwise);
enum gd_status gd_state_put_real(struct gd_state *state, const char *slot, double value, struct gd_error *error);
enum gd_status gd_state_put_integer(struct gd_state *state, const char *slot, int64_t value, struct gd_error *error);

/* Callbacks of slots that hold a double or an int64, saved as a scalar in /parameters. gd_integer_check: 0 to 2^53. */
enum gd_status gd_real_save(const void *value, struct gd_h5 *file, const char *name, struct gd_error *error);
enum gd_status gd_real_load(void **value, struct gd_h5 *file, const char *name, const struct gd_registry *registry,
                            struct gd_error *error);
double gd_real_figure(const void *value);
enum gd_status gd_integer_save(const void *value, struct gd_h5 *file, const char *name, struct gd_error *error);
enum gd_status gd_integer_load(void **value, struct gd_h5 *file, const char *name, const struct gd_registry *registry,
                               struct gd_error *error);
enum gd_status gd_integer_check(const void *value, const struct gd_state *pipeline, struct gd_error *error);
double gd_integer_figure(const void *value);

/* All slots to and from an open file or group. Every value that is loaded is checked first; failures name the file and
 * the slot, and leave the state as it was. */
enum gd_status gd_state_save(const struct gd_state *state, struct gd_h5 *file, struct gd_error *error);
enum gd_status gd_state_load(struct gd_state *state, struct gd_h5 *file, struct gd_error *error);

#endif

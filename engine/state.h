/* The state of a run: one value per slot. A slot's type knows how to save and load itself, so a checkpoint is "all
 * slots" and a new slot is checkpointed without touching the engine. */
#ifndef GD_ENGINE_STATE_H
#define GD_ENGINE_STATE_H

#include <stdint.h>

#include "engine/error.h"

struct cJSON;
struct gd_h5;
struct gd_registry;
struct gd_state;

struct gd_slot {
    const char *name, *summary;

    /* Writes to and reads from an open HDF5 file or group, under the slot's name, wherever the type has its place
     * (scalars in parameters, structures in particles), by paths relative to it. NULL: not saved, because a section
     * makes it anew. load sets *value to NULL when the file has nothing of this name; what the value names, such as
     * the noise of a model, is the registry's. */
    enum gd_status (*save)(const void *value, struct gd_h5 *file, const char *name, struct gd_error *error);
    enum gd_status (*load)(void **value, struct gd_h5 *file, const char *name, const struct gd_registry *registry,
                           struct gd_error *error);
    void (*destroy)(void *value); /* accepts NULL */

    /* Whether a value out of a file is one that a run of the pipeline can have left; `pipeline`: what its sections
     * make. GD_BAD_INPUT with what is wrong. A slot that can be loaded has it. */
    enum gd_status (*check)(const void *value, const struct gd_state *pipeline, struct gd_error *error);

    /* Optional: a number for every line of metrics.jsonl and for summary.json (NaN: null). */
    const char *figure;
    double (*read_figure)(const void *value);
    bool integer; /* the figure is printed as an integer */

    /* Optional: adds what the slot has to say to summary.json. `state` gives the other slots. */
    enum gd_status (*summarise)(const void *value, struct cJSON *summary);

    /* Optional: whether a value that a pipeline in state `from` leaves has a place in a pipeline in state `to`; both
     * have run their sections, and `from` may lack the value itself. GD_BAD_INPUT with a message that says what
     * differs. Without it a value fits anywhere. */
    enum gd_status (*fits)(const struct gd_state *from, const struct gd_state *to, struct gd_error *error);
    bool handed_on; /* a pipeline in another one hands it on unless it says what else */

    /* Optional: a file that the run leaves behind (best.extxyz, ...). `path` is a temporary name; the engine renames
     * it when complete. */
    const char *file;
    enum gd_status (*write)(const void *value, const char *path, struct gd_error *error);
};

/* The registry outlives the state and gets no more slots. NULL when out of memory. */
struct gd_state *gd_state_new(const struct gd_registry *registry);
void gd_state_free(struct gd_state *state);

const struct gd_registry *gd_state_registry(const struct gd_state *state);

/* The slot's value, or NULL when nothing wrote it. Unknown names give NULL. */
void *gd_state_get(const struct gd_state *state, const char *slot);

/* The same for those who look on while a stage runs, such as progress: it does not count as the stage's reading. */
void *gd_state_peek(const struct gd_state *state, const char *slot);

/* What has been done to a slot since gd_state_watch. */
enum { GD_STATE_READ = 1, GD_STATE_WRITTEN = 2 };
void gd_state_watch(struct gd_state *state);
int gd_state_seen(const struct gd_state *state, size_t slot); /* index in gd_registry_slots */

/* Gives a value to a slot, which owns it from then on; the former value is destroyed. NULL empties the slot. The value
 * is gone from the caller's hands whatever comes of it. GD_FAILED when there is no such slot: a mistake in the code
 * that calls, with nobody left who knows how to free the value. */
enum gd_status gd_state_put(struct gd_state *state, const char *slot, void *value, struct gd_error *error);

/* The same for what no stage declares, because it is not the stage's but that of the script it comes from. */
enum gd_status gd_state_poke(struct gd_state *state, const char *slot, void *value, struct gd_error *error);

/* Moves a value from one state to another of the same registry; the slot of `from` is empty in any case. */
enum gd_status gd_state_move(struct gd_state *to, struct gd_state *from, const char *slot, struct gd_error *error);

/* A copy of a value, such as saving and loading it gives; an empty slot empties the other. The slot can be saved. */
enum gd_status gd_state_copy(struct gd_state *to, const struct gd_state *from, const char *slot,
                             struct gd_error *error);

/* Numbers: the slot types of temperature (double) and iteration, evaluations (int64). `otherwise` is what
 * an empty slot gives. */
extern const struct gd_slot gd_slot_temperature, gd_slot_iteration, gd_slot_evaluations;
double gd_state_real(const struct gd_state *state, const char *slot, double otherwise);
int64_t gd_state_integer(const struct gd_state *state, const char *slot, int64_t otherwise);
enum gd_status gd_state_put_real(struct gd_state *state, const char *slot, double value, struct gd_error *error);
enum gd_status gd_state_put_integer(struct gd_state *state, const char *slot, int64_t value, struct gd_error *error);

/* Save, load and check (0 to 2^53) of an int64 slot, for slots of that type that other folders add. */
enum gd_status gd_integer_save(const void *value, struct gd_h5 *file, const char *name, struct gd_error *error);
enum gd_status gd_integer_load(void **value, struct gd_h5 *file, const char *name, const struct gd_registry *registry,
                               struct gd_error *error);

enum gd_status gd_integer_check(const void *value, const struct gd_state *pipeline, struct gd_error *error);

/* All slots to and from an open file or group. Every value that is loaded is checked first; failures name the file and
 * the slot, and leave the state as it was. */
enum gd_status gd_state_save(const struct gd_state *state, struct gd_h5 *file, struct gd_error *error);
enum gd_status gd_state_load(struct gd_state *state, struct gd_h5 *file, struct gd_error *error);

#endif

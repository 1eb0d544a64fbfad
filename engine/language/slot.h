/* A slot: the descriptor of one value of a run's state. A slot's type knows how to save and load its value, so a
 * checkpoint is "all slots" and a new slot is checkpointed without touching the engine. */
#ifndef GD_ENGINE_SLOT_H
#define GD_ENGINE_SLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/error.h"

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
    /* Optional: whether a value that fits hardly means there what it meant before; `text` says why. */
    bool (*doubt)(const struct gd_state *from, const struct gd_state *to, char *text, size_t size);
    bool taken_by_default; /* an inner pipeline passes it on by default */
    bool inherited;        /* a run that starts from another one (--from) takes it over */
    const char *depends;   /* the value is of use only where this section of the pipeline is the same; NULL: anywhere */
    bool local;            /* it means something inside of one pipeline only, and is never passed on */

    /* Optional: a file that the run leaves behind (best.extxyz, ...). `path` is a temporary name; the engine renames
     * it when complete. */
    const char *file;
    enum gd_status (*write)(const void *value, const char *path, struct gd_error *error);
    bool current; /* the file is written at checkpoints too */

    /* Optional, for values that grow: adds to a file the entries from *from on, which becomes the number of all.
     * Written in pieces, the file has the same bytes as one that `write` writes. */
    enum gd_status (*append)(const void *value, const char *path, size_t *from, struct gd_error *error);
};

#endif

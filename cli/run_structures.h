/* The structures of a run, live, killed or finished, with all that is known of them. */
#ifndef GD_CLI_RUN_STRUCTURES_H
#define GD_CLI_RUN_STRUCTURES_H

#include "atoms/extxyz.h"
#include "cli/select.h"
#include "engine/run/state.h"

/* A run, read from run.h5, its journal, metrics.jsonl and history.jsonl. Zero-initialise; gd_run_clear accepts any
 * state of it. */
struct gd_run_files {
    const char *directory;
    struct gd_state *state;
    struct gd_run_step *steps; /* [step_count] those that evaluated structures, in order */
    size_t step_count;
    int64_t inherited; /* evaluations of the run that it was started from */
    bool finished;     /* nothing is added any more */
};

/* An executed step, by a line of metrics.jsonl. */
struct gd_run_step {
    int64_t evaluations; /* in all, after it */
    double iteration, temperature;
    char *name;
};

/* Warns of checkpoints that are lost. GD_BAD_INPUT when there is no run, or its state is not saved yet, or missing. */
enum gd_status gd_run_read(struct gd_run_files *run, const char *directory, const struct gd_registry *registry,
                           struct gd_error *error);
void gd_run_clear(struct gd_run_files *run);

/* Sets of structures of a run: the names for --what, NULL-ended. */
extern const char *const gd_run_sets[];

/* The properties of a structure, in a fixed order: what a condition may name, and the columns of a table. */
enum {
    GD_PROPERTY_INDEX,
    GD_PROPERTY_EVALUATION,
    GD_PROPERTY_ITERATION,
    GD_PROPERTY_TEMPERATURE,
    GD_PROPERTY_STEP,
    GD_PROPERTY_ENERGY,
    GD_PROPERTY_FMAX,
    GD_PROPERTY_MET,
    GD_PROPERTY_REASON,
    GD_PROPERTY_PATH_WEIGHT,
    GD_PROPERTIES
};

/* One of the sets (a place in gd_run_sets) of a run. */
struct gd_run_set {
    const struct gd_set *set; /* NULL: the run has none */
    const int64_t *met;       /* of minima */
    const int32_t *reasons;   /* of rejected structures */
    char *const *words;       /* of those on which the potential failed */
};
struct gd_run_set gd_run_find_set(const struct gd_run_files *run, int what);

/* The properties of structure k, [GD_PROPERTIES + 1] with the end of the list. */
void gd_run_properties(const struct gd_run_files *run, const struct gd_run_set *set, size_t k,
                       struct gd_field fields[GD_PROPERTIES + 1]);

/* Writes structure k as extended XYZ, its properties in the comment line. `mask`: [atoms] "F" or "T". */
enum gd_status gd_run_write(FILE *stream, const struct gd_run_set *set, size_t k, const struct gd_field *fields,
                            const char **mask, struct gd_error *error);

/* "F" for the fixed atoms of a set, "T" for the others; NULL when out of memory. Free with free(). */
const char **gd_run_mask(const struct gd_set *set);

/* Structures for a command: of a file, of a run (its archive), or of standard input ("-"). */
enum gd_status gd_input_read(const char *path, const struct gd_registry *registry, struct gd_frames *frames,
                             struct gd_error *error);

#endif

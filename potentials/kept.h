/* A potential whose results are kept on disk as they come, so that no evaluation is made twice: not by a run that was
 * killed and is continued, nor for a structure that comes again. */
#ifndef GD_POTENTIALS_KEPT_H
#define GD_POTENTIALS_KEPT_H

#include "engine/base/store.h"
#include "potentials/potential.h"

/* What every slow potential lets a user say about its results; rows of its parameters at `place`. */
struct gd_kept_params {
    const char *store, *version;
};

#define GD_KEPT_ROWS(place)                                                                                            \
    {.name = "store",                                                                                                  \
     .type = GD_PATH,                                                                                                  \
     .offset = (place) + offsetof(struct gd_kept_params, store),                                                       \
     .optional = true,                                                                                                 \
     .resource = true,                                                                                                 \
     .help = "File of results that runs share; made when missing. Otherwise a run keeps its own."},                    \
    {                                                                                                                  \
        .name = "version", .type = GD_STRING, .offset = (place) + offsetof(struct gd_kept_params, version),            \
        .optional = true,                                                                                              \
        .help = "What else results depend on, such as versions and settings: a kept result is used where this is the " \
                "same."                                                                                                \
    }

/* What gives the results of `inner`, which it owns, also when this fails. identity: what they depend on beside the
 * structure, as text, where the potential does not say so itself (gd_potential_class.identify). version: what they
 * depend on besides; NULL: nothing. Both are copied. */
enum gd_status gd_kept_new(struct gd_potential **kept, struct gd_potential *inner, const char *identity,
                           const char *version, struct gd_error *error);

/* gd_potential_make, with results that are kept if the potential is slow: in its `store`, if it has one. */
enum gd_status gd_kept_make(const struct gd_choice *choice, struct gd_potential **potential, struct gd_error *error);

/* Adds a result that was found elsewhere, energy and forces, to the store of a potential made by gd_kept_make.
 * GD_BAD_INPUT when it has none. */
enum gd_status gd_kept_add(const struct gd_potential *potential, const struct gd_structure *structure,
                           struct gd_error *error);

/* Whether the potential keeps its results in a store: one that runs share, or the run's own. */
bool gd_kept_has_store(const struct gd_potential *potential);

/* Closes the store of a potential, if it has one: every structure is evaluated from here on, and no result is kept. */
void gd_kept_close_store(struct gd_potential *potential);

/* Adds what the store `path` has to the store of a potential that has one (gd_kept_has_store). What is there already
 * stays. */
enum gd_status gd_kept_merge(const struct gd_potential *potential, const char *path, struct gd_error *error);

/* --- What is in a store ------------------------------------------------------------------------------------------- */

/* An evaluation, or the text of a potential, as a store has it. Arrays are new (gd_kept_clear). */
struct gd_kept_value {
    struct gd_structure structure; /* count 0: it is the text of a potential */
    bool failed;                   /* there is no energy, for the reason `text` */
    bool known;                    /* `potential` is known: stores of the beginning lack it */
    struct gd_store_key potential; /* the key of its text in the store */
    char *text;
};

/* GD_BAD_INPUT when the value is neither. */
enum gd_status gd_kept_read(const void *bytes, size_t length, struct gd_kept_value *value, struct gd_error *error);
void gd_kept_clear(struct gd_kept_value *value);

/* The key of the result of a structure by the potential of this text. */
struct gd_store_key gd_kept_key(const char *identity, const struct gd_structure *structure);

#endif

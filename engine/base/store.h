/* A file of values by keys that only grows: what was paid for is in it as soon as it is known.
 *
 * The file begins with GD_STORE_MAGIC; records follow: their length, a SHA-256 over all the rest, the key, the value.
 * What a write that was cut off has left at the end is dropped when the file is opened. A record whose sum is another,
 * or whose length is spoiled, is passed over: what comes after it is found. What cannot be read is a failure, and
 * nothing is dropped. */
#ifndef GD_ENGINE_STORE_H
#define GD_ENGINE_STORE_H

#include <stdint.h>

#include "engine/base/error.h"

#define GD_STORE_MAGIC "godiff store\n\1\0\0" /* 16 bytes */

/* A SHA-256. */
struct gd_store_key {
    unsigned char bytes[32];
};

struct gd_piece {
    const void *bytes;
    size_t length;
};

/* The key of some pieces, one after another. */
struct gd_store_key gd_store_key_of(const struct gd_piece *pieces, size_t count);

struct gd_store;

enum gd_store_mode {
    GD_STORE_ALONE,  /* one process at a time: GD_FAILED when another has it */
    GD_STORE_SHARED, /* several processes add to it, and find what the others have added */
    GD_STORE_READ,   /* as it is, also while another process adds to it; nothing can be added */
};

/* Opens a store, made when missing unless it is only read. GD_BAD_INPUT when the file is none; GD_FAILED when it cannot
 * be opened or read, or not be shared, since the file system has no locks. Free with gd_store_close. */
enum gd_status gd_store_open(struct gd_store **store, const char *path, enum gd_store_mode mode,
                             struct gd_error *error);
void gd_store_close(struct gd_store *store); /* accepts NULL */

size_t gd_store_count(const struct gd_store *store);

/* As it was opened. */
const char *gd_store_path(const struct gd_store *store);

/* How many places were passed over because they were damaged. */
size_t gd_store_damaged(const struct gd_store *store);

/* The value of a key as a new array, free with free(); *value is NULL when there is none. From any thread. */
enum gd_status gd_store_find(struct gd_store *store, const struct gd_store_key *key, void **value, size_t *length,
                             struct gd_error *error);

/* Adds a value, of pieces one after another, unless the key is there. It is in the file when this returns, and on the
 * disk a second later at the latest, if more is added, or after gd_store_sync. From any thread. */
enum gd_status gd_store_add(struct gd_store *store, const struct gd_store_key *key, const struct gd_piece *pieces,
                            size_t count, struct gd_error *error);
enum gd_status gd_store_sync(struct gd_store *store, struct gd_error *error);

/* Calls `visit` with each value, in the order in which they were added; the first failure ends it. Not while others add
 * to it from this process. */
typedef enum gd_status gd_store_visit(void *context, const struct gd_store_key *key, const void *value, size_t length,
                                      struct gd_error *error);
enum gd_status gd_store_each(struct gd_store *store, gd_store_visit *visit, void *context, struct gd_error *error);

#endif

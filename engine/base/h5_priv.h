/* Files in memory, and the way between them and libhdf5's child processes. */
#ifndef GD_ENGINE_H5_PRIV_H
#define GD_ENGINE_H5_PRIV_H

#include <stdio.h>

#include "engine/base/digest.h"
#include "engine/base/h5.h"

#define GD_H5_DEPTH 64 /* the most groups in one another */

enum gd_h5_kind {
    GD_H5_GROUP,
    GD_H5_VALUES, /* elements of an enum gd_h5_type, one after the other */
    GD_H5_TEXTS,  /* texts one after the other, each with its NUL */
    GD_H5_LINK,   /* the path of another object, with its NUL */
    GD_H5_CLOSED, /* what cannot be read, for the reason of an enum gd_h5_closed */
};

enum gd_h5_closed { GD_H5_FOREIGN, GD_H5_EMPTY, GD_H5_UNBACKED, GD_H5_UNREADABLE };

/* An object or attribute. */
struct gd_h5 {
    char *name; /* of the root: the path of the file */
    struct gd_h5 *parent, *next;
    struct gd_h5 *children, *last_child;       /* in the order of their names */
    struct gd_h5 *attributes, *last_attribute; /* in the order of their names */
    enum gd_h5_kind kind;
    int type; /* enum gd_h5_type or enum gd_h5_closed */
    int rank;
    size_t shape[GD_H5_RANK];
    size_t size; /* of `bytes` */
    void *bytes;
    bool lent; /* the bytes are the caller's */
};

/* --- The tree: h5_tree.c
 * ------------------------------------------------------------------------------------------------
 */

extern const size_t gd_h5_sizes[]; /* by enum gd_h5_type: bytes of an element */

/* The object or attribute, links followed; NULL: none. */
struct gd_h5 *gd_h5_find(struct gd_h5 *place, const char *path, const char *attribute);

struct gd_h5 *gd_h5_named(struct gd_h5 *list, const char *name, size_t length); /* NULL: none */

/* Adds an object to a group, or an attribute to an object, and leaves what it holds to the caller: kind, type, sizes
 * and bytes, which the tree frees. NULL when it is there already, or out of memory (*taken is false then). */
struct gd_h5 *gd_h5_add(struct gd_h5 *owner, const char *name, size_t length, bool attribute, bool *taken);

/* The number of elements or texts; false when it overflows. */
bool gd_h5_count(const struct gd_h5 *item, size_t *count);

/* Rows: the entries of the first dimension of a dataset, or all bytes of anything else. */
size_t gd_h5_rows(const struct gd_h5 *item);
size_t gd_h5_row_size(const struct gd_h5 *item); /* in bytes; 0 without rows */

/* Whether two items hold the same kind of rows, of the same size. */
bool gd_h5_rows_alike(const struct gd_h5 *one, const struct gd_h5 *other);

/* What names an object or attribute in a message. */
struct gd_h5_item {
    struct gd_h5 *place;
    const char *path, *attribute; /* attribute NULL: an object */
    struct gd_error *error;
};

/* gd_fail with "FILE: /group/path: attribute name: message". */
enum gd_status gd_h5_fail(const struct gd_h5_item *item, enum gd_status status, const char *format, ...)
    GD_PRINTF(3, 4);

/* SHA-256 of all that is in a file but the digest itself, as hexadecimal digits. */
void gd_h5_digest(const struct gd_h5 *file, char digest[GD_DIGEST_SIZE]);

/* --- What a child sends: h5_records.c ------------------------------------------------------------------------------
 */

/* One record for every object and attribute, in the order of their names: an object, its attributes, then what is in
 * it. At the end comes one of the kind GD_H5_END, or of the kind GD_H5_REFUSAL with a text: why the file is refused. */
struct gd_h5_record {
    uint8_t kind, type, rank, attribute;
    uint32_t depth;      /* of the object in the file: the root has 0, which has no record of its own */
    uint64_t name, size; /* bytes of the name and of what it holds, both of which follow */
    uint64_t shape[GD_H5_RANK];
};

#define GD_H5_END     100
#define GD_H5_REFUSAL 101

/* What follows a record of changes, before the name: the first `kept` rows are those of the item that was there before,
 * and each other begins with the first `common` bytes of row 0. Neither is repeated in the bytes; row 0 is whole. */
struct gd_h5_change {
    uint64_t kept, common;
};

/* How many of the rows that are not kept come whole: all, or row 0 at most. */
static inline size_t gd_h5_whole_rows(const struct gd_h5_change *change, size_t rows)
{
    return !change->common ? rows - change->kept : change->kept == 0;
}

/* The record of an item, but for its depth. */
struct gd_h5_record gd_h5_record(const struct gd_h5 *item, bool attribute);

/* Fills an empty file from what comes out of a pipe, of which nothing is trusted. GD_BAD_INPUT with a message when the
 * file is refused; GD_FAILED without one when the records end early or are not in order; `most`: bytes that it may
 * take. */
enum gd_status gd_h5_receive(int pipe, size_t most, struct gd_h5 *file, struct gd_error *error);

/* --- libhdf5: h5_walk.c and h5_build.c, for a child process alone
 * ----------------------------------------------------------------
 */

/* Both answer as the child exits: GD_OK, GD_BAD_INPUT (reading), GD_FAILED, GD_NO_MEMORY. */
enum gd_status gd_h5_library_read(const char *path, const char *part, FILE *records); /* part NULL: all */
/* *image belongs to libhdf5. Large datasets with rows that are alike are compressed. */
enum gd_status gd_h5_library_build(const struct gd_h5 *file, const void **image, size_t *size);

/* --- Child processes: h5_child.c -------------------------------------------------------------------------------------
 */

/* What a file holds, into the empty `file`; as gd_h5_open. */
enum gd_status gd_h5_child_read(const char *path, const char *part, struct gd_h5 *file, struct gd_error *error);

/* Writes a file to a descriptor; `path` is for messages. */
enum gd_status gd_h5_child_write(const struct gd_h5 *file, int descriptor, const char *path, struct gd_error *error);

#endif

/* What the files that call libhdf5 share. All of it is for a child process alone. */
#ifndef GD_ENGINE_H5_LIBRARY_PRIV_H
#define GD_ENGINE_H5_LIBRARY_PRIV_H

#include <hdf5.h>

#include "engine/base/h5_priv.h"
#include "engine/base/memory.h"

/* --- Failures and types: h5_library.c --------------------------------------------------------------------------- */

/* Whether a call has run out of memory so far. */
extern bool gd_h5_out_of_memory;

/* Keeps libhdf5 from printing, and notes when it runs out of memory. */
void gd_h5_watch_failures(void);

/* GD_NO_MEMORY when a call has run out of memory so far, else `status`. */
enum gd_status gd_h5_failure(enum gd_status status);

/* Stored: little-endian whatever the machine is. Bools are the enum (FALSE, TRUE) that h5py and H5MD use. */
hid_t gd_h5_element_type(enum gd_h5_type type, bool stored);

/* Strings of `size` bytes, their NUL included, or of any length with H5T_VARIABLE. */
hid_t gd_h5_text_type(size_t size, H5T_cset_t set);

/* --- The walk through a file: h5_walk.c and h5_values.c ---------------------------------------------------------- */

/* An object that has several names: the first of them. */
struct gd_h5_known {
    unsigned long number[2];
    char *path;
};

struct gd_h5_walk {
    FILE *records;
    const char *part; /* NULL: all */
    struct gd_h5_known *known;
    size_t known_count, known_capacity;
    struct gd_text path; /* of the object at work */
    uint32_t depth;
    enum gd_status status; /* what ended the walk */
};

/* A dataset or attribute at work. */
struct gd_h5_source {
    hid_t id, type, space;
    bool attribute;
    struct gd_h5 item;
};

/* Notes what ends the walk, unless something has ended it already. */
enum gd_status gd_h5_walk_end(struct gd_h5_walk *walk, enum gd_status status);

/* Writes the record of an item. */
enum gd_status gd_h5_walk_send(struct gd_h5_walk *walk, const struct gd_h5 *item, bool attribute);

/* Reads and sends an open dataset or attribute, and closes its type and space. */
enum gd_status gd_h5_walk_values(struct gd_h5_walk *walk, struct gd_h5_source *source);

#endif

/* What reading, trying and writing HDF5 share: one dataset or attribute while it is open, and the types of elements. */
#ifndef GD_ENGINE_H5_PRIV_H
#define GD_ENGINE_H5_PRIV_H

#include "engine/h5.h"

/* HDF5's printing of its error stack, switched off between hush and restore. */
struct gd_h5_printing {
    H5E_auto2_t function;
    void *data;
};

struct gd_h5_printing gd_h5_hush(void);
void gd_h5_restore(struct gd_h5_printing printing);

/* A dataset or attribute: its handles, closed together, and what names it in a message. */
struct gd_h5_item {
    hid_t place;
    const char *path, *attribute; /* attribute NULL: a dataset */
    struct gd_error *error;
    struct gd_h5_printing printing;
    hid_t id, type, space;
};

/* Hushes HDF5 until gd_h5_end, which closes what was opened. */
struct gd_h5_item gd_h5_begin(hid_t place, const char *path, const char *attribute, struct gd_error *error);
void gd_h5_end(struct gd_h5_item *item);

/* gd_fail with "FILE: /group/path: message"; GD_NO_MEMORY instead when the HDF5 call just before failed for that. */
enum gd_status gd_h5_fail(const struct gd_h5_item *item, enum gd_status status, const char *format, ...)
    GD_PRINTF(3, 4);

/* Readers of an item, which they end: its rank; its numbers, into a new array when *values
 * is NULL; its strings, of rank 0 (then *count is 1) or 1. Sizes may be GD_H5_ANY. */
enum gd_status gd_h5_read_rank(struct gd_h5_item item, int *rank);
enum gd_status gd_h5_read_elements(struct gd_h5_item item, enum gd_h5_type type, int rank, size_t *shape,
                                   void **values);
enum gd_status gd_h5_read_texts(struct gd_h5_item item, int rank, size_t *count, char ***texts);

/* Opens a file to read, negative when HDF5 refuses; HDF5 is hushed. */
hid_t gd_h5_open_untried(const char *path);

/* Whether HDF5 survives the file, found out in a child process; HDF5 is hushed. GD_BAD_INPUT when it does not, when it
 * is no HDF5 file, or when it asks for more memory than a file of its size can need; GD_NO_MEMORY when there is too
 * little; GD_FAILED when there can be no child. */
enum gd_status gd_h5_probe(const char *path, struct gd_error *error);

/* The HDF5 type of an element in the file or in memory, to be closed by the caller. */
hid_t gd_h5_element_type(enum gd_h5_type type, bool stored);

/* Strings of `size` bytes, their NUL included, or of any length with H5T_VARIABLE. */
hid_t gd_h5_text_type(size_t size, H5T_cset_t set);

#endif

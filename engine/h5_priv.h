/* What reading and writing HDF5 share: one dataset or attribute while it is open, and the types of elements. */
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

/* gd_fail with "FILE: /group/path: message". */
enum gd_status gd_h5_fail(const struct gd_h5_item *item, enum gd_status status, const char *format, ...)
    GD_PRINTF(3, 4);

/* The HDF5 type of an element in the file or in memory, to be closed by the caller. */
hid_t gd_h5_element_type(enum gd_h5_type type, bool stored);

/* Strings of `size` bytes, their NUL included, or of any length with H5T_VARIABLE. */
hid_t gd_h5_text_type(size_t size, H5T_cset_t set);

#endif

/* What changes in a file in memory from one moment to the next. Contents are compared by hashes of 64 bits, so that of
 * the earlier moment little is kept.
 *
 * A row is an entry of the first dimension of a dataset. Datasets that have grown change by their new rows alone, and
 * all change by no more than what their new rows do not have in common with row 0 at their beginning: the fixed atoms
 * of structures are there once. */
#ifndef GD_ENGINE_H5_CHANGES_H
#define GD_ENGINE_H5_CHANGES_H

#include "engine/base/h5.h"

struct gd_text;

/* What a file held when it was last compared. Zero-initialise. */
struct gd_h5_trace {
    struct gd_h5 *seen; /* the same tree, of hashes in place of values */
    uint64_t count;     /* of comparisons */
};

/* Compares a file with the trace of it, and makes the trace that of the file as it is now. */
enum gd_status gd_h5_compare(struct gd_h5_trace *trace, const struct gd_h5 *file, struct gd_error *error);
void gd_h5_forget(struct gd_h5_trace *trace); /* everything counts as new */

/* What the last comparison has found: whether all that is in `group` of the name NAME, or in FOLDER/NAME there, is as
 * it was; and how many of the first rows are, in every dataset of these. `group` is a path, or "". Without a trace
 * (NULL) nothing is. */
struct gd_h5_kept {
    bool all;
    size_t rows;
};
struct gd_h5_kept gd_h5_find_kept(const struct gd_h5_trace *trace, const char *group, const char *name);

/* Adds what the last comparison has found new. The file is the one that was compared. */
void gd_h5_add_changes(const struct gd_h5_trace *trace, const struct gd_h5 *file, struct gd_text *changes);

/* Makes a file what it was after the changes; closes it on failure (*file is NULL then). */
enum gd_status gd_h5_apply(struct gd_h5 **file, const void *changes, size_t length, struct gd_error *error);

#endif

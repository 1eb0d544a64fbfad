/* HDF5 in the few shapes godiff needs: typed arrays, strings and attributes by path, and whole files.
 *
 * libhdf5 works in child processes alone, because it crashes on some damaged files and where memory is short. What it
 * reads there comes over a pipe into a tree in memory, from which all readers here take; what the writers here add to a
 * tree becomes a file in another child. No file is kept open.
 *
 * Every failure gives one message that names the file and the object. Reading distrusts the file: it fails with
 * GD_BAD_INPUT, writing with GD_FAILED. Objects carry no time stamps, so equal content makes equal files. */
#ifndef GD_ENGINE_H5_H
#define GD_ENGINE_H5_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

/* Type of the elements in memory; stored alike, little-endian, bools as the enum (FALSE, TRUE) that h5py and H5MD use.
 */
enum gd_h5_type { GD_H5_DOUBLE, GD_H5_FLOAT, GD_H5_INT32, GD_H5_INT64, GD_H5_BOOL };

#define GD_H5_ANY  SIZE_MAX /* a size that a reader accepts as it comes */
#define GD_H5_RANK 8        /* the most dimensions an array has */

/* A group, with all that is in it; the root of a file stands for the file. */
struct gd_h5;

/* Reads a file. Soft links and further names of one object lead to what they name within the file. Refused are files
 * that reach outside (external links, external storage, virtual datasets), those that are no regular files, that crash
 * libhdf5, that need more time or memory than a file of their size can, or whose checksum is another; those without one
 * are of other programs. GD_FAILED when there can be no child. Free with gd_h5_close. */
enum gd_status gd_h5_open(const char *path, struct gd_h5 **file, struct gd_error *error);

/* The same of the object at `part` ("/parameters/run") and what is in it alone, without a look at the checksum. */
enum gd_status gd_h5_open_part(const char *path, const char *part, struct gd_h5 **file, struct gd_error *error);

/* A new file, empty; gd_h5_save puts it on disk at `path`, as gd_file_write does, with a checksum: the attribute
 * GD_H5_DIGEST of its root, SHA-256 of all that is in the file, in hexadecimal digits. */
enum gd_status gd_h5_create(const char *path, struct gd_h5 **file, struct gd_error *error);
enum gd_status gd_h5_save(struct gd_h5 *file, const char *path, struct gd_error *error);
#define GD_H5_DIGEST "sha256"

/* Copies the values that are lent, which may change from here on. */
enum gd_status gd_h5_copy_lent(struct gd_h5 *file, struct gd_error *error);

void gd_h5_close(struct gd_h5 *file); /* accepts NULL, which a failed open or create leaves */

const char *gd_h5_file_name(const struct gd_h5 *place); /* of the file that a group is in; lives as long */

/* Paths are relative to `place`, a file or group. Writers make the groups on the way. `shape` has `rank` sizes, rank 0
 * is a scalar. Values are copied. */
bool gd_h5_exists(struct gd_h5 *place, const char *path);
enum gd_status gd_h5_write_group(struct gd_h5 *place, const char *path, struct gd_error *error);
enum gd_status gd_h5_open_group(struct gd_h5 *place, const char *path, struct gd_h5 **group, struct gd_error *error);
void gd_h5_remove(struct gd_h5 *place, const char *path); /* if it is there */
enum gd_status gd_h5_write_array(struct gd_h5 *place, const char *path, enum gd_h5_type type, int rank,
                                 const size_t *shape, const void *values, struct gd_error *error);

/* The same without a copy: the values stay the caller's, and as they are until the file is closed. */
enum gd_status gd_h5_lend_array(struct gd_h5 *place, const char *path, enum gd_h5_type type, int rank,
                                const size_t *shape, const void *values, struct gd_error *error);

/* Into the caller's memory: the dataset has exactly this shape. */
enum gd_status gd_h5_read_array(struct gd_h5 *place, const char *path, enum gd_h5_type type, int rank,
                                const size_t *shape, void *values, struct gd_error *error);

/* Into a new array, free with free(). Sizes in `shape` are what the dataset must have, or GD_H5_ANY, which the size
 * found replaces. */
enum gd_status gd_h5_load_array(struct gd_h5 *place, const char *path, enum gd_h5_type type, int rank, size_t *shape,
                                void **values, struct gd_error *error);

/* The sizes of a dataset of `rank` dimensions. */
enum gd_status gd_h5_read_shape(struct gd_h5 *place, const char *path, int rank, size_t *shape, struct gd_error *error);

/* Strings, stored as UTF-8: one of any length, or a list padded to its longest. Readers take both kinds of storage. A
 * list is freed with gd_h5_free_strings; `count` works as a size in gd_h5_load_array. */
enum gd_status gd_h5_write_text(struct gd_h5 *place, const char *path, const char *text, struct gd_error *error);
enum gd_status gd_h5_load_text(struct gd_h5 *place, const char *path, char **text, struct gd_error *error);
enum gd_status gd_h5_write_strings(struct gd_h5 *place, const char *path, size_t count, const char *const *texts,
                                   struct gd_error *error);
enum gd_status gd_h5_load_strings(struct gd_h5 *place, const char *path, size_t *count, char ***texts,
                                  struct gd_error *error);
void gd_h5_free_strings(char **texts, size_t count);

/* Attributes of the object at `path` ("." is `place` itself), which exists. `count` 0: a scalar. */
bool gd_h5_has_attribute(struct gd_h5 *place, const char *path, const char *name);
void gd_h5_remove_attribute(struct gd_h5 *place, const char *path, const char *name); /* if it is there */
enum gd_status gd_h5_write_attribute(struct gd_h5 *place, const char *path, const char *name, enum gd_h5_type type,
                                     size_t count, const void *values, struct gd_error *error);
enum gd_status gd_h5_read_attribute(struct gd_h5 *place, const char *path, const char *name, enum gd_h5_type type,
                                    size_t count, void *values, struct gd_error *error);
enum gd_status gd_h5_write_text_attribute(struct gd_h5 *place, const char *path, const char *name, const char *text,
                                          struct gd_error *error);
enum gd_status gd_h5_load_text_attribute(struct gd_h5 *place, const char *path, const char *name, char **text,
                                         struct gd_error *error);
enum gd_status gd_h5_write_strings_attribute(struct gd_h5 *place, const char *path, const char *name, size_t count,
                                             const char *const *texts, struct gd_error *error);
enum gd_status gd_h5_load_strings_attribute(struct gd_h5 *place, const char *path, const char *name, size_t *count,
                                            char ***texts, struct gd_error *error);

#endif

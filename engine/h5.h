/* HDF5 in the few shapes godiff needs: typed arrays, strings and attributes by path, and whole files.
 *
 * Every failure gives one message that names the file and the object; HDF5 itself prints nothing. Reading distrusts the
 * file: type class, rank and sizes are checked before anything is allocated, and a dataset that claims more elements
 * than its stored bytes could hold is refused. Reading fails with GD_BAD_INPUT, writing with GD_FAILED. Objects carry
 * no time stamps, so equal content makes equal files. HDF5 is used from one thread. */
#ifndef GD_ENGINE_H5_H
#define GD_ENGINE_H5_H

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/error.h"

/* Type of the elements in memory; stored alike, little-endian, bools as the enum (FALSE, TRUE) that h5py and H5MD use.
 */
enum gd_h5_type { GD_H5_DOUBLE, GD_H5_FLOAT, GD_H5_INT32, GD_H5_INT64, GD_H5_BOOL };

#define GD_H5_ANY  SIZE_MAX /* a size that a reader accepts as it comes */
#define GD_H5_RANK 8        /* the most dimensions an array has */

/* A file to read, tried in a child process first, because libhdf5 itself crashes on some damaged files: what crashes it
 * there is GD_BAD_INPUT here. What it reads outside its memory without a crash passes (see h5_probe.c). Links into
 * other files are refused. Close with gd_h5_close. */
enum gd_status gd_h5_open(const char *path, hid_t *file, struct gd_error *error);

/* A new file that is built in memory; gd_h5_save puts it on disk at `path`, as gd_file_write does. */
enum gd_status gd_h5_create(const char *path, hid_t *file, struct gd_error *error);
enum gd_status gd_h5_save(hid_t file, const char *path, struct gd_error *error);

void gd_h5_close(hid_t file); /* accepts what a failed open or create left, and H5I_INVALID_HID */

/* Paths are relative to `place`, a file or group. Writers make the groups on the way. `shape` has `rank` sizes, rank 0
 * is a scalar. */
bool gd_h5_exists(hid_t place, const char *path);
enum gd_status gd_h5_write_group(hid_t place, const char *path, struct gd_error *error);
enum gd_status gd_h5_open_group(hid_t place, const char *path, hid_t *group, struct gd_error *error);
void gd_h5_close_group(hid_t group); /* accepts what a failed open left */
enum gd_status gd_h5_write_array(hid_t place, const char *path, enum gd_h5_type type, int rank, const size_t *shape,
                                 const void *values, struct gd_error *error);

/* Into the caller's memory: the dataset has exactly this shape. */
enum gd_status gd_h5_read_array(hid_t place, const char *path, enum gd_h5_type type, int rank, const size_t *shape,
                                void *values, struct gd_error *error);

/* Into a new array, free with free(). Sizes in `shape` are what the dataset must have, or GD_H5_ANY, which the size
 * found replaces. */
enum gd_status gd_h5_load_array(hid_t place, const char *path, enum gd_h5_type type, int rank, size_t *shape,
                                void **values, struct gd_error *error);

/* The sizes of a dataset of `rank` dimensions. */
enum gd_status gd_h5_read_shape(hid_t place, const char *path, int rank, size_t *shape, struct gd_error *error);

/* Strings, stored as UTF-8: one of any length, or a list padded to its longest. Readers take both kinds of storage. A
 * list is freed with gd_h5_free_strings; `count` works as a size in gd_h5_load_array. */
enum gd_status gd_h5_write_text(hid_t place, const char *path, const char *text, struct gd_error *error);
enum gd_status gd_h5_load_text(hid_t place, const char *path, char **text, struct gd_error *error);
enum gd_status gd_h5_write_strings(hid_t place, const char *path, size_t count, const char *const *texts,
                                   struct gd_error *error);
enum gd_status gd_h5_load_strings(hid_t place, const char *path, size_t *count, char ***texts, struct gd_error *error);
void gd_h5_free_strings(char **texts, size_t count);

/* Attributes of the object at `path` ("." is `place` itself), which exists. `count` 0: a scalar. */
bool gd_h5_has_attribute(hid_t place, const char *path, const char *name);
enum gd_status gd_h5_write_attribute(hid_t place, const char *path, const char *name, enum gd_h5_type type,
                                     size_t count, const void *values, struct gd_error *error);
enum gd_status gd_h5_read_attribute(hid_t place, const char *path, const char *name, enum gd_h5_type type, size_t count,
                                    void *values, struct gd_error *error);
enum gd_status gd_h5_write_text_attribute(hid_t place, const char *path, const char *name, const char *text,
                                          struct gd_error *error);
enum gd_status gd_h5_load_text_attribute(hid_t place, const char *path, const char *name, char **text,
                                         struct gd_error *error);
enum gd_status gd_h5_write_strings_attribute(hid_t place, const char *path, const char *name, size_t count,
                                             const char *const *texts, struct gd_error *error);
enum gd_status gd_h5_load_strings_attribute(hid_t place, const char *path, const char *name, size_t *count,
                                            char ***texts, struct gd_error *error);

#endif

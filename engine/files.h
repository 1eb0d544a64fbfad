/* Whole files, written so that a reader finds either the former content or the new one, whatever happens between. */
#ifndef GD_ENGINE_FILES_H
#define GD_ENGINE_FILES_H

#include "engine/error.h"

/* "directory/name" as a new string; NULL when out of memory. */
char *gd_file_join(const char *directory, const char *name);

/* The whole file with a NUL after its end, as a new string; `length` (may be NULL) is without it. GD_BAD_INPUT when it
 * cannot be read. */
enum gd_status gd_file_read(const char *path, char **text, size_t *length, struct gd_error *error);

/* Replaces a file: writes PATH.tmp, syncs it, renames it to PATH and syncs the directory. On failure PATH is as it was
 * and PATH.tmp is gone. */
enum gd_status gd_file_write(const char *path, const void *bytes, size_t length, struct gd_error *error);

/* gd_file_write of what `fill` writes to the descriptor of the new file, in this process or in a child. */
typedef enum gd_status gd_file_filler(int descriptor, void *context, struct gd_error *error);
enum gd_status gd_file_fill(const char *path, gd_file_filler *fill, void *context, struct gd_error *error);

/* The last part of gd_file_write, for a file that something else has written: syncs `temporary` and renames it to
 * `path`; removes it on failure. */
enum gd_status gd_file_commit(const char *temporary, const char *path, struct gd_error *error);

/* Writes all of `bytes` to a descriptor at its position; `path` is for the message. */
enum gd_status gd_file_put(int descriptor, const char *path, const void *bytes, size_t length, struct gd_error *error);

/* Makes a directory and what is missing of its parents. */
enum gd_status gd_directory_make(const char *path, struct gd_error *error);

#endif

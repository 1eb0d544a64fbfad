/* Whole files, written so that a reader finds either the former content or the new one, whatever happens between. */
#ifndef GD_ENGINE_FILES_H
#define GD_ENGINE_FILES_H

#include <dirent.h>

#include "engine/base/error.h"

/* "directory/name" as a new string; NULL when out of memory. */
char *gd_file_join(const char *directory, const char *name);

/* The most bytes of a file that gd_file_read takes. */
#define GD_FILE_MOST ((size_t)1 << 30)

/* The whole file with a NUL after its end, as a new string; `length` (may be NULL) is without it. GD_BAD_INPUT when it
 * cannot be read, is no regular file (a FIFO would wait for ever, a device need not end), or is larger than
 * GD_FILE_MOST. */
enum gd_status gd_file_read(const char *path, char **text, size_t *length, struct gd_error *error);

/* The same of at most `most` bytes. `why` gets the reason of a failure alone, without the path. */
enum gd_status gd_file_load(const char *path, size_t most, char **text, size_t *length, struct gd_error *why);

/* Whether a library can be given this path to read from: GD_BAD_INPUT when gd_file_read would not open it either. */
enum gd_status gd_file_check(const char *path, struct gd_error *error);

/* Replaces a file: writes a temporary one beside it, syncs it, renames it to `path` and syncs the directory. A link at
 * `path` is replaced, not followed; a file keeps its mode. On failure the temporary file is gone and `path` is as it
 * was, unless it was the directory that could not be synced. */
enum gd_status gd_file_write(const char *path, const void *bytes, size_t length, struct gd_error *error);

/* gd_file_write of what `fill` writes to the descriptor of the new file, in this process or in a child. */
typedef enum gd_status gd_file_filler(int descriptor, void *context, struct gd_error *error);
enum gd_status gd_file_fill(const char *path, gd_file_filler *fill, void *context, struct gd_error *error);

/* A new file to be written and then given to gd_file_commit: *descriptor is open for writing, *temporary is its name,
 * beside `path`, to be freed with free(). Nobody can foresee it, so no link can lie there. On failure there is neither
 * (-1, NULL). */
enum gd_status gd_file_temporary(const char *path, char **temporary, int *descriptor, struct gd_error *error);

/* The last part of gd_file_write, for a file that something else has written: syncs `temporary` and renames it to
 * `path`; removes it on failure. */
enum gd_status gd_file_commit(const char *temporary, const char *path, struct gd_error *error);

/* Writes all of `bytes` to a descriptor at its position; `path` is for the message. */
enum gd_status gd_file_put(int descriptor, const char *path, const void *bytes, size_t length, struct gd_error *error);

/* Appends a line, given without its '\n', to a file opened with O_RDWR | O_APPEND. One that does not fit is taken back,
 * and a line that was cut before it is ended first, so that lines never join. GD_FAILED, GD_NO_MEMORY. */
enum gd_status gd_file_append(int descriptor, const char *path, const char *line, struct gd_error *error);

/* Whether there is something of this name in a directory; no when out of memory. */
bool gd_directory_has(const char *directory, const char *name);

/* Removes what gd_file_temporary made in a directory and did not finish, because the program was killed. */
void gd_directory_remove_temporary(const char *path);

/* The next name in a directory, which lasts until the one after it; NULL: that was all. GD_FAILED when the directory
 * `path` cannot be read any more. */
enum gd_status gd_directory_next(DIR *directory, const char *path, const char **name, struct gd_error *error);

/* Makes a directory and what is missing of its parents, and syncs the names of those. */
enum gd_status gd_directory_make(const char *path, struct gd_error *error);

/* Removes a directory with all that is in it; links are not followed. None at `path` is fine. GD_FAILED at the first
 * entry that cannot be removed; the rest is left. */
enum gd_status gd_directory_remove(const char *path, struct gd_error *error);

#endif

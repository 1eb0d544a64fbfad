/* Checksums of files. */
#ifndef GD_ENGINE_DIGEST_H
#define GD_ENGINE_DIGEST_H

#include "engine/base/error.h"

/* SHA-256 (FIPS 180-4) of a regular file, of any size, as 64 hexadecimal digits and a NUL; *bytes: its size.
 * GD_BAD_INPUT when it cannot be read. */
enum { GD_DIGEST_SIZE = 65 };
enum gd_status gd_file_digest(const char *path, char digest[GD_DIGEST_SIZE], double *bytes, struct gd_error *error);

#endif

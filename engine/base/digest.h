/* Checksums as text. */
#ifndef GD_ENGINE_DIGEST_H
#define GD_ENGINE_DIGEST_H

#include <nettle/sha2.h>

#include "engine/base/error.h"

/* SHA-256 (FIPS 180-4) as 64 hexadecimal digits and a NUL. */
enum { GD_DIGEST_SIZE = 65 };

/* That of a sum, which begins anew. */
void gd_digest_print(struct sha256_ctx *sum, char digest[GD_DIGEST_SIZE]);

/* That of bytes in memory. */
void gd_bytes_digest(const void *bytes, size_t length, char digest[GD_DIGEST_SIZE]);

/* That of a regular file, of any size, followed by that of `next` where there is one (NULL: none); *bytes: their size.
 * GD_BAD_INPUT when they cannot be read. */
enum gd_status gd_file_digest(const char *path, const char *next, char digest[GD_DIGEST_SIZE], double *bytes,
                              struct gd_error *error);

#endif

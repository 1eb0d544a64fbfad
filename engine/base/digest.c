#include "engine/base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void gd_digest_print(struct sha256_ctx *sum, char digest[GD_DIGEST_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[SHA256_DIGEST_SIZE];
    sha256_digest(sum, sizeof bytes, bytes);
    for (size_t k = 0; k < sizeof bytes; k++) {
        digest[2 * k] = digits[bytes[k] >> 4];
        digest[2 * k + 1] = digits[bytes[k] & 15];
    }
    digest[2 * sizeof bytes] = '\0';
}

void gd_bytes_digest(const void *bytes, size_t length, char digest[GD_DIGEST_SIZE])
{
    struct sha256_ctx sum;
    sha256_init(&sum);
    sha256_update(&sum, length, bytes);
    gd_digest_print(&sum, digest);
}

/* Adds the rest of a file; false when it cannot be read. */
static bool add_rest(struct sha256_ctx *sum, int file, double *bytes)
{
    uint8_t block[1 << 16];
    ssize_t length;
    while ((length = read(file, block, sizeof block)) > 0 || (length < 0 && errno == EINTR))
        if (length > 0) {
            sha256_update(sum, (size_t)length, block);
            *bytes += (double)length;
        }
    return length == 0;
}

static enum gd_status add_file(struct sha256_ctx *sum, const char *path, double *bytes, struct gd_error *error)
{
    struct stat entry;
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return gd_fail(error, GD_BAD_INPUT, "%s: %s", path, strerror(errno));
    const bool regular = fstat(file, &entry) == 0 && S_ISREG(entry.st_mode);
    const bool whole = regular && add_rest(sum, file, bytes);
    const int why = errno;
    close(file);
    return whole ? GD_OK : gd_fail(error, GD_BAD_INPUT, "%s: %s", path, regular ? strerror(why) : "not a regular file");
}

enum gd_status gd_file_digest(const char *path, const char *next, char digest[GD_DIGEST_SIZE], double *bytes,
                              struct gd_error *error)
{
    struct sha256_ctx sum;
    sha256_init(&sum);
    *bytes = 0;
    enum gd_status status = add_file(&sum, path, bytes, error);
    if (!status && next && access(next, F_OK) == 0)
        status = add_file(&sum, next, bytes, error);
    if (!status)
        gd_digest_print(&sum, digest);
    return status;
}

/* Files by POSIX calls, every one of them checked: a full disk may show itself in write, fsync or close. */
#include "engine/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/memory.h"

static enum gd_status failed(struct gd_error *error, const char *action, const char *path)
{
    return gd_fail(error, GD_FAILED, "cannot %s %s: %s", action, path, strerror(errno));
}

char *gd_file_join(const char *directory, const char *name)
{
    return gd_format("%s/%s", directory, name);
}

/* Reads to the end of the file, whatever its size is said to be. */
static enum gd_status read_all(FILE *file, const char *path, char **text, size_t *length, struct gd_error *error)
{
    char *bytes = NULL;
    size_t capacity = 0, used = 0, got;
    do {
        if (!gd_grow(&bytes, &capacity, used + 4096, 1)) {
            free(bytes);
            return gd_no_memory(error, path);
        }
        got = fread(bytes + used, 1, capacity - used - 1, file);
        used += got;
    } while (got > 0);
    if (ferror(file)) {
        free(bytes);
        return gd_fail(error, GD_BAD_INPUT, "cannot read %s: %s", path, strerror(errno));
    }
    bytes[used] = '\0';
    *text = bytes;
    if (length)
        *length = used;
    return GD_OK;
}

enum gd_status gd_file_read(const char *path, char **text, size_t *length, struct gd_error *error)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return gd_fail(error, GD_BAD_INPUT, "cannot read %s: %s", path, strerror(errno));
    enum gd_status status = read_all(file, path, text, length, error);
    fclose(file);
    return status;
}

enum gd_status gd_file_put(int descriptor, const char *path, const void *bytes, size_t length, struct gd_error *error)
{
    const char *from = bytes;
    while (length > 0) {
        ssize_t count = write(descriptor, from, length);
        if (count < 0 && errno != EINTR)
            return failed(error, "write", path);
        if (count > 0) {
            from += count;
            length -= (size_t)count;
        }
    }
    return GD_OK;
}

/* Makes the names in the directory of `path` last. */
static enum gd_status sync_directory(const char *path, struct gd_error *error)
{
    const char *slash = strrchr(path, '/');
    char *directory = slash ? gd_format("%.*s", (int)(slash - path + 1), path) : gd_string(".");
    if (!directory)
        return gd_no_memory(error, path);
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum gd_status status = GD_OK;
    if (descriptor < 0 || fsync(descriptor) != 0)
        status = failed(error, "sync", directory);
    if (descriptor >= 0)
        close(descriptor);
    free(directory);
    return status;
}

static enum gd_status rename_synced(const char *temporary, const char *path, struct gd_error *error)
{
    if (rename(temporary, path) != 0) {
        failed(error, "rename to", path);
        unlink(temporary);
        return GD_FAILED;
    }
    return sync_directory(path, error);
}

enum gd_status gd_file_commit(const char *temporary, const char *path, struct gd_error *error)
{
    int descriptor = open(temporary, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return failed(error, "open", temporary);
    bool synced = fsync(descriptor) == 0;
    if (!synced) {
        failed(error, "sync", temporary);
        unlink(temporary);
    }
    close(descriptor);
    return synced ? rename_synced(temporary, path, error) : GD_FAILED;
}

static enum gd_status fill_synced(const char *path, const char *temporary, gd_file_filler *fill, void *context,
                                  struct gd_error *error)
{
    int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return failed(error, "write", path);
    enum gd_status status = fill(descriptor, context, error);
    if (!status && fsync(descriptor) != 0)
        status = failed(error, "write", path);
    if (close(descriptor) != 0 && !status)
        status = failed(error, "write", path);
    if (status)
        unlink(temporary);
    return status;
}

enum gd_status gd_file_fill(const char *path, gd_file_filler *fill, void *context, struct gd_error *error)
{
    char *temporary = gd_format("%s.tmp", path);
    if (!temporary)
        return gd_no_memory(error, path);
    enum gd_status status = fill_synced(path, temporary, fill, context, error);
    if (!status)
        status = rename_synced(temporary, path, error);
    free(temporary);
    return status;
}

struct piece {
    const char *path;
    const void *bytes;
    size_t length;
};

static enum gd_status put_piece(int descriptor, void *context, struct gd_error *error)
{
    const struct piece *piece = context;
    return gd_file_put(descriptor, piece->path, piece->bytes, piece->length, error);
}

enum gd_status gd_file_write(const char *path, const void *bytes, size_t length, struct gd_error *error)
{
    return gd_file_fill(path, put_piece, &(struct piece){path, bytes, length}, error);
}

enum gd_status gd_directory_make(const char *path, struct gd_error *error)
{
    char *part = gd_string(path);
    if (!part)
        return gd_no_memory(error, path);
    enum gd_status status = GD_OK;
    for (char *end = part + 1; !status && end[-1]; end++) {
        if (*end != '/' && *end != '\0')
            continue;
        char kept = *end;
        *end = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            status = failed(error, "make the directory", part);
        *end = kept;
    }
    free(part);
    return status;
}

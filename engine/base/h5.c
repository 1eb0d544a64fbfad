/* Files on disk, to and from trees in memory, with a checksum of all that is in them. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/files.h"
#include "engine/base/h5_priv.h"

static enum gd_status check_digest(struct gd_h5 *file, struct gd_error *error)
{
    char *stored, found[GD_DIGEST_SIZE];
    if (!gd_h5_has_attribute(file, ".", GD_H5_DIGEST))
        return GD_OK;
    enum gd_status status = gd_h5_load_text_attribute(file, ".", GD_H5_DIGEST, &stored, error);
    if (status)
        return status;
    gd_h5_digest(file, found);
    if (strcmp(stored, found) != 0)
        status = gd_fail(error, GD_BAD_INPUT, "%s: damaged, or changed by another program: the checksum does not match",
                         file->name);
    free(stored);
    return status;
}

static enum gd_status try_file(const char *path, const char *part, struct gd_h5 **file, struct gd_error *error)
{
    enum gd_status status = gd_h5_create(path, file, error);
    if (!status)
        status = gd_h5_child_read(path, part, *file, error);
    if (!status && !part)
        status = check_digest(*file, error);
    if (status) {
        gd_h5_close(*file);
        *file = NULL;
    }
    return status;
}

/* libhdf5 takes memory that it is refused, or a read that fails, for a file that is wrong: so a file is blamed for what
 * happens twice. */
static enum gd_status open_file(const char *path, const char *part, struct gd_h5 **file, struct gd_error *error)
{
    struct gd_error first = {0};
    enum gd_status status = try_file(path, part, file, &first);
    if (status == GD_BAD_INPUT)
        return try_file(path, part, file, error);
    return status ? gd_fail(error, status, "%s", first.text) : GD_OK;
}

enum gd_status gd_h5_open(const char *path, struct gd_h5 **file, struct gd_error *error)
{
    return open_file(path, NULL, file, error);
}

enum gd_status gd_h5_open_part(const char *path, const char *part, struct gd_h5 **file, struct gd_error *error)
{
    return open_file(path, part, file, error);
}

struct saving {
    const struct gd_h5 *file;
    const char *path;
};

static enum gd_status fill(int descriptor, void *context, struct gd_error *error)
{
    const struct saving *saving = context;
    return gd_h5_child_write(saving->file, descriptor, saving->path, error);
}

enum gd_status gd_h5_save(struct gd_h5 *file, const char *path, struct gd_error *error)
{
    char digest[GD_DIGEST_SIZE];
    gd_h5_remove_attribute(file, ".", GD_H5_DIGEST);
    gd_h5_digest(file, digest);
    enum gd_status status = gd_h5_write_text_attribute(file, ".", GD_H5_DIGEST, digest, error);
    return status ? status : gd_file_fill(path, fill, &(struct saving){file, path}, error);
}

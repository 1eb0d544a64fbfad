/* Files by POSIX calls, every one of them checked: a full disk may show itself in write, fsync or close. */
#include "engine/base/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/memory.h"
#include "engine/base/text.h"

/* What temporary files are called: short, so that any name has room beside it. */
#define PREFIX ".godiff-"
#define SUFFIX ".tmp"

static enum gd_status failed(struct gd_error *error, const char *action, const char *path)
{
    return gd_fail(error, GD_FAILED, "cannot %s %s: %s", action, path, strerror(errno));
}

char *gd_file_join(const char *directory, const char *name)
{
    return gd_format("%s/%s", directory, name);
}

/* --- Reading ------------------------------------------------------------------------------------------------------ */

/* Opens a regular file alone, and never waits: a FIFO would for ever, and a device need have no end. The descriptor, or
 * -1 with the reason. */
static int open_regular(const char *path, struct gd_error *why)
{
    struct stat facts;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0 || fstat(descriptor, &facts) != 0)
        gd_fail(why, errno == ENOMEM ? GD_NO_MEMORY : GD_BAD_INPUT, "%s", strerror(errno));
    else if (S_ISREG(facts.st_mode))
        return descriptor;
    else
        gd_fail(why, GD_BAD_INPUT, "%s", S_ISDIR(facts.st_mode) ? strerror(EISDIR) : "not a regular file");
    if (descriptor >= 0)
        close(descriptor);
    return -1;
}

/* As many bytes as there are and fit; -1 with errno. */
static ssize_t read_some(int descriptor, char *bytes, size_t length)
{
    ssize_t got;
    do
        got = read(descriptor, bytes, length);
    while (got < 0 && errno == EINTR);
    return got;
}

/* Reads to the end of the file, whatever its size is said to be. */
static enum gd_status read_all(int descriptor, size_t most, struct gd_text *text, struct gd_error *why)
{
    ssize_t got;
    do {
        if (!gd_grow(&text->data, &text->capacity, text->length + 4096, 1))
            return gd_no_memory(why, "its text");
        got = read_some(descriptor, text->data + text->length, text->capacity - text->length - 1);
        if (got < 0)
            return gd_fail(why, GD_BAD_INPUT, "%s", strerror(errno));
        text->length += (size_t)got;
        if (text->length > most)
            return gd_fail(why, GD_BAD_INPUT, "larger than %zu MiB", most >> 20);
    } while (got > 0);
    text->data[text->length] = '\0';
    return GD_OK;
}

enum gd_status gd_file_load(const char *path, size_t most, char **text, size_t *length, struct gd_error *why)
{
    struct gd_text all = {0};
    int descriptor = open_regular(path, why);
    enum gd_status status = descriptor < 0 ? why->status : read_all(descriptor, most, &all, why);
    if (descriptor >= 0)
        close(descriptor);
    if (status) {
        free(all.data);
        return status;
    }
    *text = all.data;
    if (length)
        *length = all.length;
    return GD_OK;
}

enum gd_status gd_file_read(const char *path, char **text, size_t *length, struct gd_error *error)
{
    struct gd_error why = {0};
    enum gd_status status = gd_file_load(path, GD_FILE_MOST, text, length, &why);
    return status ? gd_fail(error, status, "cannot read %s: %s", path, why.text) : GD_OK;
}

enum gd_status gd_file_check(const char *path, struct gd_error *error)
{
    struct gd_error why = {0};
    int descriptor = open_regular(path, &why);
    if (descriptor < 0)
        return gd_fail(error, why.status, "cannot read %s: %s", path, why.text);
    close(descriptor);
    return GD_OK;
}

/* --- Writing ------------------------------------------------------------------------------------------------------ */

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

/* Whether a file that ends at `end` ends within a line: 1, 0, or -1 with errno. */
static int is_cut(int descriptor, off_t end)
{
    char last = '\n';
    ssize_t got;
    do
        got = end > 0 ? pread(descriptor, &last, 1, end - 1) : 0;
    while (got < 0 && errno == EINTR);
    return got < 0 ? -1 : last != '\n';
}

enum gd_status gd_file_append(int descriptor, const char *path, const char *line, struct gd_error *error)
{
    const off_t end = lseek(descriptor, 0, SEEK_END);
    if (end < 0)
        return failed(error, "write", path);
    const int cut = is_cut(descriptor, end);
    if (cut < 0)
        return failed(error, "read", path);
    char *text = gd_format("%s%s\n", cut ? "\n" : "", line);
    enum gd_status status = text ? gd_file_put(descriptor, path, text, strlen(text), error) : gd_no_memory(error, path);
    if (status && ftruncate(descriptor, end) != 0)
        status = GD_FAILED; /* as it is: the next line ends it */
    free(text);
    return status;
}

/* The length of what stands in front of the last name of a path. */
static int parent_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (int)(slash - path + 1) : 0;
}

/* Makes the names in the directory of `path` last. */
static enum gd_status sync_directory(const char *path, struct gd_error *error)
{
    int length = parent_length(path);
    char *directory = length ? gd_format("%.*s", length, path) : gd_string(".");
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

/* The mode of the file that is to be replaced; false when there is none. */
static bool find_mode(const char *path, mode_t *mode)
{
    struct stat facts;
    bool found = lstat(path, &facts) == 0 && S_ISREG(facts.st_mode);
    *mode = found ? facts.st_mode & 0777 : 0666;
    return found;
}

enum gd_status gd_file_temporary(const char *path, char **temporary, int *descriptor, struct gd_error *error)
{
    uint64_t number;
    mode_t mode;
    *descriptor = -1;
    *temporary = NULL;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        return failed(error, "name a temporary file for", path);
    *temporary = gd_format("%.*s" PREFIX "%016" PRIx64 SUFFIX, parent_length(path), path, number);
    if (!*temporary)
        return gd_no_memory(error, path);
    find_mode(path, &mode);
    *descriptor = open(*temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (*descriptor >= 0)
        return GD_OK;
    enum gd_status status = failed(error, "write", path);
    free(*temporary);
    *temporary = NULL;
    return status;
}

/* Makes what the descriptor has written last, and closes it. The new file gets the mode of the one that it replaces,
 * or, where the system forbids that, no more than it. */
static enum gd_status finish(int descriptor, const char *path, struct gd_error *error)
{
    mode_t mode;
    enum gd_status status = GD_OK;
    if (find_mode(path, &mode) && fchmod(descriptor, mode) != 0 && errno != EPERM)
        status = failed(error, "set the mode of", path);
    if (!status && fsync(descriptor) != 0)
        status = failed(error, "write", path);
    if (close(descriptor) != 0 && !status)
        status = failed(error, "write", path);
    return status;
}

/* Puts a finished file in its place, or removes it after a failure. */
static enum gd_status finish_file(const char *temporary, const char *path, enum gd_status status,
                                  struct gd_error *error)
{
    if (!status && rename(temporary, path) != 0)
        status = failed(error, "rename to", path);
    if (!status)
        return sync_directory(path, error);
    unlink(temporary);
    return status;
}

enum gd_status gd_file_commit(const char *temporary, const char *path, struct gd_error *error)
{
    int descriptor = open(temporary, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0)
        return failed(error, "open", temporary);
    return finish_file(temporary, path, finish(descriptor, path, error), error);
}

enum gd_status gd_file_fill(const char *path, gd_file_filler *fill, void *context, struct gd_error *error)
{
    char *temporary;
    int descriptor;
    enum gd_status status = gd_file_temporary(path, &temporary, &descriptor, error);
    if (status)
        return status;
    status = fill(descriptor, context, error);
    enum gd_status finished = finish(descriptor, path, error);
    status = finish_file(temporary, path, status ? status : finished, error);
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

/* --- Directories -------------------------------------------------------------------------------------------------- */

/* Whether a name is one of gd_file_temporary. */
static bool is_temporary(const char *name)
{
    const size_t digits = 16, prefix = sizeof PREFIX - 1;
    return !strncmp(name, PREFIX, prefix) && strspn(name + prefix, "0123456789abcdef") == digits &&
           !strcmp(name + prefix + digits, SUFFIX);
}

bool gd_directory_has(const char *directory, const char *name)
{
    char *path = gd_file_join(directory, name);
    const bool found = path && access(path, F_OK) == 0;
    free(path);
    return found;
}

void gd_directory_remove_temporary(const char *path)
{
    DIR *directory = opendir(path);
    for (const struct dirent *entry; directory && (entry = readdir(directory));)
        if (is_temporary(entry->d_name))
            unlinkat(dirfd(directory), entry->d_name, 0);
    if (directory)
        closedir(directory);
}

enum gd_status gd_directory_next(DIR *directory, const char *path, const char **name, struct gd_error *error)
{
    errno = 0;
    const struct dirent *entry = readdir(directory);
    *name = entry ? entry->d_name : NULL;
    return entry || !errno ? GD_OK : failed(error, "read", path);
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
        if (mkdir(part, 0777) == 0)
            status = sync_directory(part, error);
        else if (errno != EEXIST)
            status = failed(error, "make the directory", part);
        *end = kept;
    }
    free(part);
    return status;
}

static int remove_entry(const char *path, const struct stat *facts, int kind, struct FTW *place)
{
    (void)facts, (void)kind, (void)place;
    return remove(path);
}

enum gd_status gd_directory_remove(const char *path, struct gd_error *error)
{
    enum { OPEN = 16 }; /* directories at once */
    if (nftw(path, remove_entry, OPEN, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
        return failed(error, "remove", path);
    return GD_OK;
}

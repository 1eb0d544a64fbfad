/* Records, made into a tree: what a child process sends of a file, or what has changed in one. The child may have been
 * taken over by the file that it reads, so that nothing is trusted: kinds, sizes, order and depth are checked before
 * memory is taken, and all memory counts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/h5_priv.h"
#include "engine/base/memory.h"

#define LONGEST_NAME    65536
#define LONGEST_REFUSAL 1024

struct source {
    int pipe;                /* -1: the bytes are all there */
    const char *bytes;       /* those from `start` to `end` are to be taken next */
    size_t start, end, left; /* left: bytes that may still be taken */
    struct gd_h5 *before;    /* what changes; NULL: the records are of a whole file */
    char buffer[16384];      /* of the pipe */
};

/* Whether all bytes came. Large pieces go past the buffer. */
static bool get(struct source *source, void *to, size_t count)
{
    char *at = to;
    while (count > 0) {
        size_t there = source->end - source->start;
        if (there > 0) {
            const size_t piece = there < count ? there : count;
            memcpy(at, source->bytes + source->start, piece);
            source->start += piece;
            at += piece;
            count -= piece;
            continue;
        }
        if (source->pipe < 0)
            return false;
        const bool large = count >= sizeof source->buffer;
        ssize_t got = large ? read(source->pipe, at, count) : read(source->pipe, source->buffer, sizeof source->buffer);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        if (got > 0 && large) {
            at += got;
            count -= (size_t)got;
        } else if (got > 0) {
            source->start = 0;
            source->end = (size_t)got;
        }
    }
    return true;
}

/* --- What a record may say ---------------------------------------------------------------------------------------- */

static bool sizes_fit(const struct gd_h5_record *record)
{
    struct gd_h5 item = {.rank = record->rank};
    size_t count, size;
    memcpy(item.shape, record->shape, sizeof item.shape);
    if (!gd_h5_count(&item, &count))
        return false;
    if (record->kind == GD_H5_TEXTS)
        return record->size >= count && (record->size == 0) == (count == 0);
    return !__builtin_mul_overflow(count, gd_h5_sizes[record->type], &size) && size == record->size;
}

static bool head_fits(const struct gd_h5_record *record)
{
    if (record->rank > GD_H5_RANK || record->name == 0 || record->name > LONGEST_NAME || record->attribute > 1)
        return false;
    switch (record->kind) {
    case GD_H5_VALUES:
        return record->type <= GD_H5_BOOL && sizes_fit(record);
    case GD_H5_TEXTS:
        return record->type == 0 && sizes_fit(record);
    case GD_H5_GROUP:
        return record->size == 0 && record->rank == 0 && record->type == 0 && !record->attribute;
    case GD_H5_LINK:
        return record->size > 1 && record->rank == 0 && record->type == 0 && !record->attribute;
    case GD_H5_CLOSED:
        return record->size == 0 && record->type <= GD_H5_UNREADABLE;
    default:
        return false;
    }
}

static bool bytes_fit(const struct gd_h5 *item)
{
    const unsigned char *bytes = item->bytes;
    size_t count = 0, ends = 0;
    if (item->kind == GD_H5_VALUES && item->type == GD_H5_BOOL)
        for (size_t k = 0; k < item->size; k++)
            count += bytes[k] > 1;
    if (item->kind != GD_H5_TEXTS && item->kind != GD_H5_LINK)
        return count == 0;
    for (size_t k = 0; k < item->size; k++)
        ends += bytes[k] == 0;
    return gd_h5_count(item, &count) && ends == count && (count == 0 || bytes[item->size - 1] == 0);
}

/* --- The tree ----------------------------------------------------------------------------------------------------- */

/* The owner of what a record describes, when the last object was `at`, of depth *depth. NULL: there is none. */
static struct gd_h5 *owner_of(const struct gd_h5_record *record, struct gd_h5 *at, uint32_t *depth)
{
    if (record->attribute)
        return record->depth == *depth ? at : NULL;
    if (record->depth == 0 || record->depth > *depth + 1 || record->depth > GD_H5_DEPTH)
        return NULL;
    for (; *depth >= record->depth; --*depth)
        at = at->parent;
    *depth = record->depth;
    return at->kind == GD_H5_GROUP ? at : NULL;
}

/* The name of a record, new, or NULL: without NUL, one of an object without slashes too. */
static enum gd_status get_name(struct source *source, const struct gd_h5_record *record, char **name)
{
    *name = gd_array(record->name + 1, 1);
    if (!*name)
        return GD_NO_MEMORY;
    bool fine =
        get(source, *name, record->name) && strlen(*name) == record->name && (record->attribute || !strchr(*name, '/'));
    return fine ? GD_OK : GD_FAILED;
}

/* Adds the item of a record at the end of its owner's; *item NULL: not after the others, or out of memory. */
static enum gd_status append(struct gd_h5 *owner, const struct gd_h5_record *record, const char *name,
                             struct gd_h5 **item)
{
    bool taken;
    *item = gd_h5_add(owner, name, record->name, record->attribute, &taken);
    if (!*item)
        return taken ? GD_FAILED : GD_NO_MEMORY;
    (*item)->kind = (enum gd_h5_kind)record->kind;
    (*item)->type = record->type;
    (*item)->rank = record->rank;
    for (int k = 0; k < record->rank; k++)
        (*item)->shape[k] = record->shape[k];
    return (*item)->next ? GD_FAILED : GD_OK;
}

/* The item of the same path and name in the file before the changes; NULL: none. */
static struct gd_h5 *former(const struct source *source, const struct gd_h5 *item, bool attribute)
{
    struct gd_h5 *owner = item->parent->parent ? former(source, item->parent, false) : source->before;
    if (!owner)
        return NULL;
    return gd_h5_named(attribute ? owner->attributes : owner->children, item->name, strlen(item->name));
}

/* Takes over the bytes of the item that was there before, as far as its rows are kept. */
static bool keep(const struct source *source, const struct gd_h5_change *change, struct gd_h5 *item, bool attribute)
{
    struct gd_h5 *before = change->kept ? former(source, item, attribute) : NULL;
    const size_t row = gd_h5_row_size(item);
    if (!change->kept)
        return change->common == 0 || change->common <= row;
    if (!before || !gd_h5_rows_alike(before, item) || change->kept > gd_h5_rows(before) ||
        change->kept > gd_h5_rows(item) || change->common > row || (row && row != gd_h5_row_size(before)))
        return false;
    item->bytes = before->bytes;
    before->bytes = NULL;
    return true;
}

/* The bytes of an item but for what is kept of it. */
static bool get_rows(struct source *source, const struct gd_h5_change *change, struct gd_h5 *item)
{
    const size_t row = gd_h5_row_size(item);
    char *bytes = item->bytes;
    if (!change->common)
        return get(source, bytes + change->kept * row, item->size - change->kept * row);
    const size_t whole = gd_h5_whole_rows(change, gd_h5_rows(item));
    if (!get(source, bytes + change->kept * row, whole * row))
        return false;
    for (size_t k = change->kept + whole; k < gd_h5_rows(item); k++) {
        memcpy(bytes + k * row, bytes, change->common);
        if (!get(source, bytes + k * row + change->common, row - change->common))
            return false;
    }
    return true;
}

static enum gd_status get_bytes(struct source *source, const struct gd_h5_record *record,
                                const struct gd_h5_change *change, struct gd_h5 *item)
{
    item->size = record->size;
    if (!keep(source, change, item, record->attribute)) {
        item->size = 0;
        return GD_FAILED;
    }
    void *bytes = realloc(item->bytes, record->size ? record->size : 1);
    if (!bytes)
        return GD_NO_MEMORY;
    item->bytes = bytes;
    return get_rows(source, change, item) && bytes_fit(item) ? GD_OK : GD_FAILED;
}

/* Takes what the bytes of a record will cost from what is left. */
static bool charge(struct source *source, const struct gd_h5_record *record)
{
    size_t cost = sizeof(struct gd_h5) + record->name;
    if (record->size > source->left || cost > source->left - record->size)
        return false;
    source->left -= cost + record->size;
    return true;
}

static enum gd_status take(struct source *source, const struct gd_h5_record *record, struct gd_h5 **at, uint32_t *depth)
{
    char *name = NULL;
    struct gd_h5 *item = NULL, *owner;
    struct gd_h5_change change = {0};
    if (!head_fits(record) || !charge(source, record) || !(owner = owner_of(record, *at, depth)) ||
        (source->before && !get(source, &change, sizeof change)))
        return GD_FAILED;
    enum gd_status status = get_name(source, record, &name);
    if (!status)
        status = append(owner, record, name, &item);
    if (!status)
        status = get_bytes(source, record, &change, item);
    if (!status && !record->attribute)
        *at = item;
    free(name);
    return status;
}

static enum gd_status refuse(struct source *source, const struct gd_h5_record *record, const struct gd_h5 *file,
                             struct gd_error *error)
{
    char text[LONGEST_REFUSAL] = "";
    if (record->size >= sizeof text || !get(source, text, record->size))
        return GD_FAILED;
    return gd_fail(error, GD_BAD_INPUT, "%s: %s", file->name, text);
}

/* All records up to the one that ends them. */
static enum gd_status receive(struct source *source, struct gd_h5 *file, struct gd_error *error)
{
    struct gd_h5_record record;
    struct gd_h5 *at = file;
    uint32_t depth = 0;
    enum gd_status status = GD_OK;
    while (!status) {
        if (!get(source, &record, sizeof record))
            status = GD_FAILED;
        else if (record.kind == GD_H5_END)
            break;
        else if (record.kind == GD_H5_REFUSAL)
            status = refuse(source, &record, file, error);
        else
            status = take(source, &record, &at, &depth);
    }
    return status == GD_NO_MEMORY ? gd_no_memory(error, file->name) : status;
}

enum gd_status gd_h5_receive(int pipe, size_t most, struct gd_h5 *file, struct gd_error *error)
{
    struct source *source = gd_array(1, sizeof *source);
    if (!source)
        return gd_no_memory(error, file->name);
    source->pipe = pipe;
    source->bytes = source->buffer;
    source->left = most;
    enum gd_status status = receive(source, file, error);
    free(source);
    return status;
}

enum gd_status gd_h5_apply(struct gd_h5 **file, const void *changes, size_t length, struct gd_error *error)
{
    struct source *source = gd_array(1, sizeof *source);
    struct gd_h5 *after = NULL;
    enum gd_status status = source ? gd_h5_create((*file)->name, &after, error) : gd_no_memory(error, (*file)->name);
    if (!status) {
        source->pipe = -1;
        source->bytes = changes;
        source->end = length;
        source->left = SIZE_MAX;
        source->before = *file;
        status = receive(source, after, error);
    }
    if (status == GD_FAILED)
        status = gd_fail(error, GD_BAD_INPUT, "%s: damaged changes", (*file)->name);
    gd_h5_close(*file);
    *file = status ? NULL : after;
    if (status)
        gd_h5_close(after);
    free(source);
    return status;
}

struct gd_h5_record gd_h5_record(const struct gd_h5 *item, bool attribute)
{
    struct gd_h5_record record = {
        .kind = (uint8_t)item->kind,
        .type = (uint8_t)item->type,
        .rank = (uint8_t)item->rank,
        .attribute = attribute,
        .name = strlen(item->name),
        .size = item->size,
    };
    for (int k = 0; k < item->rank; k++)
        record.shape[k] = item->shape[k];
    return record;
}

/* Adding to a file in memory: groups on the way, then the dataset or attribute. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/h5_priv.h"
#include "engine/base/memory.h"

static enum gd_status cannot(const struct gd_h5_item *item, bool taken)
{
    return taken ? gd_h5_fail(item, GD_FAILED, "cannot be created (does it exist already?)")
                 : gd_no_memory(item->error, item->path);
}

/* Goes into the group of this name, new where it is missing. */
static enum gd_status enter(const struct gd_h5_item *item, struct gd_h5 **at, const char *name, size_t length)
{
    bool taken = true;
    if (length == 0 || (length == 1 && *name == '.'))
        return GD_OK;
    struct gd_h5 *group = gd_h5_named((*at)->children, name, length);
    if (!group)
        group = gd_h5_add(*at, name, length, false, &taken);
    if (!group || group->kind != GD_H5_GROUP)
        return cannot(item, taken);
    *at = group;
    return GD_OK;
}

/* Goes to the group of the path's last name, which *name gets. */
static enum gd_status make_parents(const struct gd_h5_item *item, struct gd_h5 **at, const char **name)
{
    enum gd_status status = GD_OK;
    *at = item->place;
    while (*item->path == '/' && (*at)->parent)
        *at = (*at)->parent;
    *name = item->path + (*item->path == '/');
    for (const char *slash = strchr(*name, '/'); slash && !status; slash = strchr(*name, '/')) {
        status = enter(item, at, *name, (size_t)(slash - *name));
        *name = slash + 1;
    }
    return status;
}

/* A new item that holds `size` bytes, which it takes over; they are freed on failure. */
static enum gd_status put(const struct gd_h5_item *item, struct gd_h5 what, int rank, const size_t *shape)
{
    bool taken = false;
    struct gd_h5 *owner = item->attribute ? gd_h5_find(item->place, item->path, NULL) : NULL, *made = NULL;
    const char *name = item->attribute;
    enum gd_status status = GD_OK;
    if (!item->attribute)
        status = make_parents(item, &owner, &name);
    else if (!owner)
        status = gd_h5_fail(item, GD_FAILED, "cannot be created: no such object");
    if (!status && !(made = gd_h5_add(owner, name, strlen(name), item->attribute != NULL, &taken)))
        status = cannot(item, taken);
    if (status) {
        if (!what.lent)
            free(what.bytes);
        return status;
    }
    made->kind = what.kind;
    made->type = what.type;
    made->size = what.size;
    made->bytes = what.bytes;
    made->lent = what.lent;
    made->rank = rank;
    for (int k = 0; k < rank; k++)
        made->shape[k] = shape[k];
    return GD_OK;
}

/* The bytes of an array that is in memory. */
static size_t size_of(enum gd_h5_type type, int rank, const size_t *shape)
{
    size_t size = gd_h5_sizes[type];
    for (int k = 0; k < rank; k++)
        size *= shape[k];
    return size;
}

static enum gd_status write_elements(struct gd_h5_item item, enum gd_h5_type type, int rank, const size_t *shape,
                                     const void *values)
{
    const size_t size = size_of(type, rank, shape);
    struct gd_h5 what = {.kind = GD_H5_VALUES, .type = (int)type, .size = size, .bytes = gd_array(size, 1)};
    if (!what.bytes)
        return gd_no_memory(item.error, item.path);
    if (size)
        memcpy(what.bytes, values, size);
    return put(&item, what, rank, shape);
}

static enum gd_status write_texts(struct gd_h5_item item, int rank, size_t count, const char *const *texts)
{
    struct gd_text all = {0};
    for (size_t k = 0; k < count; k++)
        gd_text_add(&all, texts[k], strlen(texts[k]) + 1);
    struct gd_h5 what = {.kind = GD_H5_TEXTS, .size = all.length, .bytes = gd_text_take(&all)};
    return what.bytes ? put(&item, what, rank, &count) : gd_no_memory(item.error, item.path);
}

enum gd_status gd_h5_write_group(struct gd_h5 *place, const char *path, struct gd_error *error)
{
    struct gd_h5_item item = {place, path, NULL, error};
    struct gd_h5 *at;
    const char *name;
    enum gd_status status = make_parents(&item, &at, &name);
    return status ? status : enter(&item, &at, name, strlen(name));
}

enum gd_status gd_h5_write_array(struct gd_h5 *place, const char *path, enum gd_h5_type type, int rank,
                                 const size_t *shape, const void *values, struct gd_error *error)
{
    return write_elements((struct gd_h5_item){place, path, NULL, error}, type, rank, shape, values);
}

enum gd_status gd_h5_lend_array(struct gd_h5 *place, const char *path, enum gd_h5_type type, int rank,
                                const size_t *shape, const void *values, struct gd_error *error)
{
    const struct gd_h5_item item = {place, path, NULL, error};
    struct gd_h5 what = {.kind = GD_H5_VALUES, .type = (int)type, .size = size_of(type, rank, shape), .lent = true};
    memcpy(&what.bytes, &values, sizeof values); /* which nobody writes to */
    return put(&item, what, rank, shape);
}

enum gd_status gd_h5_write_attribute(struct gd_h5 *place, const char *path, const char *name, enum gd_h5_type type,
                                     size_t count, const void *values, struct gd_error *error)
{
    return write_elements((struct gd_h5_item){place, path, name, error}, type, count ? 1 : 0, &count, values);
}

enum gd_status gd_h5_write_text(struct gd_h5 *place, const char *path, const char *text, struct gd_error *error)
{
    return write_texts((struct gd_h5_item){place, path, NULL, error}, 0, 1, &text);
}

enum gd_status gd_h5_write_text_attribute(struct gd_h5 *place, const char *path, const char *name, const char *text,
                                          struct gd_error *error)
{
    return write_texts((struct gd_h5_item){place, path, name, error}, 0, 1, &text);
}

enum gd_status gd_h5_write_strings(struct gd_h5 *place, const char *path, size_t count, const char *const *texts,
                                   struct gd_error *error)
{
    return write_texts((struct gd_h5_item){place, path, NULL, error}, 1, count, texts);
}

enum gd_status gd_h5_write_strings_attribute(struct gd_h5 *place, const char *path, const char *name, size_t count,
                                             const char *const *texts, struct gd_error *error)
{
    return write_texts((struct gd_h5_item){place, path, name, error}, 1, count, texts);
}

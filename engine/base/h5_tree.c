/* Files in memory: a tree of groups and of what they hold. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/h5_priv.h"
#include "engine/base/memory.h"

#define MOST_LINKS 16 /* followed on the way to one object */

const size_t gd_h5_sizes[] = {
    [GD_H5_DOUBLE] = sizeof(double), [GD_H5_FLOAT] = sizeof(float), [GD_H5_INT32] = sizeof(int32_t),
    [GD_H5_INT64] = sizeof(int64_t), [GD_H5_BOOL] = sizeof(bool),
};

/* --- Finding ------------------------------------------------------------------------------------------------------ */

struct gd_h5 *gd_h5_named(struct gd_h5 *list, const char *name, size_t length)
{
    while (list && (strncmp(list->name, name, length) != 0 || list->name[length]))
        list = list->next;
    return list;
}

static struct gd_h5 *root_of(struct gd_h5 *place)
{
    while (place->parent)
        place = place->parent;
    return place;
}

static struct gd_h5 *find(struct gd_h5 *place, const char *path, int *links)
{
    struct gd_h5 *at = *path == '/' ? root_of(place) : place;
    while (at && *path) {
        size_t length = strcspn(path, "/");
        struct gd_h5 *group = at;
        if (length && !(length == 1 && *path == '.'))
            at = gd_h5_named(group->children, path, length);
        if (at && at->kind == GD_H5_LINK)
            at = (*links)-- > 0 ? find(group, at->bytes, links) : NULL;
        path += length + (path[length] == '/');
    }
    return at;
}

struct gd_h5 *gd_h5_find(struct gd_h5 *place, const char *path, const char *attribute)
{
    int links = MOST_LINKS;
    struct gd_h5 *object = find(place, path, &links);
    return object && attribute ? gd_h5_named(object->attributes, attribute, strlen(attribute)) : object;
}

bool gd_h5_exists(struct gd_h5 *place, const char *path)
{
    return gd_h5_find(place, path, NULL) != NULL;
}

bool gd_h5_has_attribute(struct gd_h5 *place, const char *path, const char *name)
{
    return gd_h5_find(place, path, name) != NULL;
}

bool gd_h5_count(const struct gd_h5 *item, size_t *count)
{
    *count = 1;
    bool none = false, fits = true;
    for (int k = 0; k < item->rank; k++) {
        none |= item->shape[k] == 0;
        fits = fits && !__builtin_mul_overflow(*count, item->shape[k], count);
    }
    if (none)
        *count = 0;
    return none || fits;
}

size_t gd_h5_rows(const struct gd_h5 *item)
{
    return item->kind == GD_H5_VALUES && item->rank > 0 ? item->shape[0] : 1;
}

size_t gd_h5_row_size(const struct gd_h5 *item)
{
    const size_t rows = gd_h5_rows(item);
    return rows ? item->size / rows : 0;
}

bool gd_h5_rows_alike(const struct gd_h5 *one, const struct gd_h5 *other)
{
    bool alike = one->kind == other->kind && one->type == other->type && one->rank == other->rank;
    for (int k = one->kind == GD_H5_VALUES; k < one->rank && alike; k++)
        alike = one->shape[k] == other->shape[k];
    return alike && (one->kind == GD_H5_VALUES || one->size == other->size);
}

const char *gd_h5_file_name(const struct gd_h5 *place)
{
    while (place->parent)
        place = place->parent;
    return place->name;
}

/* --- Messages ----------------------------------------------------------------------------------------------------- */

static void add_path(struct gd_text *text, const struct gd_h5 *place)
{
    if (!place->parent)
        return;
    add_path(text, place->parent);
    gd_text_print(text, "/%s", place->name);
}

enum gd_status gd_h5_fail(const struct gd_h5_item *item, enum gd_status status, const char *format, ...)
{
    struct gd_text where = {0};
    const char *path = item->path + (*item->path == '/');
    if (*item->path != '/')
        add_path(&where, item->place);
    if (strcmp(path, ".") != 0 || !where.length)
        gd_text_print(&where, "/%s", strcmp(path, ".") == 0 ? "" : path);
    if (item->attribute)
        gd_text_print(&where, ": attribute %s", item->attribute);
    va_list list;
    va_start(list, format);
    char *place = gd_text_take(&where), *text = gd_format_list(format, list);
    va_end(list);
    if (place && text)
        gd_fail(item->error, status, "%s: %s: %s", gd_h5_file_name(item->place), place, text);
    else
        status = gd_no_memory(item->error, item->path);
    free(place);
    free(text);
    return status;
}

/* --- Making and freeing ------------------------------------------------------------------------------------------- */

static void free_list(struct gd_h5 *list)
{
    while (list) {
        struct gd_h5 *next = list->next;
        list->next = NULL;
        gd_h5_close(list);
        list = next;
    }
}

void gd_h5_close(struct gd_h5 *file)
{
    if (!file)
        return;
    free_list(file->children);
    free_list(file->attributes);
    if (!file->lent)
        free(file->bytes);
    free(file->name);
    free(file);
}

enum gd_status gd_h5_copy_lent(struct gd_h5 *file, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    if (file->lent && file->size) {
        void *copy = gd_array(file->size, 1);
        if (!copy)
            return gd_no_memory(error, "a checkpoint");
        file->bytes = memcpy(copy, file->bytes, file->size);
        file->lent = false;
    }
    for (struct gd_h5 *child = file->children; child && !status; child = child->next)
        status = gd_h5_copy_lent(child, error);
    return status;
}

static struct gd_h5 *make(const char *name, size_t length)
{
    struct gd_h5 *item = gd_array(1, sizeof *item);
    if (!item)
        return NULL;
    item->name = gd_array(length + 1, 1);
    if (!item->name) {
        free(item);
        return NULL;
    }
    memcpy(item->name, name, length);
    return item;
}

struct gd_h5 *gd_h5_add(struct gd_h5 *owner, const char *name, size_t length, bool attribute, bool *taken)
{
    struct gd_h5 **first = attribute ? &owner->attributes : &owner->children;
    struct gd_h5 **last = attribute ? &owner->last_attribute : &owner->last_child, *before = NULL;
    struct gd_h5 *item = make(name, length);
    *taken = false;
    if (!item)
        return NULL;
    if (*last && strcmp((*last)->name, item->name) < 0)
        before = *last;
    else
        for (struct gd_h5 *at = *first; at && strcmp(at->name, item->name) <= 0; at = at->next)
            before = at;
    *taken = before && strcmp(before->name, item->name) == 0;
    if (*taken) {
        gd_h5_close(item);
        return NULL;
    }
    item->parent = owner;
    item->next = before ? before->next : *first;
    *(before ? &before->next : first) = item;
    if (!item->next)
        *last = item;
    return item;
}

static void take_out(struct gd_h5 **first, struct gd_h5 **last, struct gd_h5 *item)
{
    struct gd_h5 *before = NULL;
    for (struct gd_h5 *at = *first; at != item; at = at->next)
        before = at;
    *(before ? &before->next : first) = item->next;
    if (!item->next)
        *last = before;
    item->next = NULL;
    gd_h5_close(item);
}

void gd_h5_remove(struct gd_h5 *place, const char *path)
{
    struct gd_h5 *item = gd_h5_find(place, path, NULL);
    if (item && item->parent)
        take_out(&item->parent->children, &item->parent->last_child, item);
}

void gd_h5_remove_attribute(struct gd_h5 *place, const char *path, const char *name)
{
    struct gd_h5 *item = gd_h5_find(place, path, name);
    if (item)
        take_out(&item->parent->attributes, &item->parent->last_attribute, item);
}

enum gd_status gd_h5_create(const char *path, struct gd_h5 **file, struct gd_error *error)
{
    *file = make(path, strlen(path));
    return *file ? GD_OK : gd_no_memory(error, path);
}

enum gd_status gd_h5_open_group(struct gd_h5 *place, const char *path, struct gd_h5 **group, struct gd_error *error)
{
    *group = gd_h5_find(place, path, NULL);
    if (*group && (*group)->kind == GD_H5_GROUP)
        return GD_OK;
    *group = NULL;
    return gd_h5_fail(&(struct gd_h5_item){place, path, NULL, error}, GD_BAD_INPUT, "no such group");
}

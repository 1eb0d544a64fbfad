/* Taking out of a file in memory what others may have written: kind, type and sizes first, memory after. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/h5_priv.h"
#include "engine/base/memory.h"

/* What is read as a type: which stored types have the class. */
enum class { REAL = 1, WHOLE = 2, TRUTH = 4 };

static const enum class classes[] = {
    [GD_H5_DOUBLE] = REAL, [GD_H5_FLOAT] = REAL, [GD_H5_INT32] = WHOLE, [GD_H5_INT64] = WHOLE, [GD_H5_BOOL] = TRUTH};

static const struct {
    const char *expected;
    unsigned accepted; /* of enum class */
} readers[] = {
    [GD_H5_DOUBLE] = {"numbers", REAL | WHOLE},
    [GD_H5_FLOAT] = {"numbers", REAL | WHOLE},
    [GD_H5_INT32] = {"integers", WHOLE},
    [GD_H5_INT64] = {"integers", WHOLE},
    [GD_H5_BOOL] = {"true or false values", TRUTH | WHOLE},
};

/* The item, if it is of this kind. */
static enum gd_status find(const struct gd_h5_item *item, enum gd_h5_kind kind, const char *expected,
                           const struct gd_h5 **found)
{
    static const char *const closed[] = {
        [GD_H5_EMPTY] = "is empty",
        [GD_H5_UNBACKED] = "claims more bytes than the file contains",
        [GD_H5_UNREADABLE] = "cannot be read",
    };
    const struct gd_h5 *at = gd_h5_find(item->place, item->path, item->attribute);
    *found = at;
    if (!at || at->kind == GD_H5_GROUP)
        return gd_h5_fail(item, GD_BAD_INPUT, "missing");
    if (at->kind == GD_H5_CLOSED && at->type != GD_H5_FOREIGN)
        return gd_h5_fail(item, GD_BAD_INPUT, "%s", closed[at->type]);
    return at->kind == kind ? GD_OK : gd_h5_fail(item, GD_BAD_INPUT, "does not contain %s", expected);
}

/* Compares the sizes found with `shape`, where GD_H5_ANY takes the size found. */
static enum gd_status match_shape(const struct gd_h5_item *item, const struct gd_h5 *found, int rank, size_t *shape)
{
    if (found->rank != rank)
        return gd_h5_fail(item, GD_BAD_INPUT, "has %d dimensions instead of %d", found->rank, rank);
    for (int k = 0; k < rank; k++) {
        if (shape[k] == GD_H5_ANY)
            shape[k] = found->shape[k];
        else if (shape[k] != found->shape[k])
            return gd_h5_fail(item, GD_BAD_INPUT, "has size %zu instead of %zu in dimension %d", found->shape[k],
                              shape[k], k + 1);
    }
    return GD_OK;
}

static int64_t whole_at(const struct gd_h5 *from, size_t k)
{
    return from->type == GD_H5_INT32 ? ((const int32_t *)from->bytes)[k] : ((const int64_t *)from->bytes)[k];
}

static double real_at(const struct gd_h5 *from, size_t k)
{
    switch (from->type) {
    case GD_H5_DOUBLE:
        return ((const double *)from->bytes)[k];
    case GD_H5_FLOAT:
        return (double)((const float *)from->bytes)[k];
    default:
        return (double)whole_at(from, k);
    }
}

/* One element of another type; false when it has no such value. */
static bool convert(const struct gd_h5 *from, size_t k, enum gd_h5_type type, void *to)
{
    const int64_t whole = classes[from->type] == WHOLE ? whole_at(from, k) : 0;
    switch (type) {
    case GD_H5_DOUBLE:
        ((double *)to)[k] = real_at(from, k);
        return true;
    case GD_H5_FLOAT:
        ((float *)to)[k] = (float)real_at(from, k);
        return true;
    case GD_H5_INT32:
        ((int32_t *)to)[k] = (int32_t)whole;
        return whole >= INT32_MIN && whole <= INT32_MAX;
    case GD_H5_INT64:
        ((int64_t *)to)[k] = whole;
        return true;
    case GD_H5_BOOL:
        ((bool *)to)[k] = whole == 1;
        return whole == 0 || whole == 1;
    }
    return false;
}

static enum gd_status copy(const struct gd_h5_item *item, const struct gd_h5 *from, enum gd_h5_type type, size_t count,
                           void *to)
{
    if (from->type == (int)type) {
        memcpy(to, from->bytes, from->size);
        return GD_OK;
    }
    for (size_t k = 0; k < count; k++)
        if (!convert(from, k, type, to))
            return gd_h5_fail(item, GD_BAD_INPUT, "does not contain %s%s", readers[type].expected,
                              type == GD_H5_INT32 ? " of 32 bits" : "");
    return GD_OK;
}

/* Numbers, into a new array when *values is NULL. */
static enum gd_status read_elements(struct gd_h5_item item, enum gd_h5_type type, int rank, size_t *shape,
                                    void **values)
{
    const struct gd_h5 *found;
    void *fresh = NULL;
    size_t count = 0;
    enum gd_status status = find(&item, GD_H5_VALUES, readers[type].expected, &found);
    if (!status && !(classes[found->type] & readers[type].accepted))
        status = gd_h5_fail(&item, GD_BAD_INPUT, "does not contain %s", readers[type].expected);
    if (!status)
        status = match_shape(&item, found, rank, shape);
    if (!status && !*values && (!gd_h5_count(found, &count) || !(fresh = gd_array(count, gd_h5_sizes[type]))))
        status = gd_no_memory(item.error, item.path);
    if (!status && gd_h5_count(found, &count))
        status = copy(&item, found, type, count, fresh ? fresh : *values);
    if (status)
        free(fresh);
    else if (fresh)
        *values = fresh;
    return status;
}

enum gd_status gd_h5_read_array(struct gd_h5 *place, const char *path, enum gd_h5_type type, int rank,
                                const size_t *shape, void *values, struct gd_error *error)
{
    size_t expected[GD_H5_RANK] = {0};
    for (int k = 0; k < rank; k++)
        expected[k] = shape[k];
    return read_elements((struct gd_h5_item){place, path, NULL, error}, type, rank, expected, &values);
}

enum gd_status gd_h5_load_array(struct gd_h5 *place, const char *path, enum gd_h5_type type, int rank, size_t *shape,
                                void **values, struct gd_error *error)
{
    *values = NULL;
    return read_elements((struct gd_h5_item){place, path, NULL, error}, type, rank, shape, values);
}

enum gd_status gd_h5_read_attribute(struct gd_h5 *place, const char *path, const char *name, enum gd_h5_type type,
                                    size_t count, void *values, struct gd_error *error)
{
    return read_elements((struct gd_h5_item){place, path, name, error}, type, count ? 1 : 0, &count, &values);
}

enum gd_status gd_h5_read_shape(struct gd_h5 *place, const char *path, int rank, size_t *shape, struct gd_error *error)
{
    const struct gd_h5_item item = {place, path, NULL, error};
    const struct gd_h5 *found;
    for (int k = 0; k < rank; k++)
        shape[k] = GD_H5_ANY;
    enum gd_status status = find(&item, GD_H5_VALUES, "numbers", &found);
    return status ? status : match_shape(&item, found, rank, shape);
}

static enum gd_status read_texts(struct gd_h5_item item, int rank, size_t *count, char ***texts)
{
    const struct gd_h5 *found;
    char **list = NULL;
    enum gd_status status = find(&item, GD_H5_TEXTS, "text", &found);
    if (!status)
        status = match_shape(&item, found, rank, count);
    if (!status && !(list = gd_array(*count, sizeof *list)))
        status = gd_no_memory(item.error, item.path);
    const char *text = status ? NULL : found->bytes;
    for (size_t k = 0; !status && k < *count; k++) {
        list[k] = gd_string(text);
        if (!list[k])
            status = gd_no_memory(item.error, item.path);
        text += strlen(text) + 1;
    }
    if (status && list) {
        gd_h5_free_strings(list, *count);
        list = NULL;
    }
    *texts = list;
    return status;
}

static enum gd_status load_text(struct gd_h5_item item, char **text)
{
    size_t count = 1;
    char **texts = NULL;
    *text = NULL;
    enum gd_status status = read_texts(item, 0, &count, &texts);
    if (!status)
        *text = texts[0];
    free(texts);
    return status;
}

enum gd_status gd_h5_load_strings(struct gd_h5 *place, const char *path, size_t *count, char ***texts,
                                  struct gd_error *error)
{
    return read_texts((struct gd_h5_item){place, path, NULL, error}, 1, count, texts);
}

enum gd_status gd_h5_load_text(struct gd_h5 *place, const char *path, char **text, struct gd_error *error)
{
    return load_text((struct gd_h5_item){place, path, NULL, error}, text);
}

enum gd_status gd_h5_load_text_attribute(struct gd_h5 *place, const char *path, const char *name, char **text,
                                         struct gd_error *error)
{
    return load_text((struct gd_h5_item){place, path, name, error}, text);
}

enum gd_status gd_h5_load_strings_attribute(struct gd_h5 *place, const char *path, const char *name, size_t *count,
                                            char ***texts, struct gd_error *error)
{
    return read_texts((struct gd_h5_item){place, path, name, error}, 1, count, texts);
}

void gd_h5_free_strings(char **texts, size_t count)
{
    for (size_t k = 0; texts && k < count; k++)
        free(texts[k]);
    free(texts);
}

/* Reading HDF5 that others may have written: type, rank and sizes first, memory after. */
#include <stdlib.h>

#include "engine/h5_priv.h"
#include "engine/memory.h"

#define DEFLATE_MOST                                                                                                   \
    1032 /* no filter makes data smaller than 1/1032, the limit of deflate (zlib's technical details) */

static const struct {
    size_t size;
    const char *expected;
    H5T_class_t first, second; /* the classes that are read as this type */
} elements[] = {
    [GD_H5_DOUBLE] = {sizeof(double), "numbers", H5T_FLOAT, H5T_INTEGER},
    [GD_H5_FLOAT] = {sizeof(float), "numbers", H5T_FLOAT, H5T_INTEGER},
    [GD_H5_INT32] = {sizeof(int32_t), "integers", H5T_INTEGER, H5T_INTEGER},
    [GD_H5_INT64] = {sizeof(int64_t), "integers", H5T_INTEGER, H5T_INTEGER},
    [GD_H5_BOOL] = {sizeof(bool), "true or false values", H5T_ENUM, H5T_INTEGER},
};

static enum gd_status open_item(struct gd_h5_item *item)
{
    if (item->attribute)
        item->id = H5Aopen_by_name(item->place, item->path, item->attribute, H5P_DEFAULT, H5P_DEFAULT);
    else
        item->id = H5Dopen2(item->place, item->path, H5P_DEFAULT);
    if (item->id < 0)
        return gd_h5_fail(item, GD_BAD_INPUT, "missing");
    item->type = item->attribute ? H5Aget_type(item->id) : H5Dget_type(item->id);
    item->space = item->attribute ? H5Aget_space(item->id) : H5Dget_space(item->id);
    if (item->type < 0 || item->space < 0 || H5Sget_simple_extent_type(item->space) == H5S_NULL)
        return gd_h5_fail(item, GD_BAD_INPUT, "holds no values");
    return GD_OK;
}

/* The sizes of an open item; and that the file can hold as much as they promise. */
static enum gd_status item_shape(const struct gd_h5_item *item, int rank, size_t *shape)
{
    hsize_t sizes[H5S_MAX_RANK], bytes = H5Tget_size(item->type);
    int found = H5Sget_simple_extent_dims(item->space, sizes, NULL);
    if (found != rank)
        return gd_h5_fail(item, GD_BAD_INPUT, "has %d dimensions instead of %d", found, rank);
    for (int k = 0; k < rank; k++) {
        if (sizes[k] > 0 && bytes > SIZE_MAX / sizes[k])
            return gd_h5_fail(item, GD_BAD_INPUT, "is larger than any memory");
        bytes *= sizes[k];
        shape[k] = (size_t)sizes[k];
    }
    if (!item->attribute && bytes / DEFLATE_MOST > H5Dget_storage_size(item->id))
        return gd_h5_fail(item, GD_BAD_INPUT, "claims %llu bytes, which are not in the file",
                          (unsigned long long)bytes);
    return GD_OK;
}

/* Compares the sizes found with `shape`, where GD_H5_ANY takes the size found. */
static enum gd_status match_shape(const struct gd_h5_item *item, int rank, size_t *shape)
{
    size_t found[GD_H5_RANK];
    enum gd_status status = item_shape(item, rank, found);
    for (int k = 0; k < rank && !status; k++) {
        if (shape[k] == GD_H5_ANY)
            shape[k] = found[k];
        else if (shape[k] != found[k])
            status = gd_h5_fail(item, GD_BAD_INPUT, "has size %zu instead of %zu in dimension %d", found[k], shape[k],
                                k + 1);
    }
    return status;
}

static herr_t read_raw(const struct gd_h5_item *item, hid_t memory, void *values)
{
    return item->attribute ? H5Aread(item->id, memory, values)
                           : H5Dread(item->id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
}

static enum gd_status check_class(const struct gd_h5_item *item, enum gd_h5_type type)
{
    H5T_class_t class = H5Tget_class(item->type);
    if (class != elements[type].first && class != elements[type].second)
        return gd_h5_fail(item, GD_BAD_INPUT, "holds something else than %s", elements[type].expected);
    return GD_OK;
}

/* Reads all values of an open item of known shape. */
static enum gd_status read_values(const struct gd_h5_item *item, enum gd_h5_type type, void *values)
{
    bool whole = type == GD_H5_BOOL && H5Tget_class(item->type) == H5T_INTEGER;
    hid_t memory = whole ? H5Tcopy(H5T_NATIVE_INT8) : gd_h5_element_type(type, false);
    enum gd_status status = GD_OK;
    if (read_raw(item, memory, values) < 0)
        status = gd_h5_fail(item, GD_BAD_INPUT, "cannot be read");
    H5Tclose(memory);
    const unsigned char *bytes = values;
    size_t count = type == GD_H5_BOOL ? (size_t)H5Sget_simple_extent_npoints(item->space) : 0;
    for (size_t k = 0; k < count && !status; k++)
        if (bytes[k] > 1)
            status = gd_h5_fail(item, GD_BAD_INPUT, "holds something else than %s", elements[type].expected);
    return status;
}

enum gd_status gd_h5_read_elements(struct gd_h5_item item, enum gd_h5_type type, int rank, size_t *shape, void **values)
{
    void *fresh = NULL;
    enum gd_status status = open_item(&item);
    if (!status)
        status = check_class(&item, type);
    if (!status)
        status = match_shape(&item, rank, shape);
    if (status)
        goto cleanup;
    if (!*values) {
        fresh = gd_array((size_t)H5Sget_simple_extent_npoints(item.space), elements[type].size);
        if (!fresh) {
            status = gd_no_memory(item.error, item.path);
            goto cleanup;
        }
    }
    status = read_values(&item, type, fresh ? fresh : *values);
    if (!status && fresh) {
        *values = fresh;
        fresh = NULL;
    }
cleanup:
    free(fresh);
    gd_h5_end(&item);
    return status;
}

enum gd_status gd_h5_read_array(hid_t place, const char *path, enum gd_h5_type type, int rank, const size_t *shape,
                                void *values, struct gd_error *error)
{
    size_t expected[GD_H5_RANK] = {0};
    for (int k = 0; k < rank; k++)
        expected[k] = shape[k];
    return gd_h5_read_elements(gd_h5_begin(place, path, NULL, error), type, rank, expected, &values);
}

enum gd_status gd_h5_load_array(hid_t place, const char *path, enum gd_h5_type type, int rank, size_t *shape,
                                void **values, struct gd_error *error)
{
    *values = NULL;
    return gd_h5_read_elements(gd_h5_begin(place, path, NULL, error), type, rank, shape, values);
}

enum gd_status gd_h5_read_attribute(hid_t place, const char *path, const char *name, enum gd_h5_type type, size_t count,
                                    void *values, struct gd_error *error)
{
    return gd_h5_read_elements(gd_h5_begin(place, path, name, error), type, count ? 1 : 0, &count, &values);
}

enum gd_status gd_h5_read_shape(hid_t place, const char *path, int rank, size_t *shape, struct gd_error *error)
{
    struct gd_h5_item item = gd_h5_begin(place, path, NULL, error);
    enum gd_status status = open_item(&item);
    if (!status)
        status = item_shape(&item, rank, shape);
    gd_h5_end(&item);
    return status;
}

/* Strings of any length: HDF5 allocates each; copies are ours. */
static enum gd_status copy_variable(const struct gd_h5_item *item, size_t count, char **texts)
{
    enum gd_status status = GD_OK;
    hid_t memory = gd_h5_text_type(H5T_VARIABLE, H5Tget_cset(item->type));
    char **lent = gd_array(count, sizeof *lent);
    if (!lent)
        status = gd_no_memory(item->error, item->path);
    else if (read_raw(item, memory, lent) < 0)
        status = gd_h5_fail(item, GD_BAD_INPUT, "cannot be read");
    for (size_t k = 0; k < count && !status; k++) {
        texts[k] = gd_string(lent[k] ? lent[k] : "");
        if (!texts[k])
            status = gd_no_memory(item->error, item->path);
    }
    if (lent)
        H5Dvlen_reclaim(memory, item->space, H5P_DEFAULT, lent);
    H5Tclose(memory);
    free(lent);
    return status;
}

static enum gd_status copy_fixed(const struct gd_h5_item *item, size_t count, char **texts)
{
    enum gd_status status = GD_OK;
    size_t size = H5Tget_size(item->type) + 1;
    hid_t memory = gd_h5_text_type(size, H5Tget_cset(item->type));
    char *rows = gd_array(count, size);
    if (!rows)
        status = gd_no_memory(item->error, item->path);
    else if (read_raw(item, memory, rows) < 0)
        status = gd_h5_fail(item, GD_BAD_INPUT, "cannot be read");
    for (size_t k = 0; k < count && !status; k++) {
        texts[k] = gd_string(rows + k * size);
        if (!texts[k])
            status = gd_no_memory(item->error, item->path);
    }
    H5Tclose(memory);
    free(rows);
    return status;
}

enum gd_status gd_h5_read_texts(struct gd_h5_item item, int rank, size_t *count, char ***texts)
{
    char **list = NULL;
    enum gd_status status = open_item(&item);
    if (!status && H5Tget_class(item.type) != H5T_STRING)
        status = gd_h5_fail(&item, GD_BAD_INPUT, "holds something else than text");
    if (!status)
        status = match_shape(&item, rank, count);
    if (!status && !(list = gd_array(*count, sizeof *list)))
        status = gd_no_memory(item.error, item.path);
    if (!status)
        status =
            H5Tis_variable_str(item.type) > 0 ? copy_variable(&item, *count, list) : copy_fixed(&item, *count, list);
    gd_h5_end(&item);
    if (status && list) {
        gd_h5_free_strings(list, *count);
        list = NULL;
    }
    *texts = list;
    return status;
}

enum gd_status gd_h5_read_rank(struct gd_h5_item item, int *rank)
{
    enum gd_status status = open_item(&item);
    *rank = status ? -1 : H5Sget_simple_extent_ndims(item.space);
    gd_h5_end(&item);
    return status;
}

static enum gd_status load_text(struct gd_h5_item item, char **text)
{
    size_t count = 1;
    char **texts = NULL;
    *text = NULL;
    enum gd_status status = gd_h5_read_texts(item, 0, &count, &texts);
    if (!status)
        *text = texts[0];
    free(texts);
    return status;
}

enum gd_status gd_h5_load_strings(hid_t place, const char *path, size_t *count, char ***texts, struct gd_error *error)
{
    return gd_h5_read_texts(gd_h5_begin(place, path, NULL, error), 1, count, texts);
}

enum gd_status gd_h5_load_text(hid_t place, const char *path, char **text, struct gd_error *error)
{
    return load_text(gd_h5_begin(place, path, NULL, error), text);
}

enum gd_status gd_h5_load_text_attribute(hid_t place, const char *path, const char *name, char **text,
                                         struct gd_error *error)
{
    return load_text(gd_h5_begin(place, path, name, error), text);
}

enum gd_status gd_h5_load_strings_attribute(hid_t place, const char *path, const char *name, size_t *count,
                                            char ***texts, struct gd_error *error)
{
    return gd_h5_read_texts(gd_h5_begin(place, path, name, error), 1, count, texts);
}

void gd_h5_free_strings(char **texts, size_t count)
{
    for (size_t k = 0; texts && k < count; k++)
        free(texts[k]);
    free(texts);
}

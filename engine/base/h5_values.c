/* The values of datasets and attributes on their way out of a file. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/h5_library_priv.h"

/* No filter makes data smaller than 1/1032, the limit of deflate (zlib's technical details). */
#define DEFLATE_MOST 1032

enum gd_status gd_h5_walk_end(struct gd_h5_walk *walk, enum gd_status status)
{
    if (!walk->status)
        walk->status = status;
    return walk->status;
}

enum gd_status gd_h5_walk_send(struct gd_h5_walk *walk, const struct gd_h5 *item, bool attribute)
{
    struct gd_h5_record record = gd_h5_record(item, attribute);
    record.depth = walk->depth;
    bool sent = fwrite(&record, sizeof record, 1, walk->records) == 1 &&
                fwrite(item->name, 1, record.name, walk->records) == record.name &&
                fwrite(item->size ? item->bytes : "", 1, record.size, walk->records) == record.size;
    return sent ? GD_OK : gd_h5_walk_end(walk, GD_FAILED);
}

static void close_item(enum gd_h5_closed why, struct gd_h5 *item)
{
    free(item->bytes);
    item->bytes = NULL;
    item->size = 0;
    item->kind = GD_H5_CLOSED;
    item->type = (int)why;
}

static herr_t read_raw(const struct gd_h5_source *source, hid_t memory, void *values)
{
    return source->attribute ? H5Aread(source->id, memory, values)
                             : H5Dread(source->id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
}

/* The type that keeps all values of a stored one; false: none. */
static bool choose_type(hid_t type, int *chosen)
{
    size_t size = H5Tget_size(type);
    switch (H5Tget_class(type)) {
    case H5T_FLOAT:
        *chosen = size <= sizeof(float) ? GD_H5_FLOAT : GD_H5_DOUBLE;
        return true;
    case H5T_INTEGER:
        *chosen = size < sizeof(int32_t) || (size == sizeof(int32_t) && H5Tget_sign(type) == H5T_SGN_2) ? GD_H5_INT32
                                                                                                        : GD_H5_INT64;
        return true;
    case H5T_ENUM:
        *chosen = GD_H5_BOOL;
        return true;
    default:
        return false;
    }
}

static enum gd_status unread(struct gd_h5_walk *walk, struct gd_h5 *item)
{
    if (gd_h5_out_of_memory)
        return gd_h5_walk_end(walk, GD_NO_MEMORY);
    close_item(GD_H5_UNREADABLE, item);
    return GD_OK;
}

static enum gd_status read_elements(struct gd_h5_walk *walk, struct gd_h5_source *source, size_t count)
{
    struct gd_h5 *item = &source->item;
    item->size = count * gd_h5_sizes[item->type];
    item->bytes = gd_array(count, gd_h5_sizes[item->type]);
    if (!item->bytes)
        return gd_h5_walk_end(walk, GD_NO_MEMORY);
    hid_t memory = gd_h5_element_type((enum gd_h5_type)item->type, false);
    herr_t got = read_raw(source, memory, item->bytes);
    H5Tclose(memory);
    const unsigned char *bytes = item->bytes;
    for (size_t k = 0; got >= 0 && item->type == GD_H5_BOOL && k < count; k++)
        got = bytes[k] > 1 ? -1 : 0;
    return got < 0 ? unread(walk, item) : GD_OK;
}

/* Strings of any length: HDF5 allocates each. */
static herr_t copy_variable(const struct gd_h5_source *source, size_t count, char **lent, struct gd_text *all)
{
    hid_t memory = gd_h5_text_type(H5T_VARIABLE, H5Tget_cset(source->type));
    herr_t got = read_raw(source, memory, lent);
    for (size_t k = 0; got >= 0 && k < count; k++)
        gd_text_add(all, lent[k] ? lent[k] : "", lent[k] ? strlen(lent[k]) + 1 : 1);
    H5Dvlen_reclaim(memory, source->space, H5P_DEFAULT, lent);
    H5Tclose(memory);
    return got;
}

static herr_t copy_fixed(const struct gd_h5_source *source, size_t count, char *rows, size_t size, struct gd_text *all)
{
    hid_t memory = gd_h5_text_type(size, H5Tget_cset(source->type));
    herr_t got = read_raw(source, memory, rows);
    for (size_t k = 0; got >= 0 && k < count; k++)
        gd_text_add(all, rows + k * size, strlen(rows + k * size) + 1);
    H5Tclose(memory);
    return got;
}

static enum gd_status read_texts(struct gd_h5_walk *walk, struct gd_h5_source *source, size_t count)
{
    struct gd_text all = {0};
    const bool variable = H5Tis_variable_str(source->type) > 0;
    const size_t size = variable ? sizeof(char *) : H5Tget_size(source->type) + 1;
    void *rows = gd_array(count, size);
    if (!rows)
        return gd_h5_walk_end(walk, GD_NO_MEMORY);
    herr_t got = variable ? copy_variable(source, count, rows, &all) : copy_fixed(source, count, rows, size, &all);
    free(rows);
    source->item.size = all.length;
    source->item.bytes = gd_text_take(&all);
    if (!source->item.bytes)
        return gd_h5_walk_end(walk, GD_NO_MEMORY);
    return got < 0 ? unread(walk, &source->item) : GD_OK;
}

/* The sizes; false when they are of no kind that is read. */
static bool find_shape(const struct gd_h5_source *source, struct gd_h5 *item)
{
    hsize_t sizes[H5S_MAX_RANK];
    item->rank = H5Sget_simple_extent_dims(source->space, sizes, NULL);
    bool fits = item->rank >= 0 && item->rank <= GD_H5_RANK;
    if (!fits)
        item->rank = 0;
    for (int k = 0; k < item->rank; k++)
        item->shape[k] = (size_t)sizes[k];
    return fits;
}

/* Whether the file can hold as much as the sizes promise. */
static bool fits_in_file(const struct gd_h5_source *source, size_t count)
{
    size_t bytes;
    return !__builtin_mul_overflow(count, H5Tget_size(source->type), &bytes) &&
           (source->attribute || bytes / DEFLATE_MOST <= H5Dget_storage_size(source->id));
}

static enum gd_status read_values(struct gd_h5_walk *walk, struct gd_h5_source *source)
{
    size_t count;
    struct gd_h5 *item = &source->item;
    const bool text = source->type >= 0 && H5Tget_class(source->type) == H5T_STRING;
    item->kind = text ? GD_H5_TEXTS : GD_H5_VALUES;
    if (source->type < 0 || source->space < 0 || H5Sget_simple_extent_type(source->space) == H5S_NULL)
        close_item(GD_H5_EMPTY, item);
    else if (!find_shape(source, item) || !(text || choose_type(source->type, &item->type)))
        close_item(GD_H5_FOREIGN, item);
    else if (!gd_h5_count(item, &count) || !fits_in_file(source, count))
        close_item(GD_H5_UNBACKED, item);
    else
        return text ? read_texts(walk, source, count) : read_elements(walk, source, count);
    return GD_OK;
}

enum gd_status gd_h5_walk_values(struct gd_h5_walk *walk, struct gd_h5_source *source)
{
    enum gd_status status = read_values(walk, source);
    if (!status)
        status = gd_h5_walk_send(walk, &source->item, source->attribute);
    free(source->item.bytes);
    if (source->space >= 0)
        H5Sclose(source->space);
    if (source->type >= 0)
        H5Tclose(source->type);
    return status;
}

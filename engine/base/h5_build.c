/* A file made of a tree, as an image in memory. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/h5_library_priv.h"

static hid_t make_space(const struct gd_h5 *item)
{
    hsize_t sizes[GD_H5_RANK] = {0};
    if (item->rank == 0)
        return H5Screate(H5S_SCALAR);
    for (int k = 0; k < item->rank; k++)
        sizes[k] = item->shape[k];
    return H5Screate_simple(item->rank, sizes, NULL);
}

/* Whether a large dataset is full of rows that are alike for the most part, as structures of a search are, of which
 * most atoms never move: three quarters of the words of row 0 are in the middle row and in the last one too. Fewer are
 * not worth the time. */
static bool repeats(const struct gd_h5 *item)
{
    const size_t large = 1 << 16, word = sizeof(uint64_t), rows = gd_h5_rows(item), row = gd_h5_row_size(item);
    const char *first = item->bytes, *middle = first + rows / 2 * row, *last = first + (rows ? rows - 1 : 0) * row;
    size_t same = 0;
    if (item->kind != GD_H5_VALUES || item->rank < 2 || rows < 2 || item->size < large)
        return false;
    for (size_t at = 0; at + word <= row; at += word)
        same += memcmp(first + at, middle + at, word) == 0 && memcmp(first + at, last + at, word) == 0;
    return 4 * same * word >= 3 * row;
}

/* The dataset is compressed in blocks of a part of many rows, so that deflate, which looks back by 32 kB, always finds
 * the same part of the row before. */
static void set_blocks(hid_t list, const struct gd_h5 *item)
{
    const size_t most_rows = 256, block = 1 << 17, most_part = 1 << 14;
    const size_t rows = item->shape[0] < most_rows ? item->shape[0] : most_rows;
    const size_t element = gd_h5_row_size(item) / item->shape[1];
    const size_t wanted = block / rows < most_part ? block / rows : most_part;
    const size_t columns = wanted / element < 1 ? 1 : wanted / element;
    hsize_t sizes[GD_H5_RANK] = {rows, columns < item->shape[1] ? columns : item->shape[1]};
    for (int k = 2; k < item->rank; k++)
        sizes[k] = item->shape[k];
    H5Pset_chunk(list, item->rank, sizes);
    H5Pset_fill_time(list, H5D_FILL_TIME_NEVER);
    H5Pset_deflate(list, 1);
}

/* Makes the dataset or attribute and writes it. Types are taken over. The dataset stays open: *made. */
static bool write_values(hid_t place, const struct gd_h5 *item, bool attribute, hid_t stored, hid_t memory,
                         const void *values, hid_t *made)
{
    hid_t space = make_space(item), list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(list, false);
    if (!attribute && repeats(item) && H5Zfilter_avail(H5Z_FILTER_DEFLATE) > 0)
        set_blocks(list, item);
    hid_t id = attribute ? H5Acreate2(place, item->name, stored, space, H5P_DEFAULT, H5P_DEFAULT)
                         : H5Dcreate2(place, item->name, stored, space, H5P_DEFAULT, list, H5P_DEFAULT);
    herr_t written = -1;
    if (id >= 0)
        written =
            attribute ? H5Awrite(id, memory, values) : H5Dwrite(id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Pclose(list);
    H5Sclose(space);
    H5Tclose(stored);
    H5Tclose(memory);
    *made = id;
    return written >= 0;
}

/* A list is laid out as rows of the longest text's length and its NUL. */
static bool write_rows(hid_t place, const struct gd_h5 *item, bool attribute, size_t count, hid_t *made)
{
    size_t size = 1, k = 0;
    const char *first = item->bytes, *end = first + item->size;
    for (const char *text = first; text < end; text += strlen(text) + 1)
        size = strlen(text) + 1 > size ? strlen(text) + 1 : size;
    char *rows = gd_array(count, size);
    if (!rows) {
        gd_h5_out_of_memory = true;
        return false;
    }
    for (const char *text = first; text < end; text += strlen(text) + 1)
        memcpy(rows + k++ * size, text, strlen(text));
    bool written = write_values(place, item, attribute, gd_h5_text_type(size, H5T_CSET_UTF8),
                                gd_h5_text_type(size, H5T_CSET_UTF8), rows, made);
    free(rows);
    return written;
}

static bool write_item(hid_t place, const struct gd_h5 *item, bool attribute, hid_t *made)
{
    const enum gd_h5_type type = (enum gd_h5_type)item->type;
    if (item->kind == GD_H5_VALUES)
        return write_values(place, item, attribute, gd_h5_element_type(type, true), gd_h5_element_type(type, false),
                            item->bytes, made);
    if (item->kind == GD_H5_TEXTS && item->rank == 0)
        return write_values(place, item, attribute, gd_h5_text_type(H5T_VARIABLE, H5T_CSET_UTF8),
                            gd_h5_text_type(H5T_VARIABLE, H5T_CSET_UTF8), &item->bytes, made);
    return item->kind == GD_H5_TEXTS && item->rank == 1 && write_rows(place, item, attribute, item->shape[0], made);
}

static bool write_parts(hid_t place, const struct gd_h5 *object);

static bool write_group(hid_t place, const struct gd_h5 *item)
{
    hid_t list = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_obj_track_times(list, false);
    hid_t group = H5Gcreate2(place, item->name, H5P_DEFAULT, list, H5P_DEFAULT);
    H5Pclose(list);
    bool written = group >= 0 && write_parts(group, item);
    return group >= 0 && H5Gclose(group) >= 0 && written;
}

static bool write_object(hid_t place, const struct gd_h5 *item)
{
    hid_t id = H5I_INVALID_HID;
    if (item->kind == GD_H5_GROUP)
        return write_group(place, item);
    bool written = write_item(place, item, false, &id) && write_parts(id, item);
    return id >= 0 && H5Dclose(id) >= 0 && written;
}

/* The attributes of an object, and what is in it. */
static bool write_parts(hid_t place, const struct gd_h5 *object)
{
    bool written = true;
    for (const struct gd_h5 *at = object->attributes; at && written; at = at->next) {
        hid_t id = H5I_INVALID_HID;
        written = write_item(place, at, true, &id);
        written = id >= 0 && H5Aclose(id) >= 0 && written;
    }
    for (const struct gd_h5 *at = object->children; at && written; at = at->next)
        written = write_object(place, at);
    return written;
}

static hid_t create_in_memory(void)
{
    hid_t file = H5I_INVALID_HID, create_list = H5Pcreate(H5P_FILE_CREATE), access_list = H5Pcreate(H5P_FILE_ACCESS);
    /* The oldest format: in the newer ones, H5Fget_file_image of HDF5 1.10 leaves a wrong checksum in the superblock.
     */
    if (H5Pset_obj_track_times(create_list, false) >= 0 && H5Pset_fapl_core(access_list, 1 << 20, false) >= 0 &&
        H5Pset_libver_bounds(access_list, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18) >= 0)
        file = H5Fcreate("in-memory", H5F_ACC_TRUNC, create_list, access_list);
    return file;
}

enum gd_status gd_h5_library_build(const struct gd_h5 *file, const void **image, size_t *size)
{
    void *handle; /* the address of the address of the memory: "H5Fget_vfd_handle" of the core driver */
    gd_h5_watch_failures();
    hid_t made = create_in_memory();
    if (made < 0 || !write_parts(made, file) || H5Fflush(made, H5F_SCOPE_LOCAL) < 0)
        return gd_h5_failure(GD_FAILED);
    ssize_t length = H5Fget_file_image(made, NULL, 0);
    if (length <= 0 || H5Fget_vfd_handle(made, H5P_DEFAULT, &handle) < 0)
        return gd_h5_failure(GD_FAILED);
    *image = *(void **)handle;
    *size = (size_t)length;
    return GD_OK;
}

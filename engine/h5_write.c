/* Writing HDF5: groups on the way, then the dataset or attribute; nothing carries a time stamp. */
#include <stdlib.h>
#include <string.h>

#include "engine/h5_priv.h"
#include "engine/memory.h"

static bool make_group(hid_t place, const char *path)
{
    if (H5Lexists(place, path, H5P_DEFAULT) > 0)
        return true;
    hid_t list = H5Pcreate(H5P_GROUP_CREATE);
    hid_t group = H5Pset_obj_track_times(list, false) < 0 ? H5I_INVALID_HID
                                                          : H5Gcreate2(place, path, H5P_DEFAULT, list, H5P_DEFAULT);
    H5Pclose(list);
    return group >= 0 && H5Gclose(group) >= 0;
}

/* Makes every group in front of the last name of the path. */
static enum gd_status make_parents(const struct gd_h5_item *item)
{
    char *part = gd_string(item->path);
    if (!part)
        return gd_no_memory(item->error, item->path);
    enum gd_status status = GD_OK;
    for (char *slash = strchr(part, '/'); slash && !status; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (slash > part && !make_group(item->place, part))
            status = gd_h5_fail(item, GD_FAILED, "cannot make the group %s", part);
        *slash = '/';
    }
    free(part);
    return status;
}

static hid_t make_space(int rank, const size_t *shape)
{
    hsize_t sizes[GD_H5_RANK] = {0};
    if (rank == 0)
        return H5Screate(H5S_SCALAR);
    for (int k = 0; k < rank; k++)
        sizes[k] = shape[k];
    return H5Screate_simple(rank, sizes, NULL);
}

static void create_dataset(struct gd_h5_item *item)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    if (H5Pset_obj_track_times(list, false) >= 0)
        item->id = H5Dcreate2(item->place, item->path, item->type, item->space, H5P_DEFAULT, list, H5P_DEFAULT);
    H5Pclose(list);
}

/* Writes a new dataset or attribute of `type`, which it takes over, from values of the type `memory`. */
static enum gd_status write_item(struct gd_h5_item *item, hid_t type, hid_t memory, int rank, const size_t *shape,
                                 const void *values)
{
    item->type = type;
    item->space = make_space(rank, shape);
    if (item->attribute) {
        item->id = H5Acreate_by_name(item->place, item->path, item->attribute, type, item->space, H5P_DEFAULT,
                                     H5P_DEFAULT, H5P_DEFAULT);
    } else {
        enum gd_status status = make_parents(item);
        if (status)
            return status;
        create_dataset(item);
    }
    if (item->id < 0)
        return gd_h5_fail(item, GD_FAILED, "cannot be made (is it there already?)");
    herr_t written = item->attribute ? H5Awrite(item->id, memory, values)
                                     : H5Dwrite(item->id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    return written < 0 ? gd_h5_fail(item, GD_FAILED, "cannot be written") : GD_OK;
}

static enum gd_status write_elements(struct gd_h5_item item, enum gd_h5_type type, int rank, const size_t *shape,
                                     const void *values)
{
    hid_t memory = gd_h5_element_type(type, false);
    enum gd_status status = write_item(&item, gd_h5_element_type(type, true), memory, rank, shape, values);
    H5Tclose(memory);
    gd_h5_end(&item);
    return status;
}

static enum gd_status write_text(struct gd_h5_item item, const char *text)
{
    hid_t memory = gd_h5_text_type(H5T_VARIABLE, H5T_CSET_UTF8);
    enum gd_status status = write_item(&item, gd_h5_text_type(H5T_VARIABLE, H5T_CSET_UTF8), memory, 0, NULL, &text);
    H5Tclose(memory);
    gd_h5_end(&item);
    return status;
}

/* The list is laid out as rows of the longest string's length and its NUL. */
static enum gd_status write_texts(struct gd_h5_item item, size_t count, const char *const *texts)
{
    size_t size = 1;
    for (size_t k = 0; k < count; k++)
        size = strlen(texts[k]) + 1 > size ? strlen(texts[k]) + 1 : size;
    char *rows = gd_array(count, size);
    hid_t memory = gd_h5_text_type(size, H5T_CSET_UTF8);
    enum gd_status status;
    if (rows) {
        for (size_t k = 0; k < count; k++)
            memcpy(rows + k * size, texts[k], strlen(texts[k]));
        status = write_item(&item, gd_h5_text_type(size, H5T_CSET_UTF8), memory, 1, &count, rows);
    } else {
        status = gd_no_memory(item.error, item.path);
    }
    H5Tclose(memory);
    free(rows);
    gd_h5_end(&item);
    return status;
}

enum gd_status gd_h5_write_group(hid_t place, const char *path, struct gd_error *error)
{
    struct gd_h5_item item = gd_h5_begin(place, path, NULL, error);
    enum gd_status status = make_parents(&item);
    if (!status && !make_group(place, path))
        status = gd_h5_fail(&item, GD_FAILED, "cannot make this group");
    gd_h5_end(&item);
    return status;
}

enum gd_status gd_h5_write_array(hid_t place, const char *path, enum gd_h5_type type, int rank, const size_t *shape,
                                 const void *values, struct gd_error *error)
{
    return write_elements(gd_h5_begin(place, path, NULL, error), type, rank, shape, values);
}

enum gd_status gd_h5_write_attribute(hid_t place, const char *path, const char *name, enum gd_h5_type type,
                                     size_t count, const void *values, struct gd_error *error)
{
    return write_elements(gd_h5_begin(place, path, name, error), type, count ? 1 : 0, &count, values);
}

enum gd_status gd_h5_write_text(hid_t place, const char *path, const char *text, struct gd_error *error)
{
    return write_text(gd_h5_begin(place, path, NULL, error), text);
}

enum gd_status gd_h5_write_text_attribute(hid_t place, const char *path, const char *name, const char *text,
                                          struct gd_error *error)
{
    return write_text(gd_h5_begin(place, path, name, error), text);
}

enum gd_status gd_h5_write_strings(hid_t place, const char *path, size_t count, const char *const *texts,
                                   struct gd_error *error)
{
    return write_texts(gd_h5_begin(place, path, NULL, error), count, texts);
}

enum gd_status gd_h5_write_strings_attribute(hid_t place, const char *path, const char *name, size_t count,
                                             const char *const *texts, struct gd_error *error)
{
    return write_texts(gd_h5_begin(place, path, name, error), count, texts);
}

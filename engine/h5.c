/* HDF5 files, and what reading and writing share. */
#include "engine/h5_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/files.h"
#include "engine/memory.h"

struct gd_h5_printing gd_h5_hush(void)
{
    struct gd_h5_printing printing = {NULL, NULL};
    H5Eget_auto2(H5E_DEFAULT, &printing.function, &printing.data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return printing;
}

void gd_h5_restore(struct gd_h5_printing printing)
{
    H5Eset_auto2(H5E_DEFAULT, printing.function, printing.data);
}

struct gd_h5_item gd_h5_begin(hid_t place, const char *path, const char *attribute, struct gd_error *error)
{
    return (struct gd_h5_item){
        .place = place,
        .path = path,
        .attribute = attribute,
        .error = error,
        .printing = gd_h5_hush(),
        .id = H5I_INVALID_HID,
        .type = H5I_INVALID_HID,
        .space = H5I_INVALID_HID,
    };
}

void gd_h5_end(struct gd_h5_item *item)
{
    if (item->space >= 0)
        H5Sclose(item->space);
    if (item->type >= 0)
        H5Tclose(item->type);
    if (item->id >= 0)
        item->attribute ? H5Aclose(item->id) : H5Dclose(item->id);
    gd_h5_restore(item->printing);
}

static herr_t find_no_memory(unsigned level, const H5E_error2_t *entry, void *found)
{
    (void)level;
    *(bool *)found |= entry->min_num == H5E_NOSPACE || entry->min_num == H5E_CANTALLOC;
    return 0;
}

enum gd_status gd_h5_fail(const struct gd_h5_item *item, enum gd_status status, const char *format, ...)
{
    char file[256] = "?", group[256] = "", text[512];
    bool no_memory = false;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, find_no_memory, &no_memory);
    H5Fget_name(item->place, file, sizeof file);
    if (H5Iget_type(item->place) == H5I_GROUP)
        H5Iget_name(item->place, group, sizeof group);
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    const char *slash = item->path[0] == '/' || strcmp(group, "/") == 0 ? "" : "/";
    bool attribute = item->attribute != NULL;
    return gd_fail(item->error, no_memory ? GD_NO_MEMORY : status, "%s: %s%s%s%s%s: %s%s", file, group, slash,
                   item->path, attribute ? ": attribute " : "", attribute ? item->attribute : "", text,
                   no_memory ? ": out of memory" : "");
}

hid_t gd_h5_open_untried(const char *path)
{
    hid_t file = H5I_INVALID_HID, access_list = H5Pcreate(H5P_FILE_ACCESS);
    /* No lock is needed: files are replaced, never written in place. */
    if (H5Pset_fclose_degree(access_list, H5F_CLOSE_STRONG) >= 0 && H5Pset_file_locking(access_list, false, true) >= 0)
        file = H5Fopen(path, H5F_ACC_RDONLY, access_list);
    H5Pclose(access_list);
    return file;
}

enum gd_status gd_h5_open(const char *path, hid_t *file, struct gd_error *error)
{
    *file = H5I_INVALID_HID;
    if (access(path, R_OK) != 0)
        return gd_fail(error, GD_BAD_INPUT, "cannot read %s: %s", path, strerror(errno));
    struct gd_h5_printing printing = gd_h5_hush();
    enum gd_status status = gd_h5_probe(path, error);
    if (!status && (*file = gd_h5_open_untried(path)) < 0)
        status = gd_fail(error, GD_BAD_INPUT, "%s: not an HDF5 file, or a damaged one", path);
    gd_h5_restore(printing);
    return status;
}

enum gd_status gd_h5_create(const char *path, hid_t *file, struct gd_error *error)
{
    *file = H5I_INVALID_HID;
    struct gd_h5_printing printing = gd_h5_hush();
    hid_t create_list = H5Pcreate(H5P_FILE_CREATE), access_list = H5Pcreate(H5P_FILE_ACCESS);
    /* The oldest format: in the newer ones, H5Fget_file_image of HDF5 1.10 leaves a wrong checksum in the superblock.
     */
    if (H5Pset_obj_track_times(create_list, false) >= 0 && H5Pset_fapl_core(access_list, 1 << 20, false) >= 0 &&
        H5Pset_libver_bounds(access_list, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18) >= 0 &&
        H5Pset_fclose_degree(access_list, H5F_CLOSE_STRONG) >= 0)
        *file = H5Fcreate(path, H5F_ACC_TRUNC, create_list, access_list);
    H5Pclose(create_list);
    H5Pclose(access_list);
    gd_h5_restore(printing);
    return *file < 0 ? gd_fail(error, GD_FAILED, "%s: HDF5 cannot make the file in memory", path) : GD_OK;
}

enum gd_status gd_h5_save(hid_t file, const char *path, struct gd_error *error)
{
    struct gd_h5_printing printing = gd_h5_hush();
    ssize_t size = H5Fflush(file, H5F_SCOPE_LOCAL) < 0 ? -1 : H5Fget_file_image(file, NULL, 0);
    void *image = size > 0 ? gd_array((size_t)size, 1) : NULL;
    bool complete = image && H5Fget_file_image(file, image, (size_t)size) == size;
    gd_h5_restore(printing);
    enum gd_status status;
    if (complete)
        status = gd_file_write(path, image, (size_t)size, error);
    else if (size > 0 && !image)
        status = gd_no_memory(error, path);
    else
        status = gd_fail(error, GD_FAILED, "%s: HDF5 cannot put the file together", path);
    free(image);
    return status;
}

void gd_h5_close(hid_t file)
{
    struct gd_h5_printing printing = gd_h5_hush();
    if (file >= 0)
        H5Fclose(file);
    gd_h5_restore(printing);
}

enum gd_status gd_h5_open_group(hid_t place, const char *path, hid_t *group, struct gd_error *error)
{
    struct gd_h5_item item = gd_h5_begin(place, path, NULL, error);
    *group = H5Gopen2(place, path, H5P_DEFAULT);
    gd_h5_end(&item);
    return *group < 0 ? gd_h5_fail(&item, GD_BAD_INPUT, "there is no such group") : GD_OK;
}

void gd_h5_close_group(hid_t group)
{
    struct gd_h5_printing printing = gd_h5_hush();
    if (group >= 0)
        H5Gclose(group);
    gd_h5_restore(printing);
}

static hid_t bool_type(void)
{
    int8_t no = 0, yes = 1;
    hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
    H5Tenum_insert(type, "FALSE", &no);
    H5Tenum_insert(type, "TRUE", &yes);
    return type;
}

/* Stored: little-endian whatever the machine is. */
hid_t gd_h5_element_type(enum gd_h5_type type, bool stored)
{
    switch (type) {
    case GD_H5_DOUBLE:
        return H5Tcopy(stored ? H5T_IEEE_F64LE : H5T_NATIVE_DOUBLE);
    case GD_H5_FLOAT:
        return H5Tcopy(stored ? H5T_IEEE_F32LE : H5T_NATIVE_FLOAT);
    case GD_H5_INT32:
        return H5Tcopy(stored ? H5T_STD_I32LE : H5T_NATIVE_INT32);
    case GD_H5_INT64:
        return H5Tcopy(stored ? H5T_STD_I64LE : H5T_NATIVE_INT64);
    case GD_H5_BOOL:
        return bool_type();
    }
    return H5I_INVALID_HID;
}

hid_t gd_h5_text_type(size_t size, H5T_cset_t set)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    H5Tset_cset(type, set);
    return type;
}

bool gd_h5_exists(hid_t place, const char *path)
{
    struct gd_h5_printing printing = gd_h5_hush();
    bool exists = H5Oexists_by_name(place, path, H5P_DEFAULT) > 0;
    gd_h5_restore(printing);
    return exists;
}

bool gd_h5_has_attribute(hid_t place, const char *path, const char *name)
{
    struct gd_h5_printing printing = gd_h5_hush();
    bool exists = H5Aexists_by_name(place, path, name, H5P_DEFAULT) > 0;
    gd_h5_restore(printing);
    return exists;
}

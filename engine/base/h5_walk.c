/* What is in a file, as records.
 *
 * What reaches outside the file is refused before it is followed: libhdf5 opens the files of external storage when it
 * reads values, and those of a virtual dataset already when it is asked for its size. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/h5_library_priv.h"

/* Says why the whole file is refused. */
static enum gd_status refuse(struct gd_h5_walk *walk, const char *why)
{
    char text[1000];
    snprintf(text, sizeof text, "%s: %s", walk->path.length ? walk->path.data : "/", why);
    struct gd_h5_record record = {.kind = GD_H5_REFUSAL, .size = strlen(text)};
    fwrite(&record, sizeof record, 1, walk->records);
    fwrite(text, 1, record.size, walk->records);
    return gd_h5_walk_end(walk, GD_BAD_INPUT);
}

/* What is called for every attribute and link answers as HDF5 wants it: 0 continues, and a positive number, here an
 * enum gd_status, ends the walk. A negative one comes from HDF5, which cannot list what there is. */
static herr_t walk_attribute(hid_t object, const char *name, const H5A_info_t *info, void *context)
{
    (void)info;
    struct gd_h5_walk *walk = context;
    hid_t id = H5Aopen(object, name, H5P_DEFAULT);
    if (id < 0)
        return (herr_t)gd_h5_walk_end(walk, gd_h5_failure(GD_BAD_INPUT));
    struct gd_h5_source source = {.id = id, .type = H5Aget_type(id), .space = H5Aget_space(id), .attribute = true};
    source.item.name = (char *)(uintptr_t)name;
    enum gd_status status = gd_h5_walk_values(walk, &source);
    H5Aclose(id);
    return (herr_t)status;
}

static enum gd_status walk_attributes(struct gd_h5_walk *walk, hid_t object)
{
    hsize_t at = 0;
    herr_t found = H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &at, walk_attribute, walk);
    return found < 0 ? gd_h5_walk_end(walk, gd_h5_failure(GD_BAD_INPUT)) : walk->status;
}

/* NULL: its values are in this file. */
static const char *outside(hid_t dataset)
{
    hid_t list = H5Dget_create_plist(dataset);
    const char *why = NULL;
    if (list < 0)
        return "its layout cannot be read";
    if (H5Pget_layout(list) == H5D_VIRTUAL)
        why = "is a virtual dataset, which may refer to other files";
    else if (H5Pget_external_count(list) != 0)
        why = "has external storage, which is not supported";
    H5Pclose(list);
    return why;
}

static enum gd_status walk_dataset(struct gd_h5_walk *walk, hid_t id, const char *name)
{
    const char *why = outside(id);
    if (why)
        return refuse(walk, why);
    struct gd_h5_source source = {.id = id, .type = H5Dget_type(id), .space = H5Dget_space(id)};
    source.item.name = (char *)(uintptr_t)name;
    enum gd_status status = gd_h5_walk_values(walk, &source);
    return status ? status : walk_attributes(walk, id);
}

static enum gd_status walk_group(struct gd_h5_walk *walk, hid_t group);

/* A named datatype, or what else there may be. */
static enum gd_status send_other(struct gd_h5_walk *walk, const char *name)
{
    struct gd_h5 item = {.name = (char *)(uintptr_t)name, .kind = GD_H5_CLOSED, .type = GD_H5_FOREIGN};
    return gd_h5_walk_send(walk, &item, false);
}

static enum gd_status walk_object(struct gd_h5_walk *walk, hid_t group, const char *name)
{
    struct gd_h5 item = {.name = (char *)(uintptr_t)name, .kind = GD_H5_GROUP};
    enum gd_status status = GD_OK;
    hid_t id = H5Oopen(group, name, H5P_DEFAULT);
    if (id < 0)
        return gd_h5_walk_end(walk, gd_h5_failure(GD_BAD_INPUT));
    switch (H5Iget_type(id)) {
    case H5I_GROUP:
        status = gd_h5_walk_send(walk, &item, false);
        if (!status)
            status = walk_group(walk, id);
        break;
    case H5I_DATASET:
        status = walk_dataset(walk, id, name);
        break;
    default:
        status = send_other(walk, name);
    }
    H5Oclose(id);
    return status;
}

static enum gd_status send_link(struct gd_h5_walk *walk, const char *name, const char *path)
{
    struct gd_h5 item = {.name = (char *)(uintptr_t)name,
                         .kind = GD_H5_LINK,
                         .size = strlen(path) + 1,
                         .bytes = (char *)(uintptr_t)path};
    return item.size > 1 ? gd_h5_walk_send(walk, &item, false) : send_other(walk, name);
}

/* Soft links are followed by who reads the records, so that they stay within the file. */
static enum gd_status walk_soft(struct gd_h5_walk *walk, hid_t group, const char *name, size_t size)
{
    char *target = gd_array(size + 1, 1);
    if (!target)
        return gd_h5_walk_end(walk, GD_NO_MEMORY);
    herr_t got = H5Lget_val(group, name, target, size, H5P_DEFAULT);
    enum gd_status status = got < 0 ? gd_h5_walk_end(walk, GD_BAD_INPUT) : send_link(walk, name, target);
    free(target);
    return status;
}

/* An object of several names is sent under the first: *path is that, or NULL when this is it. */
static enum gd_status look_up(struct gd_h5_walk *walk, hid_t group, const char *name, const char **path)
{
    H5G_stat_t stat;
    *path = NULL;
    if (H5Gget_objinfo(group, name, false, &stat) < 0)
        return gd_h5_walk_end(walk, gd_h5_failure(GD_BAD_INPUT));
    for (size_t k = 0; k < walk->known_count && !*path; k++)
        if (memcmp(walk->known[k].number, stat.objno, sizeof stat.objno) == 0)
            *path = walk->known[k].path;
    if (*path || stat.nlink < 2)
        return GD_OK;
    if (!gd_grow(&walk->known, &walk->known_capacity, walk->known_count + 1, sizeof *walk->known))
        return gd_h5_walk_end(walk, GD_NO_MEMORY);
    struct gd_h5_known *known = &walk->known[walk->known_count];
    memcpy(known->number, stat.objno, sizeof known->number);
    known->path = gd_string(walk->path.data);
    walk->known_count += known->path != NULL;
    return known->path ? GD_OK : gd_h5_walk_end(walk, GD_NO_MEMORY);
}

static enum gd_status walk_named(struct gd_h5_walk *walk, hid_t group, const char *name, const H5L_info_t *info)
{
    const char *first;
    enum gd_status status;
    if (info->type == H5L_TYPE_SOFT)
        return walk_soft(walk, group, name, info->u.val_size);
    if (info->type != H5L_TYPE_HARD)
        return refuse(walk, "is an external link, which is not supported");
    status = look_up(walk, group, name, &first);
    if (status)
        return status;
    return first ? send_link(walk, name, first) : walk_object(walk, group, name);
}

/* Whether an object is the part that is asked for, in it, or on the way to it. */
static bool wanted(const struct gd_h5_walk *walk)
{
    size_t length = walk->part ? strlen(walk->part) : 0, shorter = walk->path.length;
    if (!walk->part)
        return true;
    if (shorter > length)
        shorter = length;
    return strncmp(walk->path.data, walk->part, shorter) == 0 &&
           (walk->path.length <= length ? walk->part[shorter] == '/' || walk->part[shorter] == '\0'
                                        : walk->path.data[shorter] == '/');
}

static herr_t walk_link(hid_t group, const char *name, const H5L_info_t *info, void *context)
{
    struct gd_h5_walk *walk = context;
    const size_t before = walk->path.length;
    enum gd_status status = GD_OK;
    gd_text_print(&walk->path, "/%s", name);
    if (walk->path.failed)
        return (herr_t)gd_h5_walk_end(walk, GD_NO_MEMORY);
    walk->depth++;
    if (walk->depth > GD_H5_DEPTH)
        status = refuse(walk, "groups are nested too deeply");
    else if (wanted(walk))
        status = walk_named(walk, group, name, info);
    walk->depth--;
    walk->path.length = before;
    walk->path.data[before] = '\0';
    return (herr_t)status;
}

static enum gd_status walk_group(struct gd_h5_walk *walk, hid_t group)
{
    hsize_t at = 0;
    enum gd_status status = walk_attributes(walk, group);
    herr_t found = status ? 0 : H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &at, walk_link, walk);
    return found < 0 ? gd_h5_walk_end(walk, gd_h5_failure(GD_BAD_INPUT)) : walk->status;
}

static enum gd_status walk_file(struct gd_h5_walk *walk, hid_t file)
{
    const char *first;
    hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    if (root < 0)
        return gd_h5_walk_end(walk, GD_BAD_INPUT);
    gd_text_add(&walk->path, "/", 1);
    enum gd_status status = look_up(walk, root, ".", &first);
    walk->path.length = 0;
    if (!status)
        status = walk_group(walk, root);
    if (!status)
        fwrite(&(struct gd_h5_record){.kind = GD_H5_END}, sizeof(struct gd_h5_record), 1, walk->records);
    return status;
}

enum gd_status gd_h5_library_read(const char *path, const char *part, FILE *records)
{
    struct gd_h5_walk walk = {.records = records, .part = part};
    hid_t access_list = H5Pcreate(H5P_FILE_ACCESS);
    gd_h5_watch_failures();
    /* No lock is needed: files are replaced, never written in place. */
    H5Pset_file_locking(access_list, false, true);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access_list);
    if (file < 0)
        return gd_h5_failure(GD_BAD_INPUT);
    return walk_file(&walk, file);
}

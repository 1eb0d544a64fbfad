/* Files by libhdf5, for a child process alone: what is in a file, as records, and a file made of a tree.
 *
 * What reaches outside the file is refused before it is followed: libhdf5 opens the files of external storage when it
 * reads values, and those of a virtual dataset already when it is asked for its size. */
#include <hdf5.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/h5_priv.h"
#include "engine/base/memory.h"

/* No filter makes data smaller than 1/1032, the limit of deflate (zlib's technical details). */
#define DEFLATE_MOST 1032

/* --- Failures ----------------------------------------------------------------------------------------------------- */

/* Whether a call failed for want of memory, so far. */
static bool out_of_memory;

static herr_t note(unsigned level, const H5E_error2_t *entry, void *context)
{
    (void)level, (void)context;
    out_of_memory |= entry->min_num == H5E_NOSPACE || entry->min_num == H5E_CANTALLOC;
    return 0;
}

/* HDF5 calls this after every failure, instead of printing. */
static herr_t note_failure(hid_t stack, void *context)
{
    return H5Ewalk2(stack, H5E_WALK_UPWARD, note, context);
}

static enum gd_status failure(enum gd_status status)
{
    return out_of_memory ? GD_NO_MEMORY : status;
}

/* --- Types -------------------------------------------------------------------------------------------------------- */

static hid_t bool_type(void)
{
    int8_t no = 0, yes = 1;
    hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
    H5Tenum_insert(type, "FALSE", &no);
    H5Tenum_insert(type, "TRUE", &yes);
    return type;
}

/* Stored: little-endian whatever the machine is. Bools are the enum (FALSE, TRUE) that h5py and H5MD use. */
static hid_t element_type(enum gd_h5_type type, bool stored)
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

/* Strings of `size` bytes, their NUL included, or of any length with H5T_VARIABLE. */
static hid_t text_type(size_t size, H5T_cset_t set)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    H5Tset_cset(type, set);
    return type;
}

/* --- Reading ------------------------------------------------------------------------------------------------------ */

/* An object that has several names: the first of them. */
struct known {
    unsigned long number[2];
    char *path;
};

struct walk {
    FILE *records;
    const char *part; /* NULL: all */
    struct known *known;
    size_t known_count, known_capacity;
    struct gd_text path; /* of the object at work */
    uint32_t depth;
    enum gd_status status; /* what ended the walk */
};

/* A dataset or attribute at work. */
struct source {
    hid_t id, type, space;
    bool attribute;
    struct gd_h5 item;
};

static enum gd_status end(struct walk *walk, enum gd_status status)
{
    if (!walk->status)
        walk->status = status;
    return walk->status;
}

static enum gd_status send_item(struct walk *walk, const struct gd_h5 *item, bool attribute)
{
    struct gd_h5_record record = gd_h5_record(item, attribute);
    record.depth = walk->depth;
    bool sent = fwrite(&record, sizeof record, 1, walk->records) == 1 &&
                fwrite(item->name, 1, record.name, walk->records) == record.name &&
                fwrite(item->size ? item->bytes : "", 1, record.size, walk->records) == record.size;
    return sent ? GD_OK : end(walk, GD_FAILED);
}

/* Tells why the whole file is refused. */
static enum gd_status refuse(struct walk *walk, const char *why)
{
    char text[1000];
    snprintf(text, sizeof text, "%s: %s", walk->path.length ? walk->path.data : "/", why);
    struct gd_h5_record record = {.kind = GD_H5_REFUSAL, .size = strlen(text)};
    fwrite(&record, sizeof record, 1, walk->records);
    fwrite(text, 1, record.size, walk->records);
    return end(walk, GD_BAD_INPUT);
}

static void close_item(enum gd_h5_closed why, struct gd_h5 *item)
{
    free(item->bytes);
    item->bytes = NULL;
    item->size = 0;
    item->kind = GD_H5_CLOSED;
    item->type = (int)why;
}

static herr_t read_raw(const struct source *source, hid_t memory, void *values)
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

static enum gd_status unread(struct walk *walk, struct gd_h5 *item)
{
    if (out_of_memory)
        return end(walk, GD_NO_MEMORY);
    close_item(GD_H5_UNREADABLE, item);
    return GD_OK;
}

static enum gd_status read_elements(struct walk *walk, struct source *source, size_t count)
{
    struct gd_h5 *item = &source->item;
    item->size = count * gd_h5_sizes[item->type];
    item->bytes = gd_array(count, gd_h5_sizes[item->type]);
    if (!item->bytes)
        return end(walk, GD_NO_MEMORY);
    hid_t memory = element_type((enum gd_h5_type)item->type, false);
    herr_t got = read_raw(source, memory, item->bytes);
    H5Tclose(memory);
    const unsigned char *bytes = item->bytes;
    for (size_t k = 0; got >= 0 && item->type == GD_H5_BOOL && k < count; k++)
        got = bytes[k] > 1 ? -1 : 0;
    return got < 0 ? unread(walk, item) : GD_OK;
}

/* Strings of any length: HDF5 allocates each. */
static herr_t copy_variable(const struct source *source, size_t count, char **lent, struct gd_text *all)
{
    hid_t memory = text_type(H5T_VARIABLE, H5Tget_cset(source->type));
    herr_t got = read_raw(source, memory, lent);
    for (size_t k = 0; got >= 0 && k < count; k++)
        gd_text_add(all, lent[k] ? lent[k] : "", lent[k] ? strlen(lent[k]) + 1 : 1);
    H5Dvlen_reclaim(memory, source->space, H5P_DEFAULT, lent);
    H5Tclose(memory);
    return got;
}

static herr_t copy_fixed(const struct source *source, size_t count, char *rows, size_t size, struct gd_text *all)
{
    hid_t memory = text_type(size, H5Tget_cset(source->type));
    herr_t got = read_raw(source, memory, rows);
    for (size_t k = 0; got >= 0 && k < count; k++)
        gd_text_add(all, rows + k * size, strlen(rows + k * size) + 1);
    H5Tclose(memory);
    return got;
}

static enum gd_status read_texts(struct walk *walk, struct source *source, size_t count)
{
    struct gd_text all = {0};
    const bool variable = H5Tis_variable_str(source->type) > 0;
    const size_t size = variable ? sizeof(char *) : H5Tget_size(source->type) + 1;
    void *rows = gd_array(count, size);
    if (!rows)
        return end(walk, GD_NO_MEMORY);
    herr_t got = variable ? copy_variable(source, count, rows, &all) : copy_fixed(source, count, rows, size, &all);
    free(rows);
    source->item.size = all.length;
    source->item.bytes = gd_text_take(&all);
    if (!source->item.bytes)
        return end(walk, GD_NO_MEMORY);
    return got < 0 ? unread(walk, &source->item) : GD_OK;
}

/* The sizes; false when they are of no kind that is read. */
static bool find_shape(const struct source *source, struct gd_h5 *item)
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
static bool fits_in_file(const struct source *source, size_t count)
{
    size_t bytes;
    return !__builtin_mul_overflow(count, H5Tget_size(source->type), &bytes) &&
           (source->attribute || bytes / DEFLATE_MOST <= H5Dget_storage_size(source->id));
}

static enum gd_status read_values(struct walk *walk, struct source *source)
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

/* Reads and sends an open dataset or attribute; closes what it opens. */
static enum gd_status send_values(struct walk *walk, struct source *source)
{
    enum gd_status status = read_values(walk, source);
    if (!status)
        status = send_item(walk, &source->item, source->attribute);
    free(source->item.bytes);
    if (source->space >= 0)
        H5Sclose(source->space);
    if (source->type >= 0)
        H5Tclose(source->type);
    return status;
}

/* What is called for every attribute and link answers as HDF5 wants it: 0 goes on, and a positive number, here an enum
 * gd_status, ends the walk. A negative one comes from HDF5, which cannot list what there is. */
static herr_t walk_attribute(hid_t object, const char *name, const H5A_info_t *info, void *context)
{
    (void)info;
    struct walk *walk = context;
    hid_t id = H5Aopen(object, name, H5P_DEFAULT);
    if (id < 0)
        return (herr_t)end(walk, failure(GD_BAD_INPUT));
    struct source source = {.id = id, .type = H5Aget_type(id), .space = H5Aget_space(id), .attribute = true};
    source.item.name = (char *)(uintptr_t)name;
    enum gd_status status = send_values(walk, &source);
    H5Aclose(id);
    return (herr_t)status;
}

static enum gd_status walk_attributes(struct walk *walk, hid_t object)
{
    hsize_t at = 0;
    herr_t found = H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &at, walk_attribute, walk);
    return found < 0 ? end(walk, failure(GD_BAD_INPUT)) : walk->status;
}

/* NULL: its values are in this file. */
static const char *outside(hid_t dataset)
{
    hid_t list = H5Dget_create_plist(dataset);
    const char *why = NULL;
    if (list < 0)
        return "its layout cannot be read";
    if (H5Pget_layout(list) == H5D_VIRTUAL)
        why = "is a virtual dataset, which could take its values from other files";
    else if (H5Pget_external_count(list) != 0)
        why = "has its values in other files, which are not read";
    H5Pclose(list);
    return why;
}

static enum gd_status walk_dataset(struct walk *walk, hid_t id, const char *name)
{
    const char *why = outside(id);
    if (why)
        return refuse(walk, why);
    struct source source = {.id = id, .type = H5Dget_type(id), .space = H5Dget_space(id)};
    source.item.name = (char *)(uintptr_t)name;
    enum gd_status status = send_values(walk, &source);
    return status ? status : walk_attributes(walk, id);
}

static enum gd_status walk_group(struct walk *walk, hid_t group);

/* A named datatype, or what else there may be. */
static enum gd_status send_other(struct walk *walk, const char *name)
{
    struct gd_h5 item = {.name = (char *)(uintptr_t)name, .kind = GD_H5_CLOSED, .type = GD_H5_FOREIGN};
    return send_item(walk, &item, false);
}

static enum gd_status walk_object(struct walk *walk, hid_t group, const char *name)
{
    struct gd_h5 item = {.name = (char *)(uintptr_t)name, .kind = GD_H5_GROUP};
    enum gd_status status = GD_OK;
    hid_t id = H5Oopen(group, name, H5P_DEFAULT);
    if (id < 0)
        return end(walk, failure(GD_BAD_INPUT));
    switch (H5Iget_type(id)) {
    case H5I_GROUP:
        status = send_item(walk, &item, false);
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

static enum gd_status send_link(struct walk *walk, const char *name, const char *path)
{
    struct gd_h5 item = {.name = (char *)(uintptr_t)name,
                         .kind = GD_H5_LINK,
                         .size = strlen(path) + 1,
                         .bytes = (char *)(uintptr_t)path};
    return item.size > 1 ? send_item(walk, &item, false) : send_other(walk, name);
}

/* Soft links are followed by who reads the records, so that they stay within the file. */
static enum gd_status walk_soft(struct walk *walk, hid_t group, const char *name, size_t size)
{
    char *target = gd_array(size + 1, 1);
    if (!target)
        return end(walk, GD_NO_MEMORY);
    herr_t got = H5Lget_val(group, name, target, size, H5P_DEFAULT);
    enum gd_status status = got < 0 ? end(walk, GD_BAD_INPUT) : send_link(walk, name, target);
    free(target);
    return status;
}

/* An object of several names is sent under the first: *path is that, or NULL when this is it. */
static enum gd_status look_up(struct walk *walk, hid_t group, const char *name, const char **path)
{
    H5G_stat_t stat;
    *path = NULL;
    if (H5Gget_objinfo(group, name, false, &stat) < 0)
        return end(walk, failure(GD_BAD_INPUT));
    for (size_t k = 0; k < walk->known_count && !*path; k++)
        if (memcmp(walk->known[k].number, stat.objno, sizeof stat.objno) == 0)
            *path = walk->known[k].path;
    if (*path || stat.nlink < 2)
        return GD_OK;
    if (!gd_grow(&walk->known, &walk->known_capacity, walk->known_count + 1, sizeof *walk->known))
        return end(walk, GD_NO_MEMORY);
    struct known *known = &walk->known[walk->known_count];
    memcpy(known->number, stat.objno, sizeof known->number);
    known->path = gd_string(walk->path.data);
    walk->known_count += known->path != NULL;
    return known->path ? GD_OK : end(walk, GD_NO_MEMORY);
}

static enum gd_status walk_named(struct walk *walk, hid_t group, const char *name, const H5L_info_t *info)
{
    const char *first;
    enum gd_status status;
    if (info->type == H5L_TYPE_SOFT)
        return walk_soft(walk, group, name, info->u.val_size);
    if (info->type != H5L_TYPE_HARD)
        return refuse(walk, "is a link to another file, which is not followed");
    status = look_up(walk, group, name, &first);
    if (status)
        return status;
    return first ? send_link(walk, name, first) : walk_object(walk, group, name);
}

/* Whether an object is the part that is asked for, in it, or on the way to it. */
static bool wanted(const struct walk *walk)
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
    struct walk *walk = context;
    const size_t before = walk->path.length;
    enum gd_status status = GD_OK;
    gd_text_print(&walk->path, "/%s", name);
    if (walk->path.failed)
        return (herr_t)end(walk, GD_NO_MEMORY);
    walk->depth++;
    if (walk->depth > GD_H5_DEPTH)
        status = refuse(walk, "groups are too deep in one another");
    else if (wanted(walk))
        status = walk_named(walk, group, name, info);
    walk->depth--;
    walk->path.length = before;
    walk->path.data[before] = '\0';
    return (herr_t)status;
}

static enum gd_status walk_group(struct walk *walk, hid_t group)
{
    hsize_t at = 0;
    enum gd_status status = walk_attributes(walk, group);
    herr_t found = status ? 0 : H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &at, walk_link, walk);
    return found < 0 ? end(walk, failure(GD_BAD_INPUT)) : walk->status;
}

static enum gd_status walk_file(struct walk *walk, hid_t file)
{
    const char *first;
    hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    if (root < 0)
        return end(walk, GD_BAD_INPUT);
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
    struct walk walk = {.records = records, .part = part};
    hid_t access_list = H5Pcreate(H5P_FILE_ACCESS);
    H5Eset_auto2(H5E_DEFAULT, note_failure, NULL);
    /* No lock is needed: files are replaced, never written in place. */
    H5Pset_file_locking(access_list, false, true);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access_list);
    if (file < 0)
        return failure(GD_BAD_INPUT);
    return walk_file(&walk, file);
}

/* --- Writing ------------------------------------------------------------------------------------------------------ */

static hid_t make_space(const struct gd_h5 *item)
{
    hsize_t sizes[GD_H5_RANK] = {0};
    if (item->rank == 0)
        return H5Screate(H5S_SCALAR);
    for (int k = 0; k < item->rank; k++)
        sizes[k] = item->shape[k];
    return H5Screate_simple(item->rank, sizes, NULL);
}

/* Makes the dataset or attribute and writes it. Types are taken over. The dataset stays open: *made. */
static bool write_values(hid_t place, const struct gd_h5 *item, bool attribute, hid_t stored, hid_t memory,
                         const void *values, hid_t *made)
{
    hid_t space = make_space(item), list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(list, false);
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
    out_of_memory |= !rows;
    if (!rows)
        return false;
    for (const char *text = first; text < end; text += strlen(text) + 1)
        memcpy(rows + k++ * size, text, strlen(text));
    bool written = write_values(place, item, attribute, text_type(size, H5T_CSET_UTF8), text_type(size, H5T_CSET_UTF8),
                                rows, made);
    free(rows);
    return written;
}

static bool write_item(hid_t place, const struct gd_h5 *item, bool attribute, hid_t *made)
{
    const enum gd_h5_type type = (enum gd_h5_type)item->type;
    if (item->kind == GD_H5_VALUES)
        return write_values(place, item, attribute, element_type(type, true), element_type(type, false), item->bytes,
                            made);
    if (item->kind == GD_H5_TEXTS && item->rank == 0)
        return write_values(place, item, attribute, text_type(H5T_VARIABLE, H5T_CSET_UTF8),
                            text_type(H5T_VARIABLE, H5T_CSET_UTF8), &item->bytes, made);
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

enum gd_status gd_h5_library_build(const struct gd_h5 *file, void **image, size_t *size)
{
    H5Eset_auto2(H5E_DEFAULT, note_failure, NULL);
    hid_t made = create_in_memory();
    if (made < 0 || !write_parts(made, file) || H5Fflush(made, H5F_SCOPE_LOCAL) < 0)
        return failure(GD_FAILED);
    ssize_t length = H5Fget_file_image(made, NULL, 0);
    if (length <= 0)
        return failure(GD_FAILED);
    *image = malloc((size_t)length);
    *size = (size_t)length;
    if (!*image)
        return GD_NO_MEMORY;
    return H5Fget_file_image(made, *image, *size) == length ? GD_OK : failure(GD_FAILED);
}

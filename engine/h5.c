/* HDF5 by path. An `item` is one dataset or attribute while it is being written or read: its handles, closed together,
 * and what is needed to name it in a message. */
#include "engine/h5.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/files.h"
#include "engine/memory.h"

#define NONE H5I_INVALID_HID
#define DEFLATE_MOST                                                                                                   \
    1032 /* no filter makes data smaller than 1/1032, the limit of deflate (zlib's technical details) */

/* HDF5's printing of its error stack, switched off between hush and restore. */
struct printing {
    H5E_auto2_t function;
    void *data;
};

struct item {
    hid_t place;
    const char *path, *attribute; /* attribute NULL: a dataset */
    struct gd_error *error;
    struct printing printing;
    hid_t id, type, space;
};

static struct printing hush(void)
{
    struct printing printing = {NULL, NULL};
    H5Eget_auto2(H5E_DEFAULT, &printing.function, &printing.data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return printing;
}

static void restore(struct printing printing)
{
    H5Eset_auto2(H5E_DEFAULT, printing.function, printing.data);
}

static struct item begin(hid_t place, const char *path, const char *attribute, struct gd_error *error)
{
    return (struct item){place, path, attribute, error, hush(), NONE, NONE, NONE};
}

static void end(struct item *item)
{
    if (item->space >= 0)
        H5Sclose(item->space);
    if (item->type >= 0)
        H5Tclose(item->type);
    if (item->id >= 0)
        item->attribute ? H5Aclose(item->id) : H5Dclose(item->id);
    restore(item->printing);
}

/* "FILE: /group/path: message" */
static enum gd_status GD_PRINTF(3, 4) fail(const struct item *item, enum gd_status status, const char *format, ...)
{
    char file[256] = "?", group[256] = "", text[512];
    H5Fget_name(item->place, file, sizeof file);
    if (H5Iget_type(item->place) == H5I_GROUP)
        H5Iget_name(item->place, group, sizeof group);
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    const char *slash = item->path[0] == '/' || strcmp(group, "/") == 0 ? "" : "/";
    bool attribute = item->attribute != NULL;
    return gd_fail(item->error, status, "%s: %s%s%s%s%s: %s", file, group, slash, item->path,
                   attribute ? ": attribute " : "", attribute ? item->attribute : "", text);
}

enum gd_status gd_h5_open(const char *path, hid_t *file, struct gd_error *error)
{
    *file = NONE;
    if (access(path, R_OK) != 0)
        return gd_fail(error, GD_BAD_INPUT, "cannot read %s: %s", path, strerror(errno));
    struct printing printing = hush();
    hid_t access_list = H5Pcreate(H5P_FILE_ACCESS);
    /* No lock is needed: files are replaced, never written in place. */
    if (H5Pset_fclose_degree(access_list, H5F_CLOSE_STRONG) >= 0 && H5Pset_file_locking(access_list, false, true) >= 0)
        *file = H5Fopen(path, H5F_ACC_RDONLY, access_list);
    H5Pclose(access_list);
    restore(printing);
    return *file < 0 ? gd_fail(error, GD_BAD_INPUT, "%s: not an HDF5 file, or a damaged one", path) : GD_OK;
}

enum gd_status gd_h5_create(const char *path, hid_t *file, struct gd_error *error)
{
    *file = NONE;
    struct printing printing = hush();
    hid_t create_list = H5Pcreate(H5P_FILE_CREATE), access_list = H5Pcreate(H5P_FILE_ACCESS);
    if (H5Pset_obj_track_times(create_list, false) >= 0 && H5Pset_fapl_core(access_list, 1 << 20, false) >= 0 &&
        H5Pset_libver_bounds(access_list, H5F_LIBVER_V18, H5F_LIBVER_V18) >= 0 &&
        H5Pset_fclose_degree(access_list, H5F_CLOSE_STRONG) >= 0)
        *file = H5Fcreate(path, H5F_ACC_TRUNC, create_list, access_list);
    H5Pclose(create_list);
    H5Pclose(access_list);
    restore(printing);
    return *file < 0 ? gd_fail(error, GD_FAILED, "%s: HDF5 cannot make the file in memory", path) : GD_OK;
}

enum gd_status gd_h5_save(hid_t file, const char *path, struct gd_error *error)
{
    struct printing printing = hush();
    ssize_t size = H5Fflush(file, H5F_SCOPE_LOCAL) < 0 ? -1 : H5Fget_file_image(file, NULL, 0);
    void *image = size > 0 ? gd_array((size_t)size, 1) : NULL;
    bool complete = image && H5Fget_file_image(file, image, (size_t)size) == size;
    restore(printing);
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
    struct printing printing = hush();
    if (file >= 0)
        H5Fclose(file);
    restore(printing);
}

/* --- Types ---------------------------------------------------------------------------------------------------- */

/* Little-endian, as stored, or as in memory. */
static hid_t bool_type(void)
{
    int8_t no = 0, yes = 1;
    hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
    H5Tenum_insert(type, "FALSE", &no);
    H5Tenum_insert(type, "TRUE", &yes);
    return type;
}

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
    return NONE;
}

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

/* Strings of `size` bytes, or H5T_VARIABLE. */
static hid_t text_type(size_t size, H5T_cset_t set)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    H5Tset_cset(type, set);
    return type;
}

/* --- Writing -------------------------------------------------------------------------------------------------- */

static bool make_group(hid_t place, const char *path)
{
    if (H5Lexists(place, path, H5P_DEFAULT) > 0)
        return true;
    hid_t list = H5Pcreate(H5P_GROUP_CREATE);
    hid_t group =
        H5Pset_obj_track_times(list, false) < 0 ? NONE : H5Gcreate2(place, path, H5P_DEFAULT, list, H5P_DEFAULT);
    H5Pclose(list);
    return group >= 0 && H5Gclose(group) >= 0;
}

/* Makes every group in front of the last name of the path. */
static enum gd_status make_parents(const struct item *item)
{
    char *part = gd_string(item->path);
    if (!part)
        return gd_no_memory(item->error, item->path);
    enum gd_status status = GD_OK;
    for (char *slash = strchr(part, '/'); slash && !status; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (slash > part && !make_group(item->place, part))
            status = fail(item, GD_FAILED, "cannot make the group %s", part);
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

static void create_dataset(struct item *item)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    if (H5Pset_obj_track_times(list, false) >= 0)
        item->id = H5Dcreate2(item->place, item->path, item->type, item->space, H5P_DEFAULT, list, H5P_DEFAULT);
    H5Pclose(list);
}

/* Writes a new dataset or attribute of `type`, which it takes over, from values of the type `memory`. */
static enum gd_status write_item(struct item *item, hid_t type, hid_t memory, int rank, const size_t *shape,
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
        return fail(item, GD_FAILED, "cannot be made (is it there already?)");
    herr_t written = item->attribute ? H5Awrite(item->id, memory, values)
                                     : H5Dwrite(item->id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    return written < 0 ? fail(item, GD_FAILED, "cannot be written") : GD_OK;
}

static enum gd_status write_elements(struct item item, enum gd_h5_type type, int rank, const size_t *shape,
                                     const void *values)
{
    hid_t memory = element_type(type, false);
    enum gd_status status = write_item(&item, element_type(type, true), memory, rank, shape, values);
    H5Tclose(memory);
    end(&item);
    return status;
}

static enum gd_status write_text(struct item item, const char *text)
{
    hid_t memory = text_type(H5T_VARIABLE, H5T_CSET_UTF8);
    enum gd_status status = write_item(&item, text_type(H5T_VARIABLE, H5T_CSET_UTF8), memory, 0, NULL, &text);
    H5Tclose(memory);
    end(&item);
    return status;
}

/* The list is laid out as rows of the longest string's length and its NUL. */
static enum gd_status write_texts(struct item item, size_t count, const char *const *texts)
{
    size_t size = 1;
    for (size_t k = 0; k < count; k++)
        size = strlen(texts[k]) + 1 > size ? strlen(texts[k]) + 1 : size;
    char *rows = gd_array(count, size);
    hid_t memory = text_type(size, H5T_CSET_UTF8);
    enum gd_status status;
    if (rows) {
        for (size_t k = 0; k < count; k++)
            memcpy(rows + k * size, texts[k], strlen(texts[k]));
        status = write_item(&item, text_type(size, H5T_CSET_UTF8), memory, 1, &count, rows);
    } else {
        status = gd_no_memory(item.error, item.path);
    }
    H5Tclose(memory);
    free(rows);
    end(&item);
    return status;
}

bool gd_h5_exists(hid_t place, const char *path)
{
    struct printing printing = hush();
    bool exists = H5Oexists_by_name(place, path, H5P_DEFAULT) > 0;
    restore(printing);
    return exists;
}

bool gd_h5_has_attribute(hid_t place, const char *path, const char *name)
{
    struct printing printing = hush();
    bool exists = H5Aexists_by_name(place, path, name, H5P_DEFAULT) > 0;
    restore(printing);
    return exists;
}

enum gd_status gd_h5_write_group(hid_t place, const char *path, struct gd_error *error)
{
    struct item item = begin(place, path, NULL, error);
    enum gd_status status = make_parents(&item);
    if (!status && !make_group(place, path))
        status = fail(&item, GD_FAILED, "cannot make this group");
    end(&item);
    return status;
}

enum gd_status gd_h5_write_array(hid_t place, const char *path, enum gd_h5_type type, int rank, const size_t *shape,
                                 const void *values, struct gd_error *error)
{
    return write_elements(begin(place, path, NULL, error), type, rank, shape, values);
}

enum gd_status gd_h5_write_attribute(hid_t place, const char *path, const char *name, enum gd_h5_type type,
                                     size_t count, const void *values, struct gd_error *error)
{
    return write_elements(begin(place, path, name, error), type, count ? 1 : 0, &count, values);
}

enum gd_status gd_h5_write_text(hid_t place, const char *path, const char *text, struct gd_error *error)
{
    return write_text(begin(place, path, NULL, error), text);
}

enum gd_status gd_h5_write_text_attribute(hid_t place, const char *path, const char *name, const char *text,
                                          struct gd_error *error)
{
    return write_text(begin(place, path, name, error), text);
}

enum gd_status gd_h5_write_strings(hid_t place, const char *path, size_t count, const char *const *texts,
                                   struct gd_error *error)
{
    return write_texts(begin(place, path, NULL, error), count, texts);
}

enum gd_status gd_h5_write_strings_attribute(hid_t place, const char *path, const char *name, size_t count,
                                             const char *const *texts, struct gd_error *error)
{
    return write_texts(begin(place, path, name, error), count, texts);
}

/* --- Reading -------------------------------------------------------------------------------------------------- */

static enum gd_status open_item(struct item *item)
{
    if (item->attribute)
        item->id = H5Aopen_by_name(item->place, item->path, item->attribute, H5P_DEFAULT, H5P_DEFAULT);
    else
        item->id = H5Dopen2(item->place, item->path, H5P_DEFAULT);
    if (item->id < 0)
        return fail(item, GD_BAD_INPUT, "missing");
    item->type = item->attribute ? H5Aget_type(item->id) : H5Dget_type(item->id);
    item->space = item->attribute ? H5Aget_space(item->id) : H5Dget_space(item->id);
    if (item->type < 0 || item->space < 0 || H5Sget_simple_extent_type(item->space) == H5S_NULL)
        return fail(item, GD_BAD_INPUT, "holds no values");
    return GD_OK;
}

/* The sizes of an open item; and that the file can hold as much as they promise. */
static enum gd_status item_shape(const struct item *item, int rank, size_t *shape)
{
    hsize_t sizes[H5S_MAX_RANK], bytes = H5Tget_size(item->type);
    int found = H5Sget_simple_extent_dims(item->space, sizes, NULL);
    if (found != rank)
        return fail(item, GD_BAD_INPUT, "has %d dimensions instead of %d", found, rank);
    for (int k = 0; k < rank; k++) {
        if (sizes[k] > 0 && bytes > SIZE_MAX / sizes[k])
            return fail(item, GD_BAD_INPUT, "is larger than any memory");
        bytes *= sizes[k];
        shape[k] = (size_t)sizes[k];
    }
    if (!item->attribute && bytes / DEFLATE_MOST > H5Dget_storage_size(item->id))
        return fail(item, GD_BAD_INPUT, "claims %llu bytes, which are not in the file", (unsigned long long)bytes);
    return GD_OK;
}

/* Compares the sizes found with `shape`, where GD_H5_ANY takes the size found. */
static enum gd_status match_shape(const struct item *item, int rank, size_t *shape)
{
    size_t found[GD_H5_RANK];
    enum gd_status status = item_shape(item, rank, found);
    for (int k = 0; k < rank && !status; k++) {
        if (shape[k] == GD_H5_ANY)
            shape[k] = found[k];
        else if (shape[k] != found[k])
            status = fail(item, GD_BAD_INPUT, "has size %zu instead of %zu in dimension %d", found[k], shape[k], k + 1);
    }
    return status;
}

static herr_t read_raw(const struct item *item, hid_t memory, void *values)
{
    return item->attribute ? H5Aread(item->id, memory, values)
                           : H5Dread(item->id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
}

static enum gd_status check_class(const struct item *item, enum gd_h5_type type)
{
    H5T_class_t class = H5Tget_class(item->type);
    if (class != elements[type].first && class != elements[type].second)
        return fail(item, GD_BAD_INPUT, "holds something else than %s", elements[type].expected);
    return GD_OK;
}

/* Reads all values of an open item of known shape. */
static enum gd_status read_values(const struct item *item, enum gd_h5_type type, void *values)
{
    bool whole = type == GD_H5_BOOL && H5Tget_class(item->type) == H5T_INTEGER;
    hid_t memory = whole ? H5Tcopy(H5T_NATIVE_INT8) : element_type(type, false);
    enum gd_status status = GD_OK;
    if (read_raw(item, memory, values) < 0)
        status = fail(item, GD_BAD_INPUT, "cannot be read");
    H5Tclose(memory);
    const unsigned char *bytes = values;
    size_t count = type == GD_H5_BOOL ? (size_t)H5Sget_simple_extent_npoints(item->space) : 0;
    for (size_t k = 0; k < count && !status; k++)
        if (bytes[k] > 1)
            status = fail(item, GD_BAD_INPUT, "holds something else than %s", elements[type].expected);
    return status;
}

/* Reads an item; *values NULL: into a new array. */
static enum gd_status read_elements(struct item item, enum gd_h5_type type, int rank, size_t *shape, void **values)
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
    end(&item);
    return status;
}

enum gd_status gd_h5_read_array(hid_t place, const char *path, enum gd_h5_type type, int rank, const size_t *shape,
                                void *values, struct gd_error *error)
{
    size_t expected[GD_H5_RANK] = {0};
    for (int k = 0; k < rank; k++)
        expected[k] = shape[k];
    return read_elements(begin(place, path, NULL, error), type, rank, expected, &values);
}

enum gd_status gd_h5_load_array(hid_t place, const char *path, enum gd_h5_type type, int rank, size_t *shape,
                                void **values, struct gd_error *error)
{
    *values = NULL;
    return read_elements(begin(place, path, NULL, error), type, rank, shape, values);
}

enum gd_status gd_h5_read_attribute(hid_t place, const char *path, const char *name, enum gd_h5_type type, size_t count,
                                    void *values, struct gd_error *error)
{
    return read_elements(begin(place, path, name, error), type, count ? 1 : 0, &count, &values);
}

enum gd_status gd_h5_read_shape(hid_t place, const char *path, int rank, size_t *shape, struct gd_error *error)
{
    struct item item = begin(place, path, NULL, error);
    enum gd_status status = open_item(&item);
    if (!status)
        status = item_shape(&item, rank, shape);
    end(&item);
    return status;
}

/* Strings of any length: HDF5 allocates each; copies are ours. */
static enum gd_status copy_variable(const struct item *item, size_t count, char **texts)
{
    enum gd_status status = GD_OK;
    hid_t memory = text_type(H5T_VARIABLE, H5Tget_cset(item->type));
    char **lent = gd_array(count, sizeof *lent);
    if (!lent)
        status = gd_no_memory(item->error, item->path);
    else if (read_raw(item, memory, lent) < 0)
        status = fail(item, GD_BAD_INPUT, "cannot be read");
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

static enum gd_status copy_fixed(const struct item *item, size_t count, char **texts)
{
    enum gd_status status = GD_OK;
    size_t size = H5Tget_size(item->type) + 1;
    hid_t memory = text_type(size, H5Tget_cset(item->type));
    char *rows = gd_array(count, size);
    if (!rows)
        status = gd_no_memory(item->error, item->path);
    else if (read_raw(item, memory, rows) < 0)
        status = fail(item, GD_BAD_INPUT, "cannot be read");
    for (size_t k = 0; k < count && !status; k++) {
        texts[k] = gd_string(rows + k * size);
        if (!texts[k])
            status = gd_no_memory(item->error, item->path);
    }
    H5Tclose(memory);
    free(rows);
    return status;
}

static enum gd_status load_texts(struct item item, int rank, size_t *count, char ***texts)
{
    char **list = NULL;
    enum gd_status status = open_item(&item);
    if (!status && H5Tget_class(item.type) != H5T_STRING)
        status = fail(&item, GD_BAD_INPUT, "holds something else than text");
    if (!status)
        status = match_shape(&item, rank, count);
    if (!status && !(list = gd_array(*count, sizeof *list)))
        status = gd_no_memory(item.error, item.path);
    if (!status)
        status =
            H5Tis_variable_str(item.type) > 0 ? copy_variable(&item, *count, list) : copy_fixed(&item, *count, list);
    end(&item);
    if (status && list) {
        gd_h5_free_strings(list, *count);
        list = NULL;
    }
    *texts = list;
    return status;
}

static enum gd_status load_text(struct item item, char **text)
{
    size_t count = 1;
    char **texts = NULL;
    *text = NULL;
    enum gd_status status = load_texts(item, 0, &count, &texts);
    if (!status)
        *text = texts[0];
    free(texts);
    return status;
}

enum gd_status gd_h5_load_strings(hid_t place, const char *path, size_t *count, char ***texts, struct gd_error *error)
{
    return load_texts(begin(place, path, NULL, error), 1, count, texts);
}

enum gd_status gd_h5_load_text(hid_t place, const char *path, char **text, struct gd_error *error)
{
    return load_text(begin(place, path, NULL, error), text);
}

enum gd_status gd_h5_load_text_attribute(hid_t place, const char *path, const char *name, char **text,
                                         struct gd_error *error)
{
    return load_text(begin(place, path, name, error), text);
}

void gd_h5_free_strings(char **texts, size_t count)
{
    for (size_t k = 0; texts && k < count; k++)
        free(texts[k]);
    free(texts);
}

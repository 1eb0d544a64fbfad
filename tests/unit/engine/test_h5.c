/* HDF5 helpers: what is written comes back; what is incompatible is refused with the file and the object named. */
#include <fcntl.h>
#include <hdf5.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/h5.h"
#include "engine/base/memory.h"
#include "engine/base/random.h"
#include "unit/scratch.h"
#include "unit/suites.h"

static struct scratch scratch;
static char path[512];
static struct gd_error error;

static void setup(void)
{
    scratch = scratch_make();
    scratch_name(&scratch, "a.h5", path);
    error = (struct gd_error){0};
}

static void teardown(void)
{
    scratch_remove(&scratch);
}

#define OK(call) ck_assert_msg((call) == GD_OK, "%s", error.text)

static struct gd_h5 *made(void)
{
    struct gd_h5 *file;
    OK(gd_h5_create(path, &file, &error));
    return file;
}

/* A file that libhdf5 makes, to be closed with `opened`. */
static hid_t made_by_hdf5(void)
{
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    ck_assert_int_ge(file, 0);
    return file;
}

static struct gd_h5 *opened(hid_t made)
{
    struct gd_h5 *file;
    ck_assert_int_ge(H5Fclose(made), 0);
    OK(gd_h5_open(path, &file, &error));
    return file;
}

/* Saves, closes and opens again. */
static struct gd_h5 *reopened(struct gd_h5 *file)
{
    OK(gd_h5_save(file, path, &error));
    gd_h5_close(file);
    OK(gd_h5_open(path, &file, &error));
    return file;
}

/* The call failed with this status, and its one message has these parts. Clears the error. */
static void check_refused(enum gd_status status, enum gd_status expected, const char *object, const char *text)
{
    ck_assert_int_eq(status, expected);
    ck_assert_msg(strstr(error.text, path) && strstr(error.text, object) && strstr(error.text, text),
                  "\"%s\" lacks \"%s\", \"%s\" or \"%s\"", error.text, path, object, text);
    error = (struct gd_error){0};
}

static const double reals[2][3] = {{1.5, -2.25e-300, 3}, {INFINITY, 5, 1.0 / 3}};
static const float singles[2] = {0.1f, -7};
static const int32_t whole[3] = {INT32_MIN, 0, INT32_MAX};
static const int64_t longs[2] = {INT64_MIN, INT64_MAX};
static const bool flags[3] = {true, false, true};

START_TEST(arrays_come_back)
{
    struct gd_h5 *file = made();
    size_t two_three[] = {2, 3}, two = 2, three = 3;
    double one = 4.25, reals_back[2][3], one_back;
    float singles_back[2];
    int32_t whole_back[3];
    int64_t longs_back[2];
    bool flags_back[3];
    OK(gd_h5_write_array(file, "a/b/reals", GD_H5_DOUBLE, 2, two_three, reals, &error));
    OK(gd_h5_write_array(file, "/a/b/singles", GD_H5_FLOAT, 1, &two, singles, &error));
    OK(gd_h5_write_array(file, "a/whole", GD_H5_INT32, 1, &three, whole, &error));
    OK(gd_h5_write_array(file, "longs", GD_H5_INT64, 1, &two, longs, &error));
    OK(gd_h5_write_array(file, "flags", GD_H5_BOOL, 1, &three, flags, &error));
    OK(gd_h5_write_array(file, "one", GD_H5_DOUBLE, 0, NULL, &one, &error));
    file = reopened(file);
    OK(gd_h5_read_array(file, "a/b/reals", GD_H5_DOUBLE, 2, two_three, reals_back, &error));
    OK(gd_h5_read_array(file, "a/b/singles", GD_H5_FLOAT, 1, &two, singles_back, &error));
    OK(gd_h5_read_array(file, "a/whole", GD_H5_INT32, 1, &three, whole_back, &error));
    OK(gd_h5_read_array(file, "longs", GD_H5_INT64, 1, &two, longs_back, &error));
    OK(gd_h5_read_array(file, "flags", GD_H5_BOOL, 1, &three, flags_back, &error));
    OK(gd_h5_read_array(file, "one", GD_H5_DOUBLE, 0, NULL, &one_back, &error));
    ck_assert_mem_eq(reals_back, reals, sizeof reals);
    ck_assert_mem_eq(singles_back, singles, sizeof singles);
    ck_assert_mem_eq(whole_back, whole, sizeof whole);
    ck_assert_mem_eq(longs_back, longs, sizeof longs);
    ck_assert_mem_eq(flags_back, flags, sizeof flags);
    ck_assert_double_eq(one_back, one);
    gd_h5_close(file);
}
END_TEST

START_TEST(load_takes_sizes_as_they_come)
{
    struct gd_h5 *file = made();
    size_t shape[] = {2, 3}, any[] = {GD_H5_ANY, 3}, found[2], none = 0, no_size = GD_H5_ANY;
    void *values;
    OK(gd_h5_write_array(file, "reals", GD_H5_DOUBLE, 2, shape, reals, &error));
    OK(gd_h5_write_array(file, "none", GD_H5_DOUBLE, 1, &none, reals, &error));
    file = reopened(file);
    OK(gd_h5_read_shape(file, "reals", 2, found, &error));
    ck_assert_mem_eq(found, shape, sizeof shape);
    OK(gd_h5_load_array(file, "reals", GD_H5_DOUBLE, 2, any, &values, &error));
    ck_assert_uint_eq(any[0], 2);
    ck_assert_mem_eq(values, reals, sizeof reals);
    free(values);
    OK(gd_h5_load_array(file, "none", GD_H5_DOUBLE, 1, &no_size, &values, &error));
    ck_assert_uint_eq(no_size, 0);
    free(values);
    gd_h5_close(file);
}
END_TEST

START_TEST(strings_come_back)
{
    static const char *const list[] = {"Pt", "", "a longer one", "Å"};
    struct gd_h5 *file = made();
    char *text, **texts;
    size_t count = GD_H5_ANY;
    OK(gd_h5_write_text(file, "notes/text", "two\nlines of Å", &error));
    OK(gd_h5_write_text(file, "notes/empty", "", &error));
    OK(gd_h5_write_strings(file, "notes/list", 4, list, &error));
    file = reopened(file);
    OK(gd_h5_load_text(file, "notes/text", &text, &error));
    ck_assert_str_eq(text, "two\nlines of Å");
    free(text);
    OK(gd_h5_load_text(file, "notes/empty", &text, &error));
    ck_assert_str_eq(text, "");
    free(text);
    OK(gd_h5_load_strings(file, "notes/list", &count, &texts, &error));
    ck_assert_uint_eq(count, 4);
    for (size_t k = 0; k < count; k++)
        ck_assert_str_eq(texts[k], list[k]);
    gd_h5_free_strings(texts, count);
    gd_h5_close(file);
}
END_TEST

START_TEST(attributes_come_back)
{
    static const char *const list[] = {"periodic", "none"};
    struct gd_h5 *file = made();
    int64_t blocks = 4, back[2];
    double cutoff = 6.5, cutoff_back;
    char *text;
    OK(gd_h5_write_group(file, "parameters/deep", &error));
    OK(gd_h5_write_attribute(file, "parameters", "blocks", GD_H5_INT64, 0, &blocks, &error));
    OK(gd_h5_write_attribute(file, "parameters", "longs", GD_H5_INT64, 2, longs, &error));
    OK(gd_h5_write_attribute(file, ".", "cutoff", GD_H5_DOUBLE, 0, &cutoff, &error));
    OK(gd_h5_write_text_attribute(file, "parameters", "noise", "ve", &error));
    OK(gd_h5_write_strings_attribute(file, "parameters/deep", "boundary", 2, list, &error));
    file = reopened(file);
    ck_assert(gd_h5_has_attribute(file, "parameters", "blocks"));
    ck_assert(!gd_h5_has_attribute(file, "parameters", "radial"));
    ck_assert(!gd_h5_has_attribute(file, "elsewhere", "radial"));
    ck_assert(gd_h5_has_attribute(file, "parameters/deep", "boundary"));
    OK(gd_h5_read_attribute(file, "parameters", "blocks", GD_H5_INT64, 0, back, &error));
    ck_assert_int_eq(back[0], blocks);
    OK(gd_h5_read_attribute(file, "parameters", "longs", GD_H5_INT64, 2, back, &error));
    ck_assert_mem_eq(back, longs, sizeof longs);
    OK(gd_h5_read_attribute(file, ".", "cutoff", GD_H5_DOUBLE, 0, &cutoff_back, &error));
    ck_assert_double_eq(cutoff_back, cutoff);
    OK(gd_h5_load_text_attribute(file, "parameters", "noise", &text, &error));
    ck_assert_str_eq(text, "ve");
    free(text);
    gd_h5_close(file);
}
END_TEST

START_TEST(other_types_are_converted)
{
    struct gd_h5 *file = made();
    size_t three = 3;
    double real;
    bool truth[3];
    int64_t big[3], ones[] = {1, 0, 1};
    OK(gd_h5_write_array(file, "single", GD_H5_FLOAT, 0, NULL, &singles[1], &error));
    OK(gd_h5_write_array(file, "whole", GD_H5_INT32, 1, &three, whole, &error));
    OK(gd_h5_write_array(file, "ones", GD_H5_INT64, 1, &three, ones, &error));
    OK(gd_h5_read_array(file, "single", GD_H5_DOUBLE, 0, NULL, &real, &error));
    ck_assert_double_eq(real, -7);
    OK(gd_h5_read_array(file, "whole", GD_H5_INT64, 1, &three, big, &error));
    ck_assert_int_eq(big[0], INT32_MIN);
    OK(gd_h5_read_array(file, "ones", GD_H5_BOOL, 1, &three, truth, &error));
    ck_assert_mem_eq(truth, flags, sizeof flags);
    gd_h5_close(file);
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    struct gd_h5 *file = made();
    size_t shape[] = {2, 3}, wrong[] = {2, 4}, three = 3, any = GD_H5_ANY;
    int64_t numbers[3] = {0, 1, 2};
    double buffer[8];
    bool truth[3];
    char *text;
    char **texts;
    void *values = buffer;
    OK(gd_h5_write_array(file, "g/reals", GD_H5_DOUBLE, 2, shape, reals, &error));
    OK(gd_h5_write_array(file, "numbers", GD_H5_INT64, 1, &three, numbers, &error));
    OK(gd_h5_write_text(file, "text", "1", &error));
    file = reopened(file);
    check_refused(gd_h5_read_array(file, "g/none", GD_H5_DOUBLE, 2, shape, buffer, &error), GD_BAD_INPUT, "/g/none",
                  "missing");
    check_refused(gd_h5_read_array(file, "g", GD_H5_DOUBLE, 2, shape, buffer, &error), GD_BAD_INPUT, "/g", "missing");
    check_refused(gd_h5_read_array(file, "g/reals", GD_H5_DOUBLE, 2, wrong, buffer, &error), GD_BAD_INPUT, "/g/reals",
                  "size 3 instead of 4 in dimension 2");
    check_refused(gd_h5_read_array(file, "g/reals", GD_H5_DOUBLE, 1, shape, buffer, &error), GD_BAD_INPUT, "/g/reals",
                  "2 dimensions instead of 1");
    check_refused(gd_h5_read_array(file, "g/reals", GD_H5_INT64, 2, shape, buffer, &error), GD_BAD_INPUT, "/g/reals",
                  "integers");
    check_refused(gd_h5_read_array(file, "text", GD_H5_DOUBLE, 0, NULL, buffer, &error), GD_BAD_INPUT, "/text",
                  "numbers");
    check_refused(gd_h5_read_array(file, "numbers", GD_H5_BOOL, 1, &three, truth, &error), GD_BAD_INPUT, "/numbers",
                  "true or false");
    check_refused(gd_h5_load_array(file, "numbers", GD_H5_INT64, 0, NULL, &values, &error), GD_BAD_INPUT, "/numbers",
                  "1 dimensions instead of 0");
    ck_assert_ptr_null(values);
    check_refused(gd_h5_load_text(file, "numbers", &text, &error), GD_BAD_INPUT, "/numbers", "text");
    ck_assert_ptr_null(text);
    check_refused(gd_h5_load_strings(file, "text", &any, &texts, &error), GD_BAD_INPUT, "/text", "dimensions");
    ck_assert_ptr_null(texts);
    check_refused(gd_h5_read_attribute(file, "numbers", "unit", GD_H5_DOUBLE, 0, buffer, &error), GD_BAD_INPUT,
                  "/numbers: attribute unit", "missing");
    gd_h5_close(file);
}
END_TEST

START_TEST(names_of_groups_are_in_messages)
{
    struct gd_h5 *file = made();
    OK(gd_h5_write_group(file, "a/b", &error));
    struct gd_h5 *group;
    OK(gd_h5_open_group(file, "a/b", &group, &error));
    double value;
    check_refused(gd_h5_read_array(group, "c", GD_H5_DOUBLE, 0, NULL, &value, &error), GD_BAD_INPUT,
                  ": /a/b/c:", "missing");
    gd_h5_close(file);
}
END_TEST

START_TEST(nothing_is_written_twice)
{
    struct gd_h5 *file = made();
    double value = 1;
    OK(gd_h5_write_array(file, "g/one", GD_H5_DOUBLE, 0, NULL, &value, &error));
    OK(gd_h5_write_attribute(file, "g", "one", GD_H5_DOUBLE, 0, &value, &error));
    check_refused(gd_h5_write_array(file, "g/one", GD_H5_DOUBLE, 0, NULL, &value, &error), GD_FAILED, "/g/one",
                  "exist");
    check_refused(gd_h5_write_attribute(file, "g", "one", GD_H5_DOUBLE, 0, &value, &error), GD_FAILED, "/g: attribute",
                  "exist");
    check_refused(gd_h5_write_array(file, "g/one/under", GD_H5_DOUBLE, 0, NULL, &value, &error), GD_FAILED,
                  "/g/one/under", "cannot be created");
    gd_h5_close(file);
}
END_TEST

/* A chunked dataset of 2^40 numbers of which none is stored: a small file that would ask for 8 TiB. */
START_TEST(promised_sizes_are_not_believed)
{
    hid_t disk = made_by_hdf5();
    hsize_t huge = (hsize_t)1 << 40, chunk = 1024;
    hid_t list = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, &huge, NULL);
    H5Pset_chunk(list, 1, &chunk);
    hid_t set = H5Dcreate2(disk, "huge", H5T_IEEE_F64LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    ck_assert_int_ge(set, 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(list);
    struct gd_h5 *file = opened(disk);
    size_t any = GD_H5_ANY;
    void *values;
    check_refused(gd_h5_load_array(file, "huge", GD_H5_DOUBLE, 1, &any, &values, &error), GD_BAD_INPUT, "/huge",
                  "claims more bytes than the file contains");
    gd_h5_close(file);
}
END_TEST

/* Compressed data is smaller than its shape says, and is accepted. */
START_TEST(compressed_data_is_read)
{
    enum { COUNT = 100000 };
    static double zeros[COUNT];
    hid_t disk = made_by_hdf5();
    hsize_t size = COUNT;
    hid_t list = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, &size, NULL);
    H5Pset_chunk(list, 1, &size);
    H5Pset_deflate(list, 9);
    hid_t set = H5Dcreate2(disk, "zeros", H5T_IEEE_F64LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    ck_assert_int_ge(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros), 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(list);
    struct gd_h5 *file = opened(disk);
    size_t any = GD_H5_ANY;
    void *values;
    OK(gd_h5_load_array(file, "zeros", GD_H5_DOUBLE, 1, &any, &values, &error));
    ck_assert_uint_eq(any, COUNT);
    ck_assert_mem_eq(values, zeros, sizeof zeros);
    free(values);
    gd_h5_close(file);
}
END_TEST

/* Rows of `same` equal numbers and others: the size of the file with `count` of them, which come back. */
static off_t size_of_rows(size_t count, size_t same)
{
    enum { MOST = 1000, WIDTH = 100 };
    static double rows[MOST][WIDTH][3];
    struct stat facts;
    size_t shape[3] = {count, WIDTH, 3};
    void *values;
    struct gd_stream stream = gd_stream_make(1, 2, 3, 4);
    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < WIDTH; i++)
            for (size_t axis = 0; axis < 3; axis++)
                rows[k][i][axis] = k > 0 && i < same ? rows[0][i][axis] : gd_stream_uniform(&stream);
    struct gd_h5 *file = made();
    OK(gd_h5_write_array(file, "rows", GD_H5_DOUBLE, 3, shape, rows, &error));
    file = reopened(file);
    OK(gd_h5_load_array(file, "rows", GD_H5_DOUBLE, 3, shape, &values, &error));
    ck_assert_mem_eq(values, rows, count * sizeof rows[0]);
    free(values);
    gd_h5_close(file);
    ck_assert_int_eq(stat(path, &facts), 0);
    return facts.st_size;
}

START_TEST(equal_rows_take_little_room)
{
    const off_t full = size_of_rows(1000, 0);
    ck_assert_int_gt(full, 2400000);
    ck_assert_int_gt(size_of_rows(1000, 50), 2400000); /* not worth the time */
    ck_assert_int_lt(size_of_rows(1000, 90), full / 4);
    ck_assert_int_lt(size_of_rows(1000, 100), full / 20);
    ck_assert_int_gt(size_of_rows(20, 100), 20 * 2400); /* nor is this */
    ck_assert_int_lt(size_of_rows(60, 100), 60 * 2400 / 8);
}
END_TEST

/* Text as other programs store it: padded with blanks or NULs, ASCII, of full length. */
START_TEST(foreign_text_is_read)
{
    hid_t disk = made_by_hdf5(), type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, 2);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    hid_t attribute = H5Acreate2(disk, "noise", type, space, H5P_DEFAULT, H5P_DEFAULT);
    ck_assert_int_ge(H5Awrite(attribute, type, "ve"), 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
    struct gd_h5 *file = opened(disk);
    char *text;
    OK(gd_h5_load_text_attribute(file, ".", "noise", &text, &error));
    ck_assert_str_eq(text, "ve");
    free(text);
    gd_h5_close(file);
}
END_TEST

START_TEST(equal_content_makes_equal_files)
{
    char *bytes[2], other[512];
    H5O_info_t info;
    size_t length[2], shape[] = {2, 3};
    for (int k = 0; k < 2; k++) {
        const char *name = k ? scratch_name(&scratch, "b.h5", other) : path;
        struct gd_h5 *file = made();
        OK(gd_h5_write_array(file, "a/reals", GD_H5_DOUBLE, 2, shape, reals, &error));
        OK(gd_h5_write_text(file, "a/text", "text", &error));
        OK(gd_h5_write_text_attribute(file, "a", "noise", "ve", &error));
        OK(gd_h5_save(file, name, &error));
        gd_h5_close(file);
        hid_t saved = H5Fopen(name, H5F_ACC_RDONLY, H5P_DEFAULT);
        ck_assert_int_ge(H5Oget_info_by_name(saved, "a/reals", &info, H5P_DEFAULT), 0);
        ck_assert_int_eq(info.ctime, 0);
        ck_assert_int_ge(H5Fclose(saved), 0);
        OK(gd_file_read(name, &bytes[k], &length[k], &error));
    }
    ck_assert_uint_eq(length[0], length[1]);
    ck_assert_mem_eq(bytes[0], bytes[1], length[0]);
    free(bytes[0]);
    free(bytes[1]);
}
END_TEST

START_TEST(what_is_no_hdf5_file_is_refused)
{
    struct gd_h5 *file;
    check_refused(gd_h5_open(path, &file, &error), GD_BAD_INPUT, path, "No such file");
    ck_assert_ptr_null(file);
    gd_h5_close(file);
    OK(gd_file_write(path, "not HDF5", 8, &error));
    check_refused(gd_h5_open(path, &file, &error), GD_BAD_INPUT, path, "not an HDF5 file");
}
END_TEST

/* Every shorter version of a file is refused or read, never a crash. */
START_TEST(truncated_files_are_refused)
{
    struct gd_h5 *file = made();
    size_t shape[] = {2, 3}, length;
    double buffer[2][3];
    char *bytes;
    OK(gd_h5_write_array(file, "reals", GD_H5_DOUBLE, 2, shape, reals, &error));
    OK(gd_h5_save(file, path, &error));
    gd_h5_close(file);
    OK(gd_file_read(path, &bytes, &length, &error));
    for (size_t cut = 0; cut < length; cut += 61) {
        OK(gd_file_write(path, bytes, cut, &error));
        enum gd_status status = gd_h5_open(path, &file, &error);
        if (!status)
            status = gd_h5_read_array(file, "reals", GD_H5_DOUBLE, 2, shape, buffer, &error);
        gd_h5_close(file);
        check_refused(status, GD_BAD_INPUT, path, "");
    }
    free(bytes);
}
END_TEST

START_TEST(files_are_replaced_whole)
{
    char *text, temporary[520];
    size_t length;
    OK(gd_file_write(path, "former", 6, &error));
    OK(gd_file_write(path, "new\0text", 8, &error));
    OK(gd_file_read(path, &text, &length, &error));
    ck_assert_uint_eq(length, 8);
    ck_assert_mem_eq(text, "new\0text", 9);
    free(text);
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    OK(gd_file_write(temporary, "other", 5, &error));
    OK(gd_file_commit(temporary, path, &error));
    OK(gd_file_read(path, &text, NULL, &error));
    ck_assert_str_eq(text, "other");
    free(text);
}
END_TEST

/* A directory in the way of the final name, and a parent that is a file. */
START_TEST(failed_writing_leaves_what_was)
{
    char name[520];
    OK(gd_file_write(path, "former", 6, &error));
    snprintf(name, sizeof name, "%s.folder", path);
    ck_assert_int_eq(mkdir(name, 0777), 0);
    check_refused(gd_file_write(name, "new", 3, &error), GD_FAILED, name, "directory");
    snprintf(name, sizeof name, "%s/under", path);
    check_refused(gd_file_write(name, "new", 3, &error), GD_FAILED, name, "Not a directory");
    check_refused(gd_directory_make(name, &error), GD_FAILED, name, "Not a directory");
    check_refused(gd_file_commit(name, path, &error), GD_FAILED, name, "Not a directory");
}
END_TEST

START_TEST(directories_are_made_with_their_parents)
{
    char name[512];
    struct stat info;
    scratch_name(&scratch, "a/b//c/", name);
    OK(gd_directory_make(name, &error));
    OK(gd_directory_make(name, &error));
    ck_assert_int_eq(stat(name, &info), 0);
    ck_assert(S_ISDIR(info.st_mode));
}
END_TEST

Suite *suite_h5(void)
{
    Suite *suite = suite_create("h5");
    TCase *values = tcase_create("values"), *files = tcase_create("files");
    tcase_add_checked_fixture(values, setup, teardown);
    tcase_add_test(values, arrays_come_back);
    tcase_add_test(values, load_takes_sizes_as_they_come);
    tcase_add_test(values, strings_come_back);
    tcase_add_test(values, attributes_come_back);
    tcase_add_test(values, other_types_are_converted);
    tcase_add_test(values, what_does_not_fit_is_refused);
    tcase_add_test(values, names_of_groups_are_in_messages);
    tcase_add_test(values, nothing_is_written_twice);
    tcase_add_test(values, promised_sizes_are_not_believed);
    tcase_add_test(values, compressed_data_is_read);
    tcase_add_test(values, equal_rows_take_little_room);
    tcase_add_test(values, foreign_text_is_read);
    tcase_add_checked_fixture(files, setup, teardown);
    tcase_add_test(files, equal_content_makes_equal_files);
    tcase_add_test(files, what_is_no_hdf5_file_is_refused);
    tcase_add_test(files, truncated_files_are_refused);
    tcase_add_test(files, files_are_replaced_whole);
    tcase_add_test(files, failed_writing_leaves_what_was);
    tcase_add_test(files, directories_are_made_with_their_parents);
    suite_add_tcase(suite, values);
    suite_add_tcase(suite, files);
    return suite;
}

/* h5_spoil FILE ACTION ARGUMENTS: spoils one thing in an HDF5 file, and gives it the checksum of what is then in it.
 *   attribute GROUP NAME NUMBER   another number, everywhere in a numeric attribute
 *   drop PATH                     removes a group or dataset
 *   unname GROUP NAME             removes an attribute
 *   fill PATH NUMBER              every number of a float dataset (nan, inf, 1e30, ...)
 *   reshape PATH ROWS COLUMNS     a float dataset of another shape, zeros
 *   text PATH                     a text where a dataset of numbers should be
 *   element PATH INDEX NUMBER     one number of a dataset
 *   say PATH TEXT                 another text everywhere in a dataset
 *   words GROUP NAME TEXT         another text in an attribute
 *   empty PATH                    a dataset without values
 *   group PATH                    a group where a dataset should be
 *   soft PATH OTHER               a soft link
 *   external PATH FILE            a link into another file
 *   raw PATH FILE                 a dataset of numbers whose values are in another file
 *   virtual PATH FILE             a dataset of numbers that is one of another file
 *   unsign                        no checksum
 * After the last five, and `empty`, the file no checksum. */
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/h5.h"

static int attribute(hid_t file, char **words)
{
    double numbers[16]; /* more than any attribute has */
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
        numbers[k] = strtod(words[2], NULL);
    hid_t old = H5Aopen_by_name(file, words[0], words[1], H5P_DEFAULT, H5P_DEFAULT);
    hid_t type = H5Aget_type(old), space = H5Aget_space(old);
    int failed = H5Aclose(old) < 0 || H5Adelete_by_name(file, words[0], words[1], H5P_DEFAULT) < 0;
    hid_t id = H5Acreate_by_name(file, words[0], words[1], type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    failed |= id < 0 || H5Awrite(id, H5T_NATIVE_DOUBLE, numbers) < 0 || H5Aclose(id) < 0;
    H5Sclose(space);
    H5Tclose(type);
    return failed;
}

static int drop(hid_t file, char **words)
{
    return H5Ldelete(file, words[0], H5P_DEFAULT) < 0;
}

static int unname(hid_t file, char **words)
{
    return H5Adelete_by_name(file, words[0], words[1], H5P_DEFAULT) < 0;
}

static int fill(hid_t file, char **words)
{
    double number = strtod(words[1], NULL);
    hid_t id = H5Dopen(file, words[0], H5P_DEFAULT), space = H5Dget_space(id);
    hssize_t count = H5Sget_simple_extent_npoints(space);
    double *values = count > 0 ? calloc((size_t)count, sizeof *values) : NULL;
    for (hssize_t k = 0; values && k < count; k++)
        values[k] = number;
    int failed = !values || H5Dwrite(id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0;
    free(values);
    H5Sclose(space);
    return H5Dclose(id) < 0 || failed;
}

/* A dataset of zeros. */
static int create(hid_t file, const char *path, hid_t type, int rank, const hsize_t *shape)
{
    hid_t space = H5Screate_simple(rank, shape, NULL);
    hid_t id = H5Dcreate(file, path, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    void *zeros = calloc((size_t)H5Sget_simple_extent_npoints(space) + 1, H5Tget_size(type));
    int failed = id < 0 || !zeros || H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros) < 0;
    free(zeros);
    H5Sclose(space);
    return id < 0 || H5Dclose(id) < 0 || failed;
}

static int reshape(hid_t file, char **words)
{
    const hsize_t shape[2] = {strtoull(words[1], NULL, 10), strtoull(words[2], NULL, 10)};
    return drop(file, words) || create(file, words[0], H5T_IEEE_F32LE, 2, shape);
}

static int text(hid_t file, char **words)
{
    const hsize_t shape[1] = {3};
    return drop(file, words) || create(file, words[0], H5T_C_S1, 1, shape);
}

static int element(hid_t file, char **words)
{
    const size_t index = strtoull(words[1], NULL, 10);
    hid_t id = H5Dopen(file, words[0], H5P_DEFAULT), space = H5Dget_space(id);
    hssize_t count = H5Sget_simple_extent_npoints(space);
    double *values = count > (hssize_t)index ? calloc((size_t)count, sizeof *values) : NULL;
    int failed = !values || H5Dread(id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0;
    if (!failed) {
        values[index] = strtod(words[2], NULL);
        failed = H5Dwrite(id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0;
    }
    free(values);
    H5Sclose(space);
    return H5Dclose(id) < 0 || failed;
}

static hid_t any_text(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

static int say(hid_t file, char **words)
{
    const char *spoken[64]; /* more than any dataset has */
    for (size_t k = 0; k < sizeof spoken / sizeof *spoken; k++)
        spoken[k] = words[1];
    hid_t old = H5Dopen(file, words[0], H5P_DEFAULT), type = any_text(), space = H5Dget_space(old);
    int failed = H5Dclose(old) < 0 || drop(file, words);
    hid_t id = H5Dcreate(file, words[0], type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    failed |= id < 0 || H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, spoken) < 0 || H5Dclose(id) < 0;
    H5Sclose(space);
    H5Tclose(type);
    return failed;
}

static int speak(hid_t file, char **words)
{
    const char *spoken = words[2];
    hid_t type = any_text(), space = H5Screate(H5S_SCALAR);
    int failed = unname(file, words);
    hid_t id = H5Acreate_by_name(file, words[0], words[1], type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    failed |= id < 0 || H5Awrite(id, type, &spoken) < 0 || H5Aclose(id) < 0;
    H5Sclose(space);
    H5Tclose(type);
    return failed;
}

static int empty(hid_t file, char **words)
{
    hid_t space = H5Screate(H5S_NULL);
    int failed = drop(file, words);
    hid_t id = H5Dcreate(file, words[0], H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Sclose(space);
    return id < 0 || H5Dclose(id) < 0 || failed;
}

static int group(hid_t file, char **words)
{
    int failed = drop(file, words);
    hid_t id = H5Gcreate(file, words[0], H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    return id < 0 || H5Gclose(id) < 0 || failed;
}

static int soft(hid_t file, char **words)
{
    return drop(file, words) || H5Lcreate_soft(words[1], file, words[0], H5P_DEFAULT, H5P_DEFAULT) < 0;
}

static int external(hid_t file, char **words)
{
    return drop(file, words) || H5Lcreate_external(words[1], words[0], file, words[0], H5P_DEFAULT, H5P_DEFAULT) < 0;
}

/* A dataset as large as the former, with its values elsewhere. */
static int elsewhere(hid_t file, char **words, int is_virtual)
{
    hid_t old = H5Dopen(file, words[0], H5P_DEFAULT), space = H5Dget_space(old), type = H5Dget_type(old);
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    int failed = is_virtual ? H5Pset_virtual(list, space, words[1], words[0], space) < 0
                            : H5Pset_external(list, words[1], 0, H5F_UNLIMITED) < 0;
    failed |= H5Dclose(old) < 0 || drop(file, words);
    hid_t id = H5Dcreate(file, words[0], type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    H5Pclose(list);
    H5Tclose(type);
    H5Sclose(space);
    return id < 0 || H5Dclose(id) < 0 || failed;
}

static int raw(hid_t file, char **words)
{
    return elsewhere(file, words, 0);
}

static int virtual_one(hid_t file, char **words)
{
    return elsewhere(file, words, 1);
}

static int nothing(hid_t file, char **words)
{
    (void)file, (void)words;
    return 0;
}

static const struct {
    const char *name;
    int words;
    int (*run)(hid_t file, char **words);
    int unsigned_; /* the file stays without a checksum */
} actions[] = {
    {"attribute", 3, attribute, 0}, {"drop", 1, drop, 0},   {"unname", 2, unname, 0},       {"fill", 2, fill, 0},
    {"reshape", 3, reshape, 0},     {"text", 1, text, 0},   {"element", 3, element, 0},     {"say", 2, say, 0},
    {"words", 3, speak, 0},         {"empty", 1, empty, 1}, {"group", 1, group, 0},         {"soft", 2, soft, 1},
    {"external", 2, external, 1},   {"raw", 2, raw, 1},     {"virtual", 2, virtual_one, 1}, {"unsign", 0, nothing, 1},
};

static int spoil(const char *path, int (*run)(hid_t file, char **words), char **words)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    if (file < 0)
        return 1;
    if (H5Aexists(file, GD_H5_DIGEST) > 0)
        H5Adelete(file, GD_H5_DIGEST);
    int failed = run(file, words);
    return H5Fclose(file) < 0 || failed;
}

static int sign(const char *path)
{
    struct gd_h5 *file;
    int failed = gd_h5_open(path, &file, NULL) || gd_h5_save(file, path, NULL);
    gd_h5_close(file);
    return failed;
}

int main(int count, char **arguments)
{
    for (size_t k = 0; count > 2 && k < sizeof actions / sizeof *actions; k++) {
        if (strcmp(actions[k].name, arguments[2]) != 0 || count - 3 != actions[k].words)
            continue;
        return spoil(arguments[1], actions[k].run, arguments + 3) || (!actions[k].unsigned_ && sign(arguments[1]));
    }
    fprintf(stderr, "h5_spoil: no such action, or not its arguments\n");
    return 2;
}

/* h5_spoil FILE ACTION ARGUMENTS: spoils one thing in an HDF5 file, and gives it the checksum of what is then in it.
 *   attribute GROUP NAME NUMBER   another number in a numeric attribute
 *   drop PATH                     removes a group or dataset
 *   unname GROUP NAME             removes an attribute
 *   fill PATH NUMBER              every number of a float dataset (nan, inf, 1e30, ...)
 *   reshape PATH ROWS COLUMNS     a float dataset of another shape, zeros
 *   text PATH                     a text where a dataset of numbers should be */
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/h5.h"

static int attribute(hid_t file, char **words)
{
    double number = strtod(words[2], NULL);
    hid_t old = H5Aopen_by_name(file, words[0], words[1], H5P_DEFAULT, H5P_DEFAULT);
    hid_t type = H5Aget_type(old), space = H5Aget_space(old);
    int failed = H5Aclose(old) < 0 || H5Adelete_by_name(file, words[0], words[1], H5P_DEFAULT) < 0;
    hid_t id = H5Acreate_by_name(file, words[0], words[1], type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    failed |= id < 0 || H5Awrite(id, H5T_NATIVE_DOUBLE, &number) < 0 || H5Aclose(id) < 0;
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

static int create(hid_t file, const char *path, hid_t type, int rank, const hsize_t *shape)
{
    hid_t space = H5Screate_simple(rank, shape, NULL);
    hid_t id = H5Dcreate(file, path, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Sclose(space);
    return id < 0 || H5Dclose(id) < 0;
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

static const struct {
    const char *name;
    int words;
    int (*run)(hid_t file, char **words);
} actions[] = {
    {"attribute", 3, attribute}, {"drop", 1, drop},       {"unname", 2, unname},
    {"fill", 2, fill},           {"reshape", 3, reshape}, {"text", 1, text},
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
        return spoil(arguments[1], actions[k].run, arguments + 3) || sign(arguments[1]);
    }
    fprintf(stderr, "h5_spoil: no such action, or not its arguments\n");
    return 2;
}

#include "stages/records.h"

static int rank_of(size_t numbers)
{
    return numbers == 1 ? 1 : 2;
}

enum gd_status gd_records_save(struct gd_h5 *file, const char *path, size_t numbers, const void *records, size_t count,
                               struct gd_error *error)
{
    return gd_h5_write_array(file, path, GD_H5_DOUBLE, rank_of(numbers), (const size_t[]){count, numbers}, records,
                             error);
}

enum gd_status gd_records_load(struct gd_h5 *file, const char *path, size_t numbers, void **records, size_t *count,
                               struct gd_error *error)
{
    size_t shape[2] = {GD_H5_ANY, numbers};
    *records = NULL;
    if (!gd_h5_exists(file, path))
        return GD_OK;
    enum gd_status status = gd_h5_load_array(file, path, GD_H5_DOUBLE, rank_of(numbers), shape, records, error);
    *count = shape[0];
    return status;
}

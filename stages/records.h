/* Arrays of records that consist of doubles, as slots keep them in the file of a run. */
#ifndef GD_STAGES_RECORDS_H
#define GD_STAGES_RECORDS_H

#include "engine/base/h5.h"

/* Writes [count] records of `numbers` doubles each: a matrix, or a list where numbers is 1. */
enum gd_status gd_records_save(struct gd_h5 *file, const char *path, size_t numbers, const void *records, size_t count,
                               struct gd_error *error);

/* The *count records at `path`, a new array, free with free(); NULL without an error when the file has none there. */
enum gd_status gd_records_load(struct gd_h5 *file, const char *path, size_t numbers, void **records, size_t *count,
                               struct gd_error *error);

#endif
